"""Registering and correcting on pages: what is saved, what is refused, and for whom."""

import re
from html import unescape
from typing import Any

import pytest

from kernel.canonical import CITIZEN_ID, HEALTH_RECORD_NUMBER
from kernel.ids import uuid7
from tests.cast import RESIDENTS, citizen_number
from tests.pages.browsing import Visitor, audited, signed_in, words
from tests.support.house import ON_SQLITE, OpenHouse

NUMBER = citizen_number("37990019880602011")
KNOWN = RESIDENTS["wang-xiaoming"]["identifier"][0]["value"]
ELSEWHERE = RESIDENTS["zhao-lei"]["identifier"][0]["value"]
_COMMITTEE = re.compile(r'<select id="field-committee".*?value="(\d{12})"', re.DOTALL)
_SUBMISSION = re.compile(r'name="submission" value="([^"]+)"')
_VERSION = re.compile(r'name="version" value="(\d+)"')


def opened(visitor: Visitor, path: str = "/residents/new") -> dict[str, str]:
    """The form as it is shown: where it is sent to, and what it brings."""
    text = visitor.get(path).text
    committee, submission = _COMMITTEE.search(text), _SUBMISSION.search(text)
    assert committee is not None
    assert submission is not None
    return {"committee": committee[1], "submission": submission[1]}


def typed(visitor: Visitor, **others: str) -> dict[str, str]:
    """The least that opens a file with a card."""
    least = {"number": NUMBER, "name": "苏明远", "address": "观海路9号2单元301"}
    return {**opened(visitor), **least, "do": "open", **others}


def person(house: OpenHouse, id_: str) -> Any:
    return house.client("platform").get(f"Patient/{id_}").json()


def test_a_card_and_a_name_open_a_file(fresh_house: OpenHouse) -> None:
    visitor = signed_in(fresh_house, "gp1")
    form = typed(visitor, drug_allergy="2", past_disease="2", past_disease_on_2="2019-05")
    answer = visitor.post("/residents", form)
    id_ = form["submission"]
    assert (answer.status_code, answer.headers["location"]) == (303, f"/residents/{id_}"), words(
        answer
    )
    body = person(fresh_house, id_)
    numbers = {one["system"]: one["value"] for one in body["identifier"]}
    assert numbers[CITIZEN_ID] == NUMBER
    assert numbers[HEALTH_RECORD_NUMBER].startswith(form["committee"])
    assert (body["birthDate"], body["gender"]) == ("1988-06-02", "male")
    assert body["managingOrganization"]["reference"] == "Organization/station-1"
    assert body["generalPractitioner"][0]["display"] == "于海宁"
    shown = words(visitor.get(f"/residents/{id_}"))
    assert "已建档" in shown
    assert "过敏：青霉素" in shown
    told = words(visitor.get(f"/residents/{id_}/information"))
    assert "确诊时间（高血压） 2019-05" in told
    assert NUMBER not in visitor.get(f"/residents/{id_}/information").text
    days = fresh_house.client("gp1").search("EpisodeOfCare", ("patient", id_)).json()["entry"]
    assert days[0]["resource"]["period"] == {"start": "2026-11-23"}


def test_sending_twice_creates_one(fresh_house: OpenHouse) -> None:
    visitor = signed_in(fresh_house, "gp1")
    form = typed(visitor)
    first, second = visitor.post("/residents", form), visitor.post("/residents", form)
    assert first.headers["location"] == second.headers["location"]
    found = fresh_house.client("platform").search("Patient", ("identifier", NUMBER)).json()
    assert len(found["entry"]) == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("number", NUMBER[:-1] + "5", "校验码不符"),
        ("number", "1234", "应为18位"),
        ("name", "", "请填写姓名"),
        ("address", " ", "请填写现住址"),
        ("birth_date", "1988-13-02", "月份应在1至12之间"),
        ("phone", "12345", "11位手机号码"),
        ("sex", "7", "请从列出的选项中选择"),
        ("committee", "999999999999", "居（村）委会"),
        ("employer", "长" * 71, "最多 70 个字"),
        ("past_disease_on_2", "去年", "应写成年月"),
    ],
)
def test_a_refused_form_says_what_would_be_right_and_keeps_the_rest(
    house: OpenHouse, field: str, text: str, told: str
) -> None:
    visitor = signed_in(house, "gp1")
    form = typed(visitor, past_disease="2", contact_name="苏联系", payment="8")
    form["payment.8"] = "商业补充"
    answer = visitor.post("/residents", {**form, field: text})
    assert answer.status_code == 422
    assert told in words(answer)
    kept = unescape(answer.text)
    assert 'value="苏联系"' in kept
    assert 'value="商业补充"' in kept
    assert form["submission"] in kept, "the same form is sent again"
    assert house.client("platform").get(f"Patient/{form['submission']}").status_code == 404


@ON_SQLITE
def test_all_that_is_wrong_is_told_at_once(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    answer = visitor.post("/residents", {"do": "open", "submission": uuid7(0)})
    text = words(answer)
    assert answer.status_code == 422
    for missing in ("请填写姓名", "请填写现住址", "出生日期", "请选择性别"):
        assert missing in text


def test_what_contradicts_the_card_is_asked_and_can_be_confirmed(fresh_house: OpenHouse) -> None:
    visitor = signed_in(fresh_house, "gp1")
    form = typed(visitor, birth_date="1988.6.3", sex="2")
    asked = visitor.post("/residents", form)
    assert asked.status_code == 422
    assert "出生日期与证件号码中的不一致" in words(asked)
    assert "性别与证件号码表示的不一致" in words(asked)
    answer = visitor.post("/residents", {**form, "confirmed": "yes"})
    assert answer.status_code == 303
    body = person(fresh_house, form["submission"])
    assert (body["birthDate"], body["gender"]) == ("1988-06-03", "female")


def test_a_region_that_no_longer_exists_is_asked_about_and_never_refused(
    fresh_house: OpenHouse,
) -> None:
    visitor = signed_in(fresh_house, "gp1")
    form = typed(visitor, number=citizen_number("99900019880602011".replace("999", "199", 1)))
    asked = visitor.post("/residents", form)
    assert "不在行政区划代码表中" in words(asked)
    assert visitor.post("/residents", {**form, "confirmed": "yes"}).status_code == 303


@pytest.mark.parametrize("number", [KNOWN, ELSEWHERE], ids=["own", "elsewhere"])
def test_a_number_has_one_file_in_the_whole_city(house: OpenHouse, number: str) -> None:
    visitor = signed_in(house, "gp1")
    form = typed(visitor, number=number, confirmed="yes")
    answer = visitor.post("/residents", form)
    assert answer.status_code == 422
    assert "已经建过档案" in words(answer)
    assert "申请迁入" in words(answer)


def test_a_child_and_somebody_without_papers_have_files_too(fresh_house: OpenHouse) -> None:
    visitor = signed_in(fresh_house, "nurse1")
    baby = {"number": "", "birth_date": "20261101", "sex": "2", "name": "苏小满"}
    form = typed(visitor, **baby)
    answer = visitor.post("/residents", form)
    assert answer.status_code == 303, words(answer)
    body = person(fresh_house, form["submission"])
    assert [one["system"] for one in body["identifier"]] == [HEALTH_RECORD_NUMBER]


def test_a_draft_waits_to_be_confirmed(fresh_house: OpenHouse) -> None:
    visitor = signed_in(fresh_house, "gp1")
    form = typed(visitor, do="draft")
    assert visitor.post("/residents", form).status_code == 303
    assert "建档中" in words(visitor.get(f"/residents/{form['submission']}/file"))


def test_an_unknown_card_leads_to_the_form_with_its_number(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    unknown = citizen_number("37990019770808017")
    answer = visitor.post("/residents/search", {"q": unknown})
    assert answer.headers["location"].startswith("/residents/new?number=")
    assert unknown not in answer.headers["location"]
    assert f'value="{unknown}"' in visitor.get(answer.headers["location"]).text


def test_correcting_keeps_what_stays_and_notices_who_was_faster(fresh_house: OpenHouse) -> None:
    visitor = signed_in(fresh_house, "gp1")
    form = typed(visitor, drug_allergy="2", disability="1")
    visitor.post("/residents", form)
    id_ = form["submission"]
    page = visitor.get(f"/residents/{id_}/information/edit").text
    version = _VERSION.search(page)
    assert version is not None
    change = {**form, "version": version[1], "disability": "3", "education": "6"}
    first = visitor.post(f"/residents/{id_}/information", change)
    assert first.headers["location"] == f"/residents/{id_}/information", words(first)
    told = words(visitor.get(f"/residents/{id_}/information"))
    assert "残疾情况 听力残疾" in told
    assert "文化程度 高中" in told
    late = visitor.post(f"/residents/{id_}/information", {**change, "name": "苏明月"})
    assert late.status_code == 422
    assert 'value="苏明月"' in late.text
    allergies = fresh_house.client("gp1").search("AllergyIntolerance", ("patient", id_)).json()
    assert [one["resource"]["meta"]["versionId"] for one in allergies["entry"]] == ["1"]


@ON_SQLITE
@pytest.mark.parametrize("name", ["coord1", "bureau", "sysadmin", "auditor"])
def test_others_do_not_register(house: OpenHouse, name: str) -> None:
    visitor = signed_in(house, name)
    assert visitor.get("/residents/new").status_code == 403
    assert visitor.post("/residents", {}).status_code == 403


@ON_SQLITE
def test_a_strangers_form_is_unknown(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp2")
    for end in ("information", "information/edit", "information/print", "cover", "card"):
        assert visitor.get(f"/residents/li-na/{end}").status_code == 404
    form = {"version": "1", "name": "x"}
    assert visitor.post("/residents/li-na/information", form).status_code in (404, 422)
    assert person(house, "li-na")["name"][0]["text"] == "李娜"


@pytest.mark.parametrize("sheet", ["cover", "information/print", "card"])
def test_a_sheet_is_printed_and_recorded(house: OpenHouse, sheet: str) -> None:
    visitor = signed_in(house, "gp1")
    answer = visitor.get(f"/residents/wang-xiaoming/{sheet}")
    assert answer.status_code == 200
    assert "王小明" in words(answer)
    assert audited(house, "print")[-1]["resource_id"] == "wang-xiaoming"


def test_the_code_of_the_card_opens_the_file_and_says_nothing(house: OpenHouse) -> None:
    visitor = signed_in(house, "gp1")
    answer = visitor.post("/residents/search", {"q": "card/wang-xiaoming"})
    assert answer.headers["location"] == "/residents/wang-xiaoming"
    stranger = visitor.post("/residents/search", {"q": "CARD/zhao-lei"})
    assert stranger.headers["location"].startswith("/residents?")
