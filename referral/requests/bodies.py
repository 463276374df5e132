"""From a slip to its resources, and back: ServiceRequest, Composition, Consent. Pure.

The request says what lists, limits and the receiver's system need; the Composition (LOINC 57133-1)
is the slip that is read and printed; the Consent who agreed (referral.md §4, §7).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kernel.canonical import LOINC, structure_definition
from kernel.messages import Message, _
from records.api import (
    codes_of,
    day_of,
    derived_id,
    extension_value,
    find_diagnosis,
    id_of,
    narrative,
    plain,
    sections,
    words,
)
from referral.codes import (
    CATEGORY,
    DIRECTION,
    DISEASE,
    FIRST_CONTACT,
    INDICATIONS,
    PHONED_AT,
    PRIORITIES,
    PROGRAMME,
    REFERRAL,
    REQUISITION,
)
from referral.request import request_of
from referral.requests.slip import Consented, Diagnosis, Slip

Body = Mapping[str, Any]
Resource = dict[str, Any]
SLIP: Final = "57133-1"
"""LOINC: Referral note."""
IMPRESSION, REASON, HISTORY, TREATMENT = "51848-0", "10164-2", "11348-0", "62387-6"
"""LOINC of the parts that are written: assessment, present illness, past illness, interventions."""
PARTS: Final = {
    IMPRESSION: ("impression", "初步印象"),
    REASON: ("reason", "主要现病史（转出原因）"),
    HISTORY: ("history", "主要既往史"),
    TREATMENT: ("treatment", "治疗经过"),
}
TO_DOCTOR: Final = structure_definition("referral-to-doctor")
"""The doctor at the hospital whom the slip names (接诊医生), in words."""
PHONE: Final = structure_definition("referral-phone")
"""The telephone at which the referring doctor is reached (联系电话)."""
ANSWER: Final = structure_definition("referral-follow-up")
"""The follow-up (QuestionnaireResponse) that asked for the referral."""
SLOT: Final = structure_definition("referral-slot")
"""The Slot of the receiver that the doctor chose for the visit."""
INDICATION_WORDS: Final = structure_definition("referral-indication-words")
CONSENT_MANNER: Final = structure_definition("referral-consent-manner")
_SCOPE: Final = "http://terminology.hl7.org/CodeSystem/consentscope"
_AGREED: Final = _("转诊知情同意（%(how)s）")
_MANNERS: Final = {"1": "书面签字", "2": "口头同意，有见证人", "3": "电话同意"}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the slip that the record fills: its LOINC code, title, lines, their resources."""

    code: str
    title: str
    lines: tuple[str, ...]
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes a slip, where and when: References, and the local time as FHIR has it."""

    doctor: Body
    station: Body
    at: str


def slip_id(request_id: str) -> str:
    """The id of the Composition of a referral."""
    return derived_id(request_id, "slip")


def consent_id(request_id: str) -> str:
    """The id of the Consent of a referral."""
    return derived_id(request_id, "consent")


def to(type_: str, id_: str) -> Resource:
    """A Reference."""
    return {"reference": f"{type_}/{id_}"}


# The request ------------------------------------------------------------------------------------


def request_body(
    request_id: str,
    patient_id: str,
    slip: Slip,
    *,
    at: str,
    kept: Body,
    titles: Mapping[str, str],
    status: str = "draft",
) -> Resource:
    """The ServiceRequest of a slip; of `kept` (the version before) what a slip does not say.

    `titles` are those of the indications by their codes, the bureau's own among them.
    """
    named = [*([to("Organization", slip.hospital)] if slip.hospital else [])]
    named += [to("HealthcareService", slip.department)] if slip.department else []
    body: Resource = {
        **{name: kept[name] for name in ("requisition", "replaces", "basedOn") if name in kept},
        "resourceType": "ServiceRequest",
        "id": request_id,
        "extension": list(_extensions(slip, kept)),
        "status": status,
        "intent": "order",
        "category": [
            {"coding": [{"system": CATEGORY, "code": REFERRAL, "display": "双向转诊"}]},
        ],
        "priority": PRIORITIES[slip.urgency],
        "subject": to("Patient", patient_id),
        "authoredOn": kept.get("authoredOn", at),
        "requester": to("Practitioner", slip.doctor) if slip.doctor else None,
        "performer": named,
        "reasonCode": list(_reasons(slip, titles)),
        "occurrenceDateTime": slip.wished_on.isoformat() if slip.wished_on else None,
        "supportingInfo": list(_package(request_id, slip, status)),
        "note": [{"text": slip.question}] if slip.question else [],
    }
    return {name: value for name, value in body.items() if value}


def _extensions(slip: Slip, kept: Body) -> Iterator[Resource]:
    """What FHIR has no element for; the community and what others added stay."""
    ours = {
        DIRECTION: ("valueCode", slip.direction),
        DISEASE: ("valueCode", slip.disease),
        PROGRAMME: ("valueCode", slip.programme),
        FIRST_CONTACT: ("valueCode", slip.first_contact),
        PHONED_AT: ("valueDateTime", slip.phoned_at),
        TO_DOCTOR: ("valueString", slip.to_doctor),
        PHONE: ("valueString", slip.phone),
    }
    yield from (one for one in kept.get("extension", ()) if one["url"] not in {*ours, ANSWER, SLOT})
    for url, (name, value) in ours.items():
        if value:
            yield {"url": url, name: value}
    if slip.answer:
        yield {"url": ANSWER, "valueReference": to("QuestionnaireResponse", slip.answer)}
    if slip.slot:
        yield {"url": SLOT, "valueReference": to("Slot", slip.slot)}


def _reasons(slip: Slip, titles: Mapping[str, str]) -> Iterator[Resource]:
    """The indications that were ticked, the diagnoses, the impression."""
    for code in slip.indications:
        said, title = slip.words.get(code, ""), titles.get(code, code)
        coding = {"system": INDICATIONS, "code": code, "display": title}
        concept: Resource = {"coding": [coding], "text": title}
        if said:
            concept["extension"] = [{"url": INDICATION_WORDS, "valueString": said}]
        yield concept
    for one in slip.diagnoses:
        known = find_diagnosis(one.code) if one.code else None
        yield known.concept(one.name) if known else {"text": one.name}
    if not slip.diagnoses and (slip.impression or slip.reason):
        yield {"text": slip.impression or slip.reason}


def _package(request_id: str, slip: Slip, status: str) -> Iterator[Resource]:
    """What travels; half a slip only as long as it is a draft."""
    if slip.consent is not None:
        yield to("Consent", consent_id(request_id))
    if slip.is_written or (status == "draft" and slip.has_text):
        yield to("Composition", slip_id(request_id))


# The slip ---------------------------------------------------------------------------------------


def composition_body(
    request_id: str,
    patient_id: str,
    slip: Slip,
    writer: Writer,
    *,
    record: Iterable[Section],
    final: bool,
) -> Resource:
    """转出单: what was written, and what the record says beside it; signed where it is final."""
    texts = {code: getattr(slip, name) for code, (name, _title) in PARTS.items()}
    written = [
        Section(code, PARTS[code][1], tuple(text.split("\n"))) for code, text in texts.items()
    ]
    body: Resource = {
        "resourceType": "Composition",
        "id": slip_id(request_id),
        "status": "final" if final else "preliminary",
        "type": {"coding": [{"system": LOINC, "code": SLIP}], "text": "转诊记录"},
        "subject": to("Patient", patient_id),
        "date": writer.at,
        "author": [to("Practitioner", slip.doctor) if slip.doctor else dict(writer.doctor)],
        "title": "双向转诊（转出）单",
        "custodian": dict(writer.station),
        "section": [_section(one) for one in (*written, *record) if any(one.lines)],
    }
    if final:
        body["attester"] = [{"mode": "legal", "time": writer.at, "party": dict(writer.doctor)}]
    return body


def _section(one: Section) -> Resource:
    made: Resource = {
        "title": one.title,
        "code": {"coding": [{"system": LOINC, "code": one.code}], "text": one.title},
        "text": narrative("\n".join(one.lines)),
    }
    if one.references:
        made["entry"] = [{"reference": reference} for reference in dict.fromkeys(one.references)]
    return made


def consent_body(
    request_id: str, patient_id: str, consent: Consented, *, organisation_id: str
) -> Resource:
    """The Consent: to the referral, and to the hospital seeing the summary for it."""
    who: Resource = to("Patient", patient_id)
    if consent.name:
        who = {"display": consent.name}
    return {
        "resourceType": "Consent",
        "id": consent_id(request_id),
        "extension": [{"url": CONSENT_MANNER, "valueCode": consent.how}],
        "status": "active",
        "scope": {"coding": [{"system": _SCOPE, "code": "treatment"}], "text": "转诊"},
        "category": [{"coding": [{"system": LOINC, "code": "59284-0"}], "text": "转诊知情同意"}],
        "patient": to("Patient", patient_id),
        "dateTime": consent.on.isoformat(),
        "performer": [who],
        "organization": [to("Organization", organisation_id)],
        "policyRule": {"text": str(Message(_AGREED, how=_MANNERS[consent.how]))},
    }


# And back ---------------------------------------------------------------------------------------


def slip_of(request: Body, composition: Body | None, consent: Body | None) -> Slip:
    """The slip as it was written, from its resources; the last two may be missing."""
    asked = request_of(request)
    texts = dict(texts_of(composition or {}))
    if not composition:  # announced by telephone: why stands in the request alone
        texts[REASON] = next((words(one) for one in _coded(request) if not codes_of(one)), "")
    return Slip(
        direction=asked.direction,
        urgency=asked.urgency,
        disease=asked.disease,
        indications=tuple(code for one in _coded(request) for code in codes_of(one, INDICATIONS)),
        words={
            code: str(extension_value(one, INDICATION_WORDS, "valueString") or "")
            for one in _coded(request)
            for code in codes_of(one, INDICATIONS)
            if extension_value(one, INDICATION_WORDS, "valueString")
        },
        diagnoses=tuple(_diagnoses(request, frozenset(texts.values()))),
        **{name: texts.get(code, "") for code, (name, _title) in PARTS.items()},
        question="\n".join(str(one.get("text", "")) for one in request.get("note", ())),
        hospital=asked.hospital_id,
        department=asked.department_id,
        to_doctor=str(extension_value(request, TO_DOCTOR, "valueString") or ""),
        doctor=asked.doctor_id,
        phone=str(extension_value(request, PHONE, "valueString") or ""),
        first_contact=asked.first_contact,
        wished_on=day_of(request.get("occurrenceDateTime")),
        consent=_consented(consent) if consent else None,
        programme=asked.programme,
        phoned_at=str(extension_value(request, PHONED_AT, "valueDateTime") or ""),
        answer=id_of(extension_value(request, ANSWER, "valueReference"), "QuestionnaireResponse"),
        slot=id_of(extension_value(request, SLOT, "valueReference"), "Slot"),
    )


def _coded(request: Body) -> Sequence[Body]:
    found: Sequence[Body] = request.get("reasonCode", ())
    return found


def _diagnoses(request: Body, texts: frozenset[str]) -> Iterator[Diagnosis]:
    for one in _coded(request):
        if codes_of(one, INDICATIONS):
            continue
        code = next((code for code in codes_of(one) if find_diagnosis(code)), "")
        if code or words(one) not in texts:
            yield Diagnosis(words(one), code)


def texts_of(composition: Body) -> Iterator[tuple[str, str]]:
    """The sections of a slip by their LOINC code, as plain text."""
    for section in sections(composition):
        for code in codes_of(section.get("code"), LOINC):
            yield code, plain(section)


def _consented(body: Body) -> Consented | None:
    on = day_of(body.get("dateTime"))
    if on is None:
        return None
    named = next((str(one.get("display", "")) for one in body.get("performer", ())), "")
    how = str(extension_value(body, CONSENT_MANNER, "valueCode") or "1")
    return Consented("2" if named else "1", how, on, named)


def requisition_of(request: Body) -> str:
    """转诊号: the number of the episode; empty before it has one."""
    told = request.get("requisition", {})
    return str(told.get("value", "")) if told.get("system") == REQUISITION else ""
