"""What is found at a follow-up, as answers to the programmes' forms: plausible, never random noise.

What several programmes ask alike is answered once a visit (`common`), the rest by programme.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from demo.chart import Chart, tenths
from demo.course import Body, Course
from demo.habits import Habits, Values, adherence, taken
from demo.illness import HYPERTENSION
from health.api import VISIT_DATE, VISIT_MODE, Programme

MODES: Final = {"AMB": "1", "HH": "2", "VR": "3"}
"""Code of nbphs3-visit-mode by the class of the Encounter."""
NONE, YES = "1", "2"
_SYMPTOMS: Final = {
    "hypertension": ("2", "4", "6", "8"),
    "diabetes": ("2", "4", "5", "7"),
    "coronary": ("6", "7"),
    "stroke": ("5", "6"),
    "copd": ("2", "3"),
}
_REACTIONS: Final = {
    "hypertension": ("干咳", "踝部水肿", "头晕"),
    "diabetes": ("胃肠道不适", "腹胀"),
    "coronary": ("牙龈出血", "肌肉酸痛"),
    "stroke": ("牙龈出血",),
    "copd": ("口干",),
}
_COMPLICATIONS: Final = {
    "hypertension": ("尿微量白蛋白升高，怀疑高血压肾损害", "短暂性脑缺血发作"),
    "diabetes": ("双足麻木，怀疑周围神经病变", "视物模糊，怀疑视网膜病变"),
    "coronary": ("活动后气促，怀疑心功能不全",),
    "stroke": ("吞咽呛咳",),
    "copd": ("双下肢水肿，怀疑肺心病",),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A visit in the making: whose, the local day, how (class of the Encounter), all illnesses."""

    chart: Chart
    body: Body
    habits: Habits
    day: date
    how: str
    courses: Sequence[Course]

    @property
    def here(self) -> bool:
        """Whether somebody of the station sees the resident."""
        return self.how != "VR"


def common(seen: Seen) -> Values:
    """What is asked and measured once a visit; on the telephone what they measured themselves."""
    chart = seen.chart
    systolic, diastolic = pressure(chart, seen.courses, seen.day)
    values: Values = {
        VISIT_DATE: seen.day,
        VISIT_MODE: MODES[seen.how],
        "systolic": systolic,
        "diastolic": diastolic,
        **seen.habits.now(chart),
    }
    if chart.chance(85):
        values["education"] = YES
    if seen.here or chart.chance(70):
        values |= {
            "heart-rate": chart.spread(74, 6),
            "weight": tenths(seen.body.weight()),
            "height": tenths(seen.body.height),
        }
    return values


def pressure(chart: Chart, courses: Sequence[Course], day: date) -> tuple[int, int]:
    """Systolic and diastolic pressure in mmHg, whoever has hypertension or not."""
    known = [c for c in courses if c.illness.diagnosis is HYPERTENSION and c.known <= day]
    systolic = known[0].reading(7) if known else chart.spread(125, 6)
    return systolic, min(round(systolic * 0.42 + chart.spread(25, 4)), systolic - 20)


def answers(programme: Programme, seen: Seen, course: Course, shared: Values) -> Values:
    """The answers to a programme's form, as complete as most are."""
    keys = {field.key for field in programme.form().fields}
    values = {key: value for key, value in shared.items() if key in keys}
    values |= _OWN[programme.name](seen, course)
    values |= _drugs(programme.name, seen, course)
    if not seen.chart.chance(96):
        for key in _FORGOTTEN[seen.chart.between(0, len(_FORGOTTEN) - 1)]:
            values.pop(key, None)
    return values


_FORGOTTEN: Final = (
    ("symptoms",),
    ("weight",),
    ("exercise-times", "exercise-minutes"),
    ("psych", "compliance"),
)


def _symptoms(name: str, seen: Seen) -> tuple[str, ...]:
    told = _SYMPTOMS[name]
    chart = seen.chart
    return (NONE,) if chart.chance(76) else (told[chart.between(0, len(told) - 1)],)


def _drugs(name: str, seen: Seen, course: Course) -> Values:
    chart = seen.chart
    values: Values = {"adherence": adherence(chart, seen.habits, course.drugs), "adr": NONE}
    if course.drugs:
        values["drugs"] = taken(course.drugs)
        if chart.chance(1.5):
            told = _REACTIONS[name]
            values |= {"adr": YES, "adr.2": told[chart.between(0, len(told) - 1)]}
    if chart.chance(0.5):
        told = _COMPLICATIONS[name]
        values["new-complication"] = told[chart.between(0, len(told) - 1)]
    return values


def _hypertension(seen: Seen, _course: Course) -> Values:
    values: Values = {"symptoms": _symptoms("hypertension", seen)}
    if seen.here and seen.chart.chance(0.4):
        values |= {"systolic": seen.chart.between(182, 196), "diastolic": 108, "symptoms": ("2",)}
    return values


def _diabetes(seen: Seen, course: Course) -> Values:
    chart = seen.chart
    values: Values = {
        "symptoms": _symptoms("diabetes", seen),
        "fasting-glucose": tenths(course.reading(3)),
        "hypo": NONE if chart.chance(97) else "2",
        "lowering": YES if course.drugs else NONE,
    }
    if seen.here:
        values["dorsalis"] = NONE if chart.chance(94) else "2"
        if chart.chance(25):
            # The usual relation of a mean glucose to HbA1c, from the fasting value.
            hba1c = round((course.reading(2) / 10 + 4.0) / 1.75 * 10)
            values |= {"hba1c": tenths(hba1c), "hba1c-date": seen.day}
    return values


def _coronary(seen: Seen, _course: Course) -> Values:
    chart = seen.chart
    symptoms = _symptoms("coronary", seen)
    return {
        "symptoms": symptoms,
        "angina": NONE if symptoms == (NONE,) or chart.chance(50) else "2",
        "coronary-type": "1" if chart.chance(70) else "6",
        "treatment": (NONE,),
        "nondrug": ("2", "5", "7"),
    }


def _stroke(seen: Seen, _course: Course) -> Values:
    weak = seen.habits.careful
    return {
        "type": "3" if weak else "5",
        "symptoms": (NONE,) if weak else ("5",),
        "new-symptoms": (NONE,),
        "complications": (NONE,),
        "self-care": NONE if weak else "2",
        "limbs": NONE if weak else "2",
        "rehabilitation": (NONE,) if weak else ("4",),
    }


def _copd(seen: Seen, course: Course) -> Values:
    chart = seen.chart
    worse = chart.chance(6)
    return {
        "saturation": chart.between(94, 97),
        "respiration": chart.between(16, 20),
        "symptoms": ("2", "3") if worse else _symptoms("copd", seen),
        "mmrc": 1 if course.controlled else 2,
        "cat": 9 if course.controlled else 16,
        "exacerbations": 1 if worse else 0,
        "admissions": 0,
        "fev1": tenths(620 if course.controlled else 440),
        "inhaler": "1" if chart.chance(85) else "2",
    }


_OWN: Final[Mapping[str, Callable[[Seen, Course], Values]]] = {
    "hypertension": _hypertension,
    "diabetes": _diabetes,
    "coronary": _coronary,
    "stroke": _stroke,
    "copd": _copd,
}
