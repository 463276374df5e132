"""脑卒中: the worked cases S01 to S14 (chronic-disease.md §6.3), new symptoms and complications."""

from datetime import date
from typing import Any

import pytest

from health.declare import Action, Case, Decision, Earlier
from health.judging import months_later
from health.programmes.stroke import PROGRAMME
from tests.programmes.worked import Given, Worked, expect, flags, judge, option, worked

CASES = worked("""
    S01 | 2025-05-12 | BP 132/80, monthsSinceOnset=14 | 1 | ROUTINE | 2025-08-12
    S02 | 2025-05-12 | BP 132/80, monthsSinceOnset=3 | 1 | ROUTINE | 2025-06-12
    S03 | 2025-05-12 | BP 132/80, monthsSinceOnset=6 | 1 | ROUTINE | 2025-08-12
    S04 | 2025-05-12 | BP 140/82, monthsSinceOnset=14 | 2 | ADJUST | 2025-05-26
    S05 | 2025-05-12 | BP 150/92, monthsSinceOnset=14, prevUncontrolled | 2 | REFER | 2025-05-26
    S06 | 2025-05-12 | BP 134/84, monthsSinceOnset=14, adr | 3 | ADJUST | 2025-05-26
    S07 | 2025-05-12 | BP 134/84, monthsSinceOnset=14, adr, prevAdr | 3 | REFER | 2025-05-26
    S08 | 2025-05-12 | BP 130/78, monthsSinceOnset=2, newComplication | 4 | REFER | 2025-05-26
    S09 | 2025-05-12 | BP 130/78, monthsSinceOnset=14, danger=新发局灶 | 2 | EMERGENCY | 2025-05-26
    S10 | 2025-05-12 | BP 176/104, monthsSinceOnset=14 | 2 | ADJUST | 2025-05-26
    S11 | 2025-05-12 | BP 184/100, monthsSinceOnset=14 | 2 | EMERGENCY | 2025-05-26
    S12 | 2025-05-12 | BP 128/76, monthsSinceOnset=14, danger=抽搐 | 2 | EMERGENCY | 2025-05-26
    S13 | 2025-05-12 | BP 130/80, monthsSinceOnset=4, prevUncontrolled | 1 | ROUTINE | 2025-06-12
    S14 | 2025-05-12 | BP 130/80, monthsSinceOnset=14, complicationWorse | 4 | REFER | 2025-05-26
""")
ON = date(2025, 5, 12)


def given(one: Worked) -> Given:
    pressure, *said = one.inputs
    systolic, diastolic = pressure.removeprefix("BP ").split("/")
    found = Given({"systolic": int(systolic), "diastolic": int(diastolic)})
    for word in said:
        if not flags(found, word):
            key, text = word.split("=")
            _take(found, key, text)
    return found


def _take(found: Given, key: str, text: str) -> None:
    if key == "monthsSinceOnset":
        found.card["onset-date"] = months_later(ON, -int(text))
    else:
        found.values["danger"] = (option(PROGRAMME.form().field("danger"), text),)


@pytest.mark.parametrize("one", CASES, ids=str)
def test_a_worked_case_is_judged_as_in_the_domain_reference(one: Worked) -> None:
    expect(judge(PROGRAMME, one, given(one)), one)


def decide(*earlier: Earlier, **values: Any) -> Decision:
    keyed = {key.replace("_", "-"): value for key, value in values.items()}
    return PROGRAMME.decide({"systolic": 130, "diastolic": 78, **keyed}, Case(ON, earlier=earlier))


@pytest.mark.parametrize(
    ("symptoms", "action"),
    [
        (("1",), Action.ROUTINE), (("2",), Action.EMERGENCY), (("4", "6"), Action.EMERGENCY),
        (("8",), Action.EMERGENCY), (("12",), Action.EMERGENCY), (("10",), Action.ROUTINE),
        (("11",), Action.ROUTINE), (("10", "11"), Action.EMERGENCY),
        (("7", "10"), Action.EMERGENCY),
    ],
)  # fmt: skip
def test_a_new_deficit_is_a_danger_and_a_headache_only_with_vomiting(
    symptoms: tuple[str, ...], action: Action
) -> None:
    assert decide(new_symptoms=symptoms).action is action


def before(**values: Any) -> Earlier:
    return Earlier(date(2025, 4, 12), "1", Action.ROUTINE, False, False, values)


def test_a_complication_that_was_not_there_before_is_new() -> None:
    none = before(complications=("1",))
    decision = decide(none, complications=("2", "3"))
    assert (decision.outcome, decision.action) == ("4", Action.REFER)
    assert [one.text for one in decision.reasons] == ["新发并发症：褥疮", "新发并发症：呼吸道感染"]
    assert decide(before(complications=("2",)), complications=("2",)).outcome == "1"
    assert decide(none, complications=("1",)).outcome == "1"


def test_a_complication_is_not_new_where_the_visit_before_is_not_known() -> None:
    assert decide(complications=("2",)).outcome == "1"
    assert decide(before(symptoms=("1",)), complications=("2",)).outcome == "1"


def test_an_unknown_onset_is_long_ago() -> None:
    assert decide().due_on == date(2025, 8, 12)


def test_controlled_is_below_140_and_90() -> None:
    assert decide(systolic=139, diastolic=89).at_target is True
    assert decide(diastolic=90).at_target is False
    assert PROGRAMME.decide({}, Case(ON)).at_target is None
    assert PROGRAMME.trends[0].band(Case(ON)) == (140, 90)


def test_the_pressures_have_to_be_in_order() -> None:
    assert set(PROGRAMME.complain({"systolic": 80, "diastolic": 90}, Case(ON))) == {"diastolic"}
