"""One follow-up on pages: entered, judged before it is saved, refused, corrected, taken back."""

import re
from datetime import date
from typing import Any

import pytest

from tests.followups.filling import LI_NA, answers, earlier, managed, saved, send
from tests.followups.sending import decided, stored
from tests.pages.browsing import audited, signed_in, words
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse

PROPOSE = "/residents/li-na/follow-ups/propose"


def before(house: OpenHouse, day: str = "2026-11-09", systolic: int = 152) -> None:
    """A visit above target two weeks ago."""
    values = {
        "visit-date": date.fromisoformat(day), "visit-mode": "1", "systolic": systolic,
        "diastolic": 92,
    }  # fmt: skip
    earlier(house, "hypertension", values, id=f"before-{day}")


def test_a_follow_up_from_the_form_to_the_next_date(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    doctor = signed_in(house, "gp1")
    answer = send(doctor, LI_NA)
    assert answer.status_code == 303, words(answer)
    assert answer.headers["location"] == "/residents/li-na/programmes"
    assert "高血压已保存：控制满意，下次随访不晚于 2027-02-23" in words(
        doctor.get("/account/password")
    )
    (id_,) = answers(house)
    body = stored(house, "QuestionnaireResponse", id_)
    assert (body["status"], body["authored"]) == ("completed", "2026-11-23")
    assert decided(house, id_).due_on == date(2027, 2, 23)
    assert stored(house, "Encounter", f"{id_}-visit")["status"] == "finished"
    assert str(stored(house, "Observation", f"{id_}-bmi")["valueQuantity"]["value"]) == "23.63"
    shown = words(doctor.get(f"/follow-ups/{id_}"))
    for text in (
        "高血压患者随访服务记录表 2026-11-23", "控制满意", "常规随访", "下次随访 不晚于 2027-02-23",
        "128 mmHg", "23.63 kg/m²", "无症状", "高血压规范·分类干预", "未填",
    ):  # fmt: skip
        assert text in shown, text


@FRESH_ON_SQLITE
def test_what_follows_is_shown_before_it_is_saved(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    before(house)
    doctor = signed_in(house, "gp1")
    shown = send(doctor, LI_NA, "propose", systolic="158", diastolic="96")
    assert shown.status_code == 200
    text = words(shown)
    for said in (
        "控制不满意", "建议转诊", "随访转诊情况 不晚于 2026-12-07",
        "连续两次控制不满意：上次 2026-11-09，本次血压 158/96 mmHg，未达到控制目标",
        "依据：高血压规范",
    ):  # fmt: skip
        assert said in text, said
    assert 'value="158"' in shown.text
    form = {
        "programmes": "hypertension", "visit-date": "2026-11-23", "visit-mode": "1",
        "systolic": "158", "diastolic": "96",
    }  # fmt: skip
    live = doctor.post(PROPOSE, form)
    assert live.status_code == 200
    assert 'data-outcome="2" data-action="refer"' in live.text
    assert "<html" not in live.text
    wanting = doctor.post(PROPOSE, {**form, "systolic": ""})
    assert "填写收缩压后给出建议" in words(wanting)
    assert answers(house) == ["before-2026-11-09"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"visit_date": "2026-11-24"}, "随访日期不能晚于今天（2026-11-23）"),
        ({"visit_date": "昨天"}, "随访日期：日期应写成"),
        ({"visit_date": "2026-01-04"}, "不在“高血压患者健康管理”管理中"),
        ({"systolic": "301"}, "收缩压：超出可能的范围，应在 50～300 mmHg 之间"),
        ({"systolic": ""}, "请填写收缩压。"),
        ({"diastolic": "128"}, "舒张压应低于收缩压（128 mmHg），请核对"),
        ({"symptoms": ["1", "2"]}, "症状：选了“无症状”就不能再选其他项"),
        ({"adr": "2"}, "药物不良反应：选了“有”请写明是什么"),
        ({"visit_class": "2"}, "与系统建议的分类（控制满意）不同，请在“改变分类的理由”中写明"),
        ({"next_date": "2027-03-01"}, "下次随访日期最迟为 2027-02-23（常规随访）"),
        ({"drugs-0-times": "2"}, "请填写药物名称。"),
        ({"systolic": "190", "action": "routine"}, "处理级别低于系统建议（紧急处理后转诊）"),
    ],
)
def test_what_is_refused_keeps_what_was_typed(
    house: OpenHouse, changes: dict[str, Any], told: str
) -> None:
    if house.client("gp1").get("EpisodeOfCare/li-na-hypertension").status_code == 404:
        managed(house, "hypertension")
    answer = send(signed_in(house, "gp1"), LI_NA, **changes)
    assert answer.status_code == 422
    assert told in words(answer)
    assert "未保存" in words(answer)
    assert 'value="60.5"' in answer.text
    for name, typed in changes.items():
        if isinstance(typed, str) and typed not in ("", "2", "routine"):
            assert f'value="{typed}"' in answer.text, name
    assert answers(house) == []


@FRESH_ON_SQLITE
def test_a_rare_value_is_asked_about_once(fresh_house: OpenHouse) -> None:
    managed(fresh_house, "hypertension")
    doctor = signed_in(fresh_house, "gp1")
    asked = send(doctor, LI_NA, weight="140.0")
    assert asked.status_code == 422
    assert "体重 140.0 kg 少见（通常 35～130）" in words(asked)
    other = send(doctor, LI_NA, weight="141.0", confirmed="yes", doubted="weight=140.0")
    assert other.status_code == 422
    saved(doctor, weight="140.0", confirmed="yes", doubted="weight=140.0")


def test_a_milder_action_has_a_reason_and_is_audited(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    before(house)
    doctor = signed_in(house, "gp1")
    id_ = saved(
        doctor,
        systolic="158",
        diastolic="96",
        action="adjust",
        action_reason="本人拒绝转诊，先调药",
    )
    found = decided(house, id_)
    assert (found.action.value, found.proposed_action.value) == ("adjust", "refer")
    shown = words(doctor.get(f"/follow-ups/{id_}"))
    for text in ("调整治疗", "系统建议：建议转诊", "已降低处理级别", "本人拒绝转诊，先调药"):
        assert text in shown, text
    (row,) = [one for one in audited(house, "create") if "downgraded" in (one["detail"] or {})]
    told = row["detail"]["downgraded"]
    assert (told["proposed"], told["chosen"]) == ("refer", "adjust")
    assert told["reason"] == "本人拒绝转诊，先调药"


def test_sending_a_form_twice_creates_one(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    doctor = signed_in(house, "gp1")
    id_ = "01936d5e-0000-7000-8000-000000000001"
    first = send(doctor, LI_NA, submission=id_)
    again = send(doctor, LI_NA, submission=id_)
    assert (first.status_code, again.status_code) == (303, 303)
    assert answers(house) == [id_]


def test_after_saving_the_page_goes_back_to_where_it_came_from(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    doctor = signed_in(house, "gp1")
    came = {"Referer": "http://station.test/due?tab=overdue"}
    opened = doctor.get(LI_NA, headers=came)
    assert 'name="back" value="/due?tab=overdue"' in opened.text
    elsewhere = doctor.get(f"{LI_NA}&back=//example.org/")
    assert 'name="back" value=""' in elsewhere.text
    answer = send(doctor, f"{LI_NA}&back=/due")
    assert answer.headers["location"] == "/due"


def test_a_correction_keeps_the_version_before(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    doctor = signed_in(house, "gp1")
    id_ = saved(doctor, systolic="185", confirmed="yes", doubted="systolic=185")
    assert decided(house, id_).action.value == "emergency"
    address = f"/follow-ups/{id_}/edit"
    assert 'value="185"' in doctor.get(address).text
    refused = send(doctor, address, systolic="135")
    assert refused.status_code == 422
    assert "请写明更正原因，2 至 200 个字" in words(refused)
    assert 'value="135"' in refused.text
    done = send(doctor, address, systolic="135", **{"correction-reason": "血压录错"})
    assert (done.status_code, done.headers["location"]) == (303, f"/follow-ups/{id_}")
    shown = words(doctor.get(f"/follow-ups/{id_}"))
    for text in ("更正已保存", "135 mmHg", "已更正", "血压录错", "第 2 版", "第 1 版", "控制满意"):
        assert text in shown, text
    old = words(doctor.get(f"/follow-ups/{id_}/versions/1"))
    assert "185 mmHg" in old
    assert "这是更正前的版本" in old
    assert decided(house, id_).due_on == date(2027, 2, 23)


def test_a_correction_beside_another_is_asked_again(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    doctor = signed_in(house, "gp1")
    id_ = saved(doctor)
    address, why = f"/follow-ups/{id_}/edit", {"correction-reason": "血压录错"}
    assert send(doctor, address, systolic="135", **why).status_code == 303
    late = send(doctor, address, systolic="137", seen="1", **why)
    assert late.status_code == 422
    assert "被别人保存过" in words(late)
    assert 'value="137"' in late.text
    assert 'name="seen" value="2"' in late.text


def test_a_follow_up_is_taken_back_with_a_reason(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    doctor = signed_in(house, "gp1")
    id_ = saved(doctor)
    refused = doctor.post(f"/follow-ups/{id_}/cancel", {"reason": "错"})
    assert refused.status_code == 422
    assert "请写明作废原因，2 至 200 个字" in words(refused)
    done = doctor.post(f"/follow-ups/{id_}/cancel", {"reason": "登记到别人名下了"})
    assert done.status_code == 303
    shown = words(doctor.get(f"/follow-ups/{id_}"))
    assert "已作废" in shown
    assert "登记到别人名下了" in shown
    assert answers(house) == []
    assert doctor.get(f"/follow-ups/{id_}/edit").status_code == 409
    assert send_again(doctor, id_).status_code == 409


def send_again(doctor: Any, id_: str) -> Any:
    """Correct what was taken back."""
    return doctor.post(f"/follow-ups/{id_}/edit", {"systolic": "120"})


@FRESH_ON_SQLITE
def test_only_those_who_may_see_and_write(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    id_ = saved(signed_in(house, "gp1"))
    elsewhere, bureau = signed_in(house, "gp2"), signed_in(house, "bureau")
    for path in (LI_NA, f"/follow-ups/{id_}", f"/follow-ups/{id_}/edit"):
        assert elsewhere.get(path).status_code == 404
        assert bureau.get(path).status_code == 403
    sheet = "/residents/li-na/follow-ups/hypertension/print"
    assert elsewhere.get(sheet).status_code == 404
    assert elsewhere.post(PROPOSE, {"programmes": "hypertension"}).status_code == 404
    assert elsewhere.post(f"/follow-ups/{id_}/cancel", {"reason": "不是我的"}).status_code == 404


@ON_SQLITE
@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("?programmes=", 400), ("?programmes=nothing", 404),
     ("?programmes=hypertension&encounter=nothing", 400)],
)  # fmt: skip
def test_nonsense_is_answered_in_words(house: OpenHouse, query: str, status: int) -> None:
    answer = signed_in(house, "gp1").get(f"/residents/li-na/follow-ups/new{query}")
    assert answer.status_code == status


def test_the_sheet_holds_four_visits_of_a_year(fresh_house: OpenHouse) -> None:
    house = fresh_house
    managed(house, "hypertension")
    days = ("2026-01-15", "2026-03-02", "2026-05-11", "2026-08-11", "2026-10-20")
    for number, day in enumerate(days):
        before(house, day, 130 + number)
    doctor = signed_in(house, "gp1")
    sheet = "/residents/li-na/follow-ups/hypertension/print"
    whole = doctor.get(sheet)
    text = words(whole)
    assert whole.text.count('class="follow-up-paper"') == 2
    for said in (
        "李娜",
        "随访医生签名",
        "体重（当前/目标）",
        "收缩压/舒张压",
        "133 / 92",
        "134 / 92",
    ):
        assert said in text, said
    second = words(doctor.get(f"{sheet}?year=2026&page=2"))
    assert "2026-10-20" in second
    assert "2026-08-11" not in second
    assert re.search(r"打印", words(doctor.get(f"{sheet}?year=1999&page=x")))
