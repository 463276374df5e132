"""What follows from a move of a referral: its request, its grants, its tasks, its trail.

It is written in the transaction of the move and with the system's reach (`Work.elevated`), because
whoever accepts a patient could not write the station's own resources.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kernel.clock import iso_instant, local_date
from kernel.fhir.store import Draft, ResourceSaved, save_all
from kernel.security.policy import OFFER, SUMMARY
from kernel.work import Work
from records.api import codes_of, derived_id, load_all
from referral.codes import (
    CANCEL_REASONS,
    EVENTS,
    FOLLOW_UP,
    INDICATIONS,
    LETTER_TYPES,
    PRIORITIES,
    REFERRAL,
    REQUEST_STATUS,
    TASKS,
)
from referral.events import ReferralMoved
from referral.limits import Step
from referral.moving.back_leg import back_leg_drafts
from referral.moving.deadlines import limited
from referral.moving.errands import errands_after, settled_slip
from referral.moving.grants import end_grant, hospitals_of, open_grant
from referral.moving.messages import messages_of
from referral.moving.proposals import released_drafts
from referral.moving.visits import visit_drafts
from referral.outcome.bodies import new_outcome, outcome_id
from referral.request import Request, is_referral, offers_back, request_of
from referral.states import ENDED, EVENT_TITLES, UNSENT, Event, State
from referral.task import (
    Facts,
    Moved,
    business_status,
    facts_of,
    is_referral_task,
    kind_of,
    moves_of,
    new_moves,
    output,
    request_id_of,
    state_of,
    submitted_at,
    with_output,
)

Body = Mapping[str, Any]
Resource = dict[str, Any]
_WITHDRAWN: Final = {"text": "由申请方撤销"}
_LETTER: Final = "双向转诊（回转）单"


def keep_task(work: Work, event: ResourceSaved) -> None:
    """Keep the Task of a referral in step with a ServiceRequest that somebody saved.

    A new one becomes a draft, or is submitted where it is active; a draft that becomes active is
    submitted; one that is revoked is cancelled.
    """
    if not is_referral(event.body) or work.actor.elevated:
        return
    request = request_of(event.body)
    id_ = derived_id(request.id, "task")
    stored = load_all(work, "Task", [id_]).get(id_)
    wanted = _wanted(request, stored, event.body)
    if wanted is not None:
        save_all(work, [Draft(wanted, id_)])
    if done := list(settled_slip(work, event.body)):
        save_all(work, done)


def _wanted(request: Request, stored: Body | None, body: Body) -> Resource | None:
    """The Task as the ServiceRequest asks for it; None where it is so."""
    if stored is None and offers_back(request):
        return new_offer(request, body) if request.status == "active" else None
    target = State.SUBMITTED if request.status == "active" else State.DRAFT
    if stored is None or not is_referral_task(stored):
        return new_task(request, body, target) if request.status in ("draft", "active") else None
    state = state_of(stored)
    if request.status == "revoked" and state not in ENDED:
        reason = {"coding": [{"system": CANCEL_REASONS, "code": "9"}], **_WITHDRAWN}
        return {
            **stored,
            "businessStatus": business_status(State.CANCELLED),
            "statusReason": reason,
        }
    if state is State.DRAFT and request.status in ("draft", "active"):
        return {**stored, "businessStatus": business_status(target), **_priority(request)}
    return None


def new_task(request: Request, body: Body, target: State) -> Resource:
    """The Task of a new referral in its first state."""
    return {
        "resourceType": "Task",
        "id": derived_id(request.id, "task"),
        "status": "draft",
        "businessStatus": business_status(target),
        "intent": "order",
        **_priority(request),
        "code": {"coding": [{"system": TASKS, "code": REFERRAL, "display": "双向转诊"}]},
        "focus": {"reference": f"ServiceRequest/{request.id}"},
        "for": dict(body["subject"]),
        **({"authoredOn": body["authoredOn"]} if "authoredOn" in body else {}),
        **({"requester": dict(body["requester"])} if "requester" in body else {}),
    }


def new_offer(request: Request, body: Body) -> Resource:
    """The Task of an offer: its reason and its letters are those of the ServiceRequest.

    Its work begins when the request is active; until then it has no Task.
    """
    reasons = (one for one in body.get("reasonCode", ()) if codes_of(one, INDICATIONS))
    named = [str(one.get("reference", "")) for one in body.get("supportingInfo", ())]
    letters = [one for one in named if one.partition("/")[0] in LETTER_TYPES]
    task = new_task(request, body, State.BACK_OFFERED)
    if (reason := next(reasons, None)) is not None:
        task["statusReason"] = dict(reason)
    return with_output(task, *(output(one, _LETTER) for one in letters))


def _priority(request: Request) -> Resource:
    return {"priority": PRIORITIES[request.urgency]}


def follow_move(work: Work, event: ResourceSaved) -> None:
    """Write what follows from the moves that a version of a referral's Task made."""
    body = event.body
    if not is_referral_task(body):
        return
    system = work.elevated()
    for move in new_moves(body):
        _share(system, body, move)
        save_all(system, list(_following(system, body, move)))
        told = ReferralMoved(
            request_id_of(body), str(event.saved.patient_id), move.event, move.source, move.target
        )
        system.emit(told)


def _following(work: Work, body: Body, move: Moved) -> Iterator[Draft]:
    facts = facts_of(body)
    request_id = request_id_of(body)
    if (request := _request_draft(work, request_id, facts, move)) is not None:
        yield request
    yield Draft(_provenance(body, move), derived_id(str(body["id"]), f"move-{move.version}"))
    yield from messages_of(body, move)
    yield from visit_drafts(work, body, move)
    yield from released_drafts(work, body, move)
    yield from back_leg_drafts(work, body, move)
    yield from errands_after(work, body, move)
    if _first_sent(body, move) and not _followed_up(work, request_id):
        on = local_date(move.at)
        due = limited(Step.OUTCOME, facts, move.at, on=on)
        made = new_outcome(body, facts, on=on, due_on=local_date(due))
        yield Draft(made, made["id"])


def _followed_up(work: Work, request_id: str) -> bool:
    """Whether a referral has its outcome follow-up already."""
    id_ = outcome_id(request_id)
    return kind_of(load_all(work, "Task", [id_]).get(id_)) == FOLLOW_UP


def _first_sent(body: Body, move: Moved) -> bool:
    return submitted_at(moves_of(body)) == move.at and move.source in (None, *UNSENT)


def _request_draft(work: Work, request_id: str, facts: Facts, move: Moved) -> Draft | None:
    """The ServiceRequest where its status or its receiver has to change."""
    stored = load_all(work, "ServiceRequest", [request_id])[request_id]
    status = REQUEST_STATUS.get(move.target, "active")
    if stored["status"] == "revoked" and move.target in (State.FOLLOWED_UP, State.CLOSED):
        status = "revoked"  # what was called off was not carried out, also when it is looked after
    changed: Resource = {**stored, "status": status}
    if move.event in (Event.REDIRECT, Event.TRANSFER, Event.ACCEPT):
        named = [f"Organization/{facts.hospital_id}"]
        if facts.department_id:
            named.append(f"HealthcareService/{facts.department_id}")
        changed["performer"] = [{"reference": one} for one in named]
    return Draft(changed, request_id) if changed != stored else None


def _provenance(body: Body, move: Moved) -> Resource:
    """Who made the move, when and why (§5: every transition has one)."""
    title = str(EVENT_TITLES[move.event])
    made: Resource = {
        "resourceType": "Provenance",
        "target": [{"reference": f"Task/{body['id']}"}],
        "recorded": iso_instant(move.at),
        "activity": {
            "coding": [{"system": EVENTS, "code": move.event.value, "display": title}],
            "text": title,
        },
        "agent": [{"who": dict(move.by) or {"display": "系统"}}],
    }
    if move.organisation_id:
        made["agent"][0]["onBehalfOf"] = {"reference": f"Organization/{move.organisation_id}"}
    if body.get("statusReason") and (move.reason or move.text):
        made["reason"] = [dict(body["statusReason"])]
    return made


_SENT: Final = frozenset({State.SUBMITTED, State.BACK_OFFERED})


def _share(work: Work, body: Body, move: Moved) -> None:
    """Open the person's summary to the hospital, or set the end of that."""
    facts, request_id = facts_of(body), request_id_of(body)
    patient = str(body["for"]["reference"]).rpartition("/")[2]
    if move.event in (Event.REDIRECT, Event.TRANSFER):
        for one in hospitals_of(work, request_id):
            if one != facts.hospital_id:
                end_grant(work, request_id, hospital_id=one)
    if not facts.hospital_id:
        return
    if move.target in ENDED and move.source is not move.target:
        end_grant(work, request_id, hospital_id=facts.hospital_id)
    elif move.target in _SENT:
        # Whom a hospital offers back by itself, nobody referred: it sees the offer alone, and so
        # does the hospital that it would pass him on to.
        scope = OFFER if moves_of(body)[0].event is Event.OFFER_BACK else SUMMARY
        open_grant(work, request_id, patient_id=patient, hospital_id=facts.hospital_id, scope=scope)
