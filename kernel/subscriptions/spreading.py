"""From saved versions to the outbox: for each subscriber who sees it and whose criteria it meets.

One process at a time does it, a slice a transaction. A version that was replaced before it came to
that is matched by what its resource is found by since then; it has its own row all the same.
"""

from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import delete, select

from kernel.db.dialect import advisory_lock
from kernel.db.prepared import Prepared, PreparedIn, PreparedInsert
from kernel.db.tables import kernel_outbox, kernel_saved
from kernel.fhir.search.compile import Compiler, bound
from kernel.fhir.search.query import Shape
from kernel.fhir.search.run import compiler_for
from kernel.security.policy import sight
from kernel.subscriptions.subscribers import Subscriber, Subscribers
from kernel.work import ReadWork, Work

SLICE = 200
"""About so many rows of the outbox are written in one transaction: the writer waits for it."""
_LOCK = 7_305_020
_DELIVERY = UUID("5d0c2f64-6f0f-5a3e-9a52-2f3b7c1e9d44")

_oldest = Prepared(
    select(*(kernel_saved.c[n] for n in ("type", "id", "version", "patient_id")))
    .order_by(
        kernel_saved.c.saved_at, kernel_saved.c.type, kernel_saved.c.id, kernel_saved.c.version
    )
    .limit(bound("most", 0))
)
_done = Prepared(
    delete(kernel_saved).where(
        *(kernel_saved.c[n] == bound(f"its_{n}") for n in ("type", "id", "version"))
    )
)
_insert = PreparedInsert(kernel_outbox)


def waits_to_be_spread(work: ReadWork) -> bool:
    """Whether something was saved that is not in the outbox yet."""
    return bool(_oldest.rows(work.connection, {"most": 1}))


def delivery_id(subscription_id: str, type_: str, id_: str, version: int) -> str:
    """What a subscriber knows a notification by: the same one for the same version, always."""
    return str(uuid5(_DELIVERY, f"{subscription_id}/{type_}/{id_}/{version}"))


def spread(work: Work, subscribers: Subscribers) -> bool:
    """Take one slice over into the outbox; whether there was anything to take.

    False too where another process is doing it.
    """
    if not advisory_lock(work.connection, _LOCK):
        return False
    live = subscribers.live(work)
    saved = _oldest.rows(work.connection, {"most": max(1, SLICE // max(1, len(live)))})
    for type_ in dict.fromkeys(row[0] for row in saved):
        versions: dict[str, list[tuple[Any, ...]]] = {}
        for row in saved:
            if row[0] == type_:
                versions.setdefault(row[1], []).append(row)
        for one in live:
            if one.spec.type == type_:
                _put(work, one, versions)
    keys = [{"its_type": row[0], "its_id": row[1], "its_version": row[2]} for row in saved]
    _done.run_many(work.connection, keys)
    return bool(saved)


def _put(work: Work, one: Subscriber, versions: dict[str, list[tuple[Any, ...]]]) -> None:
    matched = matching(work, one, list(versions))
    rows = [_row(work, one, row) for id_ in versions if id_ in matched for row in versions[id_]]
    _insert.run_many(work.connection, rows)


def _row(work: Work, one: Subscriber, saved: tuple[Any, ...]) -> dict[str, Any]:
    type_, id_, version, patient_id = saved
    return {
        "id": delivery_id(one.id, type_, id_, version),
        "subscription_id": one.id,
        "type": type_,
        "resource_id": id_,
        "version": version,
        "patient_id": patient_id,
        "created_at": work.now,
        "since_at": work.now,
        "due_at": work.now,
        "attempts": 0,
        "state": "waiting",
        "last_error": "",
        "ended_at": None,
    }


def matching(work: Work, one: Subscriber, ids: list[str]) -> set[str]:
    """Those of the ids that the subscriber sees now and whose resource meets the criteria."""
    own = one.seeing(work)
    values = {**one.query.values, **sight(own.actor, one.spec).binds(work.now)}
    statement = _matching(compiler_for(own), one.query.shape)
    return {row[0] for row in statement.rows(work.connection, ids, values)}


@lru_cache(maxsize=512)
def _matching(compiler: Compiler, shape: Shape) -> PreparedIn:
    table, clauses = compiler.matching(shape)
    return PreparedIn(lambda ids: select(table.c.id).where(table.c.id.in_(ids), *clauses))
