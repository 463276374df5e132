"""From a note to the resources of a visit: pure functions that write only what has changed.

An Observation, Condition or MedicationRequest that says the same as before stays as it is; what is
no longer said is marked as entered in error, never deleted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from kernel.canonical import ATC, ICD10_NATIONAL, ICD10_WHO
from kernel.fhir import json
from kernel.form_values import with_unit
from kernel.ids import uuid7
from kernel.messages import CLAUSES, Message, _, joined
from records.codes import GROUPS
from records.reading import Body, codes_of, id_of, written
from records.terminology.diagnoses import who_code
from records.visits import codes
from records.visits.contents import (
    VisitFile,
    diagnosis_of,
    find_vital,
    prescription_of,
    valid_requests,
)
from records.visits.note import (
    ARMS,
    DOSE_UNITS,
    FREQUENCIES,
    MASS_INDEX,
    ROUTES,
    TEXTS,
    VITALS,
    Diagnosis,
    Prescription,
    VisitNote,
    Vital,
    mass_index,
)

Resource = dict[str, Any]
_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/condition-category"


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, where and when: References, the local time as FHIR has it, and the instant."""

    doctor: Resource
    station: Resource
    at: str
    now: int

    def new_id(self) -> str:
        """An id for a new resource."""
        return uuid7(self.now)


@dataclass(slots=True)
class Pages:
    """The resources that a save writes, and what the Composition and the Encounter refer to."""

    changed: list[Resource]
    observations: list[str]
    conditions: list[str]
    requests: list[str]


def to(type_: str, id_: str) -> Resource:
    """A Reference."""
    return {"reference": f"{type_}/{id_}"}


def written_down(
    file: VisitFile, note: VisitNote, author: Author, problems: list[Body], *, final: bool
) -> Pages:
    """The resources beside Encounter and Composition that change when `note` is kept.

    `problems` are the resident's active Conditions of earlier visits: a diagnosis with the same
    name and code refers to that one instead of making a second. Prescriptions are drafts until the
    note is `final`.
    """
    pages = Pages([], [], [], [])
    _observations(file, note, author, pages)
    _conditions(file, note, author, pages, problems)
    _requests(file, note, author, pages, "active" if final else "draft")
    return pages


def _keep(pages: Pages, old: Body | None, new: Resource) -> None:
    """Write `new` unless it says what `old` says, digit for digit."""
    if old is None or json.dumps(old) != json.dumps(new):
        pages.changed.append(new)


# Observations ---------------------------------------------------------------------------------


def measured(file: VisitFile, note: VisitNote, author: Author) -> list[Resource]:
    """The Observations that change when only the vital signs of `note` are kept."""
    pages = Pages([], [], [], [])
    _observations(file, note, author, pages)
    return pages.changed


def _observations(file: VisitFile, note: VisitNote, author: Author, pages: Pages) -> None:
    old = {_slot(body): body for body in file.observations if _slot(body)}
    wanted = dict(_measurements(note))
    for slot, content in wanted.items():
        body = old.get(slot) or _observation(file, author)
        new = {**body, **content}
        _keep(pages, old.get(slot), new)
        pages.observations.append(str(new["id"]))
    for slot, body in old.items():
        if slot not in wanted:
            pages.changed.append({**body, "status": "entered-in-error"})


def _slot(body: Body) -> str:
    """The place of the form that an Observation fills; empty for one that it does not have."""
    vitals = find_vital(body)
    if vitals:
        return vitals[0].arm or vitals[0].key
    own = MASS_INDEX.codes[0] in codes_of(body.get("code"))
    return MASS_INDEX.key if own and body.get("status") != "entered-in-error" else ""


def _measurements(note: VisitNote) -> Iterator[tuple[str, Resource]]:
    for arm in ARMS:
        if f"{arm}_systolic" in note.vitals:
            yield arm, _pressure(note, arm)
    for vital in VITALS:
        if not vital.arm and vital.key in note.vitals:
            yield vital.key, _single(vital, note.vitals[vital.key])
    index = mass_index(note.vitals)
    if index is not None:
        yield MASS_INDEX.key, _single(MASS_INDEX, index)


def _observation(file: VisitFile, author: Author) -> Resource:
    return {
        "resourceType": "Observation",
        "id": author.new_id(),
        "status": "final",
        "subject": file.encounter["subject"],
        "encounter": to("Encounter", file.id),
        "effectiveDateTime": author.at,
        "performer": [author.doctor],
    }


def _single(vital: Vital, value: Any) -> Resource:
    concept = codes.loinc(vital.codes[0], vital.label)
    concept["coding"] += [codes.loinc(code, vital.label)["coding"][0] for code in vital.codes[1:]]
    category = codes.LABORATORY_CATEGORY if vital.laboratory else codes.VITAL_CATEGORY
    return {
        "category": [category],
        "code": concept,
        "valueQuantity": codes.quantity(value, vital.unit, vital.ucum),
    }


def _pressure(note: VisitNote, arm: str) -> Resource:
    parts = (("8480-6", "收缩压", "systolic"), ("8462-4", "舒张压", "diastolic"))
    return {
        "category": [codes.VITAL_CATEGORY],
        "code": codes.loinc("85354-9", "血压"),
        "bodySite": {
            "coding": [{"system": codes.ARM_SYSTEM, "code": codes.ARM_CODES[arm]}],
            "text": codes.ARM_TITLES[arm],
        },
        "component": [
            {
                "code": codes.loinc(code, title),
                "valueQuantity": codes.quantity(note.vitals[f"{arm}_{part}"], "mmHg", "mm[Hg]"),
            }
            for code, title, part in parts
            if f"{arm}_{part}" in note.vitals
        ],
    }


# Diagnoses ------------------------------------------------------------------------------------


def _conditions(
    file: VisitFile, note: VisitNote, author: Author, pages: Pages, problems: list[Body]
) -> None:
    own = [body for body in file.conditions if _is_own(body, file)]
    by_diagnosis = {diagnosis_of(body): body for body in [*problems, *own]}
    for diagnosis in note.diagnoses:
        body = by_diagnosis.get(diagnosis)
        if body is None:
            body = _condition(file, author, diagnosis)
            pages.changed.append(dict(body))
        pages.conditions.append(str(body["id"]))
    for body in own:
        if str(body["id"]) not in pages.conditions:
            rest = {k: v for k, v in body.items() if k != "clinicalStatus"}  # con-5
            pages.changed.append({**rest, "verificationStatus": _wrong()})


def _is_own(body: Body, file: VisitFile) -> bool:
    wrong = "entered-in-error" in codes_of(body.get("verificationStatus"))
    return id_of(body.get("encounter"), "Encounter") == file.id and not wrong


def _wrong() -> Resource:
    return {"coding": [{"system": _VERIFICATION, "code": "entered-in-error"}]}


def diagnosis_concept(diagnosis: Diagnosis) -> Resource:
    """ICD-10 with the text as it was written; the text alone where nobody coded it."""
    who = who_code(diagnosis.code) if diagnosis.code else ""
    coding = [{"system": ICD10_WHO, "code": who}] if who else []
    if diagnosis.code and diagnosis.code != who:
        national = {
            "system": ICD10_NATIONAL, "code": diagnosis.code, "display": diagnosis.name,
        }  # fmt: skip
        coding.insert(0, national)
    return {**({"coding": coding} if coding else {}), "text": diagnosis.name}


def _condition(file: VisitFile, author: Author, diagnosis: Diagnosis) -> Resource:
    lasting = any(diagnosis.code.startswith(beginnings) for beginnings, _title in GROUPS)
    kinds = [("encounter-diagnosis", "Encounter Diagnosis")]
    kinds += [("problem-list-item", "Problem List Item")] * lasting
    return {
        "resourceType": "Condition",
        "id": author.new_id(),
        "clinicalStatus": {"coding": [{"system": _CLINICAL, "code": "active"}]},
        "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": "confirmed"}]},
        "category": [
            {"coding": [{"system": _CATEGORY, "code": code, "display": display}]}
            for code, display in kinds
        ],
        "code": diagnosis_concept(diagnosis),
        "subject": file.encounter["subject"],
        "encounter": to("Encounter", file.id),
        "recordedDate": author.at,
        "recorder": author.doctor,
    }


# Prescriptions --------------------------------------------------------------------------------


def _requests(file: VisitFile, note: VisitNote, author: Author, pages: Pages, status: str) -> None:
    unused = valid_requests(file)
    for drug in note.prescriptions:
        body = next((b for b in unused if prescription_of(b).drug == drug.drug), None)
        if body is not None:
            unused.remove(body)
        new = {**(body or _request(file, author)), **_prescribed(drug), "status": status}
        _keep(pages, body, new)
        pages.requests.append(str(new["id"]))
    pages.changed += [{**body, "status": "entered-in-error"} for body in unused]


def _request(file: VisitFile, author: Author) -> Resource:
    return {
        "resourceType": "MedicationRequest",
        "id": author.new_id(),
        "status": "draft",
        "intent": "order",
        "subject": file.encounter["subject"],
        "encounter": to("Encounter", file.id),
        "authoredOn": author.at,
        "requester": author.doctor,
    }


def _prescribed(drug: Prescription) -> Resource:
    concept: Resource = {"text": drug.drug}
    if drug.code:
        coding = [{"system": ATC, "code": drug.code, "display": drug.drug}]
        concept = {"coding": coding, "text": drug.drug}
    return {"medicationCodeableConcept": concept, "dosageInstruction": [_dosage(drug)]}


def dosage_text(drug: Prescription) -> str:
    """How a drug is taken, in words: 口服，每日1次，每次5mg，共7天."""
    parts = [ROUTES.get(drug.route, ""), FREQUENCIES.get(drug.frequency, ("",))[0]]
    if drug.dose is not None:
        each = _("每次%(dose)s%(unit)s")
        parts.append(Message(each, dose=written(drug.dose), unit=drug.unit))
    if drug.days is not None:
        parts.append(Message(_("共%(n)s天"), n=drug.days))
    return joined(parts, by=CLAUSES)


def _dosage(drug: Prescription) -> Resource:
    title, times, period, unit = FREQUENCIES[drug.frequency]
    repeat: Resource = {}
    if drug.days is not None:
        repeat["boundsDuration"] = codes.quantity(drug.days, "天", "d")
    if period:
        repeat |= {"frequency": times, "period": period, "periodUnit": unit}
    elif times:
        repeat["count"] = times
    rhythm = {"system": codes.FREQUENCY_SYSTEM, "code": drug.frequency, "display": title}
    timing: Resource = {"code": {"coding": [rhythm], "text": title}}
    route = ROUTES[drug.route]
    way = {"system": codes.ROUTE_SYSTEM, "code": drug.route, "display": route}
    dosage: Resource = {
        "text": str(dosage_text(drug)),
        "timing": {**({"repeat": repeat} if repeat else {}), **timing},
        "route": {"coding": [way], "text": route},
    }
    if drug.frequency == "prn":
        dosage["asNeededBoolean"] = True
    if drug.dose is not None:
        dosage["doseAndRate"] = [{"doseQuantity": _dose(drug)}]
    return dosage


def _dose(drug: Prescription) -> Resource:
    return codes.quantity(drug.dose, drug.unit, DOSE_UNITS[drug.unit])


# The document ---------------------------------------------------------------------------------


def composition(file: VisitFile, note: VisitNote, author: Author, pages: Pages) -> Resource:
    """The note as a Composition with sections S, O, A and P (health-record.md §7)."""
    old = file.note or {"resourceType": "Composition", "id": note_id(file.id)}
    return {
        **old,
        "status": "preliminary",
        "type": codes.loinc(codes.RECEPTION, "接诊记录"),
        "subject": file.encounter["subject"],
        "encounter": to("Encounter", file.id),
        "date": author.at,
        "author": [author.doctor],
        "title": "接诊记录",
        "custodian": author.station,
        "section": list(_sections(note, pages)),
    }


def note_id(encounter_id: str) -> str:
    """The id of a visit's note: one visit has one, however often its form is sent."""
    return f"{encounter_id[:59]}-note"


def _sections(note: VisitNote, pages: Pages) -> Iterator[Resource]:
    plan = [
        _ours(code, title, getattr(note, name))
        for name, (code, title) in codes.PLAN_PARTS.items()
        if getattr(note, name)
    ]
    drugs = "\n".join(f"{one.drug}　{dosage_text(one)}" for one in note.prescriptions)
    medications = _section(
        codes.MEDICATIONS, "用药", drugs, [to("MedicationRequest", id_) for id_ in pages.requests]
    )
    measured_ = [to("Observation", id_) for id_ in pages.observations]
    found = [
        _section(codes.VITAL_SIGNS, "生命体征", vitals_text(note), measured_),
        _section(codes.FINDINGS, TEXTS["findings"][0], note.findings),
    ]
    asked = [
        _section(codes.COMPLAINT, TEXTS["complaint"][0], note.complaint),
        _section(codes.HISTORY, TEXTS["history"][0], note.history),
    ]
    conditions = [to("Condition", id_) for id_ in pages.conditions]
    yield from _filled(codes.SUBJECTIVE, "主观资料", asked)
    yield from _filled(codes.OBJECTIVE, "客观资料", found)
    if assessment := _section(codes.ASSESSMENT, "评估", note.assessment, conditions):
        yield assessment
    yield from _filled(codes.PLAN, "处置计划", [*plan, medications])


def _filled(code: str, title: str, parts: list[Resource | None]) -> Iterator[Resource]:
    there = [part for part in parts if part]
    if there:
        yield {"title": title, "code": codes.loinc(code, title), "section": there}


def _section(
    code: str, title: str, text: str, entries: list[Resource] | None = None
) -> Resource | None:
    """A section; None for one that says nothing (cmp-1)."""
    section: Resource = {"title": title, "code": codes.loinc(code, title)}
    if text:
        section["text"] = codes.narrative(text)
    if entries:
        section["entry"] = entries
    return section if text or entries else None


def _ours(code: str, title: str, text: str) -> Resource:
    coding = [{"system": codes.SECTION_SYSTEM, "code": code, "display": title}]
    return {
        "title": title,
        "code": {"coding": coding, "text": title},
        "text": codes.narrative(text),
    }


def vitals_text(note: VisitNote) -> str:
    """The vital signs in one line, with units: 血压 左 148/92 mmHg，脉率 76 次/分."""
    parts: list[str] = []
    for arm, title in (("left", _("左")), ("right", _("右"))):
        if f"{arm}_systolic" in note.vitals:
            high, low = note.vitals[f"{arm}_systolic"], note.vitals.get(f"{arm}_diastolic")
            both = f"{high:f}/{'—' if low is None else f'{low:f}'}"
            parts.append(Message(_("血压 %(arm)s %(both)s mmHg"), arm=title, both=both))
    parts += [
        _measured(vital, note.vitals[vital.key])
        for vital in VITALS
        if not vital.arm and vital.key in note.vitals
    ]
    index = mass_index(note.vitals)
    parts += [_measured(MASS_INDEX, index)] if index is not None else []
    return joined(parts, by=CLAUSES)


def _measured(vital: Vital, value: Decimal) -> str:
    number = with_unit(f"{value:f}", vital.unit)
    return Message("%(label)s %(number)s", label=vital.label, number=number)
