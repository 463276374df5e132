"""What came of a referral: the next date, the end of the management, its place (§1.6)."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health.declare import Action, Activity, Case, Earlier
from health.programmes import programme_of
from health.programmes.referral_outcome import OUTCOMES
from tests.followups.sending import decided, enrolled, follow_up, put, stored
from tests.followups.test_saving import values
from tests.pages.browsing import signed_in, words
from tests.support.house import OpenHouse

PROGRAMME = programme_of("referral-outcome")
FOLLOW_UP, OUTCOME, ARRIVAL = (
    Activity.FOLLOW_UP, Activity.REFERRAL_OUTCOME, Activity.ARRIVAL_CHECK,
)  # fmt: skip


def contact(on: str, outcome: str) -> Earlier:
    """An earlier contact about the same referral."""
    return Earlier(date.fromisoformat(on), outcome, Action.REFER, False, False, {})


def found(on: str, finding: str, *earlier: Earlier) -> list[tuple[Activity, str]]:
    """What is planned after a finding."""
    case = Case(date.fromisoformat(on), earlier=earlier)
    decision = PROGRAMME.decide({"finding": finding}, case)
    assert decision.outcome == finding
    assert decision.reasons
    return [(one.activity, one.due_on.isoformat()) for one in decision.planned]


@pytest.mark.parametrize(
    ("number", "on", "finding", "next_"),
    [
        ("O1", "2025-04-02", "1", (FOLLOW_UP, "2025-04-16")),
        ("O2", "2025-04-07", "3", (OUTCOME, "2025-04-21")),
        ("O3", "2025-04-08", "1", (FOLLOW_UP, "2025-04-22")),
        ("O4", "2025-04-01", "2", (OUTCOME, "2025-04-15")),
    ],
)
def test_the_worked_cases(number: str, on: str, finding: str, next_: Any) -> None:
    assert found(on, finding) == [next_], number


def test_the_second_refusal_leads_back_to_the_doctor() -> None:
    before = contact("2025-04-07", "3")
    assert found("2025-04-21", "3", before) == [(FOLLOW_UP, "2025-05-05")]
    case = Case(date(2025, 4, 21), earlier=(before,))
    faults = PROGRAMME.complain({"finding": "3"}, case)
    assert sorted(faults) == ["doctor-opinion", "refusal-signed"]
    assert "第 2 次未去" in str(PROGRAMME.decide({"finding": "3"}, case).reasons[0].text)
    signed = {"finding": "3", "doctor-opinion": "继续观察", "refusal-signed": "2"}
    assert PROGRAMME.complain(signed, case) == {}
    assert PROGRAMME.complain({"finding": "3"}, Case(date(2025, 4, 7))) == {}


def test_an_arrival_that_is_not_confirmed_is_asked_for_the_next_day() -> None:
    assert found("2025-03-24", "4") == [(ARRIVAL, "2025-03-25"), (OUTCOME, "2025-04-07")]


@pytest.mark.parametrize("finding", ["5", "6"])
def test_what_ends_the_management_has_no_next_date(finding: str) -> None:
    assert found("2025-03-24", finding) == []


@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)),
    st.sampled_from([one.code for one in OUTCOMES]),
    st.lists(st.sampled_from([one.code for one in OUTCOMES]), max_size=4),
)
def test_whatever_is_found_is_declared_and_comes_after(
    on: date, finding: str, before: list[str]
) -> None:
    earlier = tuple(
        contact((on - timedelta(days=n + 1)).isoformat(), c) for n, c in enumerate(before)
    )
    decision = PROGRAMME.decide({"finding": finding}, Case(on, earlier=earlier))
    assert PROGRAMME.outcome(decision.outcome)
    assert all(one.due_on > on for one in decision.planned)
    assert bool(decision.planned) == (finding not in "56")


def outcome(day: str, finding: str, **more: Any) -> dict[str, Any]:
    """The values of a contact about a referral in hypertension, by telephone."""
    told = {name.replace("_", "-"): value for name, value in more.items()}
    return {
        "visit-date": date.fromisoformat(day), "visit-mode": "3", "programme": "hypertension",
        "finding": finding, **told,
    }  # fmt: skip


def sent(house: OpenHouse, id_: str, said: dict[str, Any], status: int = 201) -> str:
    return put(house, follow_up("li-na", "referral-outcome", said, id=id_), status)


def plan(house: OpenHouse, episode: str) -> list[tuple[str, str]]:
    """What is scheduled, apart from the yearly examination."""
    body = stored(house, "CarePlan", f"{episode}-plan")
    details = [one["detail"] for one in body.get("activity", ())]
    told = [(one["code"]["coding"][0]["code"], one["scheduledPeriod"]["end"]) for one in details]
    return [one for one in told if one[0] != "examination"]


def referred(house: OpenHouse) -> str:
    """Somebody who was referred on 2 November after two visits above target."""
    episode = enrolled(house, "li-na", "hypertension", "2026-01-05")
    for id_, day in (("f1", "2026-10-19"), ("f2", "2026-11-02")):
        put(house, follow_up("li-na", "hypertension", values(day, 158, 96), id=id_), 201)
    assert plan(house, episode) == [("referral-outcome", "2026-11-16")]
    return episode


def test_it_replaces_what_was_planned_and_leaves_the_counters(fresh_house: OpenHouse) -> None:
    house = fresh_house
    episode = referred(house)
    sent(house, "o1", outcome("2026-11-09", "1", plan="氨氯地平 5 mg 每日1次"))
    assert plan(house, episode) == [("follow-up", "2026-11-23")]
    assert decided(house, "o1").regular is False
    visit = stored(house, "Encounter", "o1-visit")
    assert visit["class"]["code"] == "VR"
    assert visit["episodeOfCare"] == [{"reference": f"EpisodeOfCare/{episode}"}]
    put(house, follow_up("li-na", "hypertension", values("2026-11-20", 142, 88), id="f3"), 201)
    third = decided(house, "f3")
    assert (third.action, third.due_on) == (Action.REFER, date(2026, 12, 4))
    assert "上次 2026-11-02" in third.reasons[0][0]


def test_the_second_refusal_needs_a_doctor_and_a_signature(fresh_house: OpenHouse) -> None:
    house = fresh_house
    episode = referred(house)
    sent(house, "o1", outcome("2026-11-09", "3", not_gone_reason="家中无人陪同"))
    assert plan(house, episode) == [("referral-outcome", "2026-11-23")]
    again = outcome("2026-11-16", "3", not_gone_reason="不愿意去")
    told = sent(house, "o2", again, 422)
    assert "请填写医生评估意见" in told
    assert "请填写已签署拒绝转诊意见" in told
    signed = {**again, "doctor-opinion": "加量后复查", "refusal-signed": "2"}
    sent(house, "o2", signed)
    assert plan(house, episode) == [("follow-up", "2026-11-30")]


def test_a_new_referral_counts_refusals_anew(fresh_house: OpenHouse) -> None:
    house = fresh_house
    episode = referred(house)
    sent(house, "o1", outcome("2026-11-03", "3", not_gone_reason="忙"))
    put(house, follow_up("li-na", "hypertension", values("2026-11-10", 150, 88), id="f3"), 201)
    sent(house, "o2", outcome("2026-11-17", "3", not_gone_reason="忙"))
    assert plan(house, episode) == [("referral-outcome", "2026-12-01")]


@pytest.mark.parametrize(
    ("said", "closed_for"),
    [(outcome("2026-11-09", "5"), "5"), (outcome("2026-11-09", "6", left_for="2"), "2")],
)
def test_it_may_end_the_management_and_a_correction_takes_it_up(
    fresh_house: OpenHouse, said: dict[str, Any], closed_for: str
) -> None:
    house = fresh_house
    episode = referred(house)
    sent(house, "o1", said)
    ended = stored(house, "EpisodeOfCare", episode)
    assert (ended["status"], ended["period"]["end"]) == ("finished", "2026-11-09")
    assert closed_for in [one.get("valueCode") for one in ended["extension"]]
    assert plan(house, episode) == []
    corrected = follow_up(
        "li-na", "referral-outcome", outcome("2026-11-09", "2"), id="o1", status="amended"
    )
    put(house, corrected, 200)
    again = stored(house, "EpisodeOfCare", episode)
    assert again["status"] == "active"
    assert "end" not in again["period"]
    assert plan(house, episode) == [("referral-outcome", "2026-11-23")]
    put(house, {**corrected, "status": "entered-in-error"}, 200)
    assert plan(house, episode) == [("referral-outcome", "2026-11-16")]


def test_an_answer_that_is_filed_with_somebody_else_reopens_nothing(
    fresh_house: OpenHouse,
) -> None:
    """As when two files are joined."""
    house = fresh_house
    episode = referred(house)
    sent(house, "o1", outcome("2026-11-09", "5"))
    moved = stored(house, "QuestionnaireResponse", "o1")
    put(house, {**moved, "subject": {"reference": "Patient/zhang-wei"}}, 200)
    assert stored(house, "EpisodeOfCare", episode)["status"] == "finished"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"programme": "diabetes"}, "不在“2型糖尿病患者健康管理”管理中"),
        ({"programme": None}, "请选择管理项目"),
        ({"finding": None}, "请选择转诊结果"),
        ({"finding": "1"}, "请填写治疗方案"),
        ({"finding": "3"}, "请填写未去的原因"),
        ({"finding": "4"}, "请填写已联系的人和单位"),
        ({"finding": "6"}, "请选择终止原因"),
        ({"finding": "5", "next-date": date(2026, 11, 20)}, "不安排下次随访"),
        ({"finding": "2", "next-date": date(2026, 12, 20)}, "最迟为 2026-11-30"),
    ],
)
def test_what_is_refused(house: OpenHouse, said: dict[str, Any], told: str) -> None:
    if house.client("gp1").get("EpisodeOfCare/li-na-hypertension").status_code == 404:
        enrolled(house, "li-na", "hypertension", "2026-01-05")
    whole = {**outcome("2026-11-16", "2"), **said}
    known = {name: value for name, value in whole.items() if value is not None}
    assert told in sent(house, "refused", known, 422)


HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def test_the_due_list_leads_to_its_page(fresh_house: OpenHouse) -> None:
    house = fresh_house
    episode = referred(house)
    doctor = signed_in(house, "gp1")
    address = "/residents/li-na/follow-ups/new?programmes=referral-outcome&of=hypertension"
    assert address in unescape(doctor.get("/due?tab=overdue").text)
    shown = doctor.get(address)
    assert "转诊结果" in words(shown)
    typed = {
        **dict(HIDDEN.findall(shown.text)), "visit-date": "2026-11-23", "visit-mode": "3",
        "programme": "hypertension", "finding": "5", "do": "save",
    }  # fmt: skip
    saved = doctor.post(address, typed)
    assert saved.status_code == 303, words(saved)
    assert "转诊情况已保存：排除诊断" in words(doctor.get(saved.headers["location"]))
    assert stored(house, "EpisodeOfCare", episode)["status"] == "finished"
    assert "李娜" not in words(doctor.get("/due?tab=overdue"))
