"""Rows of the outbox: claimed by one process, then delivered, put off, given up, or sent again.

A failed connection puts the whole subscriber off, a refused notification only itself (and later
versions of the same resource, which come in order); both by `BACK_OFF`.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import and_, delete, exists, or_, select, update

from kernel.clock import DAY, SECOND, Instant
from kernel.db.prepared import Prepared
from kernel.db.tables import kernel_outbox, kernel_subscriber
from kernel.fhir.search.compile import bound
from kernel.subscriptions.resources import kernel_subscription
from kernel.subscriptions.sending import reached
from kernel.work import ReadWork, Work

MINUTE = 60 * SECOND
BACK_OFF = (MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE)
"""How long after the first, second, … failure it is tried again; then hourly: a restart is over in
minutes, and who is down longer is found again within the hour."""
GIVE_UP = 2 * DAY
"""So long it is tried; what is dead then stays and can be sent again."""
PORTION = 20
"""Notifications that are sent between two looks at the database."""
LEASE = 300 * SECOND
"""So long others leave a subscriber to who claimed it, at most: a portion takes 200 s at worst."""
KEPT_DELIVERED, KEPT_DEAD = 30 * DAY, 365 * DAY
WAITING, DELIVERED, DEAD, WITHHELD = "waiting", "delivered", "dead", "withheld"

_OUT, _SUB = kernel_outbox.c, kernel_subscriber.c


class Delivery(NamedTuple):
    """A claimed row of the outbox."""

    id: str
    type: str
    resource_id: str
    version: int
    patient_id: str | None
    since_at: Instant
    attempts: int


class Result(NamedTuple):
    """What became of a delivery: `outcome` as `sending.send` says it, or `withheld`."""

    delivery: Delivery
    outcome: str


_ready = Prepared(
    select(_SUB.id).where(
        _SUB.pause_until <= bound("now"),
        _SUB.busy_until <= bound("now"),
        exists()
        .where(kernel_subscription.c.source_id == _SUB.id)
        .where(kernel_subscription.c.live.is_(True)),
        exists()
        .where(_OUT.subscription_id == _SUB.id)
        .where(_OUT.state == WAITING)
        .where(_OUT.due_at <= bound("now")),
    )
)


def ready(work: ReadWork) -> list[str]:
    """The subscriptions in force for which something is due and which nobody is sending to."""
    return [row[0] for row in _ready.rows(work.connection, {"now": work.now})]


def claim(work: Work, id_: str) -> list[Delivery]:
    """The next portion for a subscriber, which is nobody else's until `settle`; in order."""
    taken = work.connection.execute(
        update(kernel_subscriber)
        .where(_SUB.id == id_, _SUB.busy_until <= work.now, _SUB.pause_until <= work.now)
        .values(busy_until=work.now + LEASE)
    )
    if taken.rowcount != 1:
        return []
    rows = work.connection.execute(
        select(*(_OUT[name] for name in Delivery._fields))
        .where(_OUT.subscription_id == id_, _OUT.state == WAITING, _OUT.due_at <= work.now)
        .order_by(_OUT.due_at, _OUT.created_at, _OUT.resource_id, _OUT.version)
        .limit(PORTION)
    )
    found = _in_order(work, id_, sorted(map(Delivery._make, rows), key=lambda one: one.version))
    if not found:
        _release(work, id_)
    return found


def _release(work: Work, id_: str) -> None:
    work.connection.execute(update(kernel_subscriber).where(_SUB.id == id_).values(busy_until=0))


def _in_order(work: Work, id_: str, found: list[Delivery]) -> list[Delivery]:
    """Without those whose resource has an earlier version that is put off: they wait as long."""
    rows = work.connection.execute(
        select(_OUT.type, _OUT.resource_id, _OUT.version, _OUT.due_at).where(
            _OUT.subscription_id == id_,
            _OUT.state == WAITING,
            _OUT.due_at > work.now,
            _OUT.resource_id.in_([one.resource_id for one in found]),
        )
    )
    off = {(row.type, row.resource_id): row for row in rows}
    free = []
    for one in found:
        blocker = off.get((one.type, one.resource_id))
        if blocker is None or blocker.version > one.version:
            free.append(one)
        else:
            _put_off(work, id_, one, blocker.due_at)
    return free


def _put_off(work: Work, id_: str, one: Delivery, until: Instant) -> None:
    """Let a version and those after it wait until an instant."""
    work.connection.execute(
        update(kernel_outbox)
        .where(
            _OUT.subscription_id == id_,
            _OUT.state == WAITING,
            _OUT.type == one.type,
            _OUT.resource_id == one.resource_id,
            _OUT.version >= one.version,
            _OUT.due_at < until,
        )
        .values(due_at=until)
    )


def settle(work: Work, id_: str, results: Sequence[Result]) -> bool:
    """Write down what became of a portion and let the subscriber go; whether something died."""
    died = False
    for one in results:
        if one.outcome in ("", WITHHELD):
            _ended(work, one, WITHHELD if one.outcome else DELIVERED)
        else:
            died = _failed(work, id_, one) or died
    return _subscriber_settled(work, id_, results) or died


def _ended(work: Work, one: Result, state: str) -> None:
    work.connection.execute(
        update(kernel_outbox)
        .where(_OUT.id == one.delivery.id)
        .values(state=state, attempts=one.delivery.attempts + 1, ended_at=work.now, last_error="")
    )


def _failed(work: Work, id_: str, one: Result) -> bool:
    """Put a delivery off, or give it up; whether it was given up."""
    over = one.delivery.since_at + GIVE_UP <= work.now
    attempts = one.delivery.attempts + 1
    until = work.now + step(attempts)
    work.connection.execute(
        update(kernel_outbox)
        .where(_OUT.id == one.delivery.id)
        .values(
            attempts=attempts,
            last_error=one.outcome,
            state=DEAD if over else WAITING,
            ended_at=work.now if over else None,
        )
    )
    if not over:
        _put_off(work, id_, one.delivery, until)
    return over


def step(failures: int) -> int:
    """How long to wait after so many failures."""
    return BACK_OFF[min(failures, len(BACK_OFF)) - 1]


def _subscriber_settled(work: Work, id_: str, results: Sequence[Result]) -> bool:
    """Put the whole subscriber off where it cannot be reached; whether something died by that."""
    known = work.connection.execute(
        select(_SUB.failures, _SUB.delivered_at, _SUB.last_error).where(_SUB.id == id_)
    ).one()
    outcomes = [one.outcome for one in results if one.outcome != WITHHELD]
    last = outcomes[-1] if outcomes else ""
    down = bool(last) and (not reached(last) or (len(outcomes) >= 3 and all(outcomes[-3:])))
    worked = "" in outcomes
    failures = known.failures + 1 if down else 0 if worked else known.failures
    work.connection.execute(
        update(kernel_subscriber)
        .where(_SUB.id == id_)
        .values(
            busy_until=0,
            failures=failures,
            pause_until=work.now + step(failures) if down else 0,
            delivered_at=work.now if worked else known.delivered_at,
            last_error=last if outcomes else known.last_error,
        )
    )
    return down and _too_old(work, id_, last)


def _too_old(work: Work, id_: str, outcome: str) -> bool:
    dead = work.connection.execute(
        update(kernel_outbox)
        .where(
            _OUT.subscription_id == id_,
            _OUT.state == WAITING,
            _OUT.since_at <= work.now - GIVE_UP,
        )
        .values(state=DEAD, ended_at=work.now, last_error=outcome)
    )
    return dead.rowcount > 0


def leave_alone(work: Work, id_: str) -> None:
    """Let go a subscriber to whom nothing can be sent as things stand, for an hour."""
    work.connection.execute(
        update(kernel_subscriber)
        .where(_SUB.id == id_)
        .values(busy_until=0, pause_until=work.now + BACK_OFF[-1], last_error="criteria")
    )


def resend(work: Work, id_: str, only: str = "") -> int:
    """Let the dead of a subscription (or one of them) wait again, due at once; how many."""
    clauses = [_OUT.subscription_id == id_, _OUT.state == DEAD]
    if only:
        clauses.append(_OUT.id == only)
    revived = work.connection.execute(
        update(kernel_outbox)
        .where(*clauses)
        .values(state=WAITING, since_at=work.now, due_at=work.now, attempts=0, ended_at=None)
    ).rowcount
    if revived:
        go_on(work, id_)
    return revived


def go_on(work: Work, id_: str) -> None:
    """Try a subscriber that was put off again at once, what is put off for it as well."""
    work.connection.execute(
        update(kernel_subscriber).where(_SUB.id == id_).values(pause_until=0, failures=0)
    )
    work.connection.execute(
        update(kernel_outbox)
        .where(_OUT.subscription_id == id_, _OUT.state == WAITING)
        .values(due_at=work.now)
    )


def forget(work: Work) -> None:
    """Remove what was delivered or withheld a month ago, and a year ago whatever it is."""
    ended = and_(
        _OUT.state.in_((DELIVERED, WITHHELD)), _OUT.created_at <= work.now - KEPT_DELIVERED
    )
    old = _OUT.created_at <= work.now - KEPT_DEAD
    work.connection.execute(delete(kernel_outbox).where(or_(ended, old)))


def named(results: Iterable[Result]) -> list[Delivery]:
    """Those of which the other side was sent the content, accepted or not."""
    return [one.delivery for one in results if one.outcome == "" or reached(one.outcome)]
