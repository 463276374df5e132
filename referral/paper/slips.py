"""What the official slips say (health-record.md §9): stub and body of 转出单 and 回转单."""

from dataclasses import dataclass
from datetime import date

from kernel.clock import local_date
from kernel.work import ReadWork
from records.api import id_of, load_all, name_of, phone_of, record_number_of
from referral.letters.heading import Heading, heading_of
from referral.letters.letter import Drug
from referral.letters.reading import Told, get_letter
from referral.moving.services import get_request, get_task
from referral.requests.bodies import slip_id, slip_of
from referral.task import moves_of, submitted_at


@dataclass(frozen=True, slots=True)
class OutSlip:
    """转出单: the stub and the body; a text that nobody wrote is empty and leaves room to write."""

    about: Heading
    record_number: str
    on: date | None
    department: str
    to_doctor: str
    doctor: str
    doctor_phone: str
    impression: str
    reason: str
    history: str
    treatment: str


@dataclass(frozen=True, slots=True)
class BackSlip:
    """回转单: the stub and the body."""

    about: Heading
    on: date | None
    number: str
    doctor: str
    doctor_phone: str
    to_doctor: str
    hospital: str
    diagnosis: str
    results: str
    course: str
    drugs: tuple[Drug, ...]
    follow_up_on: date | None


def get_out_slip(work: ReadWork, request_id: str) -> OutSlip:
    """The slip with which somebody was sent to the hospital. Raises Refused (403, 404)."""
    about = heading_of(work, request_id)
    request, _version = get_request(work, request_id)
    named = (id_of(one, "Composition") for one in request.get("supportingInfo", ()))
    composition = next(filter(None, named), slip_id(request_id))
    stored = load_all(work, "Composition", [composition]).get(composition)
    slip = slip_of(request, stored, None)
    impression = slip.impression or "；".join(one.name for one in slip.diagnoses)
    codes = " ".join(one.code for one in slip.diagnoses if one.code)
    department = load_all(work, "HealthcareService", [about.facts.department_id])
    signer = load_all(work, "Practitioner", [slip.doctor]).get(slip.doctor, {})
    person = load_all(work, "Patient", [about.patient_id]).get(about.patient_id, {})
    return OutSlip(
        about=about,
        record_number=record_number_of(person),
        on=_day(work, request_id),
        department=str(department.get(about.facts.department_id, {}).get("name", "")),
        to_doctor=slip.to_doctor,
        doctor=name_of(signer) if signer else "",
        doctor_phone=slip.phone or phone_of(signer) or _phone(work, about.facts.community_id),
        impression=f"{impression}（{codes}）" if impression and codes else impression,
        reason=slip.reason,
        history=slip.history,
        treatment=slip.treatment,
    )


def _day(work: ReadWork, request_id: str) -> date | None:
    """The day on which it was sent; a draft has none yet."""
    task, _version = get_task(work, request_id)
    at = submitted_at(moves_of(task))
    return local_date(at) if at else None


def _phone(work: ReadWork, organisation_id: str) -> str:
    body = load_all(work, "Organization", [organisation_id]).get(organisation_id, {})
    return phone_of(body)


def get_back_slip(work: ReadWork, request_id: str, letter_id: str) -> BackSlip:
    """The slip with which the hospital sends somebody back. Raises Refused (403, 404)."""
    about, told = heading_of(work, request_id), get_letter(work, request_id, letter_id)
    letter, hospital_id = told.letter, told.hospital_id or about.facts.hospital_id
    signer = load_all(work, "Practitioner", [told.author_id]).get(told.author_id, {})
    named = "；".join(told.diagnoses)
    return BackSlip(
        about=about,
        on=told.on,
        number=letter.number,
        doctor=told.author,
        doctor_phone=phone_of(signer) or _phone(work, hospital_id),
        to_doctor=about.doctor,
        hospital=told.hospital or about.hospital,
        diagnosis="\n".join(filter(None, (letter.texts.get("diagnosis", ""), named))),
        results=letter.texts.get("results", ""),
        course=_course(told),
        drugs=tuple(letter.drugs),
        follow_up_on=letter.follow_up_on,
    )


def _course(told: Told) -> str:
    """治疗经过、下一步治疗方案及康复建议, then what was pasted or written in another way."""
    keys = ("course", "next_plan", "rehabilitation", "whole")
    texts = [told.letter.texts.get(key, "") for key in keys]
    return "\n".join(filter(None, (*texts, *(text for _title, text in told.others))))
