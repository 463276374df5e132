"""What a slip can be filled with today: diseases, hospitals, indications, doctors."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from kernel.messages import Message, _, joined
from kernel.security.directory import OrganisationKind, load_tree
from kernel.work import ReadWork
from records.api import list_doctors, load_all, name_of, records_file
from referral.agreements.queries import Destination, list_destinations
from referral.indications.queries import checklist
from referral.office.slots import list_free_slots, slot_words
from referral.permissions import SUBMIT
from referral.request import DISEASES, GENERAL
from referral.requests.form import Choices
from referral.requests.slip import Slip
from referral.supervision.labels import disease_title

_DEPARTMENT: Final = _("%(hospital)s %(department)s")
_NOTED: Final = _("%(title)s（%(notes)s）")
_FULL: Final = _("今日已满")
_LEFT: Final = _("今天还可转 %(left)s 人")
_SLOTS: Final = 20
_NO_AGREEMENT: Final = _("%(hospital)s（未签协议）")


def disease_choices() -> list[tuple[str, str]]:
    """The keys of the indications with their titles."""
    return [(key, disease_title(key)) for key in DISEASES]


def choices_for(work: ReadWork, patient_id: str, slip: Slip) -> Choices:
    """What can be chosen for a person's slip of this direction and disease."""
    return Choices(
        diseases=disease_choices(),
        destinations=destinations(work, patient_id, slip),
        indications=indications(work, slip),
        doctors=doctors(work, slip.doctor),
        slots=slots(work, patient_id, slip),
    )


def slots(work: ReadWork, patient_id: str, slip: Slip) -> list[tuple[str, str]]:
    """The next free slots of the department that is chosen, where there is an agreement with it."""
    agreed = _agreed(work, patient_id, slip) if slip.department else []
    if slip.department not in {one.department_id for one in agreed}:
        return []
    found = list_free_slots(work, [slip.department], most=_SLOTS)
    return [(one.id, slot_words(one)) for one in found]


def indications(work: ReadWork, slip: Slip) -> list[tuple[str, str, bool]]:
    """The checklist of a disease, then that of all: code, title, whether it wants words."""
    way = "up" if slip.direction == "lateral" else slip.direction
    keys = dict.fromkeys((slip.disease, GENERAL))
    lists = (checklist(work, key, way) for key in keys)
    return [(one.code, one.title, one.needs_text) for found in lists for one in found.items]


def destinations(work: ReadWork, patient_id: str, slip: Slip) -> list[tuple[str, str]]:
    """Where a person can be referred: `hospital/department` and names, by the agreements of today.

    A hospital without an agreement is there too, at the end: an emergency goes where it is treated.
    """
    tree = load_tree(work.connection, work.today)
    agreed = _agreed(work, patient_id, slip)
    found = [
        (f"{one.hospital_id}/{one.department_id}", _named(tree.name(one.hospital_id) or "", one))
        for one in agreed
    ]
    with_agreement = {one.hospital_id for one in agreed}
    others = [
        one
        for one in tree.organisations.values()
        if one.kind is OrganisationKind.HOSPITAL and one.active and one.id not in with_agreement
    ]
    others.sort(key=lambda one: one.name)
    return [
        *found,
        *((f"{one.id}/", Message(_NO_AGREEMENT, hospital=one.name)) for one in others),
    ]


def _agreed(work: ReadWork, patient_id: str, slip: Slip) -> list[Destination]:
    return list_destinations(
        work, _keeper(work, patient_id), on=work.today, direction=slip.direction,
        disease=slip.disease,
    )  # fmt: skip


def _named(hospital: str, one: Destination) -> str:
    """What a department is called in the list, with the conditions on which it takes somebody."""
    title = Message(_DEPARTMENT, hospital=hospital, department=one.name)
    left = Message(_LEFT, left=one.capacity - one.used) if one.capacity else ""
    told = joined([one.conditions, Message(_FULL) if one.is_full else left])
    return Message(_NOTED, title=title, notes=told) if told else title


def _keeper(work: ReadWork, patient_id: str) -> str:
    """The institution that keeps a person's file: the partner of the agreements."""
    file = records_file.c
    keeper = select(file.organisation_id).where(file.source_id == patient_id)
    return str(work.connection.scalar(keeper) or work.actor.organisation_id)


def doctors(work: ReadWork, chosen: str = "") -> list[tuple[str, str]]:
    """Who can sign: the doctors of the institution, the actor, and who was chosen already."""
    found = {one.id: one.name for one in list_doctors(work)}
    actor = work.actor
    if actor.practitioner_id and actor.may(SUBMIT):
        found.setdefault(actor.practitioner_id, actor.display)
    if chosen and chosen not in found:
        found[chosen] = name_of(load_all(work, "Practitioner", [chosen]).get(chosen, {}))
    return list(found.items())


def default_doctor(work: ReadWork, of_person: Sequence[str]) -> str:
    """Who signs if nobody says otherwise: the actor, the person's own doctor, the only one."""
    if not work.actor.organisation_id:  # a machine: whoever looks after the person
        return next(filter(None, of_person), "")
    known = [id_ for id_, _name in doctors(work)]
    wanted = (work.actor.practitioner_id or "", *of_person)
    found = next((id_ for id_ in wanted if id_ in known), "")
    return found or (known[0] if len(known) == 1 else "")
