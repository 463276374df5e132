"""The visit at the hospital: an Encounter from arrival to outcome, and the appointment's status."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kernel.clock import iso_instant
from kernel.fhir.store import Draft
from kernel.work import ReadWork
from records.api import derived_id, load_all
from referral.states import Event, State
from referral.task import Facts, Moved, facts_of, request_id_of

Body = Mapping[str, Any]
Resource = dict[str, Any]
ACT_CODE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_APPOINTMENTS: Final = {
    Event.ARRIVE: "arrived",
    Event.EMERGENCY_OVERRIDE: "arrived",
    Event.NO_SHOW: "noshow",
    Event.CANCEL: "cancelled",
    Event.START: "fulfilled",
}
"""Appointment.status after a move (referral.md §7)."""
_DONE: Final = frozenset({State.FEEDBACK_SENT, State.BACK_OFFERED})


def visit_drafts(work: ReadWork, body: Body, move: Moved) -> Iterator[Draft]:
    """The Encounter and the Appointment as a move leaves them; a slot follows its appointment."""
    facts, request_id = facts_of(body), request_id_of(body)
    id_ = derived_id(request_id, "visit")
    if move.target is State.ARRIVED:
        yield Draft(_arrived(body, facts, move, id_), id_)
    elif move.target is State.IN_CARE or move.target in _DONE or move.event is Event.TRANSFER:
        stored = load_all(work, "Encounter", [id_]).get(id_)
        changed = stored and _gone_on(stored, move)
        if changed and changed != stored:
            yield Draft(changed, id_)
    status = _APPOINTMENTS.get(move.event)
    known = load_all(work, "Appointment", [facts.appointment_id]).get(facts.appointment_id)
    if status and known and known["status"] != status:
        yield Draft({**known, "status": status}, known["id"])


def _arrived(body: Body, facts: Facts, move: Moved, id_: str) -> Resource:
    emergency = move.event is Event.EMERGENCY_OVERRIDE or facts.urgency == "emergency"
    visit: Resource = {
        "resourceType": "Encounter",
        "id": id_,
        "status": "arrived",
        "class": {"system": ACT_CODE, "code": "EMER" if emergency else "AMB"},
        "type": [{"text": "转诊就诊"}],
        "subject": dict(body["for"]),
        "basedOn": [dict(body["focus"])],
        "period": {"start": iso_instant(move.at)},
        "serviceProvider": {"reference": f"Organization/{facts.hospital_id}"},
    }
    if facts.appointment_id:
        visit["appointment"] = [{"reference": f"Appointment/{facts.appointment_id}"}]
    return visit


def _gone_on(stored: Body, move: Moved) -> Resource:
    if move.target is State.IN_CARE:
        return {**stored, "status": "in-progress"}
    end = iso_instant(move.at)
    return {**stored, "status": "finished", "period": {**stored["period"], "end": end}}
