"""The page 档案迁移: what others ask of us, what we ask of others, and the answers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import func, select
from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.canonical import HEALTH_RECORD_NUMBER
from kernel.fhir import json
from kernel.fhir.search.extract import identifier_key
from kernel.fhir.store import read
from kernel.security.policy import ALL, sight
from kernel.values.names import normalise_text
from kernel.web.acting import Wrong, attempt, day_in
from kernel.web.exports import export
from kernel.web.filters import write_sex
from kernel.web.i18n import _
from kernel.web.listing import PORTION
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import MOST_ROWS, Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.identifiers import holders
from records.life.moves import (
    Answer,
    Asked,
    accept_move,
    cancel_move,
    get_move,
    reject_move,
    request_move,
)
from records.life.permissions import EXPORT, KEEP, MOVES
from records.life.staff import list_doctors
from records.life.tasks import REQUESTED, Home, Move, move_of, records_move
from records.life.territory import list_committees
from records.life.views import institutions, move_view
from records.life.widening import looking_up
from records.reading import name_of
from records.residents.queries import load_all

PAGES = Pages()
_MOST = 100
_HEADINGS = (
    _("姓名"), _("性别"), _("出生日期"), _("类别"), _("原机构"), _("新机构"), _("人数"),
    _("申请人"), _("申请日期"), _("申请原因"), _("状态"), _("答复"),
)  # fmt: skip
_NOT_FOUND = _("全市没有姓名和号码都相符的档案。请核对证件号码或档案编号；没有建过档的请新建档案。")
_BOTH = _("请填写姓名，以及证件号码或 17 位档案编号。")


@PAGES.reads("/moves", permission=MOVES)
def moves(visit: Visit, work: ReadWork) -> Response:
    """Requests that wait for us, requests of ours, and what was answered lately."""
    return _list(visit, work, FormState())


def _list(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    visit.subject = "Task"
    listed = list(list_moves(work, most=_MOST + 1))
    found = [move_view(visit, work, one) for one in listed[:_MOST]]
    waiting = [row for row in found if row["waits"]]
    return page(
        visit,
        "moves/list.html",
        http_status=422 if export_state.errors else 200,
        inbox=[row for row in waiting if row["may_answer"] or not row["may_cancel"]],
        outbox=[row for row in waiting if row["may_cancel"] and not row["may_answer"]],
        answered=[row for row in found if not row["waits"]],
        more_than=_MOST if len(listed) > _MOST else 0,
        may_keep=work.actor.may(KEEP),
        may_export=work.actor.may(EXPORT),
        export_state=export_state,
    )


@PAGES.reads("/moves/export", permission=EXPORT, post=True, action=Action.EXPORT)
def export_moves(visit: Visit, work: ReadWork) -> Response:
    """The moves as an Excel file, for a reason that is recorded."""
    visit.subject = "Task"
    return export(
        visit,
        work,
        title=_("档案迁移"),
        headings=_HEADINGS,
        rows=_cells(visit, work),
        file="moves",
        again=lambda state: _list(visit, work, state),
    )


def _cells(visit: Visit, work: ReadWork) -> Iterator[Sequence[Cell]]:
    for one in list_moves(work, most=MOST_ROWS):
        row = move_view(visit, work, one)
        yield (
            row["name"],
            write_sex(row["sex"], visit.language),
            row["birth_date"],
            visit.translate(row["title"]),
            row["from_name"],
            row["to_name"],
            row["people"],
            row["asked_by"],
            row["asked_on"],
            row["reason"],
            visit.translate(row["status"]),
            row["answer"],
        )


def list_moves(work: ReadWork, *, most: int) -> Iterator[Move]:
    """The moves of the institutions that the actor works for, each once.

    What waits for an answer comes first, else the latest.
    """
    table = records_move.c
    statement = (
        select(func.min(table.source_id))
        .group_by(table.move_id)
        .order_by((func.max(table.status) == REQUESTED).desc(), table.move_id.desc())
    )
    if sight(work.actor, work.registry.specs["Task"]) != ALL:
        statement = statement.where(table.organisation_id.in_(work.actor.organisations))
    sides = work.connection.scalars(statement.limit(most)).all()
    for begin in range(0, len(sides), PORTION):
        part = sides[begin : begin + PORTION]
        tasks = load_all(work, "Task", part)
        yield from (move_of(tasks[id_]) for id_ in part if id_ in tasks)


def count_waiting(work: ReadWork) -> int:
    """How many requests of others wait for an answer of the actor's institutions."""
    table = records_move.c
    statement = select(func.count(func.distinct(table.move_id))).where(
        table.status == REQUESTED,
        table.organisation_id.in_(work.actor.organisations),
        _answering(table),
    )
    return int(work.connection.scalar(statement) or 0)


def _answering(table: Any) -> Any:
    asked_in = (table.kind == "1") & (table.from_id == table.organisation_id)
    return asked_in | ((table.kind == "2") & (table.to_id == table.organisation_id))


@PAGES.reads("/moves/new", permission=KEEP)
def new_move(visit: Visit, work: ReadWork) -> Response:
    """Ask for a file that another institution keeps."""
    return _new(visit, work, FormState({"household": "no"}))


def _new(visit: Visit, work: ReadWork, state: FormState) -> Response:
    mine = [pair for pair in institutions(visit, work) if pair[0] in work.actor.organisations]
    to_id = state.value("to_id") or (mine[0][0] if len(mine) == 1 else "")
    doctors = [
        (one.id, one.name) for id_, _name in mine for one in list_doctors(work, id_)
        if to_id in ("", id_)
    ]  # fmt: skip
    return page(
        visit,
        "moves/new.html",
        http_status=422 if state.errors else 200,
        state=FormState({**state.values, "to_id": to_id}, state.errors),
        institutions=mine,
        doctors=doctors,
    )


@PAGES.alone("/moves/new", permission=KEEP, post=True)
def ask_for(visit: Visit) -> Response:
    """Ask the institution that keeps the file of the person with this name and number."""

    def act(work: Work) -> Response:
        patient_id = _sought(visit, work)
        asked = Asked(
            visit.field("to_id"),
            visit.field("reason"),
            visit.field("household") == "yes",
            visit.field("doctor_id"),
        )
        return see_other(
            visit, f"/moves/{request_move(work, patient_id, asked)}", flash="move-asked"
        )

    return attempt(
        visit, act, lambda work, state: _new(visit, work, state),
        fields=frozenset({"name", "number", "to_id", "doctor_id", "reason", "household"}),
        resource_type="Task",
    )  # fmt: skip


def _sought(visit: Visit, work: Work) -> str:
    """The id of the person with this name and number anywhere in the city. Raises Wrong.

    Only who knows both learns that there is such a file, and where it is kept.
    """
    name, number = visit.field("name"), visit.field("number")
    if not name or not number:
        raise Wrong({"name" if not name else "number": visit.translate(_BOTH)})
    visit.detail["query"] = {"name": name, "number": number}
    for id_ in _numbered(work, number):
        wide = looking_up(work)
        body = json.loads(read(wide, work.registry.specs["Patient"], id_).body)
        if normalise_text(name_of(body)) == normalise_text(name):
            return id_
        work.touched.discard(id_)
    raise Wrong({"number": visit.translate(_NOT_FOUND)})


def _numbered(work: ReadWork, number: str) -> list[str]:
    """Patients with this number of a document or record, whoever keeps them."""
    keys = {identifier_key("", number), identifier_key(HEALTH_RECORD_NUMBER, number)}
    digests = [digest for key in sorted(keys) for digest in work.keys.blinds(key)]
    return sorted({one.id for one in holders(work, "Patient", digests)})


@PAGES.reads("/moves/{id}", permission=MOVES)
def move(visit: Visit, work: ReadWork) -> Response:
    """One request, with what is needed to answer it."""
    return _move(visit, work, FormState({"on": work.today.isoformat()}))


def _move(visit: Visit, work: ReadWork, state: FormState) -> Response:
    visit.subject = "Task"
    found = get_move(work, visit.params["id"])
    doctors = [(one.id, one.name) for one in list_doctors(work, found.to_id)]
    values = {
        "doctor_id": found.doctor_id,
        "committee": found.committee,
        "address": found.address,
        **state.values,
    }
    return page(
        visit,
        "moves/show.html",
        http_status=422 if state.errors else 200,
        move=move_view(visit, work, found),
        doctor_name=dict(doctors).get(found.doctor_id, ""),
        doctors=doctors,
        committees=[(one.code, one.name) for one in list_committees(work, found.to_id)],
        state=FormState(values, state.errors),
        may_keep=work.actor.may(KEEP),
    )


_ANSWER_FIELDS = frozenset({"doctor_id", "on", "committee", "address", "reason"})


def _answered(visit: Visit, act: Any) -> Response:
    return attempt(
        visit, act, lambda work, state: _move(visit, work, state),
        fields=_ANSWER_FIELDS, resource_type="Task",
    )  # fmt: skip


@PAGES.alone("/moves/{id}/accept", permission=KEEP, post=True)
def accept(visit: Visit) -> Response:
    """Say yes: the file goes over to the new institution."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        home = Home(visit.field("committee"), visit.field("address"))
        answer = Answer(visit.field("doctor_id"), day_in(visit, "on"), home)
        accept_move(work, id_, answer)
        return see_other(visit, f"/moves/{id_}", flash="move-accepted")

    return _answered(visit, act)


@PAGES.alone("/moves/{id}/reject", permission=KEEP, post=True)
def reject(visit: Visit) -> Response:
    """Send the request back."""
    return _ended(visit, reject_move, flash="move-rejected")


@PAGES.alone("/moves/{id}/cancel", permission=KEEP, post=True)
def cancel(visit: Visit) -> Response:
    """Take the own request back."""
    return _ended(visit, cancel_move, flash="move-cancelled")


def _ended(visit: Visit, end: Callable[..., Move], *, flash: str) -> Response:
    """A request that came to nothing, by either side, with the reason."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        end(work, id_, reason=visit.field("reason"))
        return see_other(visit, f"/moves/{id_}", flash=flash)

    return _answered(visit, act)
