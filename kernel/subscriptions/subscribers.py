"""The subscriptions in force: what each asks for, where to, and how far it sees."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from sqlalchemy import and_, select

from kernel.clock import Instant, instant_of
from kernel.db.prepared import Prepared
from kernel.db.tables import fhir_resource, kernel_subscriber
from kernel.declare.resource import ResourceSpec
from kernel.declare.roles import Role
from kernel.errors import Refused
from kernel.fhir import json
from kernel.fhir.search.query import Query
from kernel.fhir.search.run import load
from kernel.fhir.store.references import Target
from kernel.security.actor import Actor, Reach
from kernel.security.codec import unseal
from kernel.subscriptions.criteria import read_criteria
from kernel.subscriptions.resources import kernel_subscription, secret_place
from kernel.work import ReadWork


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription in force. `actor` sees what its author saw, by today's grants."""

    id: str
    version: int
    spec: ResourceSpec
    query: Query = field(repr=False)
    endpoint: str
    full: bool
    """Whether the resource itself is sent."""
    ends_at: Instant | None
    actor: Actor = field(repr=False)
    key: bytes = field(repr=False)

    def seeing(self, work: ReadWork) -> ReadWork:
        """The same transaction as the subscriber sees it."""
        own = replace(work, actor=self.actor, touched=set())
        own.now, own.today = work.now, work.today
        return own


_LIVE = Prepared(
    select(
        fhir_resource.c.id,
        fhir_resource.c.version,
        *(
            kernel_subscriber.c[name]
            for name in ("organisation_id", "author_id", "reach", "organisations", "secret")
        ),
    )
    .join_from(
        kernel_subscription, fhir_resource, fhir_resource.c.id == kernel_subscription.c.source_id
    )
    .join(kernel_subscriber, kernel_subscriber.c.id == fhir_resource.c.id)
    .where(and_(fhir_resource.c.type == "Subscription", kernel_subscription.c.live.is_(True)))
    .order_by(fhir_resource.c.id)
)


class Subscribers:
    """Those in force, read again only where one has changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[tuple[str, int, bytes], Subscriber] = {}

    def find(self, work: ReadWork, id_: str) -> Subscriber | None:
        """One that is in force now, or None."""
        return next((one for one in self.live(work) if one.id == id_), None)

    def live(self, work: ReadWork) -> list[Subscriber]:
        """All that are in force now; one whose criteria cannot be read any more is left out."""
        with self._lock:
            return self._live(work)

    def _live(self, work: ReadWork) -> list[Subscriber]:
        rows = _LIVE.rows(work.connection, {})
        keys = [(row[0], int(row[1]), bytes(row[6])) for row in rows]
        fresh = [row for row, key in zip(rows, keys, strict=True) if key not in self._kept]
        made = _read(work, fresh)
        self._kept = {
            key: found for key in keys if (found := made.get(key[0]) or self._kept.get(key))
        }
        now = work.now
        return [one for one in self._kept.values() if one.ends_at is None or one.ends_at > now]


def _read(work: ReadWork, rows: Sequence[tuple[object, ...]]) -> dict[str, Subscriber]:
    bodies = {v.id: v for v in load(work, [Target("Subscription", str(row[0])) for row in rows])}
    found = {}
    for row in rows:
        id_ = str(row[0])
        version = bodies.get(id_)
        one = version and _subscriber(work, row, json.loads(version.body))
        if one:
            found[id_] = one
    return found


def _subscriber(
    work: ReadWork, row: tuple[object, ...], body: dict[str, object]
) -> Subscriber | None:
    id_, version, organisation, author, reach, organisations, sealed = row
    try:
        spec, query = read_criteria(work, str(body["criteria"]))
    except Refused:
        return None
    actor = Actor(
        user_id=str(author),
        name="subscription",
        display="订阅",
        roles=frozenset({Role.PLATFORM}),
        permissions=frozenset(),
        organisation_id=str(organisation),
        reach=Reach[str(reach)],
        organisations=tuple(str(organisations).split("\n")) if organisations else (),
        source="subscription",
    )
    channel = body["channel"]
    assert isinstance(channel, dict)  # noqa: S101 - validated when it was saved
    end = body.get("end")
    return Subscriber(
        id=str(id_),
        version=int(str(version)),
        spec=spec,
        query=query,
        endpoint=str(channel["endpoint"]),
        full="payload" in channel,
        ends_at=instant_of(datetime.fromisoformat(str(end))) if end else None,
        actor=actor,
        key=unseal(work.keys, secret_place(str(id_)), bytes(sealed)),  # type: ignore[call-overload]  # a column of bytes
    )
