"""A household has another address: which members move along, and what becomes of theirs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kernel.errors import unprocessable
from kernel.fhir import json
from kernel.fhir.search.run import load
from kernel.fhir.store import Draft
from kernel.fhir.store.references import Target
from kernel.messages import _
from kernel.work import ReadWork, Work
from records.households.details import Details, details_of
from records.households.group import Body, Member, active_members, address_element, head_of
from records.life.homes import rehomed, same_home
from records.life.intervals import check_day
from records.life.states import OPEN, state_of
from records.reading import address_of

NOT_ALONG: Final = _("请只选择住在原家庭地址、档案由本机构管理的在册成员。")
_DOOR: Final = ("building", "unit", "room")


@dataclass(frozen=True, slots=True)
class Resident:
    """A member whose file the actor keeps: the Patient's id, version and body."""

    id: str
    version: int
    body: Any


@dataclass(frozen=True, slots=True)
class Living:
    """Where the members of a household live.

    `address` is the household's in words, that of its head where it has none of its own. `together`
    are at the household's address, or nobody told where; `apart` live elsewhere, or
    their file is closed; of those `kept_elsewhere` another institution keeps the file.
    """

    address: str
    together: Sequence[Resident]
    apart: Sequence[Resident]
    kept_elsewhere: Sequence[Member]


@dataclass(frozen=True, slots=True)
class Along:
    """Which members move along (ids of Patients) with a household, and from which day on."""

    patient_ids: Sequence[str] = ()
    on: date | None = None


NOBODY: Final = Along()
"""The household's address alone is another."""


def living_in(work: ReadWork, body: Body) -> Living:
    """Where the present members live, in the order of the Group."""
    members = active_members(body)
    targets = [Target("Patient", one.patient_id) for one in members]
    seen = {
        one.id: Resident(one.id, one.version, json.loads(one.body)) for one in load(work, targets)
    }
    head = head_of(body)
    of_head = seen.get(head.patient_id) if head else None
    address = details_of(body).address or (address_of(of_head.body) if of_head else "")
    here = [seen[one.patient_id] for one in members if one.patient_id in seen]
    together = [one for one in here if _lives_at(address, one.body)]
    return Living(
        address,
        together,
        [one for one in here if one not in together],
        [one for one in members if one.patient_id not in seen],
    )


def _lives_at(address: str, person: Body) -> bool:
    if state_of(person) not in OPEN:
        return False
    home = address_of(person)
    return not home or same_home(home, address)


def is_another_home(address: str, before: Details, after: Details) -> bool:
    """Whether a household lives somewhere else than before, at `address` in words.

    Either the address in words means another home, or building, unit or room are others than were
    told. What was not told before only says the same place more exactly, and a committee or a grid
    that was drawn anew moves nobody.
    """
    if not after.address:
        return False
    if not same_home(address, after.address):
        return True
    told = [name for name in _DOOR if before.place.get(name)]
    return any(after.place.get(name, before.place[name]) != before.place[name] for name in told)


def moved_along(work: Work, before: Body, after: Body, along: Along) -> Iterator[Draft]:
    """Drafts of the members who live at the household's new address from a day on.

    Nobody moves where the household does not. Raises Refused (422; the fields are `along` and
    `moved_on`) for a member who does not live there, and for a day still to come.
    """
    living = living_in(work, before)
    if not along.patient_ids or not is_another_home(
        living.address, details_of(before), details_of(after)
    ):
        return
    on = along.on or work.today
    check_day(work, on, not_before=None, field="moved_on")
    together = {one.id: one for one in living.together}
    if not together.keys() >= set(along.patient_ids):
        raise unprocessable(NOT_ALONG, "along")
    home = address_element(after)
    for one in together.values():
        if one.id in along.patient_ids:
            yield Draft(rehomed(one.body, home, on), one.id, one.version)
