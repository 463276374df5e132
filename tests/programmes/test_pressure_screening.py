"""高血压筛查: the rows of the screening function (chronic-disease.md §2.1) and their limits."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from health.declare import Action, Activity, Case, Decision, Earlier
from health.programmes.pressure_screening import PROGRAMME, risk_factors

ON = date(2025, 3, 31)
YOUNG = date(1985, 1, 1)


def decide(
    systolic: int,
    diastolic: int,
    *earlier: Earlier,
    born: date | None = YOUNG,
    sex: str = "male",
    **values: Any,
) -> Decision:
    given = {"systolic": systolic, "diastolic": diastolic, **values}
    return PROGRAMME.decide(given, Case(ON, born, sex, earlier))


def before(on: str, *, raised: bool = True) -> Earlier:
    return Earlier(date.fromisoformat(on), "recheck", Action.ADJUST, raised, False, {})


def result(decision: Decision) -> tuple[str, Action, Activity, date | None]:
    return decision.outcome, decision.action, decision.planned[0].activity, decision.due_on


NORMAL = ("normal", Action.ROUTINE, Activity.FOLLOW_UP, date(2026, 3, 31))
HIGH_RISK = ("high-risk", Action.ROUTINE, Activity.FOLLOW_UP, date(2025, 9, 30))
RECHECK = ("recheck", Action.ADJUST, Activity.RECHECK, date(2025, 4, 28))
SUSPECTED = ("suspected", Action.REFER, Activity.REFERRAL_OUTCOME, date(2025, 4, 14))
EMERGENCY = ("emergency", Action.EMERGENCY, Activity.REFERRAL_OUTCOME, date(2025, 4, 14))


@pytest.mark.parametrize(
    ("systolic", "diastolic", "wanted"),
    [
        (129, 84, NORMAL), (130, 84, HIGH_RISK), (129, 85, HIGH_RISK), (139, 89, HIGH_RISK),
        (140, 89, RECHECK), (139, 90, RECHECK), (179, 109, RECHECK), (180, 100, EMERGENCY),
        (150, 110, EMERGENCY),
    ],
)  # fmt: skip
def test_a_first_measurement(systolic: int, diastolic: int, wanted: object) -> None:
    decision = decide(systolic, diastolic)
    assert result(decision) == wanted
    assert decision.uncontrolled is (systolic >= 140 or diastolic >= 90)
    assert decision.at_target is not decision.uncontrolled


def test_it_is_suspected_on_the_third_day_with_a_raised_pressure() -> None:
    one, two = before("2025-03-03"), before("2025-03-17")
    assert result(decide(142, 80, one)) == RECHECK
    decision = decide(142, 80, two, one)
    assert result(decision) == SUSPECTED
    assert decision.reasons[0].text == (
        "非同日 3 次血压均高于正常（2025-03-03、2025-03-17、2025-03-31），疑似高血压，建议转诊确诊"
    )


def test_only_different_days_in_a_row_count() -> None:
    same = before("2025-03-17")
    assert result(decide(142, 80, same, same)) == RECHECK, "twice on one day"
    today = before(ON.isoformat())
    assert result(decide(142, 80, today, same)) == RECHECK, "twice today"
    normal = before("2025-03-24", raised=False)
    assert result(decide(142, 80, normal, same, before("2025-03-03"))) == RECHECK


def test_a_danger_sign_comes_before_everything() -> None:
    assert result(decide(120, 80, danger=("2",))) == EMERGENCY
    assert result(decide(140, 80, sex="female", pregnant="2")) == EMERGENCY
    assert result(decide(139, 80, sex="female", pregnant="2")) == HIGH_RISK
    assert not decide(120, 80, danger=("2",)).uncontrolled


@pytest.mark.parametrize(
    ("values", "sex", "wanted"),
    [
        ({"bmi": Decimal("23.99")}, "male", NORMAL), ({"bmi": Decimal("24.00")}, "male", HIGH_RISK),
        ({"waist": Decimal("89.9")}, "male", NORMAL), ({"waist": Decimal("90")}, "male", HIGH_RISK),
        ({"waist": Decimal("84.9")}, "female", NORMAL),
        ({"waist": Decimal("85")}, "female", HIGH_RISK), ({"waist": Decimal("85")}, "", NORMAL),
        ({"risk": ("3",)}, "male", HIGH_RISK), ({"risk": ("4",)}, "male", HIGH_RISK),
        ({"risk": ("5",)}, "male", HIGH_RISK),
    ],
)  # fmt: skip
def test_risk_factors(values: dict[str, Any], sex: str, wanted: object) -> None:
    assert result(decide(120, 70, sex=sex, **values)) == wanted


@pytest.mark.parametrize(
    ("born", "wanted"),
    [(date(1970, 3, 31), HIGH_RISK), (date(1970, 4, 1), NORMAL), (None, NORMAL)],
)
def test_from_55_on_age_is_a_risk(born: date | None, wanted: object) -> None:
    assert result(decide(120, 70, born=born)) == wanted


def test_each_risk_factor_is_named_once() -> None:
    values: dict[str, Any] = {
        "systolic": 135,
        "diastolic": 70,
        "bmi": Decimal("30"),
        "risk": ("1", "3"),
    }
    assert risk_factors(values, Case(ON, YOUNG, "male")) == (
        "血压高值", "超重、肥胖或腹型肥胖", "高血压家族史",
    )  # fmt: skip
    assert risk_factors({}, Case(ON)) == ()


def test_what_contradicts_itself_is_refused() -> None:
    values: dict[str, Any] = {"systolic": 80, "diastolic": 90, "pregnant": "2"}
    assert set(PROGRAMME.complain(values, Case(ON, sex="male"))) == {"diastolic", "pregnant"}


def test_it_leads_into_hypertension_and_leaves_out_who_has_it() -> None:
    assert PROGRAMME.screens == "hypertension"
    assert PROGRAMME.enrols_itself
    compiled = PROGRAMME.eligible(ON).compile(compile_kwargs={"literal_binds": True})
    assert "<= '1990-03-31'" in str(compiled)
    assert "NOT (EXISTS" in str(compiled)
