"""Building blocks of a resident's history: one function per FHIR type, all about one chart.

Codes are those of the domain reference: ICD-10 with the national extension, ATC, ICD-9-CM-3.
Parts that never change are shared between resources: treat what comes out as read-only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from demo.chart import Chart, Visit, concept
from demo.directory import Resource
from kernel.canonical import (
    ATC,
    ICD9CM_NATIONAL,
    ICD10_NATIONAL,
    ICD10_WHO,
    LOINC,
    UCUM,
    code_system,
)

_ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CONDITION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/condition-category"
_SERVICE_SECTION: Final = "http://terminology.hl7.org/CodeSystem/v2-0074"


VISIT_CLASS: Final = {
    "AMB": {"system": _ACT_CODE, "code": "AMB", "display": "ambulatory"},
    "HH": {"system": _ACT_CODE, "code": "HH", "display": "home health"},
    "VR": {"system": _ACT_CODE, "code": "VR", "display": "virtual"},
}
VISIT_MODE: Final = {
    "AMB": concept(code_system("nbphs3-visit-mode"), "1", "门诊"),
    "HH": concept(code_system("nbphs3-visit-mode"), "2", "家庭"),
    "VR": concept(code_system("nbphs3-visit-mode"), "3", "电话"),
}
_ACTIVE: Final = concept(_CLINICAL, "active", "Active")
_RESOLVED: Final = concept(_CLINICAL, "resolved", "Resolved")
_CONFIRMED: Final = concept(_VERIFICATION, "confirmed", "Confirmed")
_PROBLEM: Final = [concept(_CONDITION_CATEGORY, "problem-list-item", "Problem List Item")]
_DIAGNOSIS: Final = [concept(_CONDITION_CATEGORY, "encounter-diagnosis", "Encounter Diagnosis")]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis: WHO code, national code, name, for example I10, I10.x00, 原发性高血压."""

    who: str
    national: str
    name: str


@cache
def _diagnosis_code(diagnosis: Diagnosis) -> Resource:
    return {
        "coding": [
            {"system": ICD10_NATIONAL, "code": diagnosis.national, "display": diagnosis.name},
            {"system": ICD10_WHO, "code": diagnosis.who},
        ],
        "text": diagnosis.name,
    }


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug and its usual dose: `amount` of `unit` (UCUM) `times` a day."""

    atc: str
    name: str
    amount: str
    unit: str
    times: int
    route: str = "口服"


def visit(
    chart: Chart,
    day: date,
    reason: str,
    *,
    how: str = "AMB",
    diagnoses: Sequence[Resource] = (),
) -> Visit:
    """An Encounter in working hours, 10 to 40 minutes long; `diagnoses` are References."""
    minute = chart.between(8 * 60, 11 * 60 + 20)
    if chart.chance(42):
        minute = chart.between(13 * 60 + 30, 16 * 60 + 50)
    end = minute + chart.between(10, 40)
    stamp = day.isoformat()
    at = f"{stamp}T{minute // 60:02d}:{minute % 60:02d}:00+08:00"
    resource: dict[str, Any] = {
        "resourceType": "Encounter",
        "id": "",
        "status": "finished",
        "class": VISIT_CLASS[how],
        "type": [VISIT_MODE[how]],
        "subject": chart.subject,
        "participant": [{"individual": chart.doctor}],
        "period": {
            "start": at,
            "end": f"{stamp}T{end // 60:02d}:{end % 60:02d}:00+08:00",
        },
        "reasonCode": [{"text": reason}],
        "serviceProvider": chart.station,
    }
    if diagnoses:
        resource["diagnosis"] = [{"condition": one} for one in diagnoses]
    return Visit(chart.put("encounter", resource), day, at)


def problem(chart: Chart, diagnosis: Diagnosis, onset: date, recorded: date) -> Resource:
    """A lasting Condition of the problem list; gives its Reference."""
    return chart.put(
        "condition",
        {
            "resourceType": "Condition",
            "id": "",
            "clinicalStatus": _ACTIVE,
            "verificationStatus": _CONFIRMED,
            "category": _PROBLEM,
            "code": _diagnosis_code(diagnosis),
            "subject": chart.subject,
            # The paper form asks for year and month of the diagnosis.
            "onsetDateTime": onset.isoformat()[:7],
            "recordedDate": recorded.isoformat(),
            "recorder": chart.doctor,
        },
    )


def acute(chart: Chart, diagnosis: Diagnosis, seen: Visit, days: int) -> Resource:
    """A Condition diagnosed at a visit and over after some days; gives its Reference."""
    over = seen.day + timedelta(days=days)
    resource: Resource = {
        "resourceType": "Condition",
        "id": "",
        "clinicalStatus": _ACTIVE,
        "verificationStatus": _CONFIRMED,
        "category": _DIAGNOSIS,
        "code": _diagnosis_code(diagnosis),
        "subject": chart.subject,
        "encounter": seen.reference,
        "onsetDateTime": seen.day.isoformat(),
        "recordedDate": seen.at,
        "recorder": chart.doctor,
    }
    if over <= chart.last:
        resource["clinicalStatus"] = _RESOLVED
        resource["abatementDateTime"] = over.isoformat()
    return chart.put("condition", resource)


@cache
def _medication(drug: Drug) -> Resource:
    return concept(ATC, drug.atc, drug.name)


@cache
def _dosage(drug: Drug) -> list[Resource]:
    unit = {"unit": drug.unit, "system": UCUM, "code": drug.unit}
    return [
        {
            "text": f"{drug.route}，每日{drug.times}次，每次{drug.amount}{drug.unit}",
            "timing": {
                "repeat": {"frequency": drug.times, "period": Decimal(1), "periodUnit": "d"}
            },
            "route": {"text": drug.route},
            "doseAndRate": [{"doseQuantity": {"value": Decimal(drug.amount), **unit}}],
        }
    ]


def prescribe(
    chart: Chart,
    drug: Drug,
    seen: Visit,
    reason: Resource,
    *,
    status: str = "completed",
) -> Resource:
    """A MedicationRequest written at a visit for a Condition; gives its Reference."""
    return chart.put(
        "prescription",
        {
            "resourceType": "MedicationRequest",
            "id": "",
            "status": status,
            "intent": "order",
            "medicationCodeableConcept": _medication(drug),
            "subject": chart.subject,
            "encounter": seen.reference,
            "authoredOn": seen.at,
            "requester": chart.doctor,
            "reasonReference": [reason],
            "dosageInstruction": _dosage(drug),
        },
    )


def states_taking(chart: Chart, drug: Drug, prescription: Resource, seen: Visit) -> None:
    """A MedicationStatement: what the resident says about taking a prescribed drug."""
    regular = chart.chance(72)
    chart.put(
        "statement",
        {
            "resourceType": "MedicationStatement",
            "id": "",
            "basedOn": [prescription],
            "status": "active",
            "medicationCodeableConcept": _medication(drug),
            "subject": chart.subject,
            "context": seen.reference,
            "effectiveDateTime": seen.day.isoformat(),
            "dateAsserted": seen.at,
            "informationSource": chart.subject,
            "note": [{"text": "规律服药" if regular else "间断服药"}],
            "dosage": _dosage(drug),
        },
    )


def procedure(chart: Chart, code: str, name: str, seen: Visit) -> None:
    """A Procedure done at a visit, with its code of the national ICD-9-CM-3 edition."""
    chart.put(
        "procedure",
        {
            "resourceType": "Procedure",
            "id": "",
            "status": "completed",
            "code": concept(ICD9CM_NATIONAL, code, name),
            "subject": chart.subject,
            "encounter": seen.reference,
            "performedDateTime": seen.at,
            "performer": [{"actor": chart.doctor}],
        },
    )


def report(
    chart: Chart,
    code: tuple[str, str, str],
    conclusion: str,
    seen: Visit,
    results: Sequence[Resource] = (),
) -> None:
    """A DiagnosticReport; `code` is LOINC, name and section (v2-0074), results References."""
    loinc, name, section = code
    resource: Resource = {
        "resourceType": "DiagnosticReport",
        "id": "",
        "status": "final",
        "category": [{"coding": [{"system": _SERVICE_SECTION, "code": section}]}],
        "code": concept(LOINC, loinc, name),
        "subject": chart.subject,
        "encounter": seen.reference,
        "effectiveDateTime": seen.at,
        "issued": f"{seen.day.isoformat()}T17:30:00+08:00",
        "performer": [chart.station],
        "conclusion": conclusion,
    }
    if results:
        resource["result"] = list(results)
    chart.put("report", resource)


_ALLERGY_CLINICAL: Final = concept(
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", "Active"
)
_ALLERGY_VERIFICATION: Final = (
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
)
_CONFIRMED_ALLERGY: Final = concept(_ALLERGY_VERIFICATION, "confirmed", "Confirmed")
_UNCONFIRMED_ALLERGY: Final = concept(_ALLERGY_VERIFICATION, "unconfirmed", "Unconfirmed")
_ROLE_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_PARENTS: Final = (
    concept(_ROLE_CODE, "FTH", "father", "父亲"),
    concept(_ROLE_CODE, "MTH", "mother", "母亲"),
)


def allergy(chart: Chart, atc: str, name: str, day: date) -> None:
    """An AllergyIntolerance to a class of drugs (ATC), confirmed for most."""
    chart.put(
        "allergy",
        {
            "resourceType": "AllergyIntolerance",
            "id": "",
            "clinicalStatus": _ALLERGY_CLINICAL,
            "verificationStatus": (
                _CONFIRMED_ALLERGY if chart.chance(60) else _UNCONFIRMED_ALLERGY
            ),
            "type": "allergy",
            "category": ["medication"],
            "criticality": "high" if chart.chance(30) else "unable-to-assess",
            "code": concept(ATC, atc, name),
            "patient": chart.subject,
            "recordedDate": day.isoformat(),
            "recorder": chart.doctor,
        },
    )


def family_history(chart: Chart, diagnosis: Diagnosis, day: date) -> None:
    """A FamilyMemberHistory: father or mother had an illness."""
    chart.put(
        "family",
        {
            "resourceType": "FamilyMemberHistory",
            "id": "",
            "status": "completed",
            "patient": chart.subject,
            "date": day.isoformat(),
            "relationship": _PARENTS[chart.between(0, 1)],
            "condition": [{"code": _diagnosis_code(diagnosis)}],
        },
    )


def immunise(chart: Chart, code: tuple[str, str, str], day: date, number: int) -> None:
    """An Immunization given at the station; `code` is ours, its name, the CVX code."""
    ours, name, cvx = code
    chart.put(
        "vaccination",
        {
            "resourceType": "Immunization",
            "id": "",
            "status": "completed",
            "vaccineCode": {
                "coding": [
                    {"system": code_system("vaccine"), "code": ours, "display": name},
                    {"system": "http://hl7.org/fhir/sid/cvx", "code": cvx},
                ],
                "text": name,
            },
            "patient": chart.subject,
            "occurrenceDateTime": day.isoformat(),
            "primarySource": True,
            "lotNumber": f"D{day.year % 100:02d}{chart.between(1, 9_999):04d}",
            "performer": [{"actor": chart.station}],
            "protocolApplied": [{"doseNumberPositiveInt": number}],
        },
    )
