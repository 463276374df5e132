"""From a letter to its resources: Composition, MedicationRequests, documents. Pure."""

import base64
import hashlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from kernel.canonical import ICD10_NATIONAL
from kernel.fhir.store import Draft
from kernel.messages import CLAUSES, Message, _, joined
from records.api import (
    FREQUENCIES,
    FREQUENCY_SYSTEM,
    day_of,
    derived_id,
    find_diagnosis,
    loinc,
    narrative,
)
from referral.codes import DISCHARGE, EPISODE, FOLLOW_UP_ON, HOSPITAL_NUMBER
from referral.letters.letter import ATTACHED, DRUGS, PARTS, Drug, File, Letter

Resource = dict[str, Any]
_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
_THERAPY: Final = "http://terminology.hl7.org/CodeSystem/medicationrequest-course-of-therapy"
_UNTIL: Final = _("至 %(day)s")
TITLES: Final = {DISCHARGE: _("双向转诊（回转）单"), EPISODE: _("诊疗反馈")}


class Written(NamedTuple):
    """By whom a letter is written, when, and about which referral and person.

    `doctor` and `hospital` are References with their names, `at` a FHIR dateTime.
    """

    id: str
    request_id: str
    patient: Resource
    doctor: Resource
    hospital: Resource
    at: str


def letter_drafts(letter: Letter, by: Written) -> list[Draft]:
    """The Composition first, then what it names."""
    drugs = [(derived_id(by.id, f"drug-{n}"), one) for n, one in enumerate(letter.drugs, 1)]
    files = [(derived_id(by.id, f"file-{n}"), one) for n, one in enumerate(letter.files, 1)]
    drafts = [Draft(composition(letter, by), by.id, fresh=True)]
    drafts += [Draft(medication(one, by), id_, fresh=True) for id_, one in drugs]
    for id_, one in files:
        binary = derived_id(id_, "bytes")
        drafts.append(Draft(_document(one, by, letter, binary), id_, fresh=True))
        drafts.append(Draft(_binary(one, by), binary, fresh=True))
    return drafts


def composition(letter: Letter, by: Written) -> Resource:
    """The letter itself (LOINC 18842-5 with an offer to take the person back, else 34133-9)."""
    type_ = DISCHARGE if letter.indication else EPISODE
    subject = dict(by.patient)
    if letter.number:
        subject["identifier"] = {
            "system": HOSPITAL_NUMBER,
            "value": letter.number,
            "assigner": by.hospital,
        }
    body: Resource = {
        "resourceType": "Composition",
        "status": "final",
        "type": loinc(type_, str(TITLES[type_])),
        "subject": subject,
        "date": by.at,
        "author": [by.doctor, by.hospital],
        "title": str(TITLES[type_]),
        "custodian": by.hospital,
        "event": [{"detail": [{"reference": f"ServiceRequest/{by.request_id}"}]}],
        "section": list(_sections(letter, by)),
    }
    if letter.codes:
        body["contained"] = [
            {
                "resourceType": "Condition",
                "id": f"dx{number}",
                "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]},
                "code": diagnosis(code),
                "subject": by.patient,
            }
            for number, code in enumerate(letter.codes, 1)
        ]
    if letter.follow_up_on:
        body["extension"] = [{"url": FOLLOW_UP_ON, "valueDate": letter.follow_up_on.isoformat()}]
    return body


def diagnosis(code: str) -> Resource:
    """An ICD-10 code as a CodeableConcept, with its name where our list has it."""
    known = find_diagnosis(code)
    if known is not None:
        return known.concept()
    return {"coding": [{"system": ICD10_NATIONAL, "code": code}], "text": code}


def _sections(letter: Letter, by: Written) -> Iterator[Resource]:
    for key, (code, title) in PARTS.items():
        text = letter.texts.get(key, "")
        if not text and not (key == "diagnosis" and letter.codes):
            continue
        section = _section(code, title, text)
        if key == "diagnosis" and letter.codes:
            named = range(1, len(letter.codes) + 1)
            section["entry"] = [{"reference": f"#dx{number}"} for number in named]
        yield section
    if letter.drugs:
        text = "\n".join(f"{one.name}　{dosage_text(one)}" for one in letter.drugs)
        entries = [f"MedicationRequest/{derived_id(by.id, f'drug-{n}')}" for n in _count(letter)]
        yield {**_section(*DRUGS, text), "entry": [{"reference": one} for one in entries]}
    if letter.files:
        text = "\n".join(one.name for one in letter.files)
        numbers = range(1, len(letter.files) + 1)
        entries = [f"DocumentReference/{derived_id(by.id, f'file-{n}')}" for n in numbers]
        yield {**_section(*ATTACHED, text), "entry": [{"reference": one} for one in entries]}


def _count(letter: Letter) -> range:
    return range(1, len(letter.drugs) + 1)


def _section(code: str, title: str, text: str) -> Resource:
    section: Resource = {"title": str(title), "code": loinc(code, str(title))}
    return {**section, "text": narrative(text)} if text else section


def dosage_text(drug: Drug) -> str:
    """How a drug is taken, in words: 每次5mg，每日1次，至 2026-12-31."""
    until = Message(_UNTIL, day=drug.until.isoformat()) if drug.until else _("长期")
    each = Message(_("每次%(dose)s"), dose=drug.dose)
    return joined((each, drug.frequency_title, until), by=CLAUSES)


def medication(drug: Drug, by: Written) -> Resource:
    """A drug to go on with; its last day is in the bounds of the dosage and of the supply."""
    title, times, period, unit = FREQUENCIES[drug.frequency]
    begin = by.at[: len("2026-01-01")]
    bounds: Resource = {"start": begin}
    if drug.until:
        bounds["end"] = drug.until.isoformat()
    repeat: Resource = {"boundsPeriod": bounds}
    if period:
        repeat |= {"frequency": times, "period": period, "periodUnit": unit}
    rhythm = {"system": FREQUENCY_SYSTEM, "code": drug.frequency, "display": title}
    body: Resource = {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "category": [{"coding": [{"system": _CATEGORY, "code": "discharge"}]}],
        "medicationCodeableConcept": {"text": drug.name},
        "subject": by.patient,
        "authoredOn": by.at,
        "requester": by.doctor,
        "basedOn": [{"reference": f"ServiceRequest/{by.request_id}"}],
        "dosageInstruction": [
            {
                "text": str(dosage_text(drug)),
                "patientInstruction": drug.dose,
                "timing": {"repeat": repeat, "code": {"coding": [rhythm], "text": title}},
            }
        ],
        "dispenseRequest": {"validityPeriod": bounds},
    }
    if drug.until is None:
        coding = {"system": _THERAPY, "code": "continuous"}
        body["courseOfTherapyType"] = {"coding": [coding], "text": "长期"}
    return body


def drug_of(body: Resource) -> Drug:
    """The drug of a MedicationRequest, ours or another system's."""
    dosage: Resource = next(iter(body.get("dosageInstruction", ())), {})
    coded = dosage.get("timing", {}).get("code", {})
    codes = [one.get("code", "") for one in coded.get("coding", ())]
    frequency = next((one for one in codes if one in FREQUENCIES), "")
    supply = body.get("dispenseRequest", {}).get("validityPeriod", {})
    repeated = dosage.get("timing", {}).get("repeat", {}).get("boundsPeriod", {})
    end = supply.get("end") or repeated.get("end")
    return Drug(
        str(body.get("medicationCodeableConcept", {}).get("text", "")),
        str(dosage.get("patientInstruction", "") or dosage.get("text", "")),
        frequency or str(coded.get("text", "")),
        day_of(end),
    )


def _document(file: File, by: Written, letter: Letter, binary: str) -> Resource:
    type_ = DISCHARGE if letter.indication else EPISODE
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": loinc(type_, str(TITLES[type_])),
        "subject": by.patient,
        "date": by.at,
        "author": [by.doctor],
        "custodian": by.hospital,
        "content": [
            {
                "attachment": {
                    "contentType": file.kind,
                    "url": f"Binary/{binary}",
                    "size": len(file.content),
                    "hash": base64.b64encode(_digest(file.content)).decode(),
                    "title": file.name,
                    "creation": by.at,
                }
            }
        ],
        "context": {"related": [{"reference": f"ServiceRequest/{by.request_id}"}]},
    }


def _digest(content: bytes) -> bytes:
    """SHA-1, as Attachment.hash is defined (R4 2.24.0.5); it names, it does not protect."""
    return hashlib.sha1(content, usedforsecurity=False).digest()


def _binary(file: File, by: Written) -> Resource:
    return {
        "resourceType": "Binary",
        "contentType": file.kind,
        "securityContext": {"reference": by.patient["reference"]},
        "data": base64.b64encode(file.content).decode(),
    }
