"""What the norm leaves to the place, or what changes by date: values with the day they begin.

Each of these stands under TO CONFIRM in the domain's description, or the norm's newer editions
differ. Changing one is adding a line with its date; what was decided before stays as it was.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from kernel.values.dated import ALWAYS, Dated


class PressureTarget(NamedTuple):
    """Controlled is below both, in mmHg; from `from_age` on the systolic one is `elderly`."""

    systolic: int
    diastolic: int
    elderly: int
    from_age: int


PRESSURE_TARGET: Final = Dated(((ALWAYS, PressureTarget(140, 90, 150, 65)),))
"""chronic-disease.md §2.4; newer guidance (2017 guideline, WS/T 872-2025) differs: TO CONFIRM."""

ROUTINE_MONTHS: Final = Dated(((ALWAYS, 3),))
"""Calendar months to the next routine visit (§1.2; our choice: keeps four visits a year)."""

RECHECK_DAYS: Final = Dated(((ALWAYS, 14),))
"""Days within which a follow-up after adjusting, referring or an emergency is due (norm)."""

ARRIVAL_DAYS: Final = Dated(((ALWAYS, 1),))
"""Days within which it is checked that an emergency arrived (§1.2; our choice)."""

EXAMINED_FROM: Final = Dated(((ALWAYS, (10, 1)),))
"""Who is enrolled after this month and day needs no health examination in that year (§1.5 b)."""

VISITS_OF_QUARTERS: Final = Dated(((ALWAYS, (0, 1, 2, 3, 4)),))
"""Face-to-face visits asked of who is enrolled in none to four quarters of a year, of a programme
that asks for four a year (§1.5 a): one a quarter, TO CONFIRM with the local assessment."""

LEAVERS_COUNT: Final = Dated(((ALWAYS, True),))
"""Whether who died, moved away or left within the year stays among the managed of that year
(indicators.md §5.3): the national text does not take them out, local ones may. TO CONFIRM."""


class GlucoseLimits(NamedTuple):
    """Glucose in mmol/L: controlled is below `target`; from `high` up and `low` down is danger.

    `pregnant` is from where fasting glucose is a danger in pregnancy or lactation.
    """

    target: Decimal
    high: Decimal
    low: Decimal
    pregnant: Decimal


GLUCOSE: Final = Dated(
    ((ALWAYS, GlucoseLimits(Decimal("7.0"), Decimal("16.7"), Decimal("3.9"), Decimal("7.0"))),)
)
"""chronic-disease.md §3.3, §3.4; the limit in pregnancy is lower elsewhere: TO CONFIRM."""

SOFT_SIGNS_CONFIRMED: Final = Dated(((ALWAYS, True),))
"""Whether thirst, sweating … are a danger only where the clinician says so (§3.3): TO CONFIRM."""

HBA1C_TARGET: Final = Dated(((ALWAYS, Decimal("7.0")),))
"""HbA1c in % from which the advice says so (§3.4; changes no class)."""

ELDERLY_BY_YEAR: Final = Dated(((ALWAYS, True),))
"""Whether the elderly are who turns 65 within the calendar year, not by the day: TO CONFIRM."""

ABNORMAL_DAYS: Final = Dated(((ALWAYS, 30),))
"""Days within which an abnormal result of the elderly is looked at again (§4: 14 to 30 days)."""


class ScaleLimits(NamedTuple):
    """From where a second scale says that more is needed (§4.2).

    `mmse` are the highest scores by the code of schooling (nbphs3-education), `mmse_other` that of
    every other schooling; `gds_15` and `gds_30` the lowest.
    """

    mmse: Mapping[str, int]
    mmse_other: int
    gds_15: int
    gds_30: int


SCALES: Final = Dated(((ALWAYS, ScaleLimits({"9": 17, "8": 20}, 24, 8, 11)),))
"""Not in the norm, commonly used: TO CONFIRM."""


class Phase(NamedTuple):
    """Months between routine visits: `early` for so many months after an event, then `later`."""

    within: int
    early: int
    later: int


CORONARY_TARGET: Final = Dated(((ALWAYS, (140, 90)),))
"""Pressure of coronary disease in mmHg, controlled is below both (§5.2): TO CONFIRM."""
CORONARY_LOW: Final = Dated(((ALWAYS, 90),))
"""Systolic pressure in mmHg below which it is a danger (§5.2): TO CONFIRM."""
CORONARY_PHASE: Final = Dated(((ALWAYS, Phase(3, 1, 3)),))
"""After an acute syndrome, an intervention or a bypass (§5.2): TO CONFIRM."""
LDL_TARGET: Final = Dated(((ALWAYS, Decimal("1.8")),))
"""LDL-C in mmol/L from which the advice says so (§5.2): TO CONFIRM."""

STROKE_TARGET: Final = Dated(((ALWAYS, (140, 90)),))
"""Pressure after a stroke in mmHg, controlled is below both (§6.2): TO CONFIRM."""
STROKE_PHASE: Final = Dated(((ALWAYS, Phase(6, 1, 3)),))
"""After the onset: recovery, then sequelae (§6.2): TO CONFIRM."""


class CopdRules(NamedTuple):
    """COPD (§7): danger below `saturation` % and from `respiration` /min on; worse by `cat` points
    or `mmrc` grades; routine after `mild` months from `fev1` % predicted on, else `severe`."""

    saturation: int
    respiration: int
    cat: int
    mmrc: int
    fev1: int
    mild: int
    severe: int


COPD: Final = Dated(((ALWAYS, CopdRules(90, 30, 2, 1, 50, 6, 3)),))
"""From guidelines; the official specification (2024 trial) was not at hand: TO CONFIRM."""


class HomeBedRules(NamedTuple):
    """Home bed (§8), in days: between rounds, between rounds of the stable with a fixed plan,
    between rounds of a senior doctor, and of a term."""

    round: int
    stable: int
    senior: int
    term: int


HOME_BED: Final = Dated(((ALWAYS, HomeBedRules(7, 14, 31, 90)),))
"""Local practice: TO CONFIRM."""


class RehabilitationRules(NamedTuple):
    """Rehabilitation (§9): an evaluation every `days`; a check `check_months` after the goal;
    a gain of `marked` points is 显效, of `some` 有效; danger above `fever` °C."""

    days: int
    check_months: int
    marked: int
    some: int
    fever: Decimal


REHABILITATION: Final = Dated(((ALWAYS, RehabilitationRules(30, 3, 6, 1, Decimal("38.5"))),))
"""The cut-offs of the effect are our own: TO CONFIRM."""


class PressureScreening(NamedTuple):
    """Screening for hypertension (§2.1): raised and high-normal in mmHg, overweight in kg/m²,
    the waists of men and of women in cm, the age at risk; then when to measure again."""

    raised: tuple[int, int]
    high_normal: tuple[int, int]
    days_raised: int
    overweight: int
    waists: tuple[int, int]
    age: int
    recheck_days: int
    risk_months: int
    normal_months: int


_PRESSURE_SCREENING = PressureScreening(
    raised=(140, 90),
    high_normal=(130, 85),
    days_raised=3,
    overweight=24,
    waists=(90, 85),
    age=55,
    recheck_days=28,
    risk_months=6,
    normal_months=12,
)
PRESSURE_SCREENING: Final = Dated(((ALWAYS, _PRESSURE_SCREENING),))
"""The norm; within which weeks it is measured again is our choice (2 to 4)."""


class GlucoseScreening(NamedTuple):
    """Screening for diabetes (§3.1), mmol/L: diabetes and impaired (fasting), diabetes (random);
    overweight, waists, pressure and age at risk; then when to measure again."""

    diabetes: Decimal
    impaired: Decimal
    random: Decimal
    overweight: int
    waists: tuple[int, int]
    pressure: tuple[int, int]
    age: int
    recheck_days: int
    impaired_months: int
    normal_months: int


_GLUCOSE_SCREENING = GlucoseScreening(
    diabetes=Decimal("7.0"),
    impaired=Decimal("6.1"),
    random=Decimal("11.1"),
    overweight=24,
    waists=(90, 85),
    pressure=(140, 90),
    age=45,
    recheck_days=14,
    impaired_months=6,
    normal_months=12,
)
GLUCOSE_SCREENING: Final = Dated(((ALWAYS, _GLUCOSE_SCREENING),))
"""The norm and the guideline; the interval after an impaired glucose is our choice."""


class OverdueRules(NamedTuple):
    """Missed visits (§10), in days after the deadline: up to `call` somebody telephones, up to
    `visit` somebody goes there, then the person is at risk of being lost; beyond `lost`, after so
    many `attempts` to reach the person, 暂时失访 is proposed."""

    call: int
    visit: int
    lost: int
    attempts: int


OVERDUE: Final = Dated(((ALWAYS, OverdueRules(14, 30, 90, 3)),))
"""Our own steps: TO CONFIRM."""
JOINT_DAYS: Final = Dated(((ALWAYS, 14),))
"""Days within which what is due for a person is done in one visit (§10)."""
REMINDED_DAYS: Final = Dated(((ALWAYS, 7),))
"""Days ahead of the deadline in which somebody is reminded: our own choice."""
