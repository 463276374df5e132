"""Enrolment on pages: taken in, suspended, resumed, closed; refused; by whom; whose."""

from typing import Any

import pytest

from tests.enrolment.entering import ENROL, enrolled, filled, step
from tests.followups.sending import follow_up, put, stored
from tests.followups.test_saving import values
from tests.pages.browsing import audited, signed_in, words
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse
from tests.visits.test_pages import resources

LI = "/residents/li-na/programmes"


def test_from_missing_to_managed_to_closed(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    before = words(doctor.get(LI))
    assert "应管未管" in before
    assert "35 岁及以上、确诊原发性高血压的常住居民" in before
    form = words(doctor.get(f"{LI}/hypertension/enrol"))
    assert "符合" in form
    id_ = enrolled(doctor, "li-na", "hypertension")
    body = stored(house, "EpisodeOfCare", id_)
    assert (body["status"], body["period"]) == ("active", {"start": "2026-11-20"})
    assert body["careManager"]["reference"] == "Practitioner/practitioner-station-1-gp"
    shown = words(doctor.get(LI))
    for text in ("在管", "门诊就诊", "2026-12-04", "暂停管理", "结束管理", "还没有随访记录"):
        assert text in shown, text
    assert step(doctor, id_, "suspend", **{"enrolment-note": "外出务工"}).status_code == 303
    shown = words(doctor.get(LI))
    for text in ("暂时失访", "自 2026-11-23 起", "外出务工", "恢复管理"):
        assert text in shown, text
    assert step(doctor, id_, "resume").status_code == 303
    closed = step(doctor, id_, "close", **{"enrolment-reason": "2"})
    assert closed.status_code == 303
    shown = words(doctor.get(LI))
    for text in ("已结束", "迁出", "应管未管"):
        assert text in shown, text
    assert stored(house, "CarePlan", f"{id_}-plan")["status"] == "completed"
    assert {row["name"] for row in audited(house, "create")} >= {"gp1"}


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"enrolment-on": ""}, "请填写日期"),
        ({"enrolment-on": "昨天"}, "日期应写成"),
        ({"enrolment-on": "2026-11-24"}, "建档日期不能晚于今天"),
        ({"enrolment-on": "1960-01-01"}, "建档日期不能早于出生日期"),
        ({"enrolment-source": ""}, "请选择检出途径"),
        ({"enrolment-source": "77"}, "请选择检出途径"),
        ({"enrolment-source": "9"}, "请写明原因，2 至 200 个字"),
        ({"enrolment-doctor": ""}, "请选择责任医生"),
        ({"enrolment-doctor": "practitioner-station-2-gp"}, "请选择责任医生"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    house: OpenHouse, typed: dict[str, Any], told: str
) -> None:
    doctor = signed_in(house, "gp1")
    answer = filled(doctor, "li-na", "hypertension", **typed)
    assert answer.status_code == 422
    shown = words(answer)
    assert told in shown, shown
    assert "未保存" in shown
    again = {**ENROL, **typed}
    assert f'value="{again["enrolment-on"]}"' in answer.text
    if again["enrolment-source"] == "4":
        assert 'value="4" id="field-enrolment-source-4" checked' in " ".join(answer.text.split())
    found = resources(house, "EpisodeOfCare", patient="li-na", type="hypertension")
    assert found == []


def test_a_form_sent_twice_enrols_once_and_a_second_one_is_refused(
    fresh_house: OpenHouse,
) -> None:
    doctor = signed_in(fresh_house, "gp1")
    id_ = enrolled(doctor, "li-na", "hypertension")
    address = f"{LI}/hypertension/enrol"
    again = doctor.post(address, {**ENROL, "submission": id_})
    assert again.status_code == 303
    other = filled(doctor, "li-na", "hypertension")
    assert other.status_code == 422
    assert "居民已在“高血压患者健康管理”管理中（自 2026-11-20 起）" in words(other)


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("name", "typed", "told"),
    [
        ("suspend", {"enrolment-on": "2026-11-19"}, "日期不能早于纳入管理的日期（2026-11-20）"),
        ("suspend", {"enrolment-on": "2026-11-24"}, "日期不能晚于今天"),
        ("close", {}, "请选择结束管理的原因"),
        ("close", {"enrolment-reason": "9"}, "请写明原因，2 至 200 个字"),
        ("close", {"enrolment-reason": "2", "seen": "7"}, "在您填写期间被别人保存过"),
    ],
)
def test_a_refused_step_keeps_what_was_typed(
    fresh_house: OpenHouse, name: str, typed: dict[str, Any], told: str
) -> None:
    doctor = signed_in(fresh_house, "gp1")
    id_ = enrolled(doctor, "li-na", "hypertension")
    answer = step(doctor, id_, name, **typed)
    assert answer.status_code == 422
    assert told in words(answer), words(answer)
    if "enrolment-on" in typed:
        assert f'value="{typed["enrolment-on"]}"' in answer.text
    assert stored(fresh_house, "EpisodeOfCare", id_)["status"] == "active"


@FRESH_ON_SQLITE
def test_a_step_that_cannot_be_taken_now_says_so(fresh_house: OpenHouse) -> None:
    doctor = signed_in(fresh_house, "gp1")
    id_ = enrolled(doctor, "li-na", "hypertension")
    shown = doctor.get(f"/enrolments/{id_}/resume")
    assert shown.status_code == 409
    assert "现在的状态不能这样做" in words(shown)


CARD = {"coronary-type": "1", "diagnosed-on": "2025-03-01", "diagnosed-at": "市第一医院"}


def test_a_card_is_saved_with_the_enrolment_and_can_be_corrected(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    form = doctor.get(f"{LI}/coronary/enrol")
    assert "档案中没有相符的诊断或年龄" in words(form)
    assert 'name="enrol-source"' not in form.text, "asked once"
    id_ = enrolled(doctor, "li-na", "coronary", **CARD)
    card = stored(house, "QuestionnaireResponse", f"{id_}-card")
    assert card["questionnaire"].partition("|")[0].endswith("/coronary-card")
    address = f"/enrolments/{id_}/card"
    shown = words(doctor.get(address))
    for text in ("门诊就诊", "市第一医院", "2025-03-01", "更正"):
        assert text in shown, text
    assert f'href="{address}"' in doctor.get(LI).text
    assert 'value="市第一医院"' in doctor.get(f"{address}/edit").text
    changed = {**CARD, "enrol-source": "5", "diagnosed-at": "市中医院", "seen": "1"}
    assert doctor.post(f"{address}/edit", changed).status_code == 303
    assert "市中医院" in words(doctor.get(address))
    stale = doctor.post(f"{address}/edit", {**changed, "diagnosed-at": "县医院"})
    assert stale.status_code == 422
    assert "在您填写期间被别人保存过" in words(stale)
    assert 'value="县医院"' in stale.text
    wrong = doctor.post(f"{address}/edit", {**changed, "diagnosed-on": "前年"})
    assert "确诊时间：日期应写成" in words(wrong)


@ON_SQLITE
def test_a_faulty_card_enrols_nobody(house: OpenHouse) -> None:
    doctor = signed_in(house, "gp1")
    faulty = {**CARD, "diagnosed-on": "前年", "enrolment-on": "2026-11-24"}
    answer = filled(doctor, "li-na", "coronary", **faulty)
    assert answer.status_code == 422
    shown = words(answer)
    assert "确诊时间：日期应写成" in shown
    assert 'value="市第一医院"' in answer.text
    assert resources(house, "EpisodeOfCare", patient="li-na", type="coronary") == []


@FRESH_ON_SQLITE
def test_others_do_not_see_and_do_not_enrol(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = enrolled(signed_in(house, "gp1"), "li-na", "hypertension")
    other = signed_in(house, "gp2")
    for path in (LI, f"{LI}/hypertension/enrol", f"/enrolments/{id_}/close"):
        assert other.get(path).status_code == 404, path
    for name in ("bureau", "auditor", "secadmin"):
        assert signed_in(house, name).get(LI).status_code == 403, name
    coordinator = signed_in(house, "coord1")
    assert coordinator.get(f"{LI}/hypertension/enrol").status_code == 403
    nurse = signed_in(house, "nurse1")
    assert nurse.get(f"/enrolments/{id_}/close").status_code == 200


def test_a_closed_file_ends_everything_and_is_not_enrolled(fresh_house: OpenHouse) -> None:
    house = fresh_house
    doctor = signed_in(house, "gp1")
    enrolled(doctor, "li-na", "hypertension")
    put(house, follow_up("li-na", "hypertension", values("2026-11-21", 132, 82), id="f1"), 201)
    doctor.get("/residents/li-na/file/close")
    closing = {"reason": "1", "on": "2026-11-22"}
    assert doctor.post("/residents/li-na/file/close", closing).status_code == 303
    shown = words(doctor.get(LI))
    assert "已结束" in shown
    assert "死亡" in shown
    assert "纳入管理" not in shown
    assert "新增随访" not in shown
    refused = filled(doctor, "li-na", "hypertension")
    assert "健康档案已结案，不能纳入管理" in words(refused)
    assert "李娜" not in words(doctor.get("/programmes/hypertension/candidates"))
    assert "李娜" in words(doctor.get("/programmes/hypertension?state=ended"))
