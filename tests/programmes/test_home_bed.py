"""家庭病床: the rules of chronic-disease.md §8, a test for each; the domain has no cases."""

from datetime import date, timedelta
from typing import Any

import pytest

from health.declare import Action, Activity, Case, Decision, Earlier
from health.programmes.home_bed import PROGRAMME

ON = date(2025, 3, 31)
REFERRED = [Activity.REFERRAL_OUTCOME]


def decide(*earlier: Earlier, started: date | None = None, **values: Any) -> Decision:
    keyed = {key.replace("_", "-"): value for key, value in values.items()}
    card: dict[str, Any] = {"start-date": started} if started else {}
    return PROGRAMME.decide({"course": "1", **keyed}, Case(ON, earlier=earlier, card=card))


def texts(decision: Decision) -> list[str]:
    return [reason.text for reason in decision.reasons]


@pytest.mark.parametrize(
    ("course", "fixed", "action", "activities", "due"),
    [
        ("1", "2", Action.ROUTINE, [Activity.FOLLOW_UP], date(2025, 4, 14)),
        ("1", "1", Action.ROUTINE, [Activity.FOLLOW_UP], date(2025, 4, 7)),
        ("2", "2", Action.ADJUST, [Activity.RECHECK], date(2025, 4, 7)),
        ("3", "1", Action.REFER, REFERRED, date(2025, 4, 14)),
        ("4", "1", Action.EMERGENCY, [*REFERRED, Activity.ARRIVAL_CHECK], date(2025, 4, 14)),
    ],
)
def test_the_next_round_follows_from_the_state_and_the_plan(
    course: str, fixed: str, action: Action, activities: list[Activity], due: date
) -> None:
    decision = decide(course=course, plan_fixed=fixed)
    assert (decision.outcome, decision.action) == (course, action)
    assert [one.activity for one in decision.planned] == activities
    assert decision.due_on == due
    assert decision.uncontrolled is (course != "1")
    assert texts(decision)[0].startswith("病情：")


def test_where_the_plan_is_not_said_to_be_fixed_it_is_not() -> None:
    assert decide().due_on == date(2025, 4, 7)
    assert texts(decide()) == ["病情：稳定", "医生至少每 7 天查床一次"]
    assert texts(decide(plan_fixed="2"))[1] == "病情稳定、方案固定：每 14 天查床一次"


def test_a_dangerous_pressure_is_critical_whatever_was_ticked() -> None:
    decision = decide(systolic=180, diastolic=100)
    assert (decision.outcome, decision.action) == ("4", Action.EMERGENCY)
    assert decide(systolic=179, diastolic=100).outcome == "1"


def test_a_term_ends_after_ninety_days() -> None:
    said = "建床已 90 天，达到一个周期（90 天），继续建床须重新评估"
    assert said in texts(decide(started=ON - timedelta(days=90)))
    assert not any("周期" in one for one in texts(decide(started=ON - timedelta(days=89))))


def before(days: int, **values: Any) -> Earlier:
    return Earlier(ON - timedelta(days=days), "1", Action.ROUTINE, False, False, values)


@pytest.mark.parametrize(
    ("earlier", "values", "started", "missed"),
    [
        ([], {}, 31, False), ([], {}, 32, True), ([], {"senior": "2"}, 40, False),
        ([before(31, senior="2")], {}, 40, False), ([before(32, senior="2")], {}, 40, True),
        ([before(7), before(14, senior="1")], {"senior": "1"}, 40, True),
    ],
)  # fmt: skip
def test_a_senior_doctor_comes_every_month(
    earlier: list[Earlier], values: dict[str, Any], started: int, missed: bool
) -> None:
    decision = decide(*earlier, started=ON - timedelta(days=started), **values)
    assert ("已超过 31 天没有上级医师查房" in texts(decision)) is missed


def test_closing_is_said_with_its_outcome() -> None:
    assert "拟撤床，转归：好转；请办理撤床" in texts(decide(closing_outcome="2"))


def test_the_pressures_have_to_be_in_order() -> None:
    assert set(PROGRAMME.complain({"systolic": 80, "diastolic": 90}, Case(ON))) == {"diastolic"}


def test_nobody_is_on_a_list_of_who_should_have_a_bed() -> None:
    assert str(PROGRAMME.eligible(ON)) == "false"
    assert PROGRAMME.approved
