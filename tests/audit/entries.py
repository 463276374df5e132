"""Entries to test with, and what somebody with the database in hand could do to them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, func, insert, select, text

from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, Entry, row
from kernel.audit.sealer import seal_all
from kernel.clock import Clock, Instant, instant_of
from kernel.db.dialect import is_sqlite
from kernel.db.engine import Database
from kernel.db.tables import access_inbox, audit_entry
from kernel.ids import uuid7
from kernel.security.keyring import KeyRing

MORNING = instant_of(datetime(2026, 11, 23, 1, 5, tzinfo=UTC))
"""09:05 in Shanghai."""


def entry(at: Instant = MORNING, **others: Any) -> Entry:
    """The reading of an observation, unless said otherwise."""
    values: dict[str, Any] = {
        "id": uuid7(at),
        "at": at,
        "action": Action.READ,
        "user_id": "user-1",
        "organisation_id": "station-1",
        "patient_id": "patient-1",
        "resource_type": "Observation",
        "resource_id": "observation-1",
        "version": 1,
        "source": "10.0.0.7",
    }
    return Entry(**{**values, **others})


def sealed_entries(
    database: Database, keys: KeyRing, clock: Clock, count: int, **others: Any
) -> list[Entry]:
    """`count` changes at the clock's time, sealed in the order in which they are returned."""
    entries = [entry(clock.now(), action=Action.UPDATE, **others) for _ in range(count)]
    with database.writing() as connection:
        record_changes(connection, [row(keys, one) for one in entries])
    seal_all(database, keys, clock)
    return entries


def waiting_accesses(database: Database, keys: KeyRing, *entries: Entry) -> None:
    """Accesses in their inbox, as the access log writes them."""
    with database.auditing() as connection:
        connection.execute(insert(access_inbox), [row(keys, one) for one in entries])


def chain(database: Database) -> list[Row[Any]]:
    """All sealed entries in order."""
    with database.reading_audit() as connection:
        return list(connection.execute(select(audit_entry).order_by(audit_entry.c.position)))


def rows_in(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@contextmanager
def tampering(database: Database) -> Iterator[Connection]:
    """The audit in the hands of somebody who may switch its triggers off."""
    with database.auditing() as connection:
        if is_sqlite(connection):
            triggers = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            known = connection.execute(triggers).all()
            for name, _ in known:
                connection.execute(text(f"DROP TRIGGER {name}"))
            yield connection
            for _, sql in known:
                connection.exec_driver_sql(sql)
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            yield connection


def move(connection: Connection, position: int, to: int) -> None:
    """Give the entry at a position another one."""
    found = connection.execute(select(audit_entry).where(audit_entry.c.position == position)).one()
    connection.execute(delete(audit_entry).where(audit_entry.c.position == position))
    connection.execute(insert(audit_entry), {**found._mapping, "position": to})
