"""The yearly examination of old people: the form as it was filled in, and what was measured."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from demo.chart import Chart, Visit, hundredths, tenths, whole
from demo.clinic import report, visit
from demo.course import Body, Course
from demo.directory import Resource
from demo.illness import DIABETES, HYPERTENSION
from records.api import Entered, examination

TITLE: Final = "老年人健康体检"
_ECG: Final = ("11524-6", "心电图", "EC")
_LIPID_PANEL: Final = ("24331-1", "血脂检查", "LAB")
_LIPIDS: Final = ("cholesterol", "triglyceride", "ldl")
_NORMAL_ECG: Final = "窦性心律，正常心电图"
_ODD_ECG: Final = "窦性心律，ST-T改变"


def examine(chart: Chart, body: Body, courses: Sequence[Course], day: date) -> None:
    """An examination with its visit, the answer to the form, its Observations and reports."""
    seen = visit(chart, day, TITLE)
    values = {"exam-date": day, "symptoms": ("1",), **_measured(chart, body, courses, day)}
    conclusions = _tested(chart, values)
    results = _put(chart, seen, values)
    for code, conclusion, keys in conclusions:
        report(chart, code, conclusion, seen, [results[key] for key in keys])


def _measured(
    chart: Chart, body: Body, courses: Sequence[Course], day: date
) -> dict[str, Any]:  # fmt: skip
    by_diagnosis = {c.illness.diagnosis: c for c in courses if c.known <= day}
    pressure = by_diagnosis.get(HYPERTENSION)
    systolic = pressure.level(0.5, 7) if pressure else chart.spread(126, 6)
    values: dict[str, Any] = {
        "systolic-left": systolic,
        "diastolic-left": min(round(systolic * 0.58), systolic - 20),
        "weight": tenths(body.weight()),
        "height": tenths(body.height),
    }
    if chart.chance(50):
        values["waist"] = tenths(body.waist())
    diabetes = by_diagnosis.get(DIABETES)
    glucose = diabetes.level(0.5, 6) * 10 if diabetes else chart.spread(530, 35)
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
