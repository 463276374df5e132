"""A person's file as a FHIR document (R4 3.3): a Bundle that begins with a Composition.

`Patient/[id]/$document` puts together the patient summary (LOINC 60591-5), the Patient, everything
of the compartment as it is stored, and the staff, institutions and drugs that these refer to. The
Composition is made for the document and is not stored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final

from kernel.canonical import LOINC
from kernel.clock import iso_instant
from kernel.errors import bad_request
from kernel.fhir import json
from kernel.fhir.everything import compartment_of, directory_of
from kernel.fhir.exchange import Answer
from kernel.fhir.operations import OperationCall
from kernel.ids import uuid7
from kernel.work import ReadWork
from records.reading import UNNAMED, Body, codes_of, name_of, words

SUMMARY: Final = "60591-5"
URN: Final = "urn:ietf:rfc:3986"
_XHTML: Final = "http://www.w3.org/1999/xhtml"

UNDER_WAY: Final = frozenset({"Task", "ServiceRequest", "Appointment"})
"""What somebody here is asked to do: it is no part of the file and goes to no other institution,
where nobody would do it and its clocks would run again."""

_SECTIONS: Final[Sequence[tuple[str, str, Mapping[str, str]]]] = (
    ("11450-4", "健康问题", {"Condition": ""}),
    ("48765-2", "过敏史", {"AllergyIntolerance": ""}),
    ("10160-0", "用药", {"MedicationRequest": "", "MedicationStatement": "",
                       "MedicationAdministration": ""}),
    ("11369-6", "预防接种", {"Immunization": ""}),
    ("30954-2", "检验检查结果", {"Observation": "laboratory", "DiagnosticReport": "",
                           "ImagingStudy": ""}),
    ("8716-3", "生命体征", {"Observation": "vital-signs"}),
    ("29762-2", "社会史", {"Observation": "social-history"}),
    ("11348-0", "既往史和家族史", {"Procedure": "", "FamilyMemberHistory": ""}),
    ("18776-5", "管理计划", {"CarePlan": "", "Goal": ""}),
)  # fmt: skip
"""LOINC code and title of a section; its types, each with the category that it asks for."""


def document(asked: OperationCall) -> Answer:
    """`Patient/[id]/$document`. Raises Refused (400 without an id; 403, 404, 410 as reading)."""
    if asked.id is None:
        raise bad_request("$document is asked of one patient: Patient/[id]/$document")
    return Answer(200, json.dumps(document_of(asked.work, asked.id, base=asked.call.base)))


def document_of(work: ReadWork, patient_id: str, *, base: str) -> dict[str, Any]:
    """The document of a person's file, as the actor sees it; `base` begins every `fullUrl`.

    Raises Refused (403, 404, 410).
    """
    versions = compartment_of(work, patient_id)
    versions = [one for one in versions if one.type not in UNDER_WAY]
    bodies = [json.loads(one.body) for one in versions]
    directory = [json.loads(one.body) for one in directory_of(work, versions)]
    now, id_ = iso_instant(work.now), uuid7(work.now)
    composition = _composition(work, bodies, now)
    own = f"urn:uuid:{composition['id']}"
    return {
        "resourceType": "Bundle",
        "id": id_,
        "identifier": {"system": URN, "value": f"urn:uuid:{id_}"},
        "type": "document",
        "timestamp": now,
        "entry": [
            {"fullUrl": own, "resource": composition},
            *(
                {"fullUrl": f"{base}/{body['resourceType']}/{body['id']}", "resource": body}
                for body in (*bodies, *directory)
            ),
        ],
    }


def _composition(work: ReadWork, bodies: Sequence[Body], now: str) -> dict[str, Any]:
    patient = bodies[0]
    keeper = patient.get("managingOrganization")
    author = {"reference": f"Practitioner/{work.actor.practitioner_id}"}
    if not work.actor.practitioner_id:
        author = keeper or {"display": work.actor.display}
    body: dict[str, Any] = {
        "resourceType": "Composition",
        "id": uuid7(work.now),
        "status": "final",
        "type": {"coding": [{"system": LOINC, "code": SUMMARY}], "text": "健康档案摘要"},
        "subject": {"reference": f"Patient/{patient['id']}", "display": name_of(patient)},
        "date": now,
        "author": [{**author, "display": work.actor.display}],
        "title": f"{name_of(patient)}的健康档案",
    }
    if keeper:
        body["custodian"] = keeper
    if sections := list(_sections(bodies)):
        body["section"] = sections
    return body


def _sections(bodies: Sequence[Body]) -> Iterator[dict[str, Any]]:
    """The sections in which something stands."""
    for code, title, kinds in _SECTIONS:
        found = [body for body in bodies if _belongs(body, kinds)]
        if found:
            yield {
                "title": title,
                "code": {"coding": [{"system": LOINC, "code": code}], "text": title},
                "text": {"status": "generated", "div": _narrative(found)},
                "entry": [{"reference": f"{b['resourceType']}/{b['id']}"} for b in found],
            }


def _belongs(body: Body, kinds: Mapping[str, str]) -> bool:
    category = kinds.get(body["resourceType"])
    if category is None:
        return False
    told = body.get("category", ())
    found = {code for one in told if isinstance(one, dict) for code in codes_of(one)}
    return category in ("", *found)


def _narrative(bodies: Iterable[Body]) -> str:
    lines = "".join(f"<li>{escape(_line(body), quote=False)}</li>" for body in bodies)
    return f'<div xmlns="{_XHTML}"><ul>{lines}</ul></div>'


_NAMED_BY: Final = (
    "code", "medicationCodeableConcept", "vaccineCode", "relationship", "description",
)  # fmt: skip


def _line(body: Body) -> str:
    """What a resource is called, in one line."""
    for name in _NAMED_BY:
        value = body.get(name)
        text = words(value) if isinstance(value, dict) else str(value or "")
        if text:
            return text
    return UNNAMED
