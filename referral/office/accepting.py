"""Taking referrals in: one with its appointment, or several into the next free slots."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kernel.errors import Refused
from kernel.messages import Message, _, joined
from kernel.work import ReadWork, Work
from referral.moving.services import Step, get_task, move
from referral.office.booking import (
    Booking,
    booked_as_proposed,
    booked_output,
    booking_drafts,
    given_back,
)
from referral.office.queries import find_lines
from referral.office.slots import FreeSlot, find_held_slot, list_free_slots
from referral.states import STATE_TITLES, Event, State
from referral.task import facts_of

NO_SLOT = _("这个科室没有足够的空号源")
ENDED = _("已不在本院的待办中")
_OTHER_STATE = _("现在是“%(state)s”，不能接收")
_CHANGED = _("已有人办理，内容有变化，请重新选择")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A referral to be accepted into a department; with a booking it is scheduled at once.

    `seen` is the version of its Task that was shown, None where nobody looked.
    """

    request_id: str
    department_id: str
    booking: Booking | None = None
    text: str = ""
    seen: int | None = None


def accept(work: Work, acceptance: Acceptance) -> None:
    """Accept a referral, and book its appointment in the same transaction: two moves.

    Whoever accepts it takes it. Raises Refused: 404, 409, 412, 422 (`move`, `booking_drafts`).
    """
    step = Step(
        Event.ACCEPT,
        State.ACCEPTED,
        text=acceptance.text,
        person=work.actor.practitioner_id or "",
        department=acceptance.department_id,
    )
    move(work, acceptance.request_id, step, seen=acceptance.seen)
    if acceptance.booking is not None:
        book(work, acceptance.booking, Step(Event.BOOK, State.SCHEDULED))


def book(work: Work, booking: Booking, step: Step, *, seen: int | None = None) -> None:
    """Book (or, by the step's event, book anew) an appointment. Raises as `accept` does.

    The appointment that it had before gives its slot back; one that the station proposed for the
    same slot becomes the booked one.
    """
    booking = booked_as_proposed(work, booking)
    told = replace(step, outputs=(booked_output(booking),))
    before = facts_of(get_task(work, booking.request_id)[0]).appointment_id
    beside = [*booking_drafts(work, booking), *given_back(work, before)]
    move(work, booking.request_id, told, seen=seen, beside=beside)


# Several ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Planned:
    """One of several referrals: the slot that it would get, or why it cannot be accepted."""

    request_id: str
    version: int
    slot: FreeSlot | None
    fault: str = ""


def plan(work: ReadWork, chosen: Sequence[tuple[str, int]], *, department_id: str) -> list[Planned]:
    """Give these referrals (id, version shown) the next free slots of a department.

    In the order of urgency, then of what is due first; one whose station chose a slot of it has
    that one. Raises Refused (403).
    """
    seen = dict(chosen)
    lines = find_lines(work, list(seen))
    slots = iter(list_free_slots(work, [department_id], most=len(lines)))
    found = []
    for one in lines:
        fault = _fault_of(one.state, one.version, seen[one.request_id])
        slot = None
        if not fault:
            slot = find_held_slot(work, one.request_id, department_id) or next(slots, None)
            fault = "" if slot else NO_SLOT
        found.append(Planned(one.request_id, one.version, slot, fault))
    known = {one.request_id for one in lines}
    gone = (Planned(id_, version, None, ENDED) for id_, version in chosen if id_ not in known)
    return [*found, *gone]


def _fault_of(state: str, version: int, seen: int) -> str:
    """Why a referral cannot be accepted as it was shown, or empty."""
    if state != State.SUBMITTED:
        return Message(_OTHER_STATE, state=STATE_TITLES[State(state)])
    return "" if version == seen else _CHANGED


class Unaccepted(Exception):
    """Not all could be accepted, so that none was: why, by the id of the referral."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


def accept_all(work: Work, acceptances: Sequence[Acceptance]) -> None:
    """Accept several or none. Raises Unaccepted with every one that was refused."""
    faults: dict[str, str] = {}
    for one in acceptances:
        try:
            with work.connection.begin_nested():
                accept(work, one)
        except Refused as refused:
            faults[one.request_id] = _fault(refused)
    if faults:
        raise Unaccepted(faults)


def _fault(refused: Refused) -> str:
    if refused.status == 412:
        return _CHANGED
    return joined(issue.diagnostics for issue in refused.issues)
