"""Whether a form that is sent again finds what it did the first time."""

from kernel.work import ReadWork
from records.api import id_of, load_all
from referral.moving.services import get_task
from referral.task import facts_of


def has_slot(work: ReadWork, request_id: str, slot_id: str) -> bool:
    """Whether the appointment of a referral is the one in this slot. Raises Refused (404)."""
    id_ = facts_of(get_task(work, request_id)[0]).appointment_id
    made = load_all(work, "Appointment", [id_]).get(id_, {})
    return slot_id in [id_of(one, "Slot") for one in made.get("slot", ())]
