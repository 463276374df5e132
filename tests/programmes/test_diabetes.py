"""2型糖尿病: the worked cases D01 to D25 (chronic-disease.md §3.7), and the limits around them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from health.declare import Action, Case
from health.parameters import SOFT_SIGNS_CONFIRMED
from health.programmes import diabetes
from health.programmes.diabetes import PROGRAMME
from kernel.values.dated import ALWAYS, Dated
from tests.programmes.worked import Given, Worked, expect, flags, judge, typed, worked

CASES = worked("""
    D01 | 2025-04-08 | 6.1 | 1 | ROUTINE | 2025-07-08
    D02 | 2025-04-08 | 6.9 | 1 | ROUTINE | 2025-07-08
    D03 | 2025-04-08 | 7.0 | 2 | ADJUST | 2025-04-22
    D04 | 2025-04-08 | 7.0, prevUncontrolled | 2 | REFER | 2025-04-22
    D05 | 2025-04-08 | 6.5, prevUncontrolled | 1 | ROUTINE | 2025-07-08
    D06 | 2025-04-08 | 6.2, adr | 3 | ADJUST | 2025-04-22
    D07 | 2025-04-08 | 6.2, adr, prevAdr | 3 | REFER | 2025-04-22
    D08 | 2025-04-08 | 16.7 | 2 | EMERGENCY | 2025-04-22
    D09 | 2025-04-08 | 16.6 | 2 | ADJUST | 2025-04-22
    D10 | 2025-04-08 | 3.9 | 3 | EMERGENCY | 2025-04-22
    D11 | 2025-04-08 | 3.9, lowering=1 | 2 | EMERGENCY | 2025-04-22
    D12 | 2025-04-08 | 4.0 | 1 | ROUTINE | 2025-07-08
    D13 | 2025-04-08 | 6.2, systolic=182, diastolic=100 | 2 | EMERGENCY | 2025-04-22
    D14 | 2025-04-08 | 6.8, heart-rate=104 | 2 | EMERGENCY | 2025-04-22
    D15 | 2025-04-08 | 6.8, heart-rate=100 | 1 | ROUTINE | 2025-07-08
    D16 | 2025-04-08 | 6.8, temperature=39.0 | 1 | ROUTINE | 2025-07-08
    D17 | 2025-04-08 | 6.8, temperature=39.1 | 2 | EMERGENCY | 2025-04-22
    D18 | 2025-04-08 | 6.9, random-glucose=17.2 | 2 | EMERGENCY | 2025-04-22
    D19 | 2025-04-08 | 6.8, newComplication | 4 | REFER | 2025-04-22
    D20 | 2025-04-08 | 7.4, pregnant=2 | 2 | EMERGENCY | 2025-04-22
    D21 | 2025-04-08 | 5.6, hypo=3 | 3 | ADJUST | 2025-04-22
    D22 | 2025-04-08 | 8.2, symptoms=2, soft-signs=6, soft-confirmed=1 | 2 | ADJUST | 2025-04-22
    D23 | 2025-04-08 | 12.4, danger=3, soft-signs=6, soft-confirmed=2 | 2 | EMERGENCY | 2025-04-22
    D24 | 2025-04-08 | 9.1, newComplication, adr, prevUncontrolled | 4 | REFER | 2025-04-22
    D25 | 2025-05-31 | 6.0 | 1 | ROUTINE | 2025-08-31
""")
USUAL: dict[str, Any] = {
    "systolic": 126, "diastolic": 78, "heart-rate": 76, "temperature": Decimal("36.5"),
    "lowering": "2", "hypo": "1",
}  # fmt: skip
ON = date(2025, 4, 8)


def given(one: Worked) -> Given:
    glucose, *said = one.inputs
    found = Given({**USUAL, "fasting-glucose": Decimal(glucose)})
    for word in said:
        if not flags(found, word):
            key, text = word.split("=")
            found.values[key] = typed(PROGRAMME.form(), key, text)
    return found


@pytest.mark.parametrize("one", CASES, ids=str)
def test_a_worked_case_is_judged_as_in_the_domain_reference(one: Worked) -> None:
    expect(judge(PROGRAMME, one, given(one), sex="female"), one)


def decide(**values: Any) -> Any:
    keyed = {key.replace("_", "-"): value for key, value in values.items()}
    return PROGRAMME.decide({**USUAL, "fasting-glucose": Decimal("6.0"), **keyed}, Case(ON))


def test_soft_signs_are_a_danger_only_where_it_is_confirmed() -> None:
    assert decide(soft_signs=("6", "4"), soft_confirmed="1").action is Action.ROUTINE
    confirmed = decide(soft_signs=("6", "4"), soft_confirmed="2")
    assert confirmed.action is Action.EMERGENCY
    assert confirmed.reasons[0].text == "经医生确认为危急情况：多饮、恶心"
    assert decide(soft_confirmed="2").action is Action.ROUTINE


def test_soft_signs_alone_are_a_danger_where_the_parameter_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    strict = Dated((*SOFT_SIGNS_CONFIRMED.since, (ON, False)))
    assert strict.on(ALWAYS)
    monkeypatch.setattr(diabetes, "SOFT_SIGNS_CONFIRMED", strict)
    assert decide(soft_signs=("6",), soft_confirmed="1").action is Action.EMERGENCY


@pytest.mark.parametrize("key", ["fasting_glucose", "random_glucose", "postprandial_glucose"])
@pytest.mark.parametrize(
    ("value", "danger"), [("3.9", True), ("4.0", False), ("16.6", False), ("16.7", True)]
)
def test_glucose_of_any_sample_is_a_danger_at_its_limits(
    key: str, value: str, danger: bool
) -> None:
    assert (decide(**{key: Decimal(value)}).action is Action.EMERGENCY) is danger


@pytest.mark.parametrize(
    ("fasting", "action"), [("6.9", Action.ROUTINE), ("7.0", Action.EMERGENCY)]
)
def test_in_pregnancy_a_raised_fasting_glucose_is_a_danger(fasting: str, action: Action) -> None:
    assert decide(pregnant="2", fasting_glucose=Decimal(fasting)).action is action
    assert decide(pregnant="1", fasting_glucose=Decimal(fasting)).action is not Action.EMERGENCY


def test_hypoglycaemia_is_an_adverse_reaction_only_under_a_drug() -> None:
    assert decide(hypo="3").adverse
    assert not decide(hypo="2").adverse
    assert not decide(hypo="3", lowering="1").adverse
    low = {"random_glucose": Decimal("3.5")}
    assert decide(**low).outcome == "3"
    assert decide(lowering="1", **low).outcome == "2"


@pytest.mark.parametrize("taken", ["insulin", "drugs"])
def test_who_takes_drugs_is_known_from_them_where_it_was_not_answered(taken: str) -> None:
    values: dict[str, Any] = {"fasting-glucose": Decimal("6.0"), "hypo": "3"}
    assert not PROGRAMME.decide(values, Case(ON)).adverse
    values[taken] = ({"name": "二甲双胍"},)
    assert PROGRAMME.decide(values, Case(ON)).adverse


def test_an_adverse_reaction_that_is_hard_to_control_is_referred_at_once() -> None:
    decision = decide(adr="2", adr_hard="2", **{"adr.2": "乳酸酸中毒"})
    assert (decision.outcome, decision.action) == ("3", Action.REFER)
    assert decision.reasons[0].text == "药物不良反应难以控制：药物不良反应：乳酸酸中毒"


def test_hba1c_is_advice_and_changes_no_class() -> None:
    decision = decide(hba1c=Decimal("8.1"))
    assert (decision.outcome, decision.action) == ("1", Action.ROUTINE)
    assert decision.reasons[-1].text == "糖化血红蛋白 8.1% 未低于 7.0%，供调整方案参考，不改变分类"
    assert len(decide(hba1c=Decimal("7.0")).reasons) == 2
    assert len(decide(hba1c=Decimal("6.9")).reasons) == 1


def test_what_counts_as_controlled_is_the_fasting_glucose() -> None:
    assert decide().at_target is True
    assert decide(fasting_glucose=Decimal("7.0")).at_target is False
    assert PROGRAMME.decide({}, Case(ON)).at_target is None
    assert PROGRAMME.trends[0].band(Case(ON)) == (7.0,)


def test_what_contradicts_itself_is_refused() -> None:
    case = Case(ON, sex="male")
    values: dict[str, Any] = {
        "systolic": 90, "diastolic": 95, "pregnant": "2", "hba1c-date": date(2025, 4, 9),
    }  # fmt: skip
    assert set(PROGRAMME.complain(values, case)) == {"diastolic", "pregnant", "hba1c-date"}
    assert (
        PROGRAMME.complain({"pregnant": "2", "hba1c-date": ON}, replace(case, sex="female")) == {}
    )


def test_the_index_follows_from_weight_and_height() -> None:
    values = PROGRAMME.complete({"weight": Decimal("80"), "height": Decimal("160"), "bmi": 1})
    assert values["bmi"] == Decimal("31.25")
