"""How somebody lives and feels, as the follow-up forms ask it: the same from visit to visit.

Goals are a little better than what is; one habit may improve over the follow-ups.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from demo.chart import Chart, tenths
from demo.clinic import Drug

Values = dict[str, Any]
_REGULAR: Final = "1"


@dataclass(slots=True)
class Habits:
    """The answers about lifestyle, and how well somebody keeps appointments.

    `prompt` comes about when asked to; who is not comes weeks late now and then. Who is not `frail`
    needs no help at home.
    """

    asked: Values = field(default_factory=dict)
    prompt: bool = True
    careful: bool = True
    frail: bool = False

    def now(self, chart: Chart) -> Values:
        """What is answered at a visit: smokers sometimes cut down."""
        if self.asked["smoking-daily"] > 5 and chart.chance(6):
            self.asked["smoking-daily"] -= 5
            self.asked["smoking-target"] = max(self.asked["smoking-daily"] - 5, 0)
        return dict(self.asked)


def habits(chart: Chart, age: int) -> Habits:
    """The habits of a person of this age; men smoke and drink more often."""
    man = chart.sex == "male"
    smoking = 5 * chart.between(1, 4) if chart.chance(42 if man else 2) else 0
    alcohol = 5 * chart.between(1, 6) if chart.chance(35 if man else 3) else 0
    times, minutes = chart.between(0, 7), 10 * chart.between(2, 6)
    salt = chart.between(1, 3)
    staple = 50 * chart.between(4, 8)
    asked: Values = {
        "smoking-daily": smoking,
        "smoking-target": max(smoking - 5, 0),
        "alcohol-daily": tenths(alcohol),
        "alcohol-target": tenths(max(alcohol - 5, 0)),
        "exercise-times": times,
        "exercise-minutes": minutes if times else 0,
        "exercise-times-target": max(times, 5),
        "exercise-minutes-target": max(minutes, 30),
        "salt": str(salt),
        "salt-target": str(max(salt - 1, 1)),
        "staple": staple,
        "staple-target": max(staple - 50, 200),
        "psych": "1" if chart.chance(75) else "2",
        "compliance": "1" if chart.chance(78) else "2",
    }
    return Habits(
        asked,
        prompt=chart.chance(80),
        careful=chart.chance(80),
        frail=age >= 65 and chart.chance(3 + max(age - 72, 0) * 1.3),
    )


def in_general(kept: Habits) -> Values:
    """The same as the examination and the assessment of the elderly ask it: how often, at all."""
    asked = kept.asked
    times = asked["exercise-times"]
    alcohol = asked["alcohol-daily"]
    return {
        "exercise": "4" if not times else "1" if times == _DAYS else "2",
        "diet": ("1",) if asked["salt"] != "3" else ("4",),
        "smoking": "3" if asked["smoking-daily"] else "1",
        "alcohol": "1" if not alcohol else "4" if alcohol > 1 else "2",
    }


_DAYS: Final = 7


def adherence(chart: Chart, kept: Habits, drugs: list[Drug]) -> str:
    """The code of nbphs3-adherence."""
    if not drugs:
        return "3"
    return _REGULAR if chart.chance(95 if kept.careful else 55) else "2"


def taken(drugs: list[Drug]) -> tuple[Values, ...]:
    """The rows of 用药情况."""
    return tuple(
        {
            "name": drug.name,
            "times": drug.times,
            "dose": Decimal(drug.amount),
            "unit": drug.unit,
        }
        for drug in drugs
    )
