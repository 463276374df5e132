"""Takes away months of the audit whose retention is over, and nothing else.

A purge ends at a signed daily head, which stays; the row in `audit_purge` that allows the deletion
(the tables' triggers look for it) carries the chain from which the rest is verified. The purge is
itself audited, in the same transaction.
"""

from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from kernel.audit.entry import Action, entry_of, mac, packed, row
from kernel.audit.sealer import SEAL_LOCK, tip
from kernel.clock import SHANGHAI, Clock, Instant, instant_of
from kernel.db.dialect import advisory_lock, plain_insert
from kernel.db.engine import Database
from kernel.db.tables import access_inbox, audit_entry, audit_head, audit_patient, audit_purge
from kernel.errors import busy, unprocessable
from kernel.security.actor import Actor
from kernel.security.keyring import KeyRing


class _Cut(NamedTuple):
    position: int
    chain: bytes


def purgeable_before(today: date, months: int) -> date:
    """The first day of the month from which on entries are kept: `months` whole months and this."""
    count = today.year * 12 + today.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def purge(
    database: Database,
    keys: KeyRing,
    clock: Clock,
    *,
    actor: Actor,
    retention_months: int,
    before: date | None = None,
) -> int:
    """Delete the entries of the months before `before` (default: all that may go); their number.

    `before` counts as the first day of its month. Raises Refused: 422 where retention is not over,
    503 while the sealer works.
    """
    limit = purgeable_before(clock.today(), retention_months)
    wanted = limit if before is None else before.replace(day=1)
    if wanted > limit:
        raise unprocessable(
            f"audit entries are kept for {retention_months} months: "
            f"only those before {limit} may be purged",
            "before",
        )
    with database.auditing() as connection:
        if not advisory_lock(connection, SEAL_LOCK):
            raise busy("the audit is being sealed; try again")
        cut = _cut(connection, wanted)
        if cut is None:
            return 0
        now = clock.now()
        _allow(connection, keys, cut, now)
        gone = _delete(connection, cut.position)
        detail = {"before": wanted.isoformat(), "through": cut.position, "entries": gone}
        entry = entry_of(actor, now, Action.PURGE, detail=detail)
        connection.execute(plain_insert(access_inbox), row(keys, entry))
        return gone


def _cut(connection: Connection, before: date) -> _Cut | None:
    """The last signed head with nothing of `before` or later, unless that is purged already.

    The very last entry stays, so that the chain always has an end to go on from.
    """
    instant = instant_of(datetime.combine(before, time.min, SHANGHAI))
    entry, head = audit_entry.c, audit_head.c
    first_kept = connection.execute(
        select(func.min(entry.position)).where(entry.at >= instant)
    ).scalar()
    bound = tip(connection).position if first_kept is None else first_kept
    found = connection.execute(
        select(head.last_position, head.chain)
        .where(head.last_position < bound, head.day < before)
        .order_by(head.last_position.desc())
        .limit(1)
    ).first()
    done = connection.execute(select(func.max(audit_purge.c.through_position))).scalar() or 0
    if found is None or found.last_position <= done:
        return None
    return _Cut(found.last_position, bytes(found.chain))


def _allow(connection: Connection, keys: KeyRing, cut: _Cut, now: Instant) -> None:
    values = {"through_position": cut.position, "at": now, "chain": cut.chain}
    signature = mac(keys, keys.current.version, b"purge", packed((cut.position, now, cut.chain)))
    connection.execute(plain_insert(audit_purge), {**values, "signature": signature})


def _delete(connection: Connection, position: int) -> int:
    going = select(audit_entry.c.id).where(audit_entry.c.position <= position)
    connection.execute(delete(audit_patient).where(audit_patient.c.entry_id.in_(going)))
    gone = connection.execute(delete(audit_entry).where(audit_entry.c.position <= position))
    return gone.rowcount
