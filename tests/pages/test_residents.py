"""Residents: the one search box, the list, a resident's page, reveal, export; and strangers."""

import io
import zipfile
from typing import Any
from urllib.parse import unquote

import pytest

from kernel.canonical import GB_RELATION, HEALTH_RECORD_NUMBER, structure_definition
from kernel.web.i18n import gettext
from records import codes
from tests.cast import RESIDENTS, coded, condition, encounter, observation, patient, to
from tests.pages.browsing import Visitor, audited, export, signed_in, words
from tests.support.house import OpenHouse

NUMBER = RESIDENTS["wang-xiaoming"]["identifier"][0]["value"]
PHONE = "13900010001"
STRANGER = RESIDENTS["zhao-lei"]["identifier"][0]["value"]
RELATION = structure_definition("household-relation")
HOSTILE = '<script>alert("x")</script>'


def found(visitor: Visitor, typed: str) -> str:
    """Where a search leads: the address of the one person, or the text of the list."""
    answer = visitor.post("/residents/search", {"q": typed})
    assert answer.status_code == 303, answer.text
    location: str = answer.headers["location"]
    if location.startswith("/residents/new?"):  # nobody here has this card: a file can be opened
        return "没有符合条件的居民"
    if location.startswith("/residents/"):
        return location
    path, _, sealed_words = unquote(location).partition("=")
    assert path == "/residents?search"
    # Of two or three letters a hundred random ones may well hold the same.
    assert len(typed) < 4 or typed not in sealed_words
    return words(visitor.get(location))


@pytest.mark.parametrize(
    "typed",
    [
        NUMBER, NUMBER.lower(), f" {NUMBER[:6]} {NUMBER[6:]} ",
        "".join(chr(ord(c) + 0xFEE0) for c in NUMBER), NUMBER[-4:], NUMBER[-6:],
        PHONE, "139 0001 0001", "+8613900010001", PHONE[-4:], "王小明", "小明", "wangxiaoming",
        "WXM", "wxm", "Wang Xiaoming", "wangxiaom",
    ],
)  # fmt: skip
def test_one_box_finds_by_whatever_was_typed(house: OpenHouse, typed: str) -> None:
    assert found(signed_in(house, "gp1"), typed) == "/residents/wang-xiaoming"


@pytest.mark.parametrize("typed", ["观海路12号", "观海路", "观海路１２号", "海阳区观海路"])
def test_a_part_of_an_address_finds_who_lives_there(house: OpenHouse, typed: str) -> None:
    text = found(signed_in(house, "gp1"), typed)
    for name in ("王小明", "李娜", "张伟"):
        assert name in text
    assert "赵磊" not in text, "who lives there too is another station's"


def test_an_address_where_nobody_lives_finds_nobody(house: OpenHouse) -> None:
    assert "没有符合条件的居民" in found(signed_in(house, "gp1"), "观海路13号")


@pytest.mark.parametrize(
    "typed", [STRANGER, STRANGER[-4:], "13900020001", "赵磊", "zl", "zzz", "%"]
)
def test_nobody_is_found_in_anothers_station(house: OpenHouse, typed: str) -> None:
    text = found(signed_in(house, "gp1"), typed)
    assert "没有符合条件的居民" in text
    assert "赵磊" not in text.replace(typed, "")


@pytest.mark.parametrize("typed", [".", "'", "-", "·", "。", "--", "( )", ". '"])
def test_signs_alone_find_nobody(house: OpenHouse, typed: str) -> None:
    visitor = signed_in(house, "gp1")
    answer = visitor.post("/residents/search", {"q": typed})
    assert answer.headers["location"].startswith("/residents?search=")
    assert "没有符合条件的居民" in words(visitor.get(answer.headers["location"]))


def test_an_empty_search_leads_to_the_list(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    for typed in ("", "   ", "\u3000", "\u200b"):
        answer = visitor.post("/residents/search", {"q": typed})
        assert answer.headers["location"] == "/residents"


def test_by_record_number_and_household(fresh_house: OpenHouse) -> None:
    house = fresh_house
    numbered = {**RESIDENTS["li-na"], "id": "li-na"}
    record = {"system": HEALTH_RECORD_NUMBER, "value": "37180200100200012"}
    numbered["identifier"] = [*numbered["identifier"], record]
    household = {
        "resourceType": "Group", "id": "home-1", "type": "person", "actual": True,
        "identifier": [{"system": "urn:test:household", "value": "3718020010020000110"}],
        "managingEntity": to("Organization", "station-1"),
        "member": [{"entity": to("Patient", "li-na")}, {"entity": to("Patient", "zhang-wei")}],
    }  # fmt: skip
    house.save(numbered, household)
    visitor = signed_in(house, "gp1")
    assert found(visitor, "37180200100200012") == "/residents/li-na"
    assert "没有符合条件" in found(visitor, "0012"), "the end of a record number is no identity"
    text = found(visitor, "3718020010020000110")
    assert "李娜" in text
    assert "张伟" in text
    assert "王小明" not in text
    page = words(visitor.get("/residents/li-na"))
    assert "家庭编号 3718020010020000110" in page
    assert "张伟" in page


def test_the_list_masks_numbers_and_shows_names(house: OpenHouse) -> None:
    answer = signed_in(house, "gp1").get("/residents")
    text = words(answer)
    assert "王小明" in text
    assert "139****0001" in text
    assert f"{NUMBER[:6]}********{NUMBER[-4:]}" in text
    for secret in (NUMBER, PHONE, "赵磊", "孙丽"):
        assert secret not in answer.text


def test_filters_and_sorts(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    women = words(visitor.get("/residents?sex=female"))
    assert "李娜" in women
    assert "王小明" not in women
    old = words(visitor.get("/residents?age=65"))
    assert "张伟" in old
    assert "李娜" not in old
    by_birth = words(visitor.get("/residents?sort=birth_date"))
    assert by_birth.index("张伟") < by_birth.index("李娜") < by_birth.index("王小明")
    by_name = words(visitor.get("/residents?sort=-name"))
    assert by_name.index("张伟") < by_name.index("王小明") < by_name.index("李娜")
    assert "王小明" not in words(visitor.get("/residents?state=closed"))
    sealed = ("cursor=AAAA", "search=x", "cursor=é")
    for wrong in ("age=x", "sort=secret", "sex=y", "state=z", *sealed):
        assert visitor.get(f"/residents?{wrong}").status_code == 400, wrong


def test_pages_of_the_list_lose_nobody(fresh_house: OpenHouse) -> None:
    house = fresh_house
    names = [f"李{n:02d}" for n in range(45)]
    house.save(*(patient(name, "male", f"19{n:02d}-01-01") for n, name in enumerate(names, 30)))
    visitor = signed_in(house, "gp1")
    for sort in ("", "name", "-name", "birth_date", "-birth_date"):
        address, seen = f"/residents?sort={sort}", []
        while address:
            answer = visitor.get(address)
            seen += [word for word in words(answer).split() if word in names]
            address = _next(answer.text)
        assert sorted(seen) == names, sort


def _next(html: str) -> str:
    mark = 'rel="next" href="'
    return html.partition(mark)[2].partition('"')[0].replace("&amp;", "&")


def test_a_token_of_a_list_is_of_no_use_to_others(house: OpenHouse) -> None:
    answer = signed_in(house, "gp1").post("/residents/search", {"q": "张三"})
    assert signed_in(house, "gp2").get(answer.headers["location"]).status_code == 400


def test_a_residents_page(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    answer = visitor.get("/residents/wang-xiaoming")
    text = words(answer)
    for shown in ("王小明", "男", "41岁", "1985-03-12", "139****0001", "滨海市海阳区观海路12号",
                  "听涛街道海棠社区卫生服务站", "原发性高血压", "青霉素过敏", "2026-11-20",
                  "收缩压",
                  "148 mmHg"):  # fmt: skip
        assert shown in text, shown
    for hidden in (NUMBER, PHONE, "I10", "8480-6", "mm[Hg]", "AMB"):
        assert hidden not in text, hidden


def test_a_visit_is_titled_by_all_that_it_was_for(fresh_house: OpenHouse) -> None:
    house = fresh_house
    kept = [
        {**condition("wang-xiaoming", code, "2026-11-18", name), "id": f"two-{code}"}
        for code, name in (("I10", "原发性高血压"), ("E11", "2型糖尿病"))
    ]
    diagnoses = [{"condition": to("Condition", one["id"])} for one in kept]
    first = encounter(
        "wang-xiaoming", "2026-11-18T09:00:00+08:00", diagnosis=diagnoses,
        reasonCode=[{"text": "原发性高血压随访"}],
    )  # fmt: skip
    second = encounter(
        "wang-xiaoming", "2026-11-17T09:00:00+08:00", diagnosis=diagnoses,
        reasonCode=[{"text": "头痛"}, {"text": "咳嗽"}], type=[{"text": "初诊"}],
    )  # fmt: skip
    house.save(*kept, first, second)
    text = words(signed_in(house, "gp1").get("/residents/wang-xiaoming"))
    assert "2026-11-18 原发性高血压随访、2型糖尿病 门诊" in text
    assert "2026-11-17 头痛、咳嗽、原发性高血压、2型糖尿病 门诊" in text


def test_codes_are_told_in_the_readers_language(fresh_house: OpenHouse) -> None:
    house = fresh_house
    relation = coded(GB_RELATION, "12", "妻")
    member = {
        "extension": [{"url": RELATION, "valueCodeableConcept": {**relation, "text": "妻"}}],
        "entity": to("Patient", "li-na"),
    }
    head = {"entity": to("Patient", "wang-xiaoming")}
    coded_only = {"url": RELATION, "valueCodeableConcept": coded(GB_RELATION, "02")}
    house.save(
        {
            "resourceType": "Group", "type": "person", "actual": True,
            "member": [{**head, "extension": [coded_only]}, member],
        },
        {
            **encounter("wang-xiaoming", "2026-11-18T09:00:00+08:00", reasonCode=[{"text": "Flu"}]),
            "class": {"code": "HH"},
        },
        encounter("wang-xiaoming", "2026-11-17T09:00:00+08:00"),
    )  # fmt: skip
    visitor = signed_in(house, "gp1")
    chinese = words(visitor.get("/residents/wang-xiaoming"))
    assert "王小明 户主 · 男" in chinese
    assert "李娜 妻 · 女" in chinese
    assert "2026-11-18 Flu 上门" in chinese
    visitor.post("/language", {"language": "en", "return_to": "/"})
    english = words(visitor.get("/residents/wang-xiaoming"))
    assert "王小明 Head · Male" in english
    assert "李娜 Wife · Female" in english
    assert "2026-11-18 Flu Home visit" in english
    assert "2026-11-17 Outpatient" in english
    assert "门诊" not in english


def test_every_title_of_a_code_has_its_english() -> None:
    titles = {
        *codes.MEASURES.values(), *codes.VISIT_CLASSES.values(),
        *(title for title, _kind in codes.CLINICAL_STATES.values()),
        *(title for _beginnings, title in codes.GROUPS),
    }  # fmt: skip
    assert [title for title in titles if gettext(title, "en") == title] == []


def test_reveal_shows_one_number_and_is_audited(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, signed_in(fresh_house, "gp1")
    path = "/residents/wang-xiaoming/reveal"
    answer = visitor.post(path, {"field": "identity_number"})
    assert NUMBER in words(answer)
    assert PHONE not in answer.text
    part = visitor.post(path, {"field": "phone"}, headers={"HX-Request": "true"})
    assert words(part) == PHONE
    assert visitor.post(path, {"field": "name"}).status_code == 400
    rows = audited(house, "reveal")
    assert [(r["name"], r["patient_id"], r["detail"]["field"]) for r in rows] == [
        ("gp1", "wang-xiaoming", "identity_number"),
        ("gp1", "wang-xiaoming", "phone"),
    ]


def test_a_sheet_to_print_is_masked_and_audited(fresh_house: OpenHouse) -> None:
    house = fresh_house
    visitor = signed_in(house, "gp1")
    address = "/residents/wang-xiaoming/print"
    assert f'href="{address}"' in visitor.get("/residents/wang-xiaoming").text
    answer = visitor.get(address)
    text = words(answer)
    for shown in ("居民健康档案摘要", "王小明", "1985-03-12", "41岁", "139****0001", "青霉素过敏",
                  "滨海市海阳区观海路12号", "原发性高血压", "现患", "收缩压 148 mmHg",
                  "2026-11-20 门诊", "于海宁", "2026-11-23 09:05", "医生签名"):  # fmt: skip
        assert shown in text, shown
    assert NUMBER not in answer.text
    assert PHONE not in answer.text
    (row,) = audited(house, "print")
    assert (row["name"], row["patient_id"], row["outcome"]) == ("gp1", "wang-xiaoming", 0)
    assert signed_in(house, "gp2").get(address).status_code == 404
    assert signed_in(house, "bureau").get(address).status_code == 403
    assert len(audited(house, "print")) == 1


@pytest.mark.parametrize("who", ["gp2", "coord1"])
def test_a_strangers_resident_is_not_there(house: OpenHouse, who: str) -> None:
    """IDOR: page, reveal, search and export say the same as for a person who does not exist."""
    visitor = signed_in(house, who)
    for id_ in ("wang-xiaoming", "nobody-at-all"):
        page = visitor.get(f"/residents/{id_}")
        assert page.status_code == 404
        assert "王小明" not in page.text
        reveal = visitor.post(f"/residents/{id_}/reveal", {"field": "identity_number"})
        assert reveal.status_code == 404
        assert NUMBER not in reveal.text
    assert "没有符合条件的居民" in found(visitor, NUMBER)
    assert "王小明" not in visitor.get("/residents").text
    taken = export(visitor, "/residents/export")
    assert taken.status_code in (200, 403)
    if taken.status_code == 200:
        assert "王小明" not in sheet(taken.content)


def test_a_hospital_sees_whom_it_was_granted(fresh_house: OpenHouse) -> None:
    house = fresh_house
    house.grant("li-na", "hospital-1")
    visitor = signed_in(house, "coord1")
    text = words(visitor.get("/residents"))
    assert "李娜" in text
    assert "王小明" not in text
    assert "获准查看的居民 1 人" in words(visitor.get("/"))
    assert visitor.get("/residents/li-na").status_code == 200
    house.clock.advance(days=31)
    visitor.sign_in("coord1")
    assert visitor.get("/residents/li-na").status_code == 404


def test_a_centre_sees_its_stations_residents(house: OpenHouse) -> None:
    visitor = signed_in(house, "centre1")
    text = words(visitor.get("/residents"))
    assert "王小明" in text
    assert "赵磊" in text
    narrowed = words(visitor.get("/residents?organisation=station-2"))
    assert "赵磊" in narrowed
    assert "王小明" not in narrowed
    assert "没有符合条件" in words(visitor.get("/residents?organisation=station-6"))


def sheet(content: bytes) -> str:
    """All parts of an Excel file as one text."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist())


def test_export_is_masked_harmless_and_audited(fresh_house: OpenHouse) -> None:
    house = fresh_house
    evil = patient('=HYPERLINK("http://evil")', "male", "1970-01-01", id="evil")
    evil["name"] = [{"text": '=HYPERLINK("http://evil")'}]
    house.save(evil)
    visitor = signed_in(house, "gp1")
    answer = export(visitor, "/residents/export?sex=male", "  上级检查，核对男性名单 ")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    text = sheet(answer.content)
    assert "王小明" in text
    assert "李娜" not in text
    assert "139****0001" in text
    assert "于海宁 gp1" in text
    assert "'=HYPERLINK" in text
    assert "<f>" not in text
    for secret in (NUMBER, PHONE, "赵磊"):
        assert secret not in text
    (row,) = audited(house, "export")
    assert row["name"] == "gp1"
    assert sorted(row["detail"]["patients"]) == ["evil", "wang-xiaoming", "zhang-wei"]
    assert row["detail"]["reason"] == "上级检查，核对男性名单"


@pytest.mark.parametrize("reason", ["", "  核对  ", "王" * 201])
def test_nothing_is_exported_without_a_reason(fresh_house: OpenHouse, reason: str) -> None:
    """What was typed stays, and so does the list; the audit knows of no export."""
    house, visitor = fresh_house, signed_in(fresh_house, "gp1")
    assert "导出原因" in words(visitor.get("/residents?sex=male"))
    refused = export(visitor, "/residents/export?sex=male", reason)
    assert refused.status_code == 422
    assert "请写明导出原因，5 至 200 个字" in words(refused)
    assert f'value="{reason.strip()}"' in refused.text
    assert "王小明" in words(refused)
    assert "李娜" not in words(refused)
    assert 'action="/residents/export?sex=male"' in refused.text
    assert audited(house, "export") == []
    assert audited(house, "search")[-1]["detail"]["path"] == "/residents/export"
    assert visitor.get("/residents/export").status_code in (404, 405)


def test_what_was_searched_is_audited_but_stands_in_no_address(fresh_house: OpenHouse) -> None:
    house, visitor = fresh_house, signed_in(fresh_house, "gp1")
    found(visitor, NUMBER)
    visitor.get("/residents/wang-xiaoming")
    (search,) = audited(house, "search")
    assert (search["name"], search["patient_id"]) == ("gp1", "wang-xiaoming")
    assert search["detail"]["query"] == {"q": NUMBER}
    assert search["detail"]["path"] == "/residents/search"
    read = [r for r in audited(house, "read") if r["resource_id"] == "wang-xiaoming"]
    assert len(read) == 1
    assert (read[0]["resource_type"], read[0]["outcome"]) == ("Patient", 0)


def test_hostile_texts_stay_texts(fresh_house: OpenHouse) -> None:
    house = fresh_house
    body = patient(HOSTILE, "male", "1980-01-01", id="hostile")
    body["name"] = [{"text": HOSTILE}]
    body["address"] = [{"text": HOSTILE, "line": [HOSTILE]}]
    body["telecom"] = [{"system": "phone", "value": HOSTILE}]
    house.save(body)
    visitor = signed_in(house, "gp1")
    for path in ("/residents", "/residents/hostile", "/residents?sort=name"):
        html = visitor.get(path).text
        assert HOSTILE not in html
        assert "&lt;script&gt;" in html
    assert HOSTILE not in visitor.post("/residents/search", {"q": HOSTILE}).text


ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
ODD: list[dict[str, Any]] = [
    {"resourceType": "Patient"},
    {"resourceType": "Patient", "name": [{"family": "Müller", "given": ["Jörg"]}]},
    {"resourceType": "Patient", "birthDate": "1950"},
    {"resourceType": "Patient", "birthDate": "2090-01-01", "deceasedBoolean": True},
    {
        "resourceType": "Patient",
        "name": [{"_text": {"extension": [{"url": "urn:x", "valueCode": "y"}]}}],
    },
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(ODD)))
def test_pages_bear_whatever_is_valid_fhir(house: OpenHouse, number: int) -> None:
    id_ = f"odd-{number}"
    keeper = {"managingOrganization": to("Organization", "station-1")}
    bodies: list[dict[str, Any]] = [
        {**ODD[number], **keeper, "id": id_},
        {"resourceType": "Encounter", "status": "planned", "class": {"code": "?"},
         "subject": to("Patient", id_)},
        {"resourceType": "Encounter", "status": "planned", "class": {"code": "AMB"},
         "subject": to("Patient", id_), "period": {"end": "2026-01"}},
        {"resourceType": "Observation", "status": "final", "code": {"text": "无值"},
         "subject": to("Patient", id_), "effectiveDateTime": "2026"},
        observation(id_, "29463-7", 70, "kg", "2026-01-02T03:04:05Z"),
        {"resourceType": "Condition", "subject": to("Patient", id_)},
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order",
         "subject": to("Patient", id_), "medicationCodeableConcept": {"coding": [{"code": "x"}]}},
        {"resourceType": "Immunization", "status": "completed", "patient": to("Patient", id_),
         "vaccineCode": {"coding": [{"code": "x"}]}, "occurrenceString": "童年"},
        {"resourceType": "AllergyIntolerance", "patient": to("Patient", id_),
         "clinicalStatus": coded(ALLERGY, "active")},
    ]  # fmt: skip
    house.save(*bodies)
    visitor = signed_in(house, "gp1")
    lists = ("/residents", "/residents?sort=name")
    assert export(visitor, "/residents/export").status_code == 200
    for path in ("/", *lists, f"/residents/{id_}"):
        assert visitor.get(path).status_code == 200, path


def test_the_page_costs_the_same_however_long_the_record(fresh_house: OpenHouse) -> None:
    """No N+1: thirty more visits need no further statement."""
    house, visitor = fresh_house, signed_in(fresh_house, "gp1")
    visitor.get("/residents/li-na")
    before = _statements(house, visitor, "/residents/li-na")
    house.save(
        *(
            {
                "resourceType": "Encounter",
                "status": "finished",
                "class": {"code": "AMB"},
                "subject": to("Patient", "li-na"),
                "period": {"start": f"2026-10-{day:02d}"},
            }
            for day in range(1, 31)
        )
    )
    assert _statements(house, visitor, "/residents/li-na") == before
    assert before <= 40


def _statements(house: OpenHouse, visitor: Visitor, path: str) -> int:
    """How many SQL statements SQLAlchemy hands to the driver for one page (prepared ones apart)."""
    from sqlalchemy import event

    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    engine = house.database.engine
    event.listen(engine, "before_cursor_execute", counted)
    try:
        assert visitor.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", counted)
    return count
