"""糖尿病筛查: the rows of the screening function (chronic-disease.md §3.1) and their limits."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from health.declare import Action, Activity, Case, Decision, Earlier
from health.programmes.glucose_screening import PROGRAMME, risk_factors

ON = date(2025, 3, 31)
YOUNG = date(1985, 1, 1)


def decide(fasting: str, *earlier: Earlier, born: date | None = YOUNG, **values: Any) -> Decision:
    keyed = {key.replace("_", "-"): value for key, value in values.items()}
    given = {"fasting-glucose": Decimal(fasting), **keyed}
    return PROGRAMME.decide(given, Case(ON, born, "male", earlier))


def before(on: str, *, raised: bool = True) -> Earlier:
    return Earlier(date.fromisoformat(on), "recheck", Action.ADJUST, raised, False, {})


def result(decision: Decision) -> tuple[str, Action, Activity, date | None]:
    return decision.outcome, decision.action, decision.planned[0].activity, decision.due_on


NORMAL = ("normal", Action.ROUTINE, Activity.FOLLOW_UP, date(2026, 3, 31))
HIGH_RISK = ("high-risk", Action.ROUTINE, Activity.FOLLOW_UP, date(2026, 3, 31))
IMPAIRED = ("high-risk", Action.ROUTINE, Activity.FOLLOW_UP, date(2025, 9, 30))
RECHECK = ("recheck", Action.ADJUST, Activity.RECHECK, date(2025, 4, 14))
SUSPECTED = ("suspected", Action.REFER, Activity.REFERRAL_OUTCOME, date(2025, 4, 14))
EMERGENCY = ("emergency", Action.EMERGENCY, Activity.REFERRAL_OUTCOME, date(2025, 4, 14))


@pytest.mark.parametrize(
    ("fasting", "wanted"),
    [
        ("3.9", EMERGENCY), ("4.0", NORMAL), ("6.0", NORMAL), ("6.1", IMPAIRED), ("6.9", IMPAIRED),
        ("7.0", RECHECK), ("16.6", RECHECK), ("16.7", EMERGENCY),
    ],
)  # fmt: skip
def test_a_first_measurement(fasting: str, wanted: object) -> None:
    decision = decide(fasting)
    assert result(decision) == wanted
    assert decision.uncontrolled is (Decimal(fasting) >= 7)
    assert decision.at_target is not decision.uncontrolled


def test_it_is_suspected_on_the_second_day() -> None:
    decision = decide("7.2", before("2025-03-20"))
    assert result(decision) == SUSPECTED
    assert "另一日（2025-03-20）" in decision.reasons[0].text
    assert result(decide("7.2", before(ON.isoformat()))) == RECHECK, "the same day"
    assert result(decide("7.2", before("2025-03-20", raised=False))) == RECHECK
    assert result(decide("6.8", before("2025-03-20"))) == IMPAIRED


@pytest.mark.parametrize(
    ("symptoms", "wanted"),
    [(("1",), RECHECK), (("5",), RECHECK), (("2",), SUSPECTED), (("4", "9"), SUSPECTED)],
)
def test_with_its_symptoms_one_value_suffices(symptoms: tuple[str, ...], wanted: object) -> None:
    assert result(decide("7.0", symptoms=symptoms)) == wanted
    assert result(decide("5.0", symptoms=symptoms)) == NORMAL


@pytest.mark.parametrize(
    ("random", "wanted"),
    [("11.0", NORMAL), ("11.1", RECHECK), ("16.7", EMERGENCY), ("3.9", EMERGENCY)],
)
def test_a_random_glucose_counts_too(random: str, wanted: object) -> None:
    assert result(decide("5.5", random_glucose=Decimal(random))) == wanted


def test_a_danger_sign_comes_before_everything() -> None:
    assert result(decide("5.5", danger=("1",))) == EMERGENCY
    assert not decide("5.5", danger=("1",)).uncontrolled
    assert result(decide("5.5", systolic=180, diastolic=90)) == EMERGENCY


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"bmi": Decimal("24")}, HIGH_RISK), ({"waist": Decimal("90")}, HIGH_RISK),
        ({"systolic": 140, "diastolic": 80}, HIGH_RISK), ({"risk": ("4",)}, HIGH_RISK),
        ({"systolic": 130, "diastolic": 90}, HIGH_RISK),
        ({"systolic": 139, "diastolic": 89, "bmi": Decimal("23.99")}, NORMAL),
    ],
)  # fmt: skip
def test_risk_factors(values: dict[str, Any], wanted: object) -> None:
    assert result(decide("5.5", **values)) == wanted


@pytest.mark.parametrize(
    ("born", "wanted"),
    [(date(1980, 3, 31), HIGH_RISK), (date(1980, 4, 1), NORMAL), (None, NORMAL)],
)
def test_from_45_on_age_is_a_risk(born: date | None, wanted: object) -> None:
    assert result(decide("5.5", born=born)) == wanted


def test_each_risk_factor_is_named() -> None:
    values: dict[str, Any] = {"systolic": 145, "diastolic": 70, "risk": ("1", "7")}
    assert risk_factors(values, Case(ON, YOUNG)) == (
        "有糖调节受损史", "血压≥140/90 mmHg或正在降压治疗",
    )  # fmt: skip


def test_the_pressures_have_to_be_in_order() -> None:
    assert set(PROGRAMME.complain({"systolic": 80, "diastolic": 90}, Case(ON))) == {"diastolic"}


def test_it_leads_into_diabetes_and_leaves_out_who_has_it() -> None:
    assert PROGRAMME.screens == "diabetes"
    compiled = PROGRAMME.eligible(ON).compile(compile_kwargs={"literal_binds": True})
    assert "<= '1980-03-31'" in str(compiled)
    assert "NOT (EXISTS" in str(compiled)
