"""What is measured at visits: LOINC codes, UCUM units, and the Observations made of them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from demo.chart import Chart, Visit, concept, whole
from demo.directory import Resource
from kernel.canonical import LOINC, UCUM

_OBSERVATION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
_VITAL: Final = [concept(_OBSERVATION_CATEGORY, "vital-signs", "Vital Signs")]
_LABORATORY: Final = [concept(_OBSERVATION_CATEGORY, "laboratory", "Laboratory")]


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity that is observed: LOINC, name, unit as printed and in UCUM, kind."""

    loinc: str
    name: str
    unit: str
    ucum: str
    laboratory: bool = False


WEIGHT: Final = Measure("29463-7", "体重", "kg", "kg")
HEIGHT: Final = Measure("8302-2", "身高", "cm", "cm")
BMI: Final = Measure("39156-5", "体质指数", "kg/m²", "kg/m2")
PULSE: Final = Measure("8867-4", "心率", "次/分", "/min")
TEMPERATURE: Final = Measure("8310-5", "体温", "℃", "Cel")
WAIST: Final = Measure("8280-0", "腰围", "cm", "cm")
FASTING_CAPILLARY: Final = Measure("14770-2", "空腹血糖（指尖）", "mmol/L", "mmol/L", True)
FASTING_SERUM: Final = Measure("14771-0", "空腹血糖", "mmol/L", "mmol/L", True)
HBA1C: Final = Measure("4548-4", "糖化血红蛋白", "%", "%", True)
CHOLESTEROL: Final = Measure("14647-2", "总胆固醇", "mmol/L", "mmol/L", True)
TRIGLYCERIDE: Final = Measure("14927-8", "甘油三酯", "mmol/L", "mmol/L", True)
LDL: Final = Measure("22748-8", "低密度脂蛋白胆固醇", "mmol/L", "mmol/L", True)
CREATININE: Final = Measure("14682-9", "血清肌酐", "μmol/L", "umol/L", True)

_MEASURES: Final = (
    WEIGHT, HEIGHT, BMI, PULSE, TEMPERATURE, WAIST, FASTING_CAPILLARY, FASTING_SERUM, HBA1C,
    CHOLESTEROL, TRIGLYCERIDE, LDL, CREATININE,
)  # fmt: skip
_MEASURE_CODES: Final = {m.loinc: concept(LOINC, m.loinc, m.name) for m in _MEASURES}
_PRESSURE: Final = concept(LOINC, "85354-9", "血压")
_SYSTOLIC: Final = concept(LOINC, "8480-6", "收缩压")
_DIASTOLIC: Final = concept(LOINC, "8462-4", "舒张压")


def observe(chart: Chart, measure: Measure, value: Decimal, seen: Visit) -> Resource:
    """An Observation of one quantity at a visit; gives its Reference."""
    return chart.put(
        "observation",
        {
            "resourceType": "Observation",
            "id": "",
            "status": "final",
            "category": _LABORATORY if measure.laboratory else _VITAL,
            "code": _MEASURE_CODES[measure.loinc],
            "subject": chart.subject,
            "encounter": seen.reference,
            "effectiveDateTime": seen.at,
            "performer": [chart.doctor],
            "valueQuantity": {
                "value": value,
                "unit": measure.unit,
                "system": UCUM,
                "code": measure.ucum,
            },
        },
    )


def _millimetres(code: Resource, value: int) -> Resource:
    quantity = {"value": whole(value), "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}
    return {"code": code, "valueQuantity": quantity}


def observe_pressure(chart: Chart, systolic: int, diastolic: int, seen: Visit) -> None:
    """The blood pressure panel (85354-9) in mmHg at a visit."""
    chart.put(
        "observation",
        {
            "resourceType": "Observation",
            "id": "",
            "status": "final",
            "category": _VITAL,
            "code": _PRESSURE,
            "subject": chart.subject,
            "encounter": seen.reference,
            "effectiveDateTime": seen.at,
            "performer": [chart.doctor],
            "component": [
                _millimetres(_SYSTOLIC, systolic),
                _millimetres(_DIASTOLIC, diastolic),
            ],
        },
    )
