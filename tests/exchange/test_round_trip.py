"""Excel → resources → Excel: a random valid person says the same afterwards."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.fhir.validate import problems
from records.exchange.columns import BY_KEY, EXPORTED, find_headings, meanings_of
from records.exchange.notes import Values
from records.exchange.rows import Surroundings, read_rows
from records.exchange.told import facts_of, values_of
from records.exchange.uploads import Line, read_upload
from records.exchange.workbook import HEADINGS, line_of
from records.information.persons import person_of
from records.terminology import catalogue
from tests.exchange.lists import (
    COMMITTEE,
    confirmed,
    number_of,
    uploaded,
    wait_for,
    workbook,
    worked_off,
)
from tests.pages.browsing import export, signed_in, words
from tests.support.house import OpenHouse, registry

TODAY = date(2026, 11, 23)
DOCTOR = "于海宁"
AT = Surroundings(TODAY, [COMMITTEE], {DOCTOR: "practitioner-1"})
TEXTS = st.text("滨海市花园小区号楼单元室甲乙丙丁0123456789AB ", min_size=1, max_size=20).map(
    lambda text: " ".join(text.split())
).filter(bool)  # fmt: skip
NAMES = st.text("赵钱孙李欧阳上官单曾一丽伟敏静强", min_size=2, max_size=4) | st.sampled_from(
    ["John Smith", "买买提·艾力", "Ólafur", "㛃"]
)
PHONES = st.sampled_from(["15400001234", "0532-85551234", "4001234567", "+85212345678"])


def codes(set_name: str) -> st.SearchStrategy[str]:
    return st.sampled_from(list(catalogue.code_set(set_name).concepts))


def several(set_name: str) -> st.SearchStrategy[str]:
    """Choices of a set in the order of the form, with words beside 其他, 无 alone."""
    terms = catalogue.code_set(set_name)
    free = [code for code in terms.concepts if code not in terms.exclusive]

    def joined(chosen: set[str]) -> str:
        order = [code for code in free if code in chosen]
        return "、".join(f"{c}（别的）" if c in terms.with_text else c for c in order)

    alone = st.sampled_from(sorted(terms.exclusive)) if terms.exclusive else st.nothing()
    return st.sets(st.sampled_from(free), min_size=1).map(joined) | alone


def diseases() -> st.SearchStrategy[str]:
    """Past diseases in the order of the form, some with the month of their diagnosis."""
    terms = catalogue.code_set("past-disease")
    free = [code for code in terms.concepts if code not in terms.exclusive]
    months = st.sampled_from(["", "2015-03", "1999-12", "2008"])

    def joined(chosen: dict[str, str]) -> str:
        words = {c: "，".join(filter(None, ("别的" if c in terms.with_text else "", chosen[c])))
                 for c in free if c in chosen}  # fmt: skip
        return "、".join(f"{c}（{text}）" if text else c for c, text in words.items())

    drawn = st.dictionaries(st.sampled_from(free), months, min_size=1).map(joined)
    return drawn | st.sampled_from(sorted(terms.exclusive))


@st.composite
def documents(draw: Any) -> Values:
    """Sex and birth, and perhaps the number of a document that fits them."""
    born = draw(st.dates(date(1930, 1, 1), TODAY))
    male = draw(st.booleans())
    told = {"sex": "1" if male else "2", "birth_date": born.isoformat()}
    kind = draw(st.sampled_from(["", "citizen-id", "passport", "birth-certificate", "other"]))
    numbers = {
        "citizen-id": number_of(draw(st.integers(0, 390)), born, male=male),
        "passport": f"E{draw(st.integers(10_000_000, 99_999_999))}",
        "birth-certificate": f"Z{draw(st.integers(100_000_000, 999_999_999))}",
        "other": f"军{draw(st.integers(100_000, 999_999))}",
    }
    if not kind:
        return {**told, "sex": draw(codes("gb-sex"))}
    return {**told, "document_kind": kind, "document_number": numbers[kind]}


@st.composite
def people(draw: Any) -> Values:
    """What a valid row says; every column that may be empty sometimes is."""
    values: Values = {"name": draw(NAMES), "committee": COMMITTEE, **draw(documents())}
    optional: dict[str, st.SearchStrategy[str]] = {
        "phone": PHONES,
        "contact_name": NAMES,
        "contact_phone": PHONES,
        "residency": codes("residency-type"),
        "ethnicity": codes("gb-ethnicity"),
        "abo": codes("abo"),
        "rh": codes("rh"),
        "education": codes("education"),
        "occupation": codes("occupation"),
        "marital": codes("gb-marital"),
        "payment": several("payment"),
        "drug_allergy": several("drug-allergy"),
        "past_disease": diseases(),
        "exposure": several("exposure"),
        "disability": several("disability"),
        "employer": TEXTS,
        "address": TEXTS,
        "registered_address": TEXTS,
        "building": TEXTS,
        "unit": TEXTS,
        "room": TEXTS,
        "record_number": st.sampled_from(["37990100100100001", "OLD00012", "3799010010010"]),
        "opened_on": st.dates(date(2009, 1, 1), TODAY).map(date.isoformat),
        "doctor": st.just(DOCTOR),
    }
    for key, texts in optional.items():
        if draw(st.booleans()):
            values[key] = draw(texts)
    if draw(st.booleans()):
        values |= {"household": draw(st.sampled_from(["H1", "37990100100000001"])),
                   "relation": "02"}  # fmt: skip
    return values


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(values=people())
def test_a_row_survives_resources(values: Values) -> None:
    """Excel's text → values → Patient and facts → values → Excel's text."""
    headings = list(HEADINGS)
    assert headings == [column.title for column in EXPORTED]
    line = line_of(values)
    (row,) = read_rows([Line(4, line)], headings, meanings_of(headings, {}), AT)
    assert row.errors == []
    assert row.values == values
    person = person_of(row.values, doctor="practitioner-1" if "doctor" in values else "")
    facts = facts_of(row.values, "p1", "2026-11-23")
    for body in (person, *facts):
        found, checked = problems(body, types=registry().specs)
        assert checked is not None, found
    family = (values["household"], values["relation"]) if "household" in values else None
    again = values_of(person, facts, family)
    assert again == values
    assert line_of(again) == line


@pytest.mark.slow
def test_an_export_in_full_can_be_imported_elsewhere(fresh_house: OpenHouse) -> None:
    """What one station takes away in full another one takes in, and takes away again."""
    head = signed_in(fresh_house, "gp1")
    everything = [key for key in BY_KEY if key not in ("rh_negative", "head")]
    drawn = _examples(40)
    rows = [line_of(values) for values in drawn]
    assert set(everything) <= {key for values in drawn for key in values}
    address = uploaded(head, workbook(rows, HEADINGS))
    assert "有错误 0" in words(head.get(address)), words(head.get(address))
    confirmed(head, address, suspects="take")
    worked_off(fresh_house)
    wait_for(head, address, "已导入")
    manager = signed_in(fresh_house, "head1")
    manager.get("/residents")
    answer = manager.post("/residents/export", {"reason": "换系统前的备份", "full": "1"})
    assert answer.status_code == 200, answer.text
    sheet = find_headings(read_upload("a.xlsx", answer.content), {})
    assert list(sheet.headings) == list(HEADINGS)
    names = {line.cells[0] for line in sheet.lines}
    kept = read_rows(sheet.lines, sheet.headings, meanings_of(sheet.headings, {}), AT)
    by_number = {row.values.get("employer"): row.values for row in kept}
    assert names >= {values["name"] for values in drawn}
    for values in drawn:
        found = dict(by_number[values["employer"]])
        for given_by_us in ("record_number", "opened_on", "doctor"):
            if given_by_us not in values:
                found.pop(given_by_us, None)
        assert found == values


def _examples(count: int) -> list[Values]:
    """Random people of one file: no number twice, a household each, known again by employer."""
    found: list[Values] = []

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck),
              database=None, derandomize=True)  # fmt: skip
    @given(values=people())
    def draw(values: Values) -> None:
        place = len(found)
        own = {**values, "employer": f"单位{place}"}
        born = date.fromisoformat(own["birth_date"])
        own |= {
            "citizen-id": {"document_number": number_of(place, born, male=own["sex"] == "1")},
            "passport": {"document_number": f"E{place + 20_000_000}"},
            "birth-certificate": {"document_number": f"Z{place + 300_000_000}"},
            "other": {"document_number": f"军{place + 400_000}"},
        }.get(own.get("document_kind", ""), {})
        if "household" in own:
            own["household"] = f"H{place:05d}"
        if "record_number" in own:
            own["record_number"] = f"379901001001{place + 50_000:05d}"
        if "opened_on" in own and own["opened_on"] < own["birth_date"]:
            own["opened_on"] = own["birth_date"]
        found.append(own)

    draw()
    return found


def test_numbers_in_full_need_a_permission_a_reason_and_are_audited(house: OpenHouse) -> None:
    doctor = signed_in(house, "gp1")
    doctor.get("/residents")
    assert "完整号码" not in doctor.get("/residents").text
    answer = doctor.post("/residents/export", {"reason": "核对老年人名单", "full": "1"})
    assert answer.status_code == 403
    head = signed_in(house, "head1")
    assert "完整号码" in head.get("/residents").text
    refused = head.post("/residents/export", {"reason": "x", "full": "1"})
    assert refused.status_code == 422
    assert export(head, "/residents/export").status_code == 200
