"""What other modules may ask of referrals."""

from referral.agreements.bodies import Agreement, agreements_of, with_agreements
from referral.agreements.services import schedule_of, slot_body, slot_id
from referral.hours import add_working, working_between
from referral.letters.letter import Drug, Letter
from referral.letters.services import send_letter
from referral.moving.clock import tick
from referral.moving.services import Step, get_task, move, stepped, task_id
from referral.offers.services import Offer, Sought, offer_back
from referral.office.booking import Booking, booked_output, booking_drafts
from referral.outcome.bodies import Contact
from referral.outcome.services import record_contact
from referral.requests.services import resend, save_draft, send
from referral.requests.slip import Consented, Diagnosis, Slip
from referral.states import Event, State
from referral.task import state_of

__all__ = [
    "Agreement",
    "Booking",
    "Consented",
    "Contact",
    "Diagnosis",
    "Drug",
    "Event",
    "Letter",
    "Offer",
    "Slip",
    "Sought",
    "State",
    "Step",
    "add_working",
    "agreements_of",
    "booked_output",
    "booking_drafts",
    "get_task",
    "move",
    "offer_back",
    "record_contact",
    "resend",
    "save_draft",
    "schedule_of",
    "send",
    "send_letter",
    "slot_body",
    "slot_id",
    "state_of",
    "stepped",
    "task_id",
    "tick",
    "with_agreements",
    "working_between",
]
