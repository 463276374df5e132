"""From the Tasks of a referral to its fact tables: pure functions; what was decided is copied."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kernel.clock import Instant, local_date
from kernel.declare.module import Projection
from records.api import extension_value, id_of
from referral.codes import ERRANDS, FOLLOW_UP, INDICATED
from referral.moving.deadlines import expected_until, risk_at
from referral.moving.sides import owner_side
from referral.outcome.bodies import first_due_on, outcome_of
from referral.states import Event, Side, State
from referral.tables import referral_case, referral_errand, referral_move, referral_outcome
from referral.task import (
    Facts,
    Moved,
    facts_of,
    instant,
    is_referral_task,
    is_settled,
    kind_of,
    moves_of,
    request_id_of,
    since,
    submitted_at,
)

Body = Mapping[str, Any]
Rows = Sequence[Mapping[str, Any]]
_ANSWERS: Final = frozenset({Event.ACCEPT, Event.REJECT, Event.REQUEST_INFO, Event.REDIRECT})
_WRONG: Final = "entered-in-error"


def case_rows(body: Body) -> Rows:
    """The row of a referral, from its Task."""
    patient = id_of(body.get("for"), "Patient")
    moves = moves_of(body) if is_referral_task(body) else []
    if not moves or not patient or body.get("status") == _WRONG:
        return []
    facts, last, settled = facts_of(body), moves[-1], is_settled(moves)
    sent = submitted_at(moves)
    return [
        {
            "request_id": request_id_of(body),
            "patient_id": patient,
            "version": int(body["meta"]["versionId"]),
            "state": last.target.value,
            "direction": facts.direction,
            "urgency": facts.urgency,
            "disease": facts.disease or None,
            "community_id": facts.community_id,
            "doctor_id": facts.doctor_id or None,
            "hospital_id": facts.hospital_id or None,
            "department_id": facts.department_id or None,
            "programme": facts.programme or None,
            "requisition": facts.requisition or None,
            "first_contact": facts.first_contact or None,
            "open": not settled,
            **_owner(body, facts, last.target, settled),
            "since_at": since(moves),
            "due_at": _due(body),
            "risk_at": None if settled else _risk(body, facts, moves),
            "escalated_at": facts.escalated_at or None,
            "look_at": facts.look_at or None,
            "created_at": moves[0].at,
            "submitted_at": sent or None,
            "submitted_on": local_date(sent).isoformat() if sent else None,
            **_steps(facts, moves),
            "indicated": extension_value(body, INDICATED, "valueBoolean"),
        }
    ]


def _owner(body: Body, facts: Facts, state: State, settled: bool) -> dict[str, str | None]:
    side = None if settled else owner_side(state)
    institution = facts.hospital_id if side is Side.HOSPITAL else facts.community_id
    return {
        "owner_side": side.value if side else None,
        "owner_organisation_id": institution if side else None,
        "owner_id": id_of(body.get("owner"), "Practitioner") or None if side else None,
    }


def _due(body: Body) -> Instant | None:
    end = body.get("restriction", {}).get("period", {}).get("end")
    return instant(end) if end else None


def _risk(body: Body, facts: Facts, moves: Sequence[Moved]) -> Instant | None:
    at = risk_at(
        moves[-1].target,
        facts,
        since=since(moves),
        submitted=submitted_at(moves),
        until=expected_until(body),
    )
    return at or None


def _steps(facts: Facts, moves: Sequence[Moved]) -> dict[str, Any]:
    """When each step was taken: the last time, of an answer the first after the last submission."""
    at: dict[str, Instant] = {}
    reasons: dict[Event, str] = {}
    for one in moves:
        reasons[one.event] = one.reason
        for name, event in _COLUMNS.items():
            if one.event in event and not (name in at and name in _FIRST):
                at[name] = one.at
    submissions = [n for n, one in enumerate(moves) if one.target is State.SUBMITTED]
    first = submissions[0] if submissions else len(moves)
    answered = next((one.at for one in moves[first:] if one.event in _ANSWERS), None)
    followed = next((one.at for one in moves if one.event is Event.FOLLOW_UP), None)
    return {
        **dict.fromkeys(_COLUMNS),
        **at,
        "answered_at": answered,
        "answer_due_at": facts.answer_due_at or None,
        "feedback_due_at": facts.feedback_due_at or None,
        "appointment_at": facts.appointment_at or None,
        "appointment_id": facts.appointment_id or None,
        "reject_reason": reasons.get(Event.REJECT) or None,
        "cancel_reason": reasons.get(Event.CANCEL) or None,
        "no_shows": sum(one.event is Event.NO_SHOW for one in moves),
        "followed_up_on": local_date(followed).isoformat() if followed else None,
        "closed_without_letter": Event.CLOSE_WITHOUT_LETTER in reasons,
    }


_FIRST: Final = frozenset({"feedback_at"})
"""What a later letter does not change: the first one ended the waiting."""
_COLUMNS: Final[Mapping[str, frozenset[Event]]] = {
    "accepted_at": frozenset({Event.ACCEPT}),
    "rejected_at": frozenset({Event.REJECT}),
    "scheduled_at": frozenset({Event.BOOK, Event.REBOOK}),
    "arrived_at": frozenset({Event.ARRIVE, Event.EMERGENCY_OVERRIDE}),
    "started_at": frozenset({Event.START}),
    "feedback_at": frozenset({Event.SEND_OUTCOME}),
    "back_offered_at": frozenset({Event.OFFER_BACK}),
    "back_accepted_at": frozenset({Event.ACCEPT_BACK}),
    "back_declined_at": frozenset({Event.DECLINE_BACK}),
    "closed_at": frozenset({Event.ACKNOWLEDGE, Event.CLOSE_WITHOUT_LETTER}),
    "cancelled_at": frozenset({Event.CANCEL}),
    "expired_at": frozenset({Event.EXPIRE}),
}


def move_rows(body: Body) -> Rows:
    """The moves of a referral, numbered from 1."""
    patient = id_of(body.get("for"), "Patient")
    if not is_referral_task(body) or not patient or body.get("status") == _WRONG:
        return []
    return [
        {
            "request_id": request_id_of(body),
            "patient_id": patient,
            "number": number,
            "event": one.event.value,
            "from_state": one.source.value if one.source else None,
            "to_state": one.target.value,
            "moved_at": one.at,
            "side": one.side.value,
            "by_id": id_of(one.by, "Practitioner") or None,
            "organisation_id": one.organisation_id or None,
            "reason": one.reason or None,
            "text": one.text or None,
        }
        for number, one in enumerate(moves_of(body), start=1)
    ]


def outcome_rows(body: Body) -> Rows:
    """The row of the outcome follow-up of a referral, from its own Task."""
    patient = id_of(body.get("for"), "Patient")
    if kind_of(body) != FOLLOW_UP or not patient or body.get("status") == _WRONG:
        return []
    found = outcome_of(body)
    last = found.contacts[-1] if found.contacts else None
    return [
        {
            "request_id": found.request_id,
            "patient_id": patient,
            "requisition": found.requisition or None,
            "organisation_id": found.organisation_id,
            "doctor_id": found.doctor_id or None,
            "referred_on": found.referred_on.isoformat(),
            "first_due_on": first_due_on(found.referred_on).isoformat(),
            "due_on": found.due_on.isoformat(),
            "known": found.known,
            "finding": last.finding if last else None,
            "found_on": last.on.isoformat() if last else None,
            "first_on": found.contacts[0].on.isoformat() if last else None,
            "contacts": len(found.contacts),
        }
    ]


def errand_rows(body: Body) -> Rows:
    """The row of something told about a referral beside its own step."""
    kind, patient = kind_of(body), id_of(body.get("for"), "Patient")
    if kind not in ERRANDS or not patient or body.get("status") == _WRONG:
        return []
    facts = facts_of(body)
    return [
        {
            "request_id": request_id_of(body),
            "patient_id": patient,
            "kind": kind,
            "organisation_id": facts.community_id or facts.hospital_id or None,
            "owner_id": id_of(body.get("owner"), "Practitioner") or None,
            "due_at": _due(body),
            "open": body.get("status") == "requested",
        }
    ]


PROJECTIONS = (
    Projection("Task", referral_case, case_rows),
    Projection("Task", referral_move, move_rows),
    Projection("Task", referral_outcome, outcome_rows),
    Projection("Task", referral_errand, errand_rows),
)
