"""Whatever is done to the audit behind our back is noticed, and the entry is named."""

from datetime import date

import pytest
from sqlalchemy import delete, insert, select, text, update

from kernel.audit.entry import Action, Entry, row
from kernel.audit.sealer import MARK, seal_all
from kernel.audit.verify import Fault, Report, verify
from kernel.clock import FixedClock
from kernel.db.engine import Database
from kernel.db.tables import audit_entry, audit_head, audit_patient, audit_purge, kernel_fact
from kernel.security.keyring import KeyRing, create, load, rotate
from tests.audit.entries import (
    entry,
    move,
    sealed_entries,
    tampering,
    waiting_accesses,
)

COUNT = 12
VICTIM = 5


@pytest.fixture
def entries(database: Database, keys: KeyRing, clock: FixedClock) -> list[Entry]:
    """A day with a head, and the next one without."""
    first = sealed_entries(database, keys, clock, COUNT - 4, detail={"reason": "because"})
    clock.advance(days=1)
    second = sealed_entries(database, keys, clock, 4)
    assert verify(database, keys, clock).ok
    return first + second


def kinds(report: Report) -> set[str]:
    return {fault.kind for fault in report.faults}


def named(report: Report, kind: str) -> list[Fault]:
    return [fault for fault in report.faults if fault.kind == kind]


def test_a_whole_audit_is_reported_whole(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    report = verify(database, keys, clock)
    assert (report.entries, report.heads, report.unsealed) == (COUNT, 1, 0)
    assert (report.first_position, report.last_position) == (1, COUNT)
    assert report.faults == []


EDITS: list[tuple[str, object]] = [
    ("at", 1),
    ("action", "read"),
    ("outcome", 8),
    ("user_id", "somebody-else"),
    ("organisation_id", None),
    ("patient_id", "another"),
    ("resource_type", "Patient"),
    ("resource_id", "another"),
    ("version", 7),
    ("source", None),
    ("detail", None),
    ("mac", b"\x01" + bytes(32)),
    ("mac", b""),
    ("mac", b"\x63" + bytes(32)),
]


def test_edited_entries_are_named_whatever_was_edited(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    sealed_entries(database, keys, clock, 2 * len(EDITS), detail={"reason": "because"})
    places = [2 * number + 1 for number in range(len(EDITS))]
    with tampering(database) as connection:
        for position, (column, value) in zip(places, EDITS, strict=True):
            at = audit_entry.c.position == position
            connection.execute(update(audit_entry).where(at).values({column: value}))
    edited = named(verify(database, keys, clock), "edited")
    assert [fault.position for fault in edited] == places


def test_a_deleted_entry_is_named(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    with tampering(database) as connection:
        connection.execute(delete(audit_entry).where(audit_entry.c.position == VICTIM))
    report = verify(database, keys, clock)
    assert [(f.kind, f.position) for f in report.faults] == [("deleted", VICTIM)]


def test_deleting_the_first_entries_is_noticed(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    with tampering(database) as connection:
        connection.execute(delete(audit_entry).where(audit_entry.c.position <= 3))
    [fault] = verify(database, keys, clock).faults
    assert (fault.kind, fault.text) == ("deleted", "entries 1 to 3 were deleted")


def test_closing_the_gap_does_not_hide_a_deletion(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    with tampering(database) as connection:
        connection.execute(delete(audit_entry).where(audit_entry.c.position == VICTIM))
        for position in range(VICTIM + 1, COUNT + 1):
            move(connection, position, position - 1)
    report = verify(database, keys, clock)
    assert named(report, "reordered")[0].position == VICTIM
    assert {"reordered", "truncated"} <= kinds(report)


def test_exchanged_entries_are_named(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    with tampering(database) as connection:
        move(connection, 4, 99)
        move(connection, 7, 4)
        move(connection, 99, 7)
    named_ids = {f.entry_id for f in named(verify(database, keys, clock), "reordered")}
    assert {entries[3].id, entries[6].id} <= named_ids


@pytest.mark.parametrize("kept", [0, 6, COUNT - 1])
def test_entries_cut_off_at_the_end_are_named(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry], kept: int
) -> None:
    with tampering(database) as connection:
        connection.execute(delete(audit_entry).where(audit_entry.c.position > kept))
    [fault] = named(verify(database, keys, clock), "truncated")
    assert fault.text.startswith(f"entries {kept + 1} to {COUNT} were cut off")


def test_the_signed_head_knows_the_length_without_the_mark(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    with tampering(database) as connection:
        connection.execute(delete(audit_entry).where(audit_entry.c.position > 6))
    with database.writing() as connection:
        connection.execute(delete(kernel_fact).where(kernel_fact.c.name == MARK))
    [fault] = named(verify(database, keys, clock), "truncated")
    assert fault.text.startswith("entries 7 to 8 were cut off at the end (the head of 2026-11-23")


def test_an_entry_put_in_is_named(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    forged = entry(user_id="innocent")
    with tampering(database) as connection:
        values = {**row(keys, forged), "position": COUNT + 1, "chain": b"\x01" + bytes(32)}
        connection.execute(insert(audit_entry), values)
    report = verify(database, keys, clock)
    assert [(f.kind, f.entry_id) for f in report.faults] == [("reordered", forged.id)]


def test_a_changed_head_is_noticed(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    with database.reading_audit() as connection:
        genuine = dict(connection.execute(select(audit_head)).one()._mapping)
    for column, value in [
        ("day", date(2026, 11, 22)),
        ("last_position", 7),
        ("chain", b"\x01" + bytes(32)),
        ("signature", b"\x01" + bytes(32)),
    ]:
        with tampering(database) as connection:
            connection.execute(update(audit_head).values({**genuine, column: value}))
        assert "head" in kinds(verify(database, keys, clock)), column


def test_a_deleted_head_is_noticed_when_the_next_one_is_there(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    clock.advance(days=1)
    seal_all(database, keys, clock)
    with tampering(database) as connection:
        connection.execute(delete(audit_head).where(audit_head.c.day == date(2026, 11, 23)))
    [fault] = verify(database, keys, clock).faults
    assert fault.text == "the head of 2026-11-24 begins at 9, not at 1: a head is missing"


def test_a_purge_that_we_did_not_sign_is_noticed(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    with tampering(database) as connection:
        values = {"through_position": 3, "at": 1, "chain": b"x", "signature": b"\x01y"}
        connection.execute(insert(audit_purge), values)
        connection.execute(delete(audit_entry).where(audit_entry.c.position <= 3))
    report = verify(database, keys, clock)
    assert [f.text for f in named(report, "purge")] == [
        "the purge up to position 3 is not signed by us",
        "the purge up to position 3 ends at no signed head",
    ]
    assert named(report, "reordered")[0].position == 4


def test_an_unreadable_mark_is_noticed(
    database: Database, keys: KeyRing, clock: FixedClock, entries: list[Entry]
) -> None:
    with database.writing() as connection:
        connection.execute(update(kernel_fact).where(kernel_fact.c.name == MARK).values(value="x"))
    assert kinds(verify(database, keys, clock)) == {"mark"}


def test_entries_that_wait_too_long_are_named(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    old, young = entry(clock.now()), entry(clock.now())
    waiting_accesses(database, keys, old)
    clock.advance(minutes=6)
    waiting_accesses(database, keys, entry(clock.now(), id=young.id))
    report = verify(database, keys, clock)
    assert [(f.kind, f.entry_id) for f in report.faults] == [("unsealed", old.id)]
    assert report.unsealed == 1


def test_a_person_missing_in_the_index_is_named(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    several = entry(action=Action.SEARCH, patient_id=None, patients=("p1", "p2", "p3"))
    waiting_accesses(database, keys, several)
    seal_all(database, keys, clock)
    with tampering(database) as connection:
        connection.execute(delete(audit_patient).where(audit_patient.c.patient_id == "p2"))
    [fault] = verify(database, keys, clock).faults
    assert fault.text == f"the index of persons lacks p2 of entry {several.id}"


def test_the_chain_goes_on_under_a_new_key(
    database: Database, clock: FixedClock, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("ring") / "station.keys"
    first = create(file)
    sealed_entries(database, first, clock, 3)
    second = rotate(file)
    sealed_entries(database, second, clock, 3)
    assert verify(database, load(file), clock).ok
    report = verify(database, first, clock)
    assert [f.position for f in named(report, "edited")] == [4, 5, 6]


def test_more_than_one_page_of_entries(
    database: Database, keys: KeyRing, clock: FixedClock
) -> None:
    sealed_entries(database, keys, clock, 2100)
    with tampering(database) as connection:
        connection.execute(text("UPDATE audit_entry SET source = 'x' WHERE position = 2050"))
    report = verify(database, keys, clock)
    assert (report.entries, [f.position for f in report.faults]) == (2100, [2050])
