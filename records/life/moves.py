"""Moving a file to another institution of the city (迁移): one side asks, the other one answers.

On acceptance the whole file follows the Patient: the Patient names the new institution and the new
responsible doctor, the residence interval at the old one ends on the day on which that at the new
one begins, open programmes and planned tasks are given to the new doctor, and the old institution
sees the person no longer. The record number stays. Domain: health-record.md §13.4.
"""

from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import select

from kernel.clock import iso_instant
from kernel.errors import conflict, forbidden, not_found, unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, ResourceSaved, read, save_all
from kernel.fhir.store.heads import find_head
from kernel.ids import uuid7
from kernel.security.directory import OrganisationKind, kernel_organisation
from kernel.security.policy import sees_organisation, sight
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.life.handover import Handover, hand_over, move_household, people_of
from records.life.provenance import who
from records.life.services import (
    File,
    check_reason,
    get_file,
    organisation_reference,
    refuse_head,
)
from records.life.staff import get_doctor
from records.life.states import ACTIVE, CLOSED, DEAD, TRANSFERRING, refuse_step, with_state
from records.life.tasks import (
    CANCELLED,
    MOVE_IN,
    MOVE_OUT,
    REJECTED,
    REQUESTED,
    Home,
    Move,
    is_move,
    move_of,
    records_move,
    task_of,
)
from records.life.territory import list_committees
from records.life.widening import across
from records.reading import name_of

_SAME = _("档案已由这家机构管理，请选择另一家机构。")
_NOT_KEEPER = _("请选择社区卫生服务站或中心作为迁入机构。")
_PENDING = _("这份档案已有一个待确认的迁移申请，请先等对方答复或撤销。")
_ANSWERED = _("这个迁移申请已经答复或撤销，不能再办理。")
_OTHER_SIDE = _("迁移由没有提出申请的一方确认或退回；提出申请的一方可以撤销。")
_NOT_THERE = _("请选择迁入机构服务的居（村）委会。")
_NO_ADDRESS = _("请填写新的现住址。")
_TWINS = _("迁移申请由双方共同记录，请在“档案迁移”页办理。")

MOVABLE: Final = (CLOSED - {DEAD}) | {ACTIVE}
"""States from which a file may be asked for; a closed one is opened again by the move."""


class Asked(NamedTuple):
    """What is asked for: to which institution, why, with the household, under which doctor."""

    to_id: str
    reason: str
    household: bool = False
    doctor_id: str = ""
    home: Home = Home()


def request_move(work: Work, patient_id: str, asked: Asked, *, id: str | None = None) -> str:
    """Ask that another institution keeps a person's file; returns the id of the move.

    Whoever sees the file asks to give it away (申请迁出); whoever works at the other institution
    asks to get it (申请迁入) and names the new responsible doctor. Raises Refused: 404, 409
    (state, or a request that waits), 422 (the field's name is the expression).
    """
    check_reason(asked.reason)
    _check_receiver(work, asked.to_id)
    keeper = _keeper_of(work, patient_id)
    kind = MOVE_OUT if _works_for(work, keeper) else MOVE_IN
    if kind == MOVE_IN and not _works_for(work, asked.to_id):
        raise not_found(f"Patient/{patient_id}")
    if keeper == asked.to_id:
        raise unprocessable(_SAME, "to_id")
    _check_home(work, asked.to_id, asked.home)
    if kind == MOVE_IN or asked.doctor_id:
        get_doctor(work, asked.to_id, asked.doctor_id, "doctor_id")
    wide = across(work, keeper, asked.to_id)
    file = get_file(wide, patient_id)
    _check_movable(wide, file, asked.household)
    move = _asked(wide, file, kind, asked, id or uuid7(work.now))
    drafts = _new_tasks(wide, move)
    if kind == MOVE_OUT and file.state == ACTIVE:
        body = with_state(file.body, TRANSFERRING)
        drafts.append(Draft(body, patient_id, expect=file.version))
    save_all(wide, drafts)
    return move.id


def _check_receiver(work: ReadWork, to_id: str) -> None:
    table = kernel_organisation.c
    kind = work.connection.scalar(
        select(table.kind).where(table.source_id == to_id, table.active.is_(True))
    )
    if kind not in (OrganisationKind.STATION, OrganisationKind.CENTRE):
        raise unprocessable(_NOT_KEEPER, "to_id")


def _check_home(work: ReadWork, to_id: str, home: Home) -> None:
    committees = {one.code for one in list_committees(work, to_id)}
    if home.committee and home.committee not in committees:
        raise unprocessable(_NOT_THERE, "committee")
    if home.committee and not home.address:
        raise unprocessable(_NO_ADDRESS, "address")


def _keeper_of(work: ReadWork, patient_id: str) -> str:
    """The institution that keeps a file, whoever asks."""
    head = find_head(work, "Patient", patient_id)
    if head is None or head.deleted or head.organisation_id is None:
        raise not_found(f"Patient/{patient_id}")
    return head.organisation_id


def _works_for(work: ReadWork, organisation_id: str) -> bool:
    return sees_organisation(sight(work.actor, work.registry.specs["Patient"]), organisation_id)


def _check_movable(work: ReadWork, file: File, household: bool) -> None:
    if file.state == TRANSFERRING or pending_move(work, file.id):
        raise conflict(_PENDING, "state")
    if file.state not in MOVABLE:
        refuse_step()
    if not household:
        refuse_head(work, file.id)


def pending_move(work: ReadWork, patient_id: str) -> str | None:
    """The id of the request that waits for an answer about a person, or None."""
    table = records_move.c
    found = select(table.move_id).where(table.patient_id == patient_id, table.status == REQUESTED)
    return work.connection.scalar(found.limit(1))


def _asked(work: ReadWork, file: File, kind: str, asked: Asked, id_: str) -> Move:
    return Move(
        id=id_,
        kind=kind,
        status=REQUESTED,
        patient_id=file.id,
        from_id=_keeper_of(work, file.id),
        to_id=asked.to_id,
        reason=asked.reason,
        name=name_of(file.body),
        sex=file.body.get("gender", ""),
        born=file.body.get("birthDate", ""),
        household=asked.household,
        people=len(people_of(work, file.id, asked.household)),
        doctor_id=asked.doctor_id,
        asked_by=who(work),
        asked_at=iso_instant(work.now),
        committee=asked.home.committee,
        address=asked.home.address,
    )


def _new_tasks(work: ReadWork, move: Move) -> list[Draft]:
    return [
        Draft(task_of(move, owner, now=work.now), f"{move.id}-{side}", fresh=True)
        for side, owner in (("from", move.from_id), ("to", move.to_id))
    ]


def get_move(work: ReadWork, move_id: str) -> Move:
    """A move of which the actor's institution is a side. Raises Refused (404)."""
    found = find_move(work, move_id)
    if found is None:
        raise not_found(f"move {move_id}")
    return found


def find_move(work: ReadWork, move_id: str) -> Move | None:
    """A move of which the actor's institution is a side, or None."""
    spec = work.registry.specs["Task"]
    for source_id, owner in _sides(work, move_id):
        if sees_organisation(sight(work.actor, spec), owner):
            return move_of(json.loads(read(work, spec, source_id).body))
    return None


def _sides(work: ReadWork, move_id: str) -> list[tuple[str, str]]:
    """The Tasks of a move: id and institution."""
    table = records_move.c
    found = work.connection.execute(
        select(table.source_id, table.organisation_id)
        .where(table.move_id == move_id)
        .order_by(table.source_id)
    )
    return [(row[0], row[1]) for row in found]


def answers(work: ReadWork, move: Move) -> bool:
    """Whether the actor may accept or reject: he works for the side that did not ask.

    Who works for both (a centre's manager) answers what somebody else asked.
    """
    if work.actor.user_id and who(work) == dict(move.asked_by):
        return False
    return _works_for(work, move.answering_id)


def asks(work: ReadWork, move: Move) -> bool:
    """Whether the actor may take the request back: he works for the side that asked."""
    return _works_for(work, move.asking_id)


class Answer(NamedTuple):
    """What an acceptance settles: the doctor, the first day (None: today), where they live now."""

    doctor_id: str = ""
    on: date | None = None
    home: Home = Home()


NO_ANSWER: Final = Answer()
"""Everything as it was asked, from today on."""


def accept_move(work: Work, move_id: str, answer: Answer = NO_ANSWER) -> Move:
    """Take over, or give away, what the other side asked for (同意迁移); the move as it is then.

    A responsible doctor is needed unless the request names one; what the answer leaves empty is
    taken from the request. Raises Refused: 403, 404, 409, 422.
    """
    move = _waiting(work, move_id)
    if not answers(work, move):
        raise forbidden(_OTHER_SIDE)
    doctor = get_doctor(work, move.to_id, answer.doctor_id or move.doctor_id, "doctor_id")
    home = answer.home if any(answer.home) else Home(move.committee, move.address)
    _check_home(work, move.to_id, home)
    wide = across(work, move.from_id, move.to_id)
    to = organisation_reference(wide, move.to_id)
    handover = Handover(move.from_id, to, doctor, answer.on or work.today, move.reason, home)
    if not move.household:
        refuse_head(wide, move.patient_id)
    people = people_of(wide, move.patient_id, move.household)
    move_household(wide, move.patient_id, handover, whole=move.household)
    done = move.settled(doctor.id, home)
    save_all(wide, _tasks(wide, done))
    for patient_id in people:
        hand_over(wide, patient_id, handover)
    return done


def _waiting(work: ReadWork, move_id: str) -> Move:
    move = get_move(work, move_id)
    if move.status != REQUESTED:
        raise conflict(_ANSWERED, "status")
    return move


def _tasks(work: ReadWork, move: Move) -> list[Draft]:
    """Both sides' Tasks as the move stands now."""
    drafts = []
    for source_id, owner in _sides(work, move.id):
        version = read(work, work.registry.specs["Task"], source_id)
        body = task_of(move, owner, now=work.now)
        drafts.append(Draft(body, source_id, expect=version.version))
    return drafts


def reject_move(work: Work, move_id: str, *, reason: str) -> Move:
    """Send a request back (退回) with a reason. Raises Refused: 403, 404, 409, 422."""
    move = _waiting(work, move_id)
    if not answers(work, move):
        raise forbidden(_OTHER_SIDE)
    return _ended(work, move.answered(REJECTED, reason), reason)


def cancel_move(work: Work, move_id: str, *, reason: str) -> Move:
    """Take the own request back (撤销) with a reason. Raises Refused: 403, 404, 409, 422."""
    move = _waiting(work, move_id)
    if not asks(work, move):
        raise forbidden(_OTHER_SIDE)
    return _ended(work, move.answered(CANCELLED, reason), reason)


def _ended(work: Work, move: Move, reason: str) -> Move:
    check_reason(reason)
    wide = across(work, move.from_id, move.to_id)
    drafts = _tasks(wide, move)
    file = get_file(wide, move.patient_id)
    if file.state == TRANSFERRING:
        drafts.append(Draft(with_state(file.body, ACTIVE), file.id, expect=file.version))
    save_all(wide, drafts)
    return move


def keep_twins(work: Work, event: ResourceSaved) -> None:
    """A Task was saved: both sides of a move stand alike. Raises Refused (422)."""
    if not is_move(event.body):
        return
    table = records_move.c
    statuses = work.connection.execute(
        select(table.status, table.organisation_id).where(table.move_id == move_of(event.body).id)
    ).all()
    if len(statuses) != 2 or len({row.status for row in statuses}) != 1:
        raise unprocessable(_TWINS, "Task.status")
