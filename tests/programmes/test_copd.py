"""慢阻肺病: the worked cases P01 to P15 (chronic-disease.md §7.1), and the limits around them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from health.declare import Action, Case, Decision, Earlier
from health.programmes.copd import PROGRAMME
from tests.programmes.worked import Given, Worked, expect, flags, judge, option, typed, worked

CASES = worked("""
    P01 | 2025-05-12 | saturation=97, cat=8, catPrev=8, mmrc=1, fev1=68 | 1 | ROUTINE | 2025-11-12
    P02 | 2025-05-12 | saturation=95, cat=14, catPrev=14, mmrc=2, fev1=42 | 1 | ROUTINE | 2025-08-12
    P03 | 2025-05-12 | saturation=95, cat=12, catPrev=11, mmrc=1, fev1=50 | 1 | ROUTINE | 2025-11-12
    P04 | 2025-05-12 | saturation=95, cat=13, catPrev=11, mmrc=1, fev1=60 | 2 | ADJUST | 2025-05-26
    P05 | 2025-05-12 | saturation=95, cat=15, catPrev=13, mmrc=2, fev1=60, prevUncontrolled \
        | 2 | REFER | 2025-05-26
    P06 | 2025-05-12 | saturation=94, cat=12, catPrev=12, mmrc=2, fev1=55, exacerbations=1 \
        | 2 | ADJUST | 2025-05-26
    P07 | 2025-05-12 | saturation=94, cat=12, catPrev=12, mmrc=3, mmrcPrev=2, fev1=55 \
        | 2 | ADJUST | 2025-05-26
    P08 | 2025-05-12 | saturation=96, cat=9, catPrev=9, mmrc=1, fev1=60, adr \
        | 3 | ADJUST | 2025-05-26
    P09 | 2025-05-12 | saturation=96, cat=9, catPrev=9, mmrc=1, fev1=60, adr, prevAdr \
        | 3 | REFER | 2025-05-26
    P10 | 2025-05-12 | saturation=93, cat=16, catPrev=15, mmrc=2, fev1=45, newComplication \
        | 4 | REFER | 2025-05-26
    P11 | 2025-05-12 | saturation=89, cat=20, catPrev=15, mmrc=3, fev1=38 \
        | 2 | EMERGENCY | 2025-05-26
    P12 | 2025-05-12 | saturation=90, cat=14, catPrev=14, mmrc=3, mmrcPrev=3, fev1=45 \
        | 1 | ROUTINE | 2025-08-12
    P13 | 2025-05-12 | saturation=93, cat=24, catPrev=16, mmrc=3, fev1=45, respiration=32 \
        | 2 | EMERGENCY | 2025-05-26
    P14 | 2025-05-12 | saturation=94, cat=18, catPrev=17, mmrc=2, fev1=45, danger=意识改变 \
        | 2 | EMERGENCY | 2025-05-26
    P15 | 2025-05-12 | saturation=96, cat=10, catPrev=13, mmrc=1, fev1=62, prevUncontrolled \
        | 1 | ROUTINE | 2025-11-12
""")
ON = date(2025, 5, 12)
FORM = PROGRAMME.form()


def given(one: Worked) -> Given:
    found = Given({"respiration": 18})
    for word in one.inputs:
        if not flags(found, word):
            key, text = word.split("=")
            _take(found, key, text)
    return found


def _take(found: Given, key: str, text: str) -> None:
    if key.endswith("Prev"):
        found.before[key.removesuffix("Prev")] = int(text)
    elif key == "danger":
        found.values["danger"] = (option(FORM.field("danger"), text),)
    else:
        found.values[key] = typed(FORM, key, text)


@pytest.mark.parametrize("one", CASES, ids=str)
def test_a_worked_case_is_judged_as_in_the_domain_reference(one: Worked) -> None:
    expect(judge(PROGRAMME, one, given(one)), one)


USUAL: dict[str, Any] = {"saturation": 96, "respiration": 18, "cat": 10, "mmrc": 1}


def decide(*earlier: Earlier, card: dict[str, Any] | None = None, **values: Any) -> Decision:
    case = Case(ON, earlier=earlier, card=card or {})
    return PROGRAMME.decide({**USUAL, **values}, case)


def before(on: date, **values: Any) -> Earlier:
    return Earlier(on, "1", Action.ROUTINE, False, False, values)


@pytest.mark.parametrize(
    ("values", "action"),
    [
        ({"saturation": 90}, Action.ROUTINE), ({"saturation": 89}, Action.EMERGENCY),
        ({"respiration": 29}, Action.ROUTINE), ({"respiration": 30}, Action.EMERGENCY),
        ({"exacerbations": 0}, Action.ROUTINE), ({"exacerbations": 1}, Action.ADJUST),
    ],
)  # fmt: skip
def test_the_limits(values: dict[str, Any], action: Action) -> None:
    assert decide(**values).action is action


@pytest.mark.parametrize(
    ("values", "action"),
    [
        ({"cat": 11}, Action.ROUTINE), ({"cat": 12}, Action.ADJUST), ({"mmrc": 1}, Action.ROUTINE),
        ({"mmrc": 2}, Action.ADJUST), ({"cat": 2, "mmrc": 0}, Action.ROUTINE),
    ],
)  # fmt: skip
def test_a_score_that_rose_is_compared_with_when_it_was_last_asked(
    values: dict[str, Any], action: Action
) -> None:
    silent, known = before(date(2025, 3, 12)), before(date(2025, 2, 12), cat=10, mmrc=1)
    assert (
        decide(silent, known, before(date(2025, 1, 12), cat=40, mmrc=4), **values).action is action
    )
    assert decide(**values).action is Action.ROUTINE, "nothing to compare with"


@pytest.mark.parametrize(
    ("fev1", "due"),
    [("50", date(2025, 11, 12)), ("49.9", date(2025, 8, 12)), (None, date(2025, 8, 12))],
)
def test_the_interval_follows_the_latest_lung_function(fev1: str | None, due: date) -> None:
    known: dict[str, Any] = {} if fev1 is None else {"fev1": Decimal(fev1)}
    assert decide(**known).due_on == due
    assert decide(before(date(2025, 2, 12), **known)).due_on == due
    assert decide(card=known).due_on == due


def test_the_visits_lung_function_comes_before_the_cards() -> None:
    card = {"fev1": Decimal("70")}
    assert decide(card=card, fev1=Decimal("40")).due_on == date(2025, 8, 12)
    assert decide(before(date(2025, 2, 12), fev1=Decimal("40")), card=card).due_on == date(
        2025, 8, 12
    )


def test_the_use_of_the_inhaler_is_advice() -> None:
    decision = decide(inhaler="2")
    assert (decision.outcome, decision.action) == ("1", Action.ROUTINE)
    assert decision.reasons[-1].text == "吸入装置使用须纠正，请当面示教"
    assert len(decide(inhaler="1").reasons) == 1


def test_who_got_worse_is_not_at_target() -> None:
    assert decide().at_target is True
    assert decide(exacerbations=2).at_target is False
    assert [one.band(Case(ON)) for one in PROGRAMME.trends] == [(10,)]


def test_the_pressures_have_to_be_in_order() -> None:
    assert set(PROGRAMME.complain({"systolic": 80, "diastolic": 90}, Case(ON))) == {"diastolic"}
