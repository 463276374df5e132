"""The chain: every entry once, in order, whatever runs at the same time or breaks off."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from kernel.audit.accesses import AccessLog
from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, row
from kernel.audit.sealer import EVERY_SECONDS, MARK, Sealer, seal_all, seal_once
from kernel.audit.verify import verify
from kernel.clock import Clock, FixedClock
from kernel.db.engine import Database
from kernel.db.tables import (
    access_inbox,
    audit_entry,
    audit_head,
    audit_inbox,
    audit_patient,
    audit_purge,
    kernel_fact,
)
from kernel.security.keyring import KeyRing
from tests.audit.entries import chain, entry, rows_in, sealed_entries, waiting_accesses


def heads(database: Database) -> list[tuple[date, int, int]]:
    head = audit_head.c
    with database.reading_audit() as connection:
        found = connection.execute(
            select(head.day, head.first_position, head.last_position).order_by(head.last_position)
        )
        return [(h.day, h.first_position, h.last_position) for h in found]


def test_both_inboxes_end_in_one_chain(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    first, second, third = entry(), entry(action=Action.UPDATE), entry()
    waiting_accesses(database, keys, third, first)
    with database.writing() as connection:
        record_changes(connection, [row(keys, second)])
    assert seal_all(database, keys, clock) == 3
    assert [(e.position, e.id) for e in chain(database)] == [
        (1, first.id),
        (2, second.id),
        (3, third.id),
    ]
    assert seal_once(database, keys, clock) == 0
    with database.reading() as records, database.reading_audit() as audit:
        assert rows_in(records, audit_inbox) == rows_in(audit, access_inbox) == 0
        mark = records.execute(select(kernel_fact.c.value).where(kernel_fact.c.name == MARK))
        assert mark.scalar_one().startswith("3:")
    assert verify(database, keys, clock).ok


def test_a_crash_between_chain_and_inbox_seals_nothing_twice(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    entries = sealed_entries(database, keys, clock, 700)
    before = chain(database)
    with database.writing() as connection:  # as if the deletion had not been committed
        record_changes(connection, [row(keys, one) for one in entries])
    later = entry()
    waiting_accesses(database, keys, later)
    seal_all(database, keys, clock)
    assert [e.id for e in chain(database)] == [*(e.id for e in before), later.id]
    with database.reading() as connection:
        assert rows_in(connection, audit_inbox) == 0
    assert verify(database, keys, clock).ok


def test_sealers_at_the_same_time_make_one_chain(
    database: Database, keys: KeyRing, clock: FixedClock, log: AccessLog
) -> None:
    each, writers = 60, 4

    def write(_: int) -> None:
        for _ in range(each):
            log.submit([entry()]).result(20)
            with database.writing() as connection:
                record_changes(connection, [row(keys, entry(action=Action.UPDATE))])

    def seal(_: int) -> None:
        while not written:
            seal_once(database, keys, clock)

    written: list[bool] = []
    with ThreadPoolExecutor(writers + 2) as pool:
        sealing = [pool.submit(seal, n) for n in range(2)]
        list(pool.map(write, range(writers)))
        written.append(True)
        for one in sealing:
            one.result(20)
    seal_all(database, keys, clock)
    report = verify(database, keys, clock)
    assert report.ok, report.faults
    assert (report.first_position, report.last_position) == (1, each * writers * 2)


def test_a_day_is_signed_when_it_is_over(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    sealed_entries(database, keys, clock, 3)
    assert heads(database) == []
    clock.advance(days=1)
    seal_all(database, keys, clock)  # nothing new happened
    assert heads(database) == [(date(2026, 11, 23), 1, 3)]
    sealed_entries(database, keys, clock, 2)
    clock.advance(days=3)
    sealed_entries(database, keys, clock, 1)
    assert heads(database) == [(date(2026, 11, 23), 1, 3), (date(2026, 11, 24), 4, 5)]
    assert verify(database, keys, clock).ok


def test_a_day_that_comes_again_is_covered_by_the_next_head(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    sealed_entries(database, keys, clock, 2)
    clock.advance(days=1)
    sealed_entries(database, keys, clock, 1)
    clock.advance(days=-1)  # somebody set the clock back
    sealed_entries(database, keys, clock, 1)
    clock.advance(days=2)
    sealed_entries(database, keys, clock, 1)
    clock.advance(days=1)
    sealed_entries(database, keys, clock, 1)
    report = verify(database, keys, clock)
    assert report.ok, report.faults
    found = heads(database)
    assert [first for _, first, _ in found] == [1, *(last + 1 for _, _, last in found[:-1])]
    assert found[-1][2] == 5


def test_everybody_whom_a_search_showed_is_indexed(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    several = entry(action=Action.SEARCH, patient_id=None, patients=("p1", "p2"))
    waiting_accesses(database, keys, several, entry())
    seal_all(database, keys, clock)
    with database.reading_audit() as connection:
        found = connection.execute(select(audit_patient).order_by(audit_patient.c.patient_id))
        assert [tuple(r) for r in found] == [("p1", several.id), ("p2", several.id)]


def test_a_damaged_entry_does_not_stop_the_sealer(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    several = entry(action=Action.SEARCH, patient_id=None, patients=("p1", "p2"))
    values = {**row(keys, several), "detail": b"\x01nothing that we wrote"}
    with database.auditing() as connection:
        connection.execute(insert(access_inbox), values)
    assert seal_all(database, keys, clock) == 1
    assert {fault.entry_id for fault in verify(database, keys, clock).faults} == {several.id}


def test_the_sealer_works_by_itself_and_when_it_is_closed(
    database: Database, keys: KeyRing
) -> None:
    clock = Clock()
    sealer = Sealer(database, keys, clock)
    waiting_accesses(database, keys, entry(clock.now()))
    deadline = time.monotonic() + 5 * EVERY_SECONDS
    while not chain(database) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(chain(database)) == 1
    waiting_accesses(database, keys, entry(clock.now()))
    sealer.close()
    assert len(chain(database)) == 2


def test_the_database_itself_keeps_the_audit(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    several = entry(action=Action.SEARCH, patient_id=None, patients=("p1", "p2"))
    waiting_accesses(database, keys, several)
    seal_all(database, keys, clock)
    clock.advance(days=1)
    seal_all(database, keys, clock)
    purge = {"through_position": 0, "at": 0, "chain": b"", "signature": b""}
    with database.auditing() as connection:
        connection.execute(insert(audit_purge), purge)
    for statement in [
        update(audit_entry).values(outcome=8),
        update(audit_patient).values(patient_id="p3"),
        update(audit_head).values(first_position=2),
        update(audit_purge).values(through_position=1),
        delete(audit_entry),
        delete(audit_patient),
        delete(audit_head),
        delete(audit_purge),
    ]:
        with pytest.raises(DBAPIError, match="append-only"), database.auditing() as connection:
            connection.execute(statement)
    assert verify(database, keys, clock).entries == 1


def test_replacing_an_entry_is_refused_too(
    sqlite: Database, keys: KeyRing, clock: FixedClock
) -> None:
    sealed_entries(sqlite, keys, clock, 2)
    statement = text("INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry")
    with pytest.raises(DBAPIError, match="append-only"), sqlite.auditing() as connection:
        connection.execute(statement)
