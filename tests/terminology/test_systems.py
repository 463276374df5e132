"""The code sets: every table of the domain reference, complete, sourced, in both languages."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.canonical import CANONICAL, GB_ETHNICITY, GB_MARITAL, GB_RELATION, GB_SEX, code_system
from kernel.fhir.validate import check
from kernel.values.identity_number import CV_CODES
from kernel.web.i18n import gettext
from records.residents import panels
from records.terminology import catalogue
from tests.terminology import titles
from tests.terminology.domain import NONE_ONLY, SETS

URLS = {
    "gb-sex": GB_SEX,
    "gb-marital": GB_MARITAL,
    "gb-ethnicity": GB_ETHNICITY,
    "gb-relation": GB_RELATION,
    "gb-education": "urn:oid:2.16.156.10011.2.3.3.6",
    "gb-occupation": "urn:oid:2.16.156.10011.2.3.3.7",
    "designation-use": code_system("designation-use"),
}
"""The national systems of codes.md §2, and what is no list of the national specification."""

CHINESE = re.compile("[\u4e00-\u9fff]")
WIDE = str.maketrans("（）～", "()~")
TEXT = "(text)"


def stated(name: str) -> dict[str, tuple[str, bool]]:
    """What the domain reference says: code → title, and whether it wants words beside it."""
    pairs = [pair.partition("=") for pair in re.split(r" (?=[^ ]+=)", SETS[name])]
    if name == "urine-strip":  # its codes and titles are the same signs
        return {code: (code, False) for code in ["-", "±", "+", "++", "+++", "++++"]}
    return {code: (t.removesuffix(TEXT), t.endswith(TEXT)) for code, _, t in pairs}


@pytest.mark.parametrize("name", sorted(SETS))
def test_a_set_has_the_codes_and_titles_of_the_domain_reference(name: str) -> None:
    found = {
        concept.code: (concept.display.translate(WIDE), concept.needs_text)
        for concept in catalogue.code_set(name).concepts.values()
    }
    wanted = {code: (title.translate(WIDE), text) for code, (title, text) in stated(name).items()}
    assert found == wanted
    assert list(found) == sorted(found, key=list(wanted).index), "the order of the form"


def test_there_is_no_set_that_the_domain_reference_does_not_state() -> None:
    assert set(catalogue.system_names()) == set(SETS)


@pytest.mark.parametrize("name", sorted(SETS))
def test_a_set_is_a_code_system_with_url_version_and_source(name: str) -> None:
    body = catalogue.system_resource(name)
    assert check(body, types={"CodeSystem"}).type == "CodeSystem"
    assert body["url"] == URLS.get(name, code_system(f"nbphs3-{name}"))
    assert body["id"] == (name if name in URLS else f"nbphs3-{name}")
    assert body["valueSet"] == f"{CANONICAL}/ValueSet/{body['id']}"
    assert body["version"]
    assert body["title"]
    assert body["copyright"]
    assert CHINESE.search(body["description"])
    assert body["count"] == len(body["concept"])
    declared = {one["code"] for one in body.get("property", ())}
    used = {p["code"] for c in body["concept"] for p in c.get("property", ())}
    assert used == declared


@pytest.mark.parametrize("name", sorted(SETS))
def test_every_set_and_code_has_its_english(name: str) -> None:
    found = catalogue.code_set(name)
    texts = [found.english, *(one.english for one in found.concepts.values())]
    assert [text for text in texts if not text or CHINESE.search(text)] == []


def test_urls_are_used_once() -> None:
    urls = [catalogue.code_set(name).url for name in catalogue.system_names()]
    assert len(set(urls)) == len(urls)


def test_a_code_that_stands_alone_is_marked() -> None:
    marked = {
        f"{name}:{code}"
        for name in catalogue.system_names()
        for code in catalogue.code_set(name).exclusive
    }
    assert marked == NONE_ONLY


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("rh", "1", "1=阴性"),
        ("past-disease", "10", "肝脏疾病"),
        ("payment", "2", "城乡居民"),
        ("housing", "1", "地方"),
        ("residence-status", "3", "地方"),
        ("income-band", "5", "地方"),
        ("gb-education", "90", "凭记忆"),
        ("gb-occupation", "X", "凭记忆"),
        ("gb-ethnicity", "98", "凭记忆"),
        ("visit-mode", "4", "本系统"),
        ("record-state", "closed-lost", "失访"),
        ("htn-symptom", "10", "本系统"),
        ("dm-soft-sign", "6", "临床"),
        ("copd-symptom", "2", "试行规范"),
        ("homebed-condition", "1", "地方"),
        ("rehab-effect", "1", "界值"),
        ("self-care-eating", "2", "0分"),
    ],
)
def test_what_is_to_be_confirmed_says_so(name: str, code: str, words: str) -> None:
    """health-record.md §15 and the lines marked TO CONFIRM."""
    assert words in catalogue.code_set(name).concepts[code].to_confirm


def test_kinds_of_document_are_those_that_numbers_are_checked_by() -> None:
    assert set(CV_CODES.values()) == set(catalogue.code_set("document-kind").concepts)


def test_choices_are_code_and_title_in_the_order_of_the_form() -> None:
    assert catalogue.choices("gb-sex") == (
        ("0", "未知的性别"), ("1", "男"), ("2", "女"), ("9", "未说明的性别"),
    )  # fmt: skip
    assert [code for code, _title in catalogue.choices("education")] == [
        str(number) for number in range(1, 11)
    ]


def test_a_title_is_what_pages_say_and_a_display_what_the_norm_says() -> None:
    assert catalogue.title("gb-relation", "20") == "儿子"
    assert catalogue.coding("gb-relation", "20") == {
        "system": GB_RELATION, "code": "20", "display": "子",
    }  # fmt: skip
    assert catalogue.title("gb-relation", "98") == ""
    son = catalogue.code_set("gb-relation").concepts["20"]
    assert (catalogue.titled(son, "zh_CN"), catalogue.titled(son, "en")) == ("儿子", "Son")


def test_a_concept_has_code_display_and_the_words_beside_it() -> None:
    system = code_system("nbphs3-past-disease")
    assert catalogue.concept("past-disease", "13", "荨麻疹") == {
        "coding": [{"system": system, "code": "13", "display": "其他"}], "text": "荨麻疹",
    }  # fmt: skip
    assert catalogue.concept("past-disease", "2")["text"] == "高血压"
    assert catalogue.concept("gb-marital", "20", also="gb-marital-marital-status") == {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus",
                "code": "M",
                "display": "Married",
            },
            {"system": GB_MARITAL, "code": "20", "display": "已婚"},
        ],
        "text": "已婚",
    }


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(KeyError, match="'99' is no code of 'rh'"):
        catalogue.coding("rh", "99")
    with pytest.raises(KeyError, match="no systems/shoes"):
        catalogue.code_set("shoes")
    with pytest.raises(KeyError, match="no maps/shoes"):
        catalogue.translate("shoes", "1")


def test_what_is_handed_out_can_be_changed_without_changing_the_catalogue() -> None:
    catalogue.concept("rh", "1")["coding"][0]["code"] = "changed"
    catalogue.translate("drug-allergy-atc", "2")[0]["code"] = "changed"
    assert catalogue.concept("rh", "1")["coding"][0]["code"] == "1"
    assert catalogue.translate("drug-allergy-atc", "2")[0]["code"] == "J01C"


def test_one_title_has_one_english() -> None:
    """A page translates a title by its Chinese text alone."""
    english: dict[str, set[str]] = {}
    for title, text in titles.pairs():
        english.setdefault(title, set()).add(text)
    assert {title: texts for title, texts in english.items() if len(texts) > 1} == {}


def test_pages_show_english_for_every_title() -> None:
    """What pages say themselves comes first (家庭 is Household there)."""
    shown = {title: gettext(title, "en") for title, _english in titles.pairs()}
    assert [title for title, text in shown.items() if CHINESE.search(text)] == []


def test_the_pages_english_of_codes_is_made_from_the_data() -> None:
    wanted = titles.text()
    assert titles.FILE.read_text(encoding="utf-8") == wanted, "python -m tests.terminology.titles"


def test_members_of_a_household_are_named_by_the_catalogue() -> None:
    concept = {"coding": [{"system": GB_RELATION, "code": "12"}]}
    assert panels._relation(concept) == "妻"


def _lines() -> Iterator[tuple[Path, str]]:
    folder = Path(catalogue.__file__).parent
    for path in sorted(folder.glob("*/*.json")):
        yield path, path.read_text(encoding="utf-8")


def test_the_files_say_each_code_on_one_line() -> None:
    """So that a change of a norm is one line in a review."""
    for path, text in _lines():
        body = json.loads(text)
        codes = body.get("concept") or [e for g in body["group"] for e in g["element"]]
        rows = [line for line in text.splitlines() if line.lstrip().startswith('{"code"')]
        spare = len(body.get("property", ()))
        assert len(rows) == len(codes) + spare, path.name
