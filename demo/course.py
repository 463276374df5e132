"""How bodies and illnesses go on: levels that stay coherent from visit to visit."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from demo.chart import Chart
from demo.clinic import Drug
from demo.directory import Resource
from demo.illness import CHRONIC, DIABETES, HYPERTENSION, Chronic

NAMES: Final = {
    "I10": "hypertension",
    "E11.9": "diabetes",
    "I25.1": "coronary",
    "I63.9": "stroke",
    "J44.9": "copd",
}
"""The programme of an illness, by its WHO code."""


@dataclass(slots=True)
class Course:
    """One lasting illness of one resident.

    `onset` is when it began, `known` when this station learned of it. The level (systolic mmHg,
    or fasting glucose in tenths of mmol/L) goes from `start` to `goal` over the follow-ups.
    Treatment has `eased` it by so much. `condition` is the Reference to the problem once that is
    written, `drugs` what has been given, the first one first.
    """

    chart: Chart
    illness: Chronic
    onset: date
    known: date
    controlled: bool
    start: int
    goal: int
    condition: Resource = field(default_factory=dict)
    drugs: list[Drug] = field(default_factory=list)
    visits: int = 0
    eased: int = 0

    @property
    def name(self) -> str:
        """The name of the programme for it; empty where there is none."""
        return self.named(self.illness)

    @staticmethod
    def named(illness: Chronic) -> str:
        """The name of the programme for an illness; empty where there is none."""
        return NAMES.get(illness.diagnosis.who, "")

    def level(self, progress: float, width: float) -> int:
        """The level at this share (0 to 1) of the course, with the noise of a day."""
        middle = self.start + (self.goal - self.start) * progress - self.eased
        low, high = (88, 218) if self.illness.diagnosis is HYPERTENSION else (35, 280)
        return min(max(self.chart.spread(middle, width), low), high)

    def reading(self, width: float) -> int:
        """The level as it is by now: the goal is reached within some visits."""
        return self.level(min(self.visits / _VISITS, 1), width)

    def ease(self, by: float) -> None:
        """Treatment lowers the level by a share of what it was in the beginning."""
        self.eased += round(self.start * by)


_VISITS: Final = 5
_AGES: Final = (30, 45, 60, 75)
# From, to: controlled; improving; uncontrolled. For systolic mmHg and glucose in tenths.
_PRESSURES: Final = ((131, 128), (158, 134), (152, 157))
_GLUCOSES: Final = ((63, 61), (92, 66), (86, 94))


def _share(shares: tuple[float, float, float, float], age: int) -> float:
    """The share in percent at an age, between the ages of the table by a straight line."""
    if age <= _AGES[0]:
        return shares[0] if age >= 25 else 0.0
    for place in range(1, len(_AGES)):
        if age <= _AGES[place]:
            low, high = _AGES[place - 1], _AGES[place]
            part = (age - low) / (high - low)
            return shares[place - 1] + (shares[place] - shares[place - 1]) * part
    return shares[-1]


def chronic_courses(chart: Chart, age: int) -> list[Course]:
    """The lasting illnesses of a resident of this age; empty for most."""
    return [
        _course(chart, illness)
        for illness in CHRONIC
        if chart.draw() * 100 < _share(illness.shares, age)
    ]


def _course(chart: Chart, illness: Chronic) -> Course:
    # Most were known before the window begins; the rest were found during it.
    known = chart.first
    if chart.chance(35):
        known = chart.working_day(
            chart.first + timedelta(days=int(chart.draw() * (chart.last - chart.first).days))
        )
    onset = known - timedelta(days=int(chart.draw() * chart.draw() * 14 * 365))
    controlled, improving = chart.chance(62), chart.chance(55)
    pattern = 0 if controlled else 1 if improving else 2
    levels = _GLUCOSES if illness.diagnosis is DIABETES else _PRESSURES
    shift = chart.spread(0, 4 if illness.diagnosis is DIABETES else 6)
    start, goal = levels[pattern]
    return Course(chart, illness, onset, known, controlled, start + shift, goal + shift)


@dataclass(slots=True)
class Body:
    """An adult's measures: height in mm, weight in tenths of kg, waist in mm."""

    chart: Chart
    age: int
    height: int = field(init=False)
    _weight: int = field(init=False)

    def __post_init__(self) -> None:
        tall = 1_725 if self.chart.sex == "male" else 1_605
        self.height = self.chart.spread(tall - max(self.age - 45, 0) * 1.6, 55)
        index = max(self.chart.spread(245, 30), 165)
        self._weight = round(index * self.height**2 / 1_000_000)

    def weight(self) -> int:
        """Today's weight in tenths of kg: it drifts a little from visit to visit."""
        self._weight += self.chart.spread(0, 8)
        return self._weight

    def waist(self) -> int:
        """The waist in mm that goes with the weight."""
        return self.chart.spread(420 + self._weight * 0.62, 30)


# Month of age, mm of height, tenths of kg: middle values of boys and girls together.
_GROWTH: Final = {
    1: (543, 43), 3: (608, 62), 6: (670, 78), 8: (699, 85), 12: (752, 94), 18: (815, 106),
    24: (872, 119), 36: (958, 142), 48: (1_030, 162), 60: (1_098, 182), 72: (1_157, 203),
}  # fmt: skip


def growth(chart: Chart, month: int) -> tuple[int, int]:
    """A child's height in mm and weight in tenths of kg at one of the checked ages."""
    height, weight = _GROWTH[month]
    return chart.spread(height, height * 0.02), chart.spread(weight, weight * 0.06)
