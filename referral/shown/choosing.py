"""What the forms of a referral's moves choose from, and what stands in them at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kernel.clock import SHANGHAI, as_datetime
from kernel.security.directory import OrganisationKind, Tree
from kernel.work import ReadWork
from records.api import find_all, id_of, list_doctors
from referral.office.departments import list_departments
from referral.office.slots import FreeSlot, find_held_slot, list_free_slots
from referral.shown.case import Shown
from referral.shown.offers import DEPARTMENT, PERSON, RECEIVER, SLOT, Offer
from referral.states import Event, State

Choices = Sequence[tuple[str, str]]
_SLOTS: Final = 20
_MOST: Final = "500"
HOSPITAL, IN_HOSPITAL = "hospital.", "department."
"""What stands before the id of a receiver: a whole hospital, or one of its departments."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a referral's forms choose from: codes or ids with titles that are translated already."""

    departments: Choices
    receivers: Choices
    elsewhere: Choices
    slots: Sequence[FreeSlot]
    doctors: Choices

    def choices(self, event: Event, field: str) -> Choices:
        """What a field of a move offers."""
        if field == RECEIVER:
            return self.elsewhere if event is Event.TRANSFER else self.receivers
        known = {DEPARTMENT: self.departments, PERSON: self.doctors, SLOT: self.slot_choices}
        return known.get(field, ())

    @property
    def slot_choices(self) -> Choices:
        """The free slots: department and time."""
        names = dict(self.departments)
        return [(one.id, f"{_when(one)} {names[one.department_id]}") for one in self.slots]


def _when(slot: FreeSlot) -> str:
    begin, end = (as_datetime(at).astimezone(SHANGHAI) for at in (slot.start_at, slot.end_at))
    return f"{begin:%Y-%m-%d %H:%M}–{end:%H:%M}"


def asked_of_moves(work: ReadWork, tree: Tree, shown: Shown, offers: Sequence[Offer]) -> Asked:
    """What the forms of these moves choose from; only what one of them asks is read."""
    fields = {field for one in offers for field in one.fields}
    departments: Choices = ()
    if {DEPARTMENT, SLOT} & fields:
        departments = list_departments(work, shown.facts.hospital_id)
    receivers = _receivers(work, tree, shown) if RECEIVER in fields else []
    own = f"{HOSPITAL}{shown.facts.hospital_id}"
    return Asked(
        departments,
        [pair for pair, _hospital in receivers if pair[0] != own],
        [pair for pair, hospital in receivers if hospital != shown.facts.hospital_id],
        _slots(work, shown, departments) if SLOT in fields else (),
        _doctors(work, shown) if PERSON in fields else (),
    )


def _slots(work: ReadWork, shown: Shown, departments: Choices) -> list[FreeSlot]:
    """What the station chose comes first, then others of the department that is asked.

    Those of other departments follow while that is not settled.
    """
    asked = [id_ for id_, _name in departments if id_ == shown.facts.department_id]
    held = find_held_slot(work, shown.id, shown.facts.department_id) if asked else None
    found = [*([held] if held else []), *list_free_slots(work, asked, most=_SLOTS)]
    if shown.state is not State.SUBMITTED and asked:
        return found
    others = [id_ for id_, _name in departments if id_ not in asked]
    return [*found, *list_free_slots(work, others, most=_SLOTS)]


def _receivers(work: ReadWork, tree: Tree, shown: Shown) -> list[tuple[tuple[str, str], str]]:
    """Every hospital and department but the one that has it: code and title, and the hospital."""
    kind = OrganisationKind.HOSPITAL
    hospitals = [one for one in tree.organisations.values() if one.kind is kind]
    services = find_all(work, "HealthcareService", ("active", "true"), ("_count", _MOST))
    found = []
    for one in sorted(hospitals, key=lambda one: (one.id != shown.facts.hospital_id, one.id)):
        found.append(((f"{HOSPITAL}{one.id}", one.name), one.id))
        own = [s for s in services if id_of(s.get("providedBy"), "Organization") == one.id]
        found += [
            ((f"{IN_HOSPITAL}{s['id']}", f"{one.name} {s['name']}"), one.id)
            for s in sorted(own, key=lambda s: str(s["name"]))
            if s["id"] != shown.facts.department_id
        ]
    return found


def _doctors(work: ReadWork, shown: Shown) -> list[tuple[str, str]]:
    found = list_doctors(work, organisation_id=shown.facts.community_id)
    return [(one.id, one.name) for one in found]


def first_values(
    work: ReadWork, shown: Shown, offers: Sequence[Offer], asked: Asked
) -> dict[str, str]:
    """What stands in the forms before anybody has typed: the likely department, slot and doctor."""
    known = [id_ for id_, _name in asked.departments]
    department = shown.facts.department_id
    if department not in known:  # nobody guesses a department but where there is only one
        department = known[0] if len(known) == 1 else ""
    slot = next((one for one in asked.slots if one.department_id == department), None)
    doctors = [id_ for id_, _name in asked.doctors]
    likely = (shown.facts.doctor_id, work.actor.practitioner_id or "")
    first = {
        DEPARTMENT: department,
        SLOT: slot.id if slot else "",
        PERSON: next((id_ for id_ in likely if id_ in doctors), ""),
    }
    return {
        named(one.event, field): value
        for one in offers
        for field, value in first.items()
        if field in one.fields
    }


def named(event: Event, field: str) -> str:
    """The name of a field of a move's form: every move of the page has its own."""
    return f"{event.value}-{field}"
