"""What is told beside a referral's own step: an escalation, a call to make, a slip that is missing.

Each is a Task of its own (`nbphs3-referral-task`) with a named owner; it is done with the next move
that takes the referral on.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from kernel.clock import Instant, iso_instant, local_date
from kernel.declare.roles import Role
from kernel.fhir.store import Draft
from kernel.work import ReadWork
from records.api import derived_id, load_all
from referral.codes import CALL_PATIENT, ESCALATION, SLIP_MISSING, TASKS
from referral.limits import Step
from referral.moving.deadlines import limited
from referral.moving.owners import find_staff
from referral.request import has_slip
from referral.states import UNSENT, Event, State
from referral.task import Facts, Moved, facts_of, moves_of, request_id_of, submitted_at, with_facts

Body = Mapping[str, Any]
Resource = dict[str, Any]
_TITLES: Final = {
    ESCALATION: "转诊超时升级",
    CALL_PATIENT: "联系未到诊的患者",
    SLIP_MISSING: "补交转诊单",
}
_HOSPITAL, _REFERRER = "office", "referrer"
_PLACES: Final = (
    (ESCALATION, _HOSPITAL), (ESCALATION, _REFERRER), (CALL_PATIENT, _REFERRER),
    (SLIP_MISSING, _REFERRER),
)  # fmt: skip


def errand_id(request_id: str, kind: str, place: str) -> str:
    """The id of an errand of a referral: one of a kind and place, opened again when needed."""
    return derived_id(request_id, f"{kind[:5]}-{place}")


def errands_after(work: ReadWork, body: Body, move: Moved) -> Iterator[Draft]:
    """The errands that a move opens, and those that it settles."""
    facts = facts_of(body)
    opened = dict(_opened(work, body, facts, move))
    yield from (Draft(one, id_) for id_, one in opened.items())
    if move.event in (Event.ESCALATE, Event.CLAIM):
        return
    request_id = request_id_of(body)
    ids = [errand_id(request_id, *one) for one in _PLACES]
    settles = (one for one in load_all(work, "Task", ids).values() if one["id"] not in opened)
    for one in settles:
        # A missing slip is settled by the slip, whatever becomes of the referral meanwhile.
        slip = one["id"] == errand_id(request_id, SLIP_MISSING, _REFERRER)
        if one["status"] == "requested" and not (slip and _lacks_slip(work, body)):
            yield Draft(
                {**one, "status": "completed", "lastModified": iso_instant(move.at)}, one["id"]
            )


def _opened(
    work: ReadWork, body: Body, facts: Facts, move: Moved
) -> Iterator[tuple[str, Resource]]:
    due = limited(Step.SUBMIT, facts, move.at, on=_day(body))
    if move.event is Event.ESCALATE:
        yield _errand(body, ESCALATION, _REFERRER, facts.doctor_id, due=due)
        if facts.hospital_id and move.source not in UNSENT:
            chief = find_staff(work, facts.hospital_id, Role.REFERRAL_COORDINATOR)
            yield _errand(body, ESCALATION, _HOSPITAL, chief, due=due)
    elif move.event is Event.NO_SHOW:
        call = limited(Step.ARRIVAL_CHECK, facts, move.at, on=_day(body))
        yield _errand(body, CALL_PATIENT, _REFERRER, facts.doctor_id, due=call)
    elif _came_first(move) and _lacks_slip(work, body) and not _is_asked(work, body):
        slip = limited(Step.SLIP, facts, move.at, on=_day(body))
        yield _errand(body, SLIP_MISSING, _REFERRER, facts.doctor_id, due=slip)


def _came_first(move: Moved) -> bool:
    """Whether a referral may have gone before its slip: told by telephone, or just come (§2)."""
    sent = move.target is State.SUBMITTED and (move.source is None or move.source in UNSENT)
    return sent or move.event is Event.EMERGENCY_OVERRIDE


def _lacks_slip(work: ReadWork, body: Body) -> bool:
    id_ = request_id_of(body)
    info = load_all(work, "ServiceRequest", [id_]).get(id_, {}).get("supportingInfo", ())
    named = {one.get("reference", "").partition("/")[0] for one in info}
    return not named & {"Composition", "DocumentReference"}


def _is_asked(work: ReadWork, body: Body) -> bool:
    """Whether the slip is asked for already, with the deadline that it has."""
    id_ = errand_id(request_id_of(body), SLIP_MISSING, _REFERRER)
    return load_all(work, "Task", [id_]).get(id_, {}).get("status") == "requested"


def settled_slip(work: ReadWork, request: Body) -> Iterator[Draft]:
    """The errand that asked for the slip, done, where a ServiceRequest has it now."""
    if not has_slip(request):
        return
    id_ = errand_id(str(request["id"]), SLIP_MISSING, _REFERRER)
    asked = load_all(work, "Task", [id_]).get(id_)
    if asked is not None and asked["status"] == "requested":
        yield Draft({**asked, "status": "completed", "lastModified": iso_instant(work.now)}, id_)


def _day(body: Body) -> date:
    moves = moves_of(body)
    return local_date(submitted_at(moves) or moves[0].at)


def _errand(body: Body, kind: str, place: str, owner: str, *, due: Instant) -> tuple[str, Resource]:
    facts, request_id = facts_of(body), request_id_of(body)
    id_ = errand_id(request_id, kind, place)
    institution = facts.hospital_id if place == _HOSPITAL else facts.community_id
    reference = f"Practitioner/{owner}" if owner else f"Organization/{institution}"
    task: Resource = {
        "resourceType": "Task",
        "id": id_,
        "status": "requested",
        "intent": "order",
        "priority": body.get("priority", "routine"),
        "code": {"coding": [{"system": TASKS, "code": kind, "display": _TITLES[kind]}]},
        "focus": dict(body["focus"]),
        "partOf": [{"reference": f"Task/{body['id']}"}],
        "for": dict(body["for"]),
        "authoredOn": iso_instant(moves_of(body)[-1].at),
        "owner": {"reference": reference},
        "restriction": {"period": {"end": iso_instant(due)}},
    }
    whose = (
        Facts(hospital_id=institution) if place == _HOSPITAL else Facts(community_id=institution)
    )
    return id_, with_facts(task, whose)
