"""康复: the rules of chronic-disease.md §9, a test for each; the domain reference has no cases."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from health.declare import Action, Activity, Case, Decision, Earlier, Planned
from health.programmes.rehabilitation import PROGRAMME, progress, total
from health.programmes.rehabilitation_form import FIRST, ITEMS

ON = date(2025, 3, 31)
BEFORE = ON - timedelta(days=30)


def answered(points: int, **values: Any) -> dict[str, Any]:
    """An evaluation with so many points, as it is kept."""
    each = {key: str(min(2, max(0, points - 2 * n))) for n, key in enumerate(ITEMS)}
    keyed = {key.replace("_", "-"): value for key, value in values.items()}
    return PROGRAMME.complete({"stage": "2", **each, **keyed})


def before(points: int, *, stalled: bool = False, first: int | None = None) -> Earlier:
    values = answered(points) | ({} if first is None else {FIRST: first})
    return Earlier(BEFORE, "2", Action.ROUTINE, stalled, False, values)


def decide(
    points: int, *earlier: Earlier, card: dict[str, Any] | None = None, **values: Any
) -> Decision:
    case = Case(ON, earlier=earlier, card=card or {})
    return PROGRAMME.decide(answered(points, **values), case)


def texts(decision: Decision) -> list[str]:
    return [reason.text for reason in decision.reasons]


@pytest.mark.parametrize("points", [0, 1, 13, 25, 26])
def test_the_total_is_the_sum_of_thirteen_items(points: int) -> None:
    values = answered(points)
    assert values["score"] == total(values) == points
    assert len(ITEMS) == 13


def test_a_total_is_counted_and_never_typed() -> None:
    assert PROGRAMME.complete({"score": 12, "turning": "2"}) == {"turning": "2"}


def test_the_first_evaluation_keeps_its_score_and_the_next_is_after_thirty_days() -> None:
    assert answered(9, stage="1")[FIRST] == 9
    assert FIRST in PROGRAMME.carried
    decision = decide(9, stage="1")
    assert (decision.outcome, decision.action) == ("4", Action.ROUTINE)
    assert decision.planned == (Planned(Activity.FOLLOW_UP, date(2025, 4, 30)),)
    assert texts(decision) == ["初次评估总分 9 分"]


@pytest.mark.parametrize(("points", "effect"), [(14, "1"), (13, "2"), (9, "2"), (8, "3"), (7, "3")])
def test_the_effect_is_the_gain_since_the_first_evaluation(points: int, effect: str) -> None:
    assert decide(points, before(8), first_score=8).outcome == effect


def test_where_the_first_score_is_not_known_the_one_before_counts() -> None:
    assert decide(10, before(8)).outcome == "2"
    assert decide(10, before(8), stage="1").outcome == "4", "an evaluation that begins anew"
    assert progress(answered(10), Case(ON)).first is None


def test_one_evaluation_without_a_gain_changes_the_training() -> None:
    decision = decide(8, before(8), first_score=6)
    assert (decision.outcome, decision.action) == ("2", Action.ROUTINE)
    assert decision.uncontrolled
    assert texts(decision)[-1] == "较上次（8 分）无进步，请调整训练计划"


def test_two_evaluations_in_a_row_without_a_gain_are_referred() -> None:
    decision = decide(8, before(8, stalled=True), first_score=8)
    assert (decision.outcome, decision.action) == ("3", Action.REFER)
    assert decision.planned == (Planned(Activity.REFERRAL_OUTCOME, date(2025, 4, 14)),)
    assert texts(decision)[-1] == "连续两次评估无进步：上次 2025-03-01，本次 8 分 → 8 分"
    assert decide(9, before(8, stalled=True)).action is Action.ROUTINE


def test_who_reached_the_goal_is_seen_again_after_three_months() -> None:
    decision = decide(26, before(26, stalled=True), goal_reached="2")
    assert (decision.outcome, decision.action) == ("5", Action.ROUTINE)
    assert decision.planned == (Planned(Activity.FOLLOW_UP, date(2025, 6, 30)),)
    assert texts(decision)[0] == "达到康复目标，可结束管理，3 个月后复查"


@pytest.mark.parametrize(
    ("values", "danger"),
    [
        ({"temperature": Decimal("38.5")}, False), ({"temperature": Decimal("38.6")}, True),
        ({"danger": ("1",)}, True), ({"danger": ("2",)}, True), ({"danger": ("3",)}, True),
        ({"danger": ()}, False),
    ],
)  # fmt: skip
def test_danger_signs_after_surgery(values: dict[str, Any], danger: bool) -> None:
    decision = decide(20, before(18), **values)
    assert (decision.action is Action.EMERGENCY) is danger
    assert decide(20, goal_reached="2", **values).action is decision.action
    if danger:
        assert [one.activity for one in decision.planned] == [
            Activity.REFERRAL_OUTCOME,
            Activity.ARRIVAL_CHECK,
        ]


@pytest.mark.parametrize(
    ("index", "grade"),
    [
        (0, "重度依赖"), (40, "重度依赖"), (41, "中度依赖"), (60, "中度依赖"), (61, "轻度依赖"),
        (99, "轻度依赖"), (100, "独立"),
    ],
)  # fmt: skip
def test_the_barthel_index_has_grades(index: int, grade: str) -> None:
    assert texts(decide(8, barthel=index))[-1] == f"Barthel 指数 {index} 分：{grade}"


def test_the_end_of_the_prophylaxis_is_remembered() -> None:
    said = "深静脉血栓预防用药计划 2025-03-31 结束，请评估"
    assert said in texts(decide(8, card={"prophylaxis-until": ON}))
    assert len(texts(decide(8, card={"prophylaxis-until": date(2025, 4, 1)}))) == 1
