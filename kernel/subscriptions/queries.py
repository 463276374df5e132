"""How the subscriptions stand and what became of their notifications, for the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from kernel.clock import Instant
from kernel.db.tables import fhir_resource, kernel_outbox, kernel_subscriber
from kernel.declare.roles import Role
from kernel.errors import not_found
from kernel.fhir import json
from kernel.fhir.search.run import load
from kernel.fhir.store.references import Target
from kernel.subscriptions.criteria import criteria_type
from kernel.subscriptions.deliveries import DEAD, WAITING
from kernel.subscriptions.resources import serving
from kernel.work import ReadWork

_OUT, _SUB = kernel_outbox.c, kernel_subscriber.c
SHOWN = ("id", "type", "resource_id", "version", "created_at", "due_at")
_ROW = (*SHOWN, "attempts", "state", "last_error", "ended_at")


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription: whose, of which type, to which host, and how it goes. Instants UTC."""

    id: str
    version: int
    organisation_id: str
    type: str
    host: str
    status: str
    waiting: int
    dead: int
    delivered_at: Instant | None
    pause_until: Instant
    last_error: str


def list_standings(work: ReadWork, *, id_: str = "") -> list[Standing]:
    """All subscriptions for the system's administrator, for others their institution's."""
    statement = (
        select(kernel_subscriber)
        .join(fhir_resource, fhir_resource.c.id == _SUB.id)
        .where(fhir_resource.c.type == "Subscription", fhir_resource.c.deleted.is_(False))
        .order_by(_SUB.organisation_id, _SUB.id)
    )
    if Role.SYSTEM_ADMIN not in work.actor.roles:
        statement = statement.where(_SUB.organisation_id == work.actor.organisation_id)
    if id_:
        statement = statement.where(_SUB.id == id_)
    rows = work.connection.execute(statement).all()
    found = load(serving(work), [Target("Subscription", row.id) for row in rows])
    bodies = {one.id: (one.version, json.loads(one.body)) for one in found}
    counts = _counts(work, id_)
    return [_standing(row, *bodies[row.id], counts) for row in rows if row.id in bodies]


def get_standing(work: ReadWork, id_: str) -> Standing:
    """One subscription. Raises Refused (404) where there is none that the actor may know of."""
    found = list_standings(work, id_=id_)
    if not found:
        raise not_found(f"Subscription/{id_}")
    return found[0]


def _counts(work: ReadWork, id_: str) -> dict[tuple[str, str], int]:
    statement = select(_OUT.subscription_id, _OUT.state, func.count()).where(
        _OUT.state.in_((WAITING, DEAD))
    )
    if id_:
        statement = statement.where(_OUT.subscription_id == id_)
    rows = work.connection.execute(statement.group_by(_OUT.subscription_id, _OUT.state))
    return {(row[0], row[1]): row[2] for row in rows}


def _standing(
    row: Any, version: int, body: Mapping[str, Any], counts: Mapping[tuple[str, str], int]
) -> Standing:
    return Standing(
        id=row.id,
        version=version,
        organisation_id=row.organisation_id,
        type=criteria_type(body["criteria"]),
        host=urlsplit(body["channel"]["endpoint"]).hostname or "",
        status=body["status"],
        waiting=counts.get((row.id, WAITING), 0),
        dead=counts.get((row.id, DEAD), 0),
        delivered_at=row.delivered_at,
        pause_until=row.pause_until,
        last_error=row.last_error,
    )


def count_deliveries(work: ReadWork, id_: str, state: str) -> int:
    """How many notifications of a subscription are in a state; all of them where it is empty."""
    return int(
        work.connection.execute(
            select(func.count()).select_from(kernel_outbox).where(*_clauses(id_, state))
        ).scalar_one()
    )


def list_deliveries(
    work: ReadWork, id_: str, state: str, *, begin: int, size: int
) -> Sequence[Mapping[str, Any]]:
    """A portion of a subscription's notifications, the latest first."""
    rows = work.connection.execute(
        select(*(_OUT[name] for name in _ROW))
        .where(*_clauses(id_, state))
        .order_by(_OUT.created_at.desc(), _OUT.resource_id, _OUT.version.desc())
        .offset(begin)
        .limit(size)
    )
    return [row._asdict() for row in rows]


def _clauses(id_: str, state: str) -> list[Any]:
    return [_OUT.subscription_id == id_, *([_OUT.state == state] if state else [])]
