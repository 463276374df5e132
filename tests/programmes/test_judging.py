"""Class, action and dates of a follow-up, by the tables of chronic-disease.md §1.2 and §1.3."""

from datetime import date, timedelta
from itertools import product

import pytest

from health.declare import Action, Activity, Case, Earlier, worst
from health.judging import (
    Clauses,
    Findings,
    judged,
    months_between,
    months_later,
    next_dates,
    phased,
)
from health.parameters import Phase
from kernel.values.dated import ALWAYS, Dated

ON = date(2025, 3, 10)
CLAUSES = Clauses("急", "常")

# §2.6: emergency, complication, uncontrolled now, uncontrolled last time, adverse now, adverse last
# time or hard to control → class, action. A dash is any.
TABLE = """
    Y - - - - - | * EMERGENCY
    N Y - - - - | 4 REFER
    N N Y Y N - | 2 REFER
    N N Y Y Y - | 3 REFER
    N N - - Y Y | 3 REFER
    N N Y N N - | 2 ADJUST
    N N Y N Y N | 3 ADJUST
    N N N - Y N | 3 ADJUST
    N N N - N - | 1 ROUTINE
"""
ROWS = [line.strip().split(" | ") for line in TABLE.strip().splitlines()]
EVERY = list(product([False, True], repeat=7))


def expected(flags: tuple[bool, ...]) -> tuple[str, str]:
    """The first row that holds; the class of an emergency is the worst of what else holds."""
    said = ["Y" if flag else "N" for flag in flags]
    for conditions, result in ROWS:
        cells = zip(conditions.split(), said, strict=True)
        if all(cell in ("-", value) for cell, value in cells):
            outcome, action = result.split()
            return (_class(flags) if outcome == "*" else outcome), action
    raise AssertionError(flags)


def _class(flags: tuple[bool, ...]) -> str:
    _emergency, complication, _uncontrolled, _before, adverse, _again = flags
    return "4" if complication else "3" if adverse else "2"


@pytest.mark.parametrize("flags", EVERY)
def test_every_combination_is_judged_by_the_decision_table(flags: tuple[bool, ...]) -> None:
    emergency, complication, now, before, adverse, adverse_before, hard = flags
    last = Earlier(ON - timedelta(14), "1", Action.ADJUST, before, adverse_before, {})
    found = Findings(
        ("急症",) if emergency else (),
        ("并发症",) if complication else (),
        ("未达标",) if now else (),
        ("不良反应",) if adverse else (),
        hard_to_control=hard,
    )
    decision = judged(Case(ON, earlier=(last,)), found, CLAUSES)
    again = adverse_before or hard
    wanted = expected((emergency, complication, now, before, adverse, again))
    assert (decision.outcome, decision.action.name) == wanted
    assert decision.uncontrolled is now
    assert decision.adverse is adverse
    assert decision.reasons
    assert all(reason.clause == ("急" if emergency else "常") for reason in decision.reasons)


def test_the_first_visit_has_nothing_before_it() -> None:
    decision = judged(Case(ON), Findings(uncontrolled=("高",), adverse=("咳",)), CLAUSES)
    assert (decision.outcome, decision.action) == ("3", Action.ADJUST)
    assert [reason.text for reason in decision.reasons] == ["高", "咳"]


def test_two_in_a_row_name_the_day_before() -> None:
    last = Earlier(date(2025, 2, 24), "2", Action.ADJUST, True, True, {})
    case = Case(ON, earlier=(last,))
    above = judged(case, Findings(uncontrolled=("血压高",)), CLAUSES)
    assert above.reasons[0].text == "连续两次控制不满意：上次 2025-02-24，本次血压高"
    adverse = judged(case, Findings(adverse=("咳嗽",)), CLAUSES)
    assert adverse.reasons[0].text == "药物不良反应上次已有（2025-02-24），本次仍有：咳嗽"


def test_advice_is_said_last_and_changes_nothing() -> None:
    plain = judged(Case(ON), Findings(), CLAUSES)
    advised = judged(Case(ON), Findings(advice=("请复查",)), CLAUSES)
    assert advised.reasons == (*plain.reasons, advised.reasons[-1])
    assert (advised.reasons[-1].text, advised.reasons[-1].clause) == ("请复查", "")
    assert (advised.outcome, advised.action, advised.planned) == (
        plain.outcome, plain.action, plain.planned,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "planned"),
    [
        (Action.ROUTINE, [(Activity.FOLLOW_UP, "2025-06-10")]),
        (Action.ADJUST, [(Activity.RECHECK, "2025-03-24")]),
        (Action.REFER, [(Activity.REFERRAL_OUTCOME, "2025-03-24")]),
        (
            Action.EMERGENCY,
            [(Activity.REFERRAL_OUTCOME, "2025-03-24"), (Activity.ARRIVAL_CHECK, "2025-03-11")],
        ),
    ],
)
def test_an_action_has_its_deadlines(action: Action, planned: list[tuple[Activity, str]]) -> None:
    found = [(one.activity, one.due_on.isoformat()) for one in next_dates(ON, action)]
    assert found == planned


def test_a_programme_may_have_an_interval_of_its_own() -> None:
    assert next_dates(ON, Action.ROUTINE, months=6)[0].due_on == date(2025, 9, 10)
    assert next_dates(ON, Action.ADJUST, months=6)[0].due_on == date(2025, 3, 24)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        ("2025-11-30", 3, "2026-02-28"), ("2023-11-30", 3, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"), ("2025-05-31", 3, "2025-08-31"),
        ("2025-08-31", 1, "2025-09-30"), ("2025-01-15", -3, "2024-10-15"),
    ],
)  # fmt: skip
def test_months_are_clamped_to_the_end_of_the_month(day: str, months: int, later: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)


@pytest.mark.parametrize(
    ("begun", "on", "months"),
    [
        ("2025-02-10", "2025-03-10", 1), ("2025-02-11", "2025-03-10", 0),
        ("2024-03-10", "2025-03-10", 12), ("2025-03-10", "2025-03-10", 0),
        ("2025-01-31", "2025-02-28", 1), ("2025-03-11", "2025-03-10", -1),
    ],
)  # fmt: skip
def test_completed_months(begun: str, on: str, months: int) -> None:
    assert months_between(date.fromisoformat(begun), date.fromisoformat(on)) == months


def test_a_phase_ends_after_its_months() -> None:
    phase = Phase(3, 1, 6)
    assert phased(date(2024, 12, 11), ON, phase) == 1
    assert phased(date(2024, 12, 10), ON, phase) == 6
    assert phased(None, ON, phase) == 6


def test_a_parameter_holds_from_its_day_on() -> None:
    dated = Dated(((ALWAYS, "old"), (ON, "new")))
    assert dated.on(ON - timedelta(1)) == "old"
    assert dated.on(ON) == "new"


def test_the_worst_action_is_the_most_severe() -> None:
    assert worst([Action.ADJUST, Action.EMERGENCY, Action.ROUTINE]) is Action.EMERGENCY
    assert worst([]) is Action.ROUTINE
    assert [one.severity for one in Action] == [0, 1, 2, 3]
