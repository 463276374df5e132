"""Recording what came of a referral, and what that moves."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import bindparam, or_, select

from health.events import FollowUpRecorded
from kernel.db.prepared import Prepared
from kernel.errors import not_found
from kernel.fhir import json
from kernel.fhir.store import Draft, ResourceSaved, read, save_all
from kernel.work import ReadWork, Work
from records.api import as_day, id_of, load_all
from records.events import FileClosed, FileMoved
from referral.codes import FOLLOW_UP
from referral.due import OUTCOME, RETURNED, taken_up_in
from referral.limits import end_of_day
from referral.moving.services import Step, stepped, task_id
from referral.outcome.bodies import (
    LEFT,
    Contact,
    is_heard,
    is_known,
    outcome_id,
    outcome_of,
    with_contact,
    without_answer,
)
from referral.outcome.bodies import (
    RETURNED as CAME_BACK,
)
from referral.states import DEATH, Event, State, find_moves
from referral.tables import referral_case, referral_outcome
from referral.task import (
    facts_of,
    is_referral_task,
    is_settled,
    kind_of,
    moves_of,
    new_moves,
    request_id_of,
    state_of,
    with_facts,
)

Body = Mapping[str, Any]
_WRONG: Final = "entered-in-error"
DEAD: Final = "1"
"""Code of nbphs3-record-close-reason: 死亡."""


def get_outcome(work: ReadWork, request_id: str) -> tuple[dict[str, Any], int]:
    """The Task of a referral's outcome follow-up and its version. Raises Refused (403, 404)."""
    found = read(work, work.registry.specs["Task"], outcome_id(request_id))
    body: dict[str, Any] = json.loads(found.body)
    if kind_of(body) != FOLLOW_UP:
        raise not_found(f"Task/{outcome_id(request_id)}")
    return body, found.version


def record_contact(
    work: Work, request_id: str, contact: Contact, *, seen: int | None = None
) -> None:
    """Record what was found out about a referral. Raises Refused: 404, 412, 422."""
    body, _version = get_outcome(work, request_id)
    save_all(work, [Draft(with_contact(body, contact), str(body["id"]), expect=seen)])


def follow_outcome(work: Work, event: ResourceSaved) -> None:
    """Move the referral on when its outcome has become known (§5: from any state after submission).

    The other referrals of the same episode, such as one that was declined and sent again, have the
    same outcome.
    """
    body = event.body
    if kind_of(body) != FOLLOW_UP or body.get("status") != "completed":
        return
    found = outcome_of(body)
    system = work.elevated()
    if found.contacts and is_known(found.contacts):
        _tell_others(system, body)
    stored = load_all(system, "Task", [task_id(found.request_id)]).get(task_id(found.request_id))
    state = state_of(stored) if stored and not is_settled(moves_of(stored)) else None
    if stored and state and find_moves(state, State.FOLLOWED_UP, Event.FOLLOW_UP):
        step = Step(Event.FOLLOW_UP, State.FOLLOWED_UP, text=found.contacts[-1].text)
        save_all(system, [Draft(stepped(stored, step), str(stored["id"]))])


def _tell_others(work: Work, body: Body) -> None:
    found = outcome_of(body)
    if not found.requisition:
        return
    row = referral_outcome.c
    others = work.connection.execute(
        select(row.source_id).where(
            row.patient_id == str(body["for"]["reference"]).rpartition("/")[2],
            row.requisition == found.requisition,
            row.known.is_(False),
            row.source_id != str(body["id"]),
        )
    )
    for id_, other in load_all(work, "Task", [one.source_id for one in others]).items():
        save_all(work, [Draft(with_contact(other, found.contacts[-1]), id_)])


def hear_follow_up(work: Work, event: FollowUpRecorded) -> None:
    """Take over what a programme's form found out about a referral (chronic-disease.md §1.6).

    A regular follow-up of somebody who was sent back is the first contact after the return (§6).
    """
    if event.on is None:
        return
    if event.form != OUTCOME:
        _hear_visit(work, event, event.on)
        return
    contact = Contact(event.on, event.outcome, answer_id=event.answer_id)
    about = {row.source_id: row for row in _outcomes_of(work, event.patient_id)}
    for id_, body in load_all(work, "Task", about).items():
        row, heard = about[id_], is_heard(body, event.answer_id)
        fits = row.programme == event.programme and as_day(row.referred_on) <= event.on
        if fits and (heard or not row.known):
            save_all(work, [Draft(with_contact(body, contact), id_)])
        elif heard:  # it was corrected, and is about another programme or day now
            save_all(work, [Draft(without_answer(body, event.answer_id), id_)])


def forget_follow_up(work: Work, event: ResourceSaved) -> None:
    """Take back what an answer told about a referral that was taken back itself.

    Where nothing else is known the outcome is asked for again; the referral stays where it is.
    """
    body = event.body
    if body.get("status") != _WRONG:
        return
    patient_id = id_of(body.get("subject"), "Patient")
    ids = [str(row.source_id) for row in _outcomes_of(work, patient_id)]
    for id_, task in load_all(work, "Task", ids).items():
        if is_heard(task, event.saved.id):
            save_all(work, [Draft(without_answer(task, event.saved.id), id_)])


def _outcomes_of(work: ReadWork, patient_id: str) -> Sequence[Any]:
    """The outcome follow-ups of a person, with the programme that each referral began in."""
    case, row = referral_case.c, referral_outcome.c
    statement = (
        select(row.source_id, row.known, row.referred_on, case.programme)
        .join_from(referral_outcome, referral_case, case.request_id == row.request_id)
        .where(row.patient_id == patient_id)
    )
    return work.connection.execute(statement).all()


_case: Final = referral_case.c
_returned: Final = Prepared(
    select(_case.source_id, _case.request_id).where(
        _case.patient_id == bindparam("patient_id"),
        or_(*(_case.state == one.value for one in sorted(RETURNED))),
        _case.since_at <= bindparam("until"),
    )
)


def _hear_visit(work: Work, event: FollowUpRecorded, on: date) -> None:
    key = {"patient_id": event.patient_id, "until": end_of_day(on)}
    requests = {str(row[0]): str(row[1]) for row in _returned.rows(work.connection, key)}
    for id_, body in load_all(work, "Task", requests).items():
        if event.programme in taken_up_in(body):
            contact = Contact(on, CAME_BACK, answer_id=event.answer_id)
            record_contact(work, requests[id_], contact)


def end_with_life(work: Work, event: FileClosed) -> None:
    """Death ends everything that is open: the only thing that does (§5)."""
    if event.reason != DEAD:
        return
    system = work.elevated()
    step = Step(Event.CANCEL, State.CANCELLED, reason=DEATH)
    for body in _open_tasks(system, event.patient_id):
        save_all(system, [Draft(stepped(body, step), str(body["id"]))])
    for body in _open_outcomes(system, event.patient_id):
        contact = Contact(max(event.on, outcome_of(body).referred_on), LEFT)
        save_all(system, [Draft(with_contact(body, contact), str(body["id"]))])


def follow_death(work: Work, event: ResourceSaved) -> None:
    """Whoever cancels a referral because the person died has told its outcome (§5)."""
    body = event.body
    moves = new_moves(body) if is_referral_task(body) else []
    if not any(one.event is Event.CANCEL and one.reason == DEATH for one in moves):
        return
    id_ = outcome_id(request_id_of(body))
    stored = load_all(work.elevated(), "Task", [id_]).get(id_)
    if stored is not None and not outcome_of(stored).known:
        save_all(work.elevated(), [Draft(with_contact(stored, Contact(work.today, LEFT)), id_)])


def move_with_file(work: Work, event: FileMoved) -> None:
    """What the old station had to do about somebody is the new one's, and its doctor's."""
    system = work.elevated()
    for body in (*_open_tasks(system, event.patient_id), *_open_outcomes(system, event.patient_id)):
        facts = facts_of(body)
        doctor = event.doctor_id if facts.doctor_id else ""
        moved = replace(facts, community_id=event.to_organisation_id, doctor_id=doctor)
        owner = {"owner": {"reference": f"Practitioner/{event.doctor_id}"}}
        changed = with_facts(body, moved)
        if kind_of(body) == FOLLOW_UP:
            changed = {**changed, **owner}
        save_all(system, [Draft(changed, str(body["id"]))])


def _open_tasks(work: ReadWork, patient_id: str) -> list[Body]:
    case = referral_case.c
    rows = work.connection.execute(
        select(case.source_id).where(case.patient_id == patient_id, case.open.is_(True))
    )
    return list(load_all(work, "Task", [one.source_id for one in rows]).values())


def _open_outcomes(work: ReadWork, patient_id: str) -> list[Body]:
    row = referral_outcome.c
    rows = work.connection.execute(
        select(row.source_id).where(row.patient_id == patient_id, row.known.is_(False))
    )
    return list(load_all(work, "Task", [one.source_id for one in rows]).values())
