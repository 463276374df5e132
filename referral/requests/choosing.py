"""What a slip can be filled with today: diseases, hospitals, indications, doctors."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from kernel.messages import Message, _
from kernel.security.directory import OrganisationKind, kernel_organisation
from kernel.work import ReadWork
from records.api import catalogue, list_doctors, load_all, name_of
from referral.permissions import SUBMIT
from referral.request import DISEASES
from referral.requests.form import Choices
from referral.requests.slip import Slip
from referral.supervision.labels import disease_title

_GENERAL_CODES: Final = {"up": "U", "down": "L", "lateral": "U"}
_NO_AGREEMENT: Final = _("%(hospital)s（未签协议）")


def disease_choices() -> list[tuple[str, str]]:
    """The keys of the indications with their titles."""
    return [(key, disease_title(key)) for key in DISEASES]


def choices_for(work: ReadWork, slip: Slip) -> Choices:
    """What can be chosen for a slip of this direction and disease, at the actor's institution."""
    return Choices(
        diseases=disease_choices(),
        destinations=destinations(work, slip),
        indications=indications(slip),
        doctors=doctors(work, slip.doctor),
    )


def indications(slip: Slip) -> list[tuple[str, str, bool]]:
    """The checklist of a disease, then that of all: code, title, whether it wants words."""
    concepts = catalogue.code_set("referral-indication").concepts
    way = "up" if slip.direction == "lateral" else slip.direction
    own = [one for one in concepts.values() if one.code.startswith(f"{slip.disease}-{way}-")]
    begin = _GENERAL_CODES[slip.direction]
    general = [one for one in concepts.values() if one.code[:1] == begin and one.code[1:].isdigit()]
    return [(one.code, one.title, one.needs_text) for one in (*own, *general)]


def destinations(work: ReadWork, slip: Slip) -> list[tuple[str, str]]:
    """Where a person can be referred: `hospital/department` and names.

    A hospital without an agreement is there too, at the end: an emergency goes where it is treated.
    """
    table = kernel_organisation.c
    rows = work.connection.execute(
        select(table.source_id, table.name)
        .where(table.kind == OrganisationKind.HOSPITAL.value, table.active.is_(True))
        .order_by(table.name)
    )
    return [(f"{row.source_id}/", Message(_NO_AGREEMENT, hospital=row.name)) for row in rows]


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
