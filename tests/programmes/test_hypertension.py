"""高血压: the worked cases H01 to H24 (chronic-disease.md §2.7), and the limits around them."""

from datetime import date
from typing import Any

import pytest

from health.declare import Action, Activity, Case
from health.programmes.hypertension import PROGRAMME
from tests.programmes.worked import Given, Worked, expect, flags, judge, option, worked

CASES = worked("""
    H01 | 2025-03-10 | 1972-05-01, 132/84 | 1 | ROUTINE | 2025-06-10
    H02 | 2025-03-10 | 1972-05-01, 140/88 | 2 | ADJUST | 2025-03-24
    H03 | 2025-03-10 | 1972-05-01, 139/90 | 2 | ADJUST | 2025-03-24
    H04 | 2025-03-10 | 1972-05-01, 139/89 | 1 | ROUTINE | 2025-06-10
    H05 | 2025-03-10 | 1960-03-10, 148/88 | 1 | ROUTINE | 2025-06-10
    H06 | 2025-03-09 | 1960-03-10, 148/88 | 2 | ADJUST | 2025-03-23
    H07 | 2025-03-10 | 1950-01-01, 150/80 | 2 | ADJUST | 2025-03-24
    H08 | 2025-03-10 | 1950-01-01, 149/90 | 2 | ADJUST | 2025-03-24
    H09 | 2025-03-24 | 1972-05-01, 158/96, prevUncontrolled | 2 | REFER | 2025-04-07
    H10 | 2025-03-24 | 1972-05-01, 136/82, prevUncontrolled | 1 | ROUTINE | 2025-06-24
    H11 | 2025-03-10 | 1972-05-01, 134/80, adr | 3 | ADJUST | 2025-03-24
    H12 | 2025-03-24 | 1972-05-01, 134/80, adr, prevAdr | 3 | REFER | 2025-04-07
    H13 | 2025-03-10 | 1972-05-01, 152/94, adr | 3 | ADJUST | 2025-03-24
    H14 | 2025-03-10 | 1972-05-01, 134/80, adr, adrHardToControl | 3 | REFER | 2025-03-24
    H15 | 2025-03-10 | 1972-05-01, 136/84, newComplication | 4 | REFER | 2025-03-24
    H16 | 2025-03-10 | 1972-05-01, 136/84, complicationWorse, adr | 4 | REFER | 2025-03-24
    H17 | 2025-03-10 | 1972-05-01, 180/100 | 2 | EMERGENCY | 2025-03-24
    H18 | 2025-03-10 | 1972-05-01, 150/110 | 2 | EMERGENCY | 2025-03-24
    H19 | 2025-03-10 | 1972-05-01, 179/109 | 2 | ADJUST | 2025-03-24
    H20 | 2025-03-10 | 1972-05-01, 138/86, danger=剧烈头痛 | 2 | EMERGENCY | 2025-03-24
    H21 | 2025-03-10 | 1989-05-01, 142/92, pregnant | 2 | EMERGENCY | 2025-03-24
    H22 | 2025-11-30 | 1972-05-01, 130/80 | 1 | ROUTINE | 2026-02-28
    H23 | 2024-12-20 | 1972-05-01, 150/95 | 2 | ADJUST | 2025-01-03
    H24 | 2025-03-24 | 1972-05-01, 134/82, adr, prevUncontrolled | 3 | ADJUST | 2025-04-07
""")


def given(one: Worked) -> Given:
    systolic, diastolic = one.inputs[1].split("/")
    found = Given({"systolic": int(systolic), "diastolic": int(diastolic)})
    for word in one.inputs[2:]:
        if word == "pregnant":
            found.values["pregnant"] = "2"
        elif word.startswith("danger="):
            sign = option(PROGRAMME.form().field("danger"), word.removeprefix("danger="))
            found.values["danger"] = (sign,)
        else:
            assert flags(found, word), word
    return found


@pytest.mark.parametrize("one", CASES, ids=str)
def test_a_worked_case_is_judged_as_in_the_domain_reference(one: Worked) -> None:
    born = date.fromisoformat(one.inputs[0])
    expect(judge(PROGRAMME, one, given(one), born=born, sex="female"), one)


def decide(**values: Any) -> Any:
    keyed = {key.replace("_", "-"): value for key, value in values.items()}
    return PROGRAMME.decide(keyed, Case(date(2025, 3, 10), date(1972, 5, 1)))


def test_an_emergency_is_looked_after_on_the_next_day_too() -> None:
    planned = decide(systolic=190, diastolic=100).planned
    assert [(one.activity, one.due_on.isoformat()) for one in planned] == [
        (Activity.REFERRAL_OUTCOME, "2025-03-24"),
        (Activity.ARRIVAL_CHECK, "2025-03-11"),
    ]


def test_pregnancy_is_dangerous_only_with_a_raised_pressure() -> None:
    assert decide(systolic=139, diastolic=89, pregnant="2").action is Action.ROUTINE
    assert decide(systolic=139, diastolic=90, pregnant="2").action is Action.EMERGENCY
    assert decide(systolic=139, diastolic=90, pregnant="1").action is Action.ADJUST


def test_a_man_is_not_pregnant() -> None:
    values: dict[str, Any] = {"systolic": 130, "diastolic": 80, "pregnant": "2"}
    told = PROGRAMME.complain(values, Case(date(2025, 3, 10), sex="male"))
    assert "男性" in told["pregnant"]
    assert PROGRAMME.complain(values, Case(date(2025, 3, 10), sex="female")) == {}


def test_without_a_birthday_the_stricter_target_holds() -> None:
    decision = PROGRAMME.decide({"systolic": 148, "diastolic": 80}, Case(date(2025, 3, 10)))
    assert decision.outcome == "2"
    assert decision.at_target is False


def test_without_a_pressure_nothing_is_said_about_the_target() -> None:
    assert decide(adr="1").at_target is None
