"""Uploaded lists: kept encrypted until somebody confirms them, taken in slice by slice, undone.

A list is uploaded, then `checked`; confirmed, it is `running` until it is `done`. What ran and must
not stay is `undoing` until it is `undone` (somebody wished it) or `failed` (something was refused).
A module says what its `kind` means and does the work; here is only what is common to all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from kernel.clock import DAY, Instant
from kernel.db.dialect import upsert
from kernel.db.tables import kernel_batch, kernel_batch_part, kernel_heading
from kernel.errors import conflict, not_found
from kernel.fhir import json
from kernel.ids import uuid7
from kernel.security.codec import seal, unseal
from kernel.work import ReadWork, Work

_OVERTAKEN = "这份名单的状态已经改变，请刷新页面后再操作"


class BatchState(StrEnum):
    """Where a list stands."""

    UPLOADED = "uploaded"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    FAILING = "failing"
    UNDONE = "undone"
    FAILED = "failed"


AT_WORK = (BatchState.RUNNING, BatchState.UNDOING, BatchState.FAILING)
"""What the job still has to go on with."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A list without its content; `total` and `done` count what the present run has to do."""

    id: str
    kind: str
    organisation_id: str
    user_id: str
    created_at: Instant
    state: BatchState
    ended_at: Instant | None
    total: int
    done: int
    name: str


_SHOWN = ("id", "kind", "organisation_id", "user_id", "created_at", "state", "ended_at", "total",
          "done", "name")  # fmt: skip


Draft = dict[str, Any]
"""An uploaded list, encrypted, as `add_batch` keeps it."""


def draft_batch(work: ReadWork, kind: str, *, name: str, payload: Any) -> Draft:
    """An uploaded list of the actor's institution, ready to be kept; `payload` is JSON.

    Encrypting takes its time, so it is done before the transaction that writes.
    """
    id_ = uuid7(work.now)
    return {
        "id": id_,
        "kind": kind,
        "organisation_id": work.actor.organisation_id,
        "user_id": work.actor.user_id,
        "created_at": work.now,
        "state": BatchState.UPLOADED.value,
        "total": 0,
        "done": 0,
        "name": _sealed(work, id_, "name", name[-200:]),
        "payload": _sealed(work, id_, "payload", payload),
    }


def add_batch(work: Work, draft: Draft) -> str:
    """Keep an uploaded list. Returns its id."""
    work.connection.execute(insert(kernel_batch).values(**draft))
    return str(draft["id"])


def get_batch(work: ReadWork, kind: str, id_: str) -> Batch:
    """A list of the actor's own institution. Raises Refused (404)."""
    found = _batches(work, kernel_batch.c.id == id_, kernel_batch.c.kind == kind, _own(work))
    if not found:
        raise not_found("the list")
    return found[0]


def list_batches(work: ReadWork, kind: str, *, limit: int = 50) -> list[Batch]:
    """The lists of the actor's own institution, the newest first."""
    return _batches(work, kernel_batch.c.kind == kind, _own(work))[:limit]


def next_at_work(work: ReadWork, kind: str) -> Batch | None:
    """The oldest list, whoever's, that a job has to go on with."""
    states = [state.value for state in AT_WORK]
    found = _batches(work, kernel_batch.c.kind == kind, kernel_batch.c.state.in_(states))
    return found[-1] if found else None


def _own(work: ReadWork) -> ColumnElement[bool]:
    return kernel_batch.c.organisation_id == work.actor.organisation_id


def _batches(work: ReadWork, *clauses: ColumnElement[bool]) -> list[Batch]:
    columns = [kernel_batch.c[name] for name in _SHOWN]
    statement = select(*columns).where(*clauses).order_by(kernel_batch.c.created_at.desc())
    return [
        Batch(
            **{
                **row,
                "state": BatchState(row["state"]),
                "name": _opened(work, row["id"], "name", row["name"]),
            }
        )
        for row in work.connection.execute(statement).mappings()
    ]


def read_part(work: ReadWork, batch: Batch, part: str) -> Any:
    """The JSON of `payload` or `report`; None where there is none."""
    column = kernel_batch.c[part]
    sealed = work.connection.scalar(select(column).where(kernel_batch.c.id == batch.id))
    return None if sealed is None else _opened(work, batch.id, part, sealed)


def sealed_part(work: ReadWork, batch: Batch, part: str, value: Any) -> bytes:
    """Other JSON for `payload` or `report`, encrypted before anything is written."""
    return _sealed(work, batch.id, part, value)


def keep_part(work: Work, batch: Batch, part: str, sealed: bytes) -> None:
    """Replace `payload` or `report` by what `sealed_part` made."""
    row = kernel_batch.c.id == batch.id
    work.connection.execute(update(kernel_batch).where(row).values({part: sealed}))


def advance(
    work: Work, batch: Batch, state: BatchState, *, total: int | None = None, done: int = 0
) -> None:
    """Put a list into another state, or further in the same one.

    Raises Refused (409) where somebody else has done so since `batch` was read.
    """
    ended = state in (BatchState.DONE, BatchState.UNDONE, BatchState.FAILED)
    same = (
        kernel_batch.c.id == batch.id,
        kernel_batch.c.state == batch.state.value,
        kernel_batch.c.done == batch.done,
    )
    values = {
        "state": state.value,
        "total": batch.total if total is None else total,
        "done": done,
        "ended_at": work.now if ended else batch.ended_at,
    }
    changed = work.connection.execute(update(kernel_batch).where(*same).values(values))
    if changed.rowcount != 1:
        raise conflict(_OVERTAKEN)


Parts = Sequence[dict[str, Any]]
"""Portions, encrypted, as `put_parts` keeps them."""


def sealed_parts(work: ReadWork, batch: Batch, contents: Iterable[Any]) -> Parts:
    """What is to be done, in portions that are each done in one go; before anything is written."""
    return [
        {
            "batch_id": batch.id,
            "number": number,
            "done": False,
            "content": _sealed(work, batch.id, f"part/{number}", content),
        }
        for number, content in enumerate(contents)
    ]


def put_parts(work: Work, parts: Parts) -> None:
    """Keep what is to be done."""
    if parts:
        work.connection.execute(insert(kernel_batch_part), list(parts))


def next_part(work: ReadWork, batch: Batch, *, done: bool) -> tuple[int, Any] | None:
    """Number and content of the first portion to be done, or of the last one that was done."""
    part = kernel_batch_part.c
    order = part.number.desc() if done else part.number
    found = work.connection.execute(
        select(part.number, part.content)
        .where(part.batch_id == batch.id, part.done.is_(done))
        .order_by(order)
        .limit(1)
    ).first()
    if found is None:
        return None
    return found.number, _opened(work, batch.id, f"part/{found.number}", found.content)


def done_parts(work: ReadWork, batch: Batch) -> Iterator[Any]:
    """What every portion that was done has created."""
    part = kernel_batch_part.c
    statement = (
        select(part.number, part.content)
        .where(part.batch_id == batch.id, part.done)
        .order_by(part.number)
    )
    for number, content in work.connection.execute(statement).all():
        yield _opened(work, batch.id, f"part/{number}", content)


def part_done(work: Work, batch: Batch, number: int, created: Any) -> None:
    """A portion was done: keep what it has created in its place."""
    content = _sealed(work, batch.id, f"part/{number}", created)
    work.connection.execute(
        update(kernel_batch_part)
        .where(kernel_batch_part.c.batch_id == batch.id, kernel_batch_part.c.number == number)
        .values(done=True, content=content)
    )


def remove_part(work: Work, batch: Batch, number: int) -> None:
    """A portion was taken back."""
    work.connection.execute(
        delete(kernel_batch_part).where(
            kernel_batch_part.c.batch_id == batch.id, kernel_batch_part.c.number == number
        )
    )


def remove_batch(work: Work, batch: Batch) -> None:
    """Forget a list and all that was kept of it."""
    _remove(work, kernel_batch.c.id == batch.id)


def _remove(work: Work, *which: ColumnElement[bool]) -> None:
    ids = select(kernel_batch.c.id).where(*which)
    work.connection.execute(delete(kernel_batch_part).where(kernel_batch_part.c.batch_id.in_(ids)))
    work.connection.execute(delete(kernel_batch).where(*which))


def purge(work: Work) -> None:
    """Forget lists whose days are over: nobody may undo them any more, nobody confirmed them."""
    before = work.now - work.settings.import_undo_days * DAY
    at_work = kernel_batch.c.state.in_([state.value for state in AT_WORK])
    _remove(work, kernel_batch.c.created_at < before, ~at_work)


def known_headings(work: ReadWork, kind: str) -> dict[str, str]:
    """What the actor's institution said that its headings mean; empty: nothing to us."""
    table = kernel_heading
    statement = select(table.c.heading, table.c.meaning).where(
        table.c.organisation_id == work.actor.organisation_id, table.c.kind == kind
    )
    return {row.heading: row.meaning for row in work.connection.execute(statement)}


def learn_headings(work: Work, kind: str, meanings: dict[str, str]) -> None:
    """Remember what the headings of the institution's lists mean."""
    statement = upsert(work.connection, kernel_heading, "organisation_id", "kind", "heading")
    for heading, meaning in meanings.items():
        work.connection.execute(
            statement,
            {
                "organisation_id": work.actor.organisation_id,
                "kind": kind,
                "heading": heading[:100],
                "meaning": meaning,
            },
        )


def _sealed(work: ReadWork, id_: str, part: str, value: Any) -> bytes:
    return seal(work.keys, f"batch/{id_}/{part}", json.dumps(value))


def _opened(work: ReadWork, id_: str, part: str, sealed: bytes) -> Any:
    return json.loads(unseal(work.keys, f"batch/{id_}/{part}", sealed))
