"""Who and what a page about a referral's papers is about: the strip at its head."""

from dataclasses import dataclass
from datetime import date

from kernel.security.directory import organisation_name
from kernel.work import ReadWork
from records.api import (
    address_of,
    day_of,
    display_of,
    id_of,
    load_all,
    name_of,
    phone_of,
)
from referral.moving.services import get_request, get_task
from referral.request import Request, request_of
from referral.states import STATE_TITLES, State
from referral.task import Facts, facts_of, state_of


@dataclass(frozen=True, slots=True)
class Heading:
    """A referral's person and parties by name; empty where the reader may not see it."""

    id: str
    version: int
    state: State | None
    state_title: str
    facts: Facts
    request: Request
    patient_id: str
    name: str
    sex: str
    born_on: date | None
    phone: str
    address: str
    community: str
    hospital: str
    doctor: str


def heading_of(work: ReadWork, request_id: str) -> Heading:
    """The head of a referral's page. Raises Refused (403, 404)."""
    body, _version = get_request(work, request_id)
    task, version = get_task(work, request_id)
    facts, state, request = facts_of(task), state_of(task), request_of(body)
    patient_id = id_of(task.get("for"), "Patient")
    person = load_all(work, "Patient", [patient_id]).get(patient_id, {})
    doctor = load_all(work, "Practitioner", [facts.doctor_id]).get(facts.doctor_id, {})
    return Heading(
        id=request_id,
        version=version,
        state=state,
        state_title=STATE_TITLES[state] if state else "",
        facts=facts,
        request=request,
        patient_id=patient_id,
        name=name_of(person) if person else display_of(task.get("for")),
        sex=str(person.get("gender", "")),
        born_on=day_of(person.get("birthDate")),
        phone=phone_of(person),
        address=address_of(person),
        community=organisation_name(work.connection, facts.community_id) or "",
        hospital=organisation_name(work.connection, facts.hospital_id) or "",
        doctor=name_of(doctor) if doctor else "",
    )
