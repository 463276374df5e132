"""What the chronic forms have in common shows, in sentences: pure functions over an answer."""

from decimal import Decimal
from typing import Final

from health.declare import Case
from health.fields import titles
from kernel.declare.form import Field, Values
from kernel.messages import Message, _

_ABOVE = _("血压 %(pressure)s mmHg，未达到控制目标（低于 %(target)s mmHg）")
_DANGER = _("血压 %(pressure)s mmHg，达到危急值（收缩压≥180 和（或）舒张压≥110 mmHg）")
_PREGNANT = _("妊娠期或哺乳期，血压 %(pressure)s mmHg 高于正常（收缩压≥140 或舒张压≥90 mmHg）")
_SIGN = _("危急情况：%(what)s")
_NEW = _("新发并发症：%(what)s")
_WORSE = _("原有并发症加重：%(what)s")
_ADVERSE = _("药物不良反应：%(what)s")
_ADVERSE_UNNAMED = _("药物不良反应")
_ANY: Final = 1000
"""A target in mmHg that every pressure is below."""


def pressure_of(values: Values) -> tuple[int, int] | None:
    """The blood pressure of an answer in mmHg, or None where it was not measured."""
    systolic, diastolic = values.get("systolic"), values.get("diastolic")
    if isinstance(systolic, int) and isinstance(diastolic, int):
        return systolic, diastolic
    return None


def pressure_danger(values: Values) -> tuple[str, ...]:
    """A pressure in the range of danger, in a sentence (§2.3)."""
    return pressure_signs(values, (_ANY, _ANY))[0]


def pregnancy_danger(values: Values) -> tuple[str, ...]:
    """Pregnant or lactating with a pressure above normal is an emergency (§2.3)."""
    measured = pressure_of(values)
    if values.get("pregnant") != "2" or measured is None:
        return ()
    systolic, diastolic = measured
    if systolic < 140 and diastolic < 90:
        return ()
    return (Message(_PREGNANT, pressure=f"{systolic}/{diastolic}"),)


def pressure_signs(
    values: Values, target: tuple[int, int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the pressure says: the danger, and that it is above target; none where it does not."""
    measured = pressure_of(values)
    if measured is None:
        return (), ()
    (systolic, diastolic), shown = measured, f"{measured[0]}/{measured[1]}"
    danger = Message(_DANGER, pressure=shown) if systolic >= 180 or diastolic >= 110 else ""
    above = ""
    if systolic >= target[0] or diastolic >= target[1]:
        above = Message(_ABOVE, pressure=shown, target=f"{target[0]}/{target[1]}")
    return tuple(t for t in (danger,) if t), tuple(t for t in (above,) if t)


def overweight(values: Values, case: Case, *, index: int, waists: tuple[int, int]) -> bool:
    """A body mass index from `index` kg/m² on, or the waist from that of men or women on, in cm.

    Where the sex is not known, the men's waist counts.
    """
    found, waist = values.get("bmi"), values.get("waist")
    limit = waists[1] if case.sex == "female" else waists[0]
    heavy = isinstance(found, Decimal) and found >= index
    return heavy or (isinstance(waist, Decimal) and waist >= limit)


def adverse_signs(values: Values) -> tuple[str, ...]:
    """An adverse reaction to a drug, in a sentence."""
    if values.get("adr") != "2":
        return ()
    said = values.get("adr.2")
    return (Message(_ADVERSE, what=said) if said else _ADVERSE_UNNAMED,)


def complication_signs(values: Values) -> tuple[str, ...]:
    """Complications that are new or worse, a sentence each."""
    told = (("new-complication", _NEW), ("complication-worse", _WORSE))
    return tuple(Message(text, what=values[key]) for key, text in told if values.get(key))


def danger_signs(field: Field, values: Values) -> tuple[str, ...]:
    """The danger signs that were ticked, a sentence each."""
    return tuple(Message(_SIGN, what=sign) for sign in titles(field, values))
