"""A yearly health examination: the form as it was filled in, and what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from demo.chart import Chart, Visit, hundredths, tenths, whole
from demo.clinic import report, visit
from demo.course import Body, Course
from demo.directory import Resource
from demo.habits import Habits, in_general
from demo.illness import DIABETES, HYPERTENSION
from records.api import Entered, examination

OLD: Final = "老年人健康体检"
YOUNGER: Final = "健康体检"
TITLES: Final = frozenset({OLD, YOUNGER})
_FROM: Final = 65
_ECG: Final = ("11524-6", "心电图", "EC")
_LIPID_PANEL: Final = ("24331-1", "血脂检查", "LAB")
_LIPIDS: Final = ("cholesterol", "triglyceride", "ldl")
_NORMAL_ECG: Final = "窦性心律，正常心电图"
_ODD_ECG: Final = "窦性心律，ST-T改变"


@dataclass(frozen=True, slots=True)
class Found:
    """What an examination leaves for others to use: its visit, and the answers."""

    encounter: Resource
    values: Mapping[str, Any]


def examine(chart: Chart, body: Body, courses: Sequence[Course], day: date, kept: Habits) -> Found:
    """An examination with its visit, the answer to the form, its Observations and reports.

    One in sixteen is not complete.
    """
    old = day.year - chart.born.year >= _FROM
    seen = visit(chart, day, OLD if old else YOUNGER)
    encounter = chart.resources[-1]
    values = {
        "exam-date": day,
        **_looked_at(chart),
        **in_general(kept),
        **(_old_age(chart, kept) if old else {}),
        **_measured(chart, body, courses, day),
    }
    if chart.chance(6):
        del values[("waist", "hearing", "respiration")[chart.between(0, 2)]]
    conclusions = _tested(chart, values)
    results = _put(chart, seen, values)
    for code, conclusion, keys in conclusions:
        report(chart, code, conclusion, seen, [results[key] for key in keys])
    return Found(encounter, values)


_NORMAL: Final = dict.fromkeys(
    (
        "lip", "pharynx", "hearing", "motor", "skin", "sclera", "lymph", "barrel-chest",
        "breath-sound", "rale", "rhythm", "murmur", "tenderness", "mass", "liver", "spleen",
        "edema",
    ),
    "1",
)  # fmt: skip


def _looked_at(chart: Chart) -> dict[str, Any]:
    """What is asked and looked at: nothing special in most."""
    values: dict[str, Any] = {
        **_NORMAL,
        "symptoms": ("1",) if chart.chance(80) else (("3", "13", "14")[chart.between(0, 2)],),
        "temperature": tenths(chart.spread(365, 2)),
        "pulse": chart.spread(74, 6),
        "respiration": chart.between(16, 20),
        "teeth": ("1",),
    }
    if chart.chance(6):
        values |= {"hearing": "2"} if chart.chance(60) else {"rhythm": "2"}
    return values


def _old_age(chart: Chart, kept: Habits) -> dict[str, Any]:
    return {
        "self-health": "4" if kept.frail else "1" if chart.chance(60) else "2",
        "self-care-score": 9 if kept.frail else 0,
        "cognition": "1",
        "emotion": "1",
    }


def _measured(
    chart: Chart, body: Body, courses: Sequence[Course], day: date
) -> dict[str, Any]:  # fmt: skip
    by_diagnosis = {c.illness.diagnosis: c for c in courses if c.known <= day}
    pressure = by_diagnosis.get(HYPERTENSION)
    systolic = pressure.reading(7) if pressure else chart.spread(126, 6)
    values: dict[str, Any] = {
        "systolic-left": systolic,
        "diastolic-left": min(round(systolic * 0.58), systolic - 20),
        "weight": tenths(body.weight()),
        "height": tenths(body.height),
    }
    values["waist"] = tenths(body.waist())
    values["guidance"] = ("1",) if pressure or DIABETES in by_diagnosis else ("2",)
    values["risk-control"] = ("3", "4")
    diabetes = by_diagnosis.get(DIABETES)
    glucose = diabetes.reading(4) * 10 if diabetes else chart.spread(530, 35)
    values["glucose"] = hundredths(glucose + chart.between(0, 9))
    if diabetes:
        # The usual relation of a mean glucose to HbA1c, from the fasting value.
        values["hba1c"] = tenths(round((glucose / 100 + 4.0) / 1.75 * 10))
    return values


def _tested(
    chart: Chart, values: dict[str, Any]
) -> list[tuple[tuple[str, str, str], str, tuple[str, ...]]]:
    """Tests that not everybody has; the reports on them: code, conclusion, keys of the results."""
    reports: list[tuple[tuple[str, str, str], str, tuple[str, ...]]] = []
    if chart.chance(45):
        total = chart.spread(490, 60)
        values["cholesterol"] = hundredths(total)
        values["triglyceride"] = hundredths(max(chart.spread(150, 40), 45))
        values["ldl"] = hundredths(round(total * 0.6))
        conclusion = "总胆固醇升高" if total >= 520 else "血脂未见明显异常"
        reports.append((_LIPID_PANEL, conclusion, _LIPIDS))
    if chart.chance(30):
        values["creatinine"] = whole(chart.spread(74, 10))
    if chart.chance(30):
        normal = chart.chance(70)
        values["ecg"] = "1" if normal else "2"
        if not normal:
            values["ecg.2"] = "ST-T改变"
        reports.append((_ECG, _NORMAL_ECG if normal else _ODD_ECG, ()))
    return reports


def _put(chart: Chart, seen: Visit, values: dict[str, Any]) -> dict[str, Resource]:
    """Add the answer and its Observations; References to these by the key of their field."""
    id_ = f"{chart.patient_id}-examination-{chart.count + 1}"
    entered = Entered(id_, chart.patient_id, chart.doctor, chart.doctor, chart.station)
    patient = {"gender": chart.sex, "birthDate": chart.born.isoformat()}
    answer, *measured = examination(values, entered, patient=patient, encounter=seen.reference)
    chart.put("examination", answer)
    chart.resources += measured
    keys = (one["id"].removeprefix(f"{id_}-") for one in measured)
    return {
        key: {"reference": f"Observation/{one['id']}"}
        for key, one in zip(keys, measured, strict=True)
    }
