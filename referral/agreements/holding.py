"""A slot is one referral's at a time, whoever books it: a page, a hospital's system, an import.

The Appointment is the truth; its Slot follows it (R4 12.12: busy while an appointment holds it).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from kernel.db.derived import search_reference
from kernel.errors import conflict
from kernel.fhir.store import Draft, ResourceSaved, save_all
from kernel.fhir.store.conditions import lock
from kernel.messages import _
from kernel.work import ReadWork, Work
from records.api import id_of, load_all
from referral.task import instant

Body = Mapping[str, Any]
LIVE: Final = frozenset({"proposed", "pending", "booked", "arrived", "checked-in"})
"""Appointment.status of what keeps its slot."""
_PROPOSED: Final = frozenset({"proposed", "pending"})
_TAKEN: Final = _("这个号源刚被占用，请另选一个")


def held_once(work: Work, before: Body | None, body: Body, batch: Sequence[Body]) -> Body:
    """The appointment as it is. Raises Refused (409) where another one holds its slot."""
    kept = _held(before or {})
    for slot_id in sorted(_held(body) - kept):
        # Two that book at the same moment would else not see each other's.
        lock(work, "Slot", [("_id", slot_id)])
        if any(_is_rival(one, body) for one in _holders(work, slot_id, batch)):
            raise conflict(_TAKEN, "Appointment.slot")
    return body


def _slots(body: Body) -> set[str]:
    return {id_ for one in body.get("slot", ()) if (id_ := id_of(one, "Slot"))}


def _held(body: Body) -> set[str]:
    return _slots(body) if body.get("status") in LIVE else set()


class _Holder(NamedTuple):
    """An appointment that holds a slot, and the referrals (ServiceRequest) that it is for."""

    id: str
    requests: frozenset[str]


def _holders(work: ReadWork, slot_id: str, batch: Sequence[Body]) -> Iterator[_Holder]:
    """Whose a slot is, by the index: nobody reads the other person's appointment for that."""
    sent = {one["id"]: one for one in batch if one["resourceType"] == "Appointment"}
    for id_ in _stored_holders(work, slot_id):
        if id_ not in sent:
            yield _Holder(id_, frozenset(_targets(work, id_, "basedOn")))
    for id_, one in sent.items():
        if slot_id in _held(one):
            yield _Holder(id_, _requests(one))


def _stored_holders(work: ReadWork, slot_id: str) -> Sequence[str]:
    appointment, side = work.registry.search["Appointment"].c, search_reference.c
    statement = (
        select(side.id)
        .join_from(search_reference, work.registry.search["Appointment"], appointment.id == side.id)
        .where(
            side.type == "Appointment",
            side.path == "slot",
            side.target_type == "Slot",
            side.target_id == slot_id,
            appointment.status.in_(LIVE),
        )
    )
    return work.connection.scalars(statement).all()


def _targets(work: ReadWork, id_: str, path: str) -> Sequence[str]:
    side = search_reference.c
    statement = select(side.target_id).where(
        side.type == "Appointment", side.id == id_, side.path == path
    )
    return work.connection.scalars(statement).all()


def _requests(body: Body) -> frozenset[str]:
    named = (id_of(one, "ServiceRequest") for one in body.get("basedOn", ()))
    return frozenset(id_ for id_ in named if id_)


def _is_rival(one: _Holder, body: Body) -> bool:
    """Whether it is another's: what a station proposed is booked for the same referral."""
    return one.id != body["id"] and not one.requests & _requests(body)


def keep_slots(work: Work, event: ResourceSaved) -> None:
    """A slot that an appointment holds is busy; one that it leaves, and nobody else holds, is free.

    Slots are the hospital's: what follows from an appointment is saved with the system's reach.
    """
    system, body = work.elevated(), event.body
    drafts = []
    for id_, slot in load_all(system, "Slot", _slots(body)).items():
        status = _status(work, body, slot)
        if status != slot["status"]:
            drafts.append(Draft({**slot, "status": status}, id_))
    if drafts:
        save_all(system, drafts)


def _status(work: Work, body: Body, slot: Body) -> str:
    """What Slot.status becomes; one that is over stays as it was."""
    known = str(slot["status"])
    if body["status"] in LIVE:
        proposed = body["status"] in _PROPOSED
        held = "busy-tentative" if proposed else "busy"
        return held if known == "free" or (known == "busy-tentative" and not proposed) else known
    taken = known in ("busy", "busy-tentative") and not _stored_holders(work, slot["id"])
    over = instant(slot["start"]) <= work.now
    return "free" if taken and not over else known
