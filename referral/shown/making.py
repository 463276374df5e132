"""From a form that was filled in to the move, with what is saved beside it."""

from kernel.work import Work
from referral.moving.services import Step, move
from referral.office.accepting import Acceptance, accept, book
from referral.office.booking import Booking
from referral.shown.case import Shown
from referral.shown.offers import Offer
from referral.shown.typed import Typed
from referral.states import Event


def make_move(work: Work, shown: Shown, offer: Offer, typed: Typed, *, booking_id: str) -> None:
    """Make the move of a form over the version that was shown.

    An appointment is made under `booking_id`. Raises Refused: 403, 404, 409, 412, 422.
    """
    booking = _booking(shown, typed, booking_id)
    if offer.event is Event.ACCEPT:
        accept(work, Acceptance(shown.id, typed.department, booking, typed.text, shown.version))
        return
    step = Step(
        offer.event,
        offer.target,
        reason=typed.reason,
        text=typed.text,
        person=typed.person or _taker(work, offer),
        department=typed.department,
        hospital=typed.hospital,
        expected_end=typed.until.isoformat() if typed.until else "",
        indicated=typed.indicated,
    )
    if booking is not None:
        book(work, booking, step, seen=shown.version)
    else:
        move(work, shown.id, step, seen=shown.version)


def _taker(work: Work, offer: Offer) -> str:
    """Who claims a referral takes it himself."""
    return (work.actor.practitioner_id or "") if offer.event is Event.CLAIM else ""


def _booking(shown: Shown, typed: Typed, id_: str) -> Booking | None:
    if not (typed.slot or typed.start_at):
        return None
    department = typed.department or shown.facts.department_id
    return Booking(id_, shown.id, shown.request.patient_id, department, typed.slot, typed.start_at)
