"""The codes by which a visit is written down in FHIR (codes.md §3.1, §3.4)."""

from collections.abc import Mapping
from typing import Any, Final

from kernel.canonical import LOINC, UCUM, code_system, structure_definition

RECEPTION: Final = "34117-2"
"""接诊记录: history and physical note."""
CONSULTATION: Final = "11488-4"
"""会诊记录: consult note."""
NOTES: Final = frozenset({RECEPTION, CONSULTATION})
SUBJECTIVE: Final = "61150-9"
OBJECTIVE: Final = "61149-1"
ASSESSMENT: Final = "51848-0"
PLAN: Final = "18776-5"
COMPLAINT: Final = "10154-3"
HISTORY: Final = "10164-2"
VITAL_SIGNS: Final = "8716-3"
FINDINGS: Final = "29545-1"
MEDICATIONS: Final = "10160-0"
REASON: Final = "42349-1"
PLAN_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "tests": ("tests", "检查检验"),
    "treatment": ("treatment", "治疗处置"),
    "guidance": ("guidance", "随诊和转诊安排"),
    "education": ("education", "健康教育"),
}
"""Parts of the plan: the name of the text, our section code, and its title."""
SECTION_SYSTEM: Final = code_system("visit-section")

VITAL_CATEGORY: Final[dict[str, Any]] = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "vital-signs",
            "display": "Vital Signs",
        }
    ]
}
LABORATORY_CATEGORY: Final[dict[str, Any]] = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "laboratory",
            "display": "Laboratory",
        }
    ]
}
ARM_SYSTEM: Final = code_system("nbphs3-body-side")
ARM_CODES: Final[Mapping[str, str]] = {"left": "left-arm", "right": "right-arm"}
ARM_TITLES: Final[Mapping[str, str]] = {"left": "左上臂", "right": "右上臂"}
VISIT_MODE: Final = code_system("nbphs3-visit-mode")
ROUTE_SYSTEM: Final = code_system("medication-route")
FREQUENCY_SYSTEM: Final = code_system("medication-frequency")
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CANCEL_REASON: Final = structure_definition("visit-cancel-reason")
AMENDMENT_REASON: Final = structure_definition("amendment-reason")
AMENDMENT_KIND: Final = structure_definition("amendment-kind")
CONSULTED: Final = structure_definition("consulted-doctor")
AMENDMENTS: Final[Mapping[str, str]] = {"supplement": "补充", "correction": "更正"}


def loinc(code: str, title: str) -> dict[str, Any]:
    """A CodeableConcept of LOINC with its Chinese title."""
    return {"coding": [{"system": LOINC, "code": code, "display": title}], "text": title}


def quantity(value: Any, unit: str, ucum: str) -> dict[str, Any]:
    """A Quantity in UCUM."""
    return {"value": value, "unit": unit, "system": UCUM, "code": ucum}


def narrative(text: str) -> dict[str, str]:
    """A Narrative of plain text; `plain` reads it back."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    lines = escaped.replace("\n", "<br/>")
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{lines}</div>',
    }
