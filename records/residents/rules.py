"""What a measurement says at a glance: pure functions, with the norm that they follow.

National norm of basic public health services, third edition (国家基本公共卫生服务规范 第三版),
chapters on hypertension and type 2 diabetes: control, and the limits of an emergency.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from records.codes import (
    BODY_MASS_INDEX,
    CHILD_UNDER,
    ELDERLY_FROM,
    FASTING_GLUCOSE,
    GROUPS,
)

State = tuple[str, str]
"""A word for the state, and the kind of badge that shows it; both empty where there is none."""

NORMAL: Final[State] = ("正常", "ok")
NONE: Final[State] = ("", "")
ELDERLY_TARGET: Final = 150
TARGET: Final = (140, 90)


def pressure_state(systolic: Decimal, diastolic: Decimal, age: int | None) -> State:
    """Emergency at ≥180 or ≥110 mmHg; target <140/90, for those of 65 and older <150/90."""
    if systolic >= 180 or diastolic >= 110:
        return "危急", "overdue"
    target = ELDERLY_TARGET if age is not None and age >= ELDERLY_FROM else TARGET[0]
    if systolic >= target or diastolic >= TARGET[1]:
        return "偏高", "alert"
    return ("偏低", "alert") if systolic < 90 or diastolic < 60 else NORMAL


def glucose_state(value: Decimal) -> State:
    """Fasting glucose in mmol/L: emergency at ≥16.7 or ≤3.9; target below 7.0."""
    if value >= Decimal("16.7") or value <= Decimal("3.9"):
        return "危急", "overdue"
    return ("偏高", "alert") if value >= 7 else NORMAL


def bmi_state(value: Decimal) -> State:
    """Body mass index of adults in kg/m² (WS/T 428-2013): 18.5, 24 and 28 part the classes."""
    if value >= 28:
        return "肥胖", "alert"
    if value >= 24:
        return "超重", "alert"
    return ("偏瘦", "alert") if value < Decimal("18.5") else NORMAL


def measured_state(code: str, unit: str, value: Decimal, age: int | None) -> State:
    """The state of a single value of a LOINC code, only in the unit that the limits are in."""
    if code in FASTING_GLUCOSE and unit == "mmol/L":
        return glucose_state(value)
    if code == BODY_MASS_INDEX and age is not None and age >= 18:
        return bmi_state(value)
    return NONE


def groups_of(codes: Mapping[str, None], age: int | None) -> list[str]:
    """The groups that somebody with these active ICD-10 codes and this age belongs to."""
    found = [
        title for beginnings, title in GROUPS if any(code.startswith(beginnings) for code in codes)
    ]
    if age is not None and age >= ELDERLY_FROM:
        found.append("老年人")
    if age is not None and age < CHILD_UNDER:
        found.append("0～6岁儿童")
    return found
