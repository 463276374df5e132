"""冠心病: the worked cases C01 to C14 (chronic-disease.md §5.3), and the limits around them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from health.declare import Action, Case, Decision
from health.programmes.coronary import PROGRAMME
from tests.programmes.worked import Given, Worked, expect, flags, judge, option, worked

CASES = worked("""
    C01 | 2025-05-12 | BP 128/76 | 1 | ROUTINE | 2025-08-12
    C02 | 2025-05-12 | BP 130/80, angina=stable | 1 | ROUTINE | 2025-08-12
    C03 | 2025-05-12 | BP 130/80, angina=worse | 2 | ADJUST | 2025-05-26
    C04 | 2025-05-12 | BP 130/80, angina=worse, prevUncontrolled | 2 | REFER | 2025-05-26
    C05 | 2025-05-12 | BP 144/86 | 2 | ADJUST | 2025-05-26
    C06 | 2025-05-12 | BP 132/78, adr | 3 | ADJUST | 2025-05-26
    C07 | 2025-05-12 | BP 132/78, adr, prevAdr | 3 | REFER | 2025-05-26
    C08 | 2025-05-12 | BP 132/78, newComplication | 4 | REFER | 2025-05-26
    C09 | 2025-05-12 | BP 126/74, danger=胸痛持续20分钟以上 | 2 | EMERGENCY | 2025-05-26
    C10 | 2025-05-12 | BP 126/74, danger=晕厥 | 2 | EMERGENCY | 2025-05-26
    C11 | 2025-05-12 | BP 86/54 | 2 | EMERGENCY | 2025-05-26
    C12 | 2025-05-12 | BP 182/96 | 2 | EMERGENCY | 2025-05-26
    C13 | 2025-05-12 | BP 124/72, event=2025-04-12 | 1 | ROUTINE | 2025-06-12
    C14 | 2025-05-12 | BP 128/76, prevUncontrolled | 1 | ROUTINE | 2025-08-12
""")
ANGINA = {"stable": "2", "worse": "3"}
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
    if key == "event":
        found.card["event-date"] = date.fromisoformat(text)
    elif key == "angina":
        found.values["angina"] = ANGINA[text]
    else:
        found.values["danger"] = (option(PROGRAMME.form().field("danger"), text),)


@pytest.mark.parametrize("one", CASES, ids=str)
def test_a_worked_case_is_judged_as_in_the_domain_reference(one: Worked) -> None:
    expect(judge(PROGRAMME, one, given(one)), one)


def decide(card: dict[str, Any] | None = None, **values: Any) -> Decision:
    return PROGRAMME.decide({"systolic": 126, "diastolic": 74, **values}, Case(ON, card=card or {}))


@pytest.mark.parametrize(
    ("event", "due"),
    [
        ("2025-02-12", "2025-08-12"),  # exactly three months ago
        ("2025-02-13", "2025-06-12"),
        ("2025-05-12", "2025-06-12"),
        ("2025-05-20", "2025-06-12"),  # an operation that is planned
    ],
)
def test_in_the_first_three_months_after_an_event_the_visits_are_monthly(
    event: str, due: str
) -> None:
    decision = decide({"event-date": date.fromisoformat(event)})
    assert decision.due_on == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "action"),
    [
        (90, 60, Action.ROUTINE), (89, 60, Action.EMERGENCY), (139, 89, Action.ROUTINE),
        (140, 89, Action.ADJUST), (139, 90, Action.ADJUST), (179, 109, Action.ADJUST),
        (180, 90, Action.EMERGENCY), (150, 110, Action.EMERGENCY),
    ],
)  # fmt: skip
def test_the_pressure_at_its_limits(systolic: int, diastolic: int, action: Action) -> None:
    assert decide(systolic=systolic, diastolic=diastolic).action is action


def test_advice_changes_no_class() -> None:
    decision = decide({"antiplatelet-until": ON}, ldl=Decimal("1.80"))
    assert (decision.outcome, decision.action) == ("1", Action.ROUTINE)
    assert [one.text for one in decision.reasons[1:]] == [
        "低密度脂蛋白胆固醇 1.80 mmol/L，未低于 1.8 mmol/L，供参考，不改变分类",
        "双联抗血小板治疗计划 2025-05-12 停药，请评估",
    ]
    later = {"antiplatelet-until": date(2025, 5, 13)}
    assert len(decide(later, ldl=Decimal("1.79")).reasons) == 1


def test_nothing_measured_is_neither_controlled_nor_not() -> None:
    assert PROGRAMME.decide({"angina": "3"}, Case(ON)).at_target is None
    assert decide().at_target is True
    assert decide(systolic=141).at_target is False


def test_the_pressures_have_to_be_in_order() -> None:
    assert set(PROGRAMME.complain({"systolic": 80, "diastolic": 80}, Case(ON))) == {"diastolic"}
