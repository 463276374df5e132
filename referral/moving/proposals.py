"""The slot that a station chose for a referral: held until the hospital books it or lets it go.

It is an Appointment with status `proposed` beside the sent referral (referral.md §7), and its Slot
is `busy-tentative`. Clinicians write no slots: it is saved with the system's reach.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from kernel.errors import Refused, conflict, unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, read, save_all
from kernel.messages import _
from kernel.work import ReadWork, Work
from records.api import derived_id, id_of, load_all
from referral.agreements.queries import find_destination
from referral.request import request_of
from referral.states import Event, State
from referral.task import Moved, instant, request_id_of

Body = Mapping[str, Any]
Resource = dict[str, Any]
HELD: Final = "busy-tentative"
TAKEN: Final = _("这个号源刚被占用，请另选一个")
GONE: Final = _("预约号源：所选号源刚被占用或不属于所选科室，请重新选择")
_PAST: Final = _("这个号源的时间已经过去，请另选一个")
_OTHER: Final = _("这个号源不属于所选科室，请重新选择")
_NO_AGREEMENT: Final = _("与这个科室没有有效的转诊协议，不能直接预约号源")
_WAITS: Final = frozenset(
    {State.PENDING_APPROVAL, State.SUBMITTED, State.INFO_REQUESTED, State.ACCEPTED}
)
"""States in which the hospital may still book what the station chose."""
_LEAVES: Final = frozenset({Event.REDIRECT, Event.TRANSFER})
_CHANGED: Final = 412


def proposal_id(request_id: str) -> str:
    """The id of the Appointment that a station proposes for a referral."""
    return derived_id(request_id, "proposed")


def find_proposal(work: ReadWork, request_id: str) -> Body | None:
    """The Appointment that a station proposed, while nobody has booked or released it."""
    id_ = proposal_id(request_id)
    found = load_all(work, "Appointment", [id_]).get(id_)
    return found if found is not None and found["status"] == "proposed" else None


def slot_of(appointment: Body | None) -> str:
    """The id of the slot of an appointment, empty for none."""
    slots = (appointment or {}).get("slot", ())
    return next((id_ for one in slots if (id_ := id_of(one, "Slot"))), "")


def holds_slot(work: ReadWork, request_id: str, slot_id: str) -> bool:
    """Whether a slot is held for a referral."""
    return slot_of(find_proposal(work, request_id)) == slot_id


def propose(work: Work, request_id: str, slot_id: str) -> None:
    """Hold a slot for a referral that has just been sent.

    Raises Refused: 404 (no such slot), 409 (taken, or its time is over), 422 (of another
    department, or of one without an agreement).
    """
    system = work.elevated()
    request = request_of(load_all(system, "ServiceRequest", [request_id])[request_id])
    found = read(system, work.registry.specs["Slot"], slot_id)
    slot: Resource = json.loads(found.body)
    if slot["status"] != "free":
        raise conflict(TAKEN, "slot")
    if instant(slot["start"]) <= work.now:
        raise conflict(_PAST, "slot")
    if department_of_slot(system, slot) != request.department_id:
        raise unprocessable(_OTHER, "slot")
    if find_destination(system, request.community_id, request, on=work.today) is None:
        raise unprocessable(_NO_AGREEMENT, "slot")
    made = _proposed(request_id, request.patient_id, request.department_id, slot)
    held = Draft({**slot, "status": HELD}, slot_id, expect=found.version)
    try:
        save_all(system, [Draft(made, made["id"]), held])
    except Refused as refused:
        if refused.status != _CHANGED:
            raise
        raise conflict(TAKEN, "slot") from None  # somebody else took it in this very moment


def department_of_slot(work: ReadWork, slot: Body) -> str:
    """The HealthcareService that a slot belongs to, or empty."""
    schedule = id_of(slot.get("schedule"), "Schedule")
    body = load_all(work, "Schedule", [schedule]).get(schedule, {})
    actors = (id_of(one, "HealthcareService") for one in body.get("actor", ()))
    return next((id_ for id_ in actors if id_), "")


def _proposed(request_id: str, patient_id: str, department_id: str, slot: Body) -> Resource:
    actors = {f"Patient/{patient_id}": "accepted"}
    actors[f"HealthcareService/{department_id}"] = "needs-action"
    begin, end = (datetime.fromisoformat(slot[name]) for name in ("start", "end"))
    return {
        "resourceType": "Appointment",
        "id": proposal_id(request_id),
        "status": "proposed",
        "start": begin.isoformat(),
        "end": end.isoformat(),
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "participant": [
            {"actor": {"reference": one}, "status": status} for one, status in actors.items()
        ],
        "basedOn": [{"reference": f"ServiceRequest/{request_id}"}],
    }


def released_drafts(work: ReadWork, body: Body, move: Moved) -> Iterator[Draft]:
    """The proposal that a move leaves without use; its slot is free with it (`keep_slots`).

    What was booked is no proposal any more; a hospital that books another time releases it.
    """
    if move.target in _WAITS and move.event not in _LEAVES:
        return
    proposed = find_proposal(work, request_id_of(body))
    if proposed is not None:
        yield Draft({**proposed, "status": "cancelled"}, str(proposed["id"]))
