"""What happens to the Task of a referral while it is saved: the move is judged and stamped.

It runs on the write path (`kernel.declare.module.Stamp`), so a page, a hospital's system, a job and
an import are judged by the same table, and a state that nothing explains is never stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from kernel.clock import Instant, iso_instant, local_date
from kernel.errors import Issue, Refused, conflict, forbidden
from kernel.messages import _
from kernel.security.actor import Reach
from kernel.work import ReadWork, Work
from records.api import derived_id, doctor_of, id_of, load_all, records_file
from referral.codes import DEPARTMENT, EVENT, FOLLOW_UP, RECEIVER, REFERRAL, TASK_STATUS
from referral.limits import Step
from referral.moving.asking import Asked, allowed, asked_move
from referral.moving.deadlines import due_at, expected_until, limited
from referral.moving.freezing import joins_persons
from referral.moving.needs import (
    Said,
    back_to,
    has_letter,
    reason_of,
    refuse_incomplete,
    text_of,
)
from referral.moving.owners import owner_reference
from referral.outcome.judging import judged_outcome
from referral.parameters import APPROVAL_NEEDED
from referral.request import Request, is_referral, offers_back, request_of
from referral.states import Event, Move, Side, State, find_moves
from referral.task import (
    Facts,
    Moved,
    appointment_of,
    business_status,
    department_of,
    facts_of,
    instant,
    is_settled,
    kind_of,
    moves_of,
    receiver_of,
    request_id_of,
    since,
    state_of,
    submitted_at,
    with_facts,
    with_moves,
    with_outputs_of,
    with_reference,
    without_appointments,
)

Body = Mapping[str, Any]
Resource = dict[str, Any]
_FOREIGN: Final = _("只能办理转诊的任务")
_SERVER: Final = _("转诊的任务由系统随转诊申请（ServiceRequest）建立，请保存转诊申请")
_OUTCOME: Final = _("转诊结果请在转诊随访（referral-followup 任务）中记录")
_BACK: Final = _("不能接回的，转诊回到提出转回之前的状态")
_KEPT: Final = ("intent", "code", "focus", "authoredOn", "requester", "basedOn", "partOf")
"""Elements of the Task that never change."""


class _Case(NamedTuple):
    """A referral as it was before the save, and all that the save is about."""

    before: Body
    body: Body
    request: Request
    facts: Facts
    moves: list[Moved]
    appointment: Body | None
    joined: bool = False


def stamped(work: Work, before: Body | None, body: Body, batch: Sequence[Body]) -> Body:
    """The Task with its move judged and told. Raises Refused: 403, 409, 422 (see `asked_move`)."""
    kind = kind_of(before) or kind_of(body)
    if kind != REFERRAL:
        if work.actor.reach is Reach.GRANTS:
            raise forbidden(_FOREIGN, "Task.code")
        if kind != FOLLOW_UP:
            return body
        joined = before is not None and joins_persons(before, body, batch, at="for")
        return judged_outcome(work, before, body, joined=joined)
    request = _request(work, body, batch)
    if before is None or kind_of(before) != REFERRAL:
        return _created(work, body, request)
    case = _case(work, before, body, batch, request)
    if work.actor.elevated and facts_of(body) != case.facts and not _asks(case):
        return _shown(work, body, facts_of(body), case.moves)
    asked = asked_move(work.actor, before, case.body, case.facts)
    return _kept(work, case) if asked is None else _moved(work, case, asked)


def _asks(case: _Case) -> bool:
    return state_of(case.before) is not state_of(case.body)


def _request(work: ReadWork, body: Body, batch: Sequence[Body]) -> Request:
    """The ServiceRequest that a Task is about, as it is saved together with it or stored."""
    id_ = request_id_of(body)
    found: Body | None = next(
        (one for one in batch if one["resourceType"] == "ServiceRequest" and one["id"] == id_), None
    )
    found = found or load_all(work, "ServiceRequest", [id_]).get(id_)
    if not is_referral(found) or found is None:
        text = "Task.focus names the ServiceRequest of a referral"
        raise Refused(422, [Issue("required", text, "Task.focus")])
    return request_of(found)


def _case(
    work: ReadWork, before: Body, body: Body, batch: Sequence[Body], request: Request
) -> _Case:
    facts = facts_of(before)
    named = appointment_of(body)
    stored = load_all(work, "Appointment", [named]).get(named) if named else None
    sent = (one for one in batch if one["resourceType"] == "Appointment" and one["id"] == named)
    joined = joins_persons(before, body, batch, at="for")
    whole = with_outputs_of(before, body)
    return _Case(before, whole, request, facts, moves_of(before), next(sent, stored), joined)


def _facts(request: Request, facts: Facts) -> Facts:
    """The facts with what the ServiceRequest says; the receiver may have changed since.

    Who asks is the community's doctor, of a hospital's own offer the hospital's.
    """
    back = offers_back(request)
    return replace(
        facts,
        direction=request.direction,
        urgency=request.urgency,
        disease=request.disease,
        programme=request.programme,
        community_id=facts.community_id or request.community_id,
        doctor_id=facts.doctor_id or ("" if back else request.doctor_id),
        taker_id=facts.taker_id or (request.doctor_id if back else ""),
        hospital_id=request.hospital_id,
        department_id=request.department_id,
        requisition=request.requisition,
        first_contact=request.first_contact,
    )


def _created(work: Work, body: Body, request: Request) -> Body:
    """A new referral: a draft, sent at once, or offered by a hospital."""
    if body["id"] != derived_id(request.id, "task"):
        raise Refused(422, [Issue("business-rule", _SERVER, "Task.id")])
    facts = _facts(request, Facts(doctor_id=_family_doctor(work, request)))
    target = _sent(work, state_of(body) or State.DRAFT)
    event = next(
        (one.event for one in find_moves(None, target)),
        Event.SUBMIT,
    )
    asked = allowed(work.actor, find_moves(None, target), facts, about=(None, target, event))
    # The Task begins now, whatever the clock of whoever wrote the request says (inv-1).
    begun = {**body, "authoredOn": iso_instant(work.now)}
    return _moved(work, _Case({}, begun, request, facts, [], None), asked)


def _family_doctor(work: ReadWork, request: Request) -> str:
    """The doctor of whom a hospital offers back by itself: he answers for it; else empty."""
    if not offers_back(request):
        return ""
    file = records_file.c
    statement = select(file.doctor_id).where(file.source_id == request.patient_id)
    return work.connection.scalar(statement) or ""


def _sent(work: ReadWork, target: State) -> State:
    """What is submitted waits for the head of the station first, where that is agreed (§5)."""
    needed = target is State.SUBMITTED and APPROVAL_NEEDED.on(work.today)
    return State.PENDING_APPROVAL if needed else target


def _kept(work: Work, case: _Case) -> Body:
    """A Task that asks for no move: what is the server's stays, a draft follows its request."""
    facts = case.facts
    if state_of(case.before) is State.DRAFT:
        facts = _facts(case.request, facts)
    return _shown(work, {**case.body, **_unchanging(case)}, facts, case.moves)


def _unchanging(case: _Case) -> Resource:
    kept = _KEPT if case.joined else (*_KEPT, "for")
    return {name: case.before[name] for name in kept if name in case.before}


def _moved(work: Work, case: _Case, asked: Asked) -> Body:
    """The Task after a move that may be made. Raises Refused (409, 422)."""
    move = asked.move
    if move.event is Event.SUBMIT and move.source is State.DRAFT:
        target = _sent(work, State.SUBMITTED)
        move = next(one for one in find_moves(move.source, target, Event.SUBMIT))
    if move.event in (Event.ACKNOWLEDGE, Event.CLOSE_WITHOUT_LETTER):
        letter = has_letter(case.body, case.moves)
        event = Event.ACKNOWLEDGE if letter else Event.CLOSE_WITHOUT_LETTER
        move = replace(move, event=event)
    if move.event is Event.DECLINE_BACK:
        offered = next(one for one in reversed(case.moves) if one.event is Event.OFFER_BACK)
        if move.target is not back_to(offered.source):
            raise conflict(_BACK, "Task.businessStatus", "business-rule")
    if move.event is Event.FOLLOW_UP and not work.actor.elevated:
        raise Refused(422, [Issue("business-rule", _OUTCOME, "Task.businessStatus")])
    case = case._replace(body=_own_words(case, move))
    refuse_incomplete(work, move, Said(case.before, case.body, case.facts, case.appointment))
    told = Moved(
        event=move.event,
        source=move.source,
        target=move.target,
        at=work.now,
        side=asked.side,
        version=int(case.body["meta"]["versionId"]),
        by=doctor_of(work),
        organisation_id=work.actor.organisation_id,
        reason=reason_of(move, case.body),
        text=text_of(case.body),
    )
    moves = [*case.moves, told]
    facts = _after(work, case, told, moves)
    body = {**case.body, **_unchanging(case), "businessStatus": business_status(move.target)}
    if told.event in (Event.REDIRECT, Event.TRANSFER):
        # Somebody else has booked nothing yet, and has not named a department.
        body = with_reference(without_appointments(body), RECEIVER, "")
        body = with_reference(body, DEPARTMENT, "")
    return _shown(work, body, facts, moves)


def _own_words(case: _Case, move: Move) -> Resource:
    """The Task without the reason of the move before, which a client sends back unchanged.

    Only the same move twice may say the same again; what was asked is no answer.
    """
    said, last = case.body.get("statusReason"), case.moves[-1].event if case.moves else None
    old = said is not None and said == case.before.get("statusReason") and last is not move.event
    return {k: v for k, v in case.body.items() if not (old and k == "statusReason")}


def _after(work: ReadWork, case: _Case, told: Moved, moves: Sequence[Moved]) -> Facts:
    """The facts after a move."""
    facts, body = case.facts, case.body
    if told.source in (None, State.DRAFT, State.PENDING_APPROVAL):
        facts = _facts(case.request, facts)
    if told.event in (Event.REDIRECT, Event.TRANSFER):
        other, department = receiver_of(body) or facts.hospital_id, department_of(body)
        stays = other == facts.hospital_id
        facts = replace(
            facts,
            hospital_id=other,
            department_id=department if stays or department != facts.department_id else "",
            taker_id=facts.taker_id if stays else "",
            appointment_id="",
            appointment_at=0,
        )
    facts = _persons(work, facts, told, body)
    if told.event is Event.ACCEPT:
        facts = replace(facts, department_id=department_of(body) or facts.department_id)
    if told.event in (Event.BOOK, Event.REBOOK):
        start = instant((case.appointment or {}).get("start"))
        facts = replace(facts, appointment_id=appointment_of(body), appointment_at=start)
    if told.event is Event.ESCALATE:
        return replace(facts, escalated_at=work.now)
    if told.event in (Event.CLAIM, Event.SEND_OUTCOME) and told.source is told.target:
        return facts
    return _limits(body, replace(facts, escalated_at=0), told, moves)


def _persons(work: ReadWork, facts: Facts, told: Moved, body: Body) -> Facts:
    """Who it is now: whoever accepts or claims it, on his side."""
    if told.event not in (Event.ACCEPT, Event.CLAIM, Event.ACCEPT_BACK):
        return facts
    person = id_of(body.get("owner"), "Practitioner") or work.actor.practitioner_id or ""
    if told.event is Event.ACCEPT and person == facts.doctor_id:
        person = work.actor.practitioner_id or ""
    if told.side is Side.HOSPITAL:
        return replace(facts, taker_id=person)
    return replace(facts, doctor_id=person)


def _limits(body: Body, facts: Facts, told: Moved, moves: Sequence[Moved]) -> Facts:
    """The limits that figures compare with: of the answer and of the outcome that is returned."""
    day = local_date(submitted_at(moves) or told.at)
    if told.target is State.SUBMITTED and not facts.answer_due_at:
        return replace(facts, answer_due_at=limited(Step.ANSWER, facts, told.at, on=day))
    if told.target in (State.ARRIVED, State.IN_CARE) and told.event is not Event.DECLINE_BACK:
        begin = max(told.at, expected_until(body))
        return replace(facts, feedback_due_at=limited(Step.RETURN, facts, begin, on=day))
    return facts


def _shown(work: Work, body: Body, facts: Facts, moves: Sequence[Moved]) -> Body:
    """The Task with all that the server says in it, from its facts and moves alone."""
    state = moves[-1].target
    begun, sent, settled = since(moves), submitted_at(moves), is_settled(moves)
    due = due_at(state, facts, since=begun, submitted=sent, until=expected_until(body))
    if state is State.SUBMITTED and facts.escalated_at:
        due = limited(Step.EXPIRE, facts, begun, on=local_date(sent))
    facts = replace(facts, look_at=0 if settled else _look_at(state, facts, begun, due, sent))
    kept = [one for one in body.get("extension", ()) if one.get("url") != EVENT]
    body = {
        **with_moves(with_facts({**body, "extension": kept}, facts), moves),
        "status": TASK_STATUS[state],
        "businessStatus": business_status(state),
        "lastModified": iso_instant(moves[-1].at),
        "restriction": {"period": _period(begun, 0 if settled else due)},
    }
    owner = None if settled else owner_reference(work, state, facts)
    if owner is None:
        body.pop("owner", None)
    else:
        body["owner"] = owner
    return body


def _look_at(state: State, facts: Facts, begun: Instant, due: Instant, sent: Instant) -> Instant:
    """When the clock has to look at it next: at its deadline, unless that was told already.

    What nobody answers is told before its limit (an emergency after 15 minutes), and expires later.
    """
    if state is State.SUBMITTED and not facts.escalated_at:
        return limited(Step.ESCALATE, facts, begun, on=local_date(sent))
    again = state in (State.SUBMITTED, State.SCHEDULED)
    return due if again or not facts.escalated_at else 0


def _period(begin: Instant, due: Instant) -> Resource:
    """From when to when; what was overdue as it began has no beginning (per-1)."""
    end = {"end": iso_instant(due)} if due else {}
    return end if 0 < due < begin else {"start": iso_instant(begin), **end}
