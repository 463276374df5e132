"""Putting a referral into a slot or at a time: the Appointment, and the slot that it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from kernel.clock import SHANGHAI, Instant, as_datetime
from kernel.errors import conflict
from kernel.fhir import json
from kernel.fhir.store import Draft, read
from kernel.messages import _
from kernel.work import ReadWork
from records.api import load_all
from referral.moving.proposals import HELD, TAKEN, holds_slot, proposal_id
from referral.task import instant

Body = Mapping[str, Any]
Resource = dict[str, Any]
_LENGTH: Final = timedelta(minutes=30)
"""How long a visit is reserved that was put at a time and not into a slot."""
_HOLDS: Final = frozenset({"proposed", "pending", "booked"})
"""Appointment.status of what still keeps its slot."""
_PAST: Final = _("这个号源的时间已经过去，请另选一个")


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment to be made under an id of its own: in a slot, or at a time without one."""

    id: str
    request_id: str
    patient_id: str
    department_id: str
    slot_id: str = ""
    start_at: Instant = 0


def booking_drafts(work: ReadWork, booking: Booking) -> list[Draft]:
    """The Appointment, and the slot that it takes, which is busy from then on.

    A slot that is held for the referral itself can be booked (`booked_as_proposed`).
    Raises Refused: 404 (no such slot), 409 (it is taken or its time is over).
    """
    if not booking.slot_id:
        start = as_datetime(booking.start_at).astimezone(SHANGHAI)
        return [Draft(_appointment(booking, start, start + _LENGTH), booking.id)]
    found = read(work, work.registry.specs["Slot"], booking.slot_id)
    slot: Resource = json.loads(found.body)
    held = slot["status"] == HELD and holds_slot(work, booking.request_id, booking.slot_id)
    if slot["status"] != "free" and not held:
        raise conflict(TAKEN, "slot")
    if instant(slot["start"]) <= work.now:
        raise conflict(_PAST, "slot")
    begin, end = (datetime.fromisoformat(slot[name]) for name in ("start", "end"))
    made = _appointment(booking, begin, end)
    # The version says that nobody else took it meanwhile.
    busy = Draft({**slot, "status": "busy"}, booking.slot_id, expect=found.version)
    return [Draft(made, booking.id), busy]


def given_back(work: ReadWork, appointment_id: str) -> list[Draft]:
    """An appointment that does not take place; its slot is free with it (`keep_slots`).

    Nothing of one that is not there, was missed, or took place.
    """
    made = load_all(work, "Appointment", [appointment_id]).get(appointment_id)
    if made is None or made["status"] not in _HOLDS:
        return []
    cancelled = Draft({**made, "status": "cancelled"}, appointment_id)
    return [cancelled]


def _appointment(booking: Booking, begin: datetime, end: datetime) -> Resource:
    actors = [f"Patient/{booking.patient_id}"]
    if booking.department_id:
        actors.append(f"HealthcareService/{booking.department_id}")
    made: Resource = {
        "resourceType": "Appointment",
        "id": booking.id,
        "status": "booked",
        "start": begin.isoformat(),
        "end": end.isoformat(),
        "participant": [{"actor": {"reference": one}, "status": "accepted"} for one in actors],
        "basedOn": [{"reference": f"ServiceRequest/{booking.request_id}"}],
    }
    if booking.slot_id:
        made["slot"] = [{"reference": f"Slot/{booking.slot_id}"}]
    return made


def booked_as_proposed(work: ReadWork, booking: Booking) -> Booking:
    """The booking under the id of the Appointment that the station proposed for this slot."""
    if booking.slot_id and holds_slot(work, booking.request_id, booking.slot_id):
        return replace(booking, id=proposal_id(booking.request_id))
    return booking


def booked_output(booking: Booking) -> tuple[str, str]:
    """The Task.output that names an Appointment: reference and what it is called."""
    return f"Appointment/{booking.id}", "预约"
