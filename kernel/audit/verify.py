"""Proves that the audit is what was written: every MAC, every link, every signed head.

Works through the entries in order of position, in constant memory. A chain that was cut off at its
end agrees with itself; that is why its length is also kept elsewhere: in the signed heads and, with
the records, in the fact `audit-position`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, bindparam, select, tuple_

from kernel.audit.entry import COLUMNS, SEVERAL, follows, holds, packed
from kernel.audit.sealer import MARK, head_bytes, patients_of
from kernel.clock import SECOND, Clock
from kernel.db.engine import Database
from kernel.db.prepared import Prepared, Row
from kernel.db.tables import (
    access_inbox,
    audit_entry,
    audit_head,
    audit_inbox,
    audit_patient,
    audit_purge,
    kernel_fact,
)
from kernel.security.codec import Damaged
from kernel.security.keyring import KeyRing

BATCH = 1000
MOST_FAULTS = 1000
"""Faults that a report names; more are only counted."""

_entry = audit_entry.c
_PAGE = Prepared(
    select(_entry.position, *(_entry[name] for name in COLUMNS), _entry.mac, _entry.chain)
    .where(_entry.position > bindparam("after"))
    .order_by(_entry.position)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written. `kind` is one word, `text` says what and where."""

    kind: str
    text: str
    position: int | None = None
    entry_id: str | None = None


@dataclass
class Report:
    """What a verification found; `ok` when nothing is wrong."""

    entries: int = 0
    heads: int = 0
    unsealed: int = 0
    first_position: int | None = None
    last_position: int | None = None
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the audit is whole."""
        return self.fault_count == 0

    def add(
        self, kind: str, text: str, position: int | None = None, entry_id: str | None = None
    ) -> None:
        """Note a fault."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(kind, text, position, entry_id))


@dataclass(frozen=True, slots=True)
class _Seal:
    """A point at which the chain is known from elsewhere."""

    name: str
    position: int
    chain: bytes


def verify(database: Database, keys: KeyRing, clock: Clock, *, unsealed_minutes: int = 5) -> Report:
    """Check the whole audit; entries waiting longer than `unsealed_minutes` are faults too."""
    report = Report()
    before = clock.now() - unsealed_minutes * 60 * SECOND
    with database.reading() as connection:
        mark = _mark(connection, report)
        _check_inbox(connection, audit_inbox, before, report)
    with database.reading_audit() as connection:
        _check_inbox(connection, access_inbox, before, report)
        start = _purged(connection, keys, report)
        seals = [*_heads(connection, keys, report), *mark]
        if start.position and not any(
            (seal.position, seal.chain) == (start.position, start.chain) for seal in seals
        ):
            report.add("purge", f"the purge up to position {start.position} ends at no signed head")
        _check_entries(connection, keys, start, seals, report)
    return report


def _mark(connection: Connection, report: Report) -> list[_Seal]:
    value = connection.execute(
        select(kernel_fact.c.value).where(kernel_fact.c.name == MARK)
    ).scalar()
    if value is None:
        return []
    position, _, chain = value.partition(":")
    try:
        return [_Seal("the mark kept with the records", int(position), bytes.fromhex(chain))]
    except ValueError:
        report.add("mark", f"the fact {MARK} kept with the records is not readable")
        return []


def _check_inbox(connection: Connection, inbox: Table, before: int, report: Report) -> None:
    waiting = connection.execute(select(inbox.c.id).where(inbox.c.at < before).order_by(inbox.c.id))
    for (id_,) in waiting:
        report.unsealed += 1
        report.add("unsealed", f"entry {id_} waits in {inbox.name} too long", entry_id=id_)


def _purged(connection: Connection, keys: KeyRing, report: Report) -> _Seal:
    """Where the entries begin: after the last purge, or at the first entry ever."""
    start = _Seal("the beginning", 0, b"")
    purges = connection.execute(select(audit_purge).order_by(audit_purge.c.through_position))
    for purge in purges:
        chain = bytes(purge.chain)
        signed = packed((purge.through_position, purge.at, chain))
        if not holds(keys, bytes(purge.signature), b"purge", signed):
            text = f"the purge up to position {purge.through_position} is not signed by us"
            report.add("purge", text, purge.through_position)
        start = _Seal("the purge", purge.through_position, chain)
    return start


def _heads(connection: Connection, keys: KeyRing, report: Report) -> Iterator[_Seal]:
    expected = 1
    for head in connection.execute(select(audit_head).order_by(audit_head.c.last_position)):
        report.heads += 1
        name, chain = f"the head of {head.day}", bytes(head.chain)
        signed = head_bytes(head.day, head.first_position, head.last_position, chain)
        if not holds(keys, bytes(head.signature), b"head", signed):
            report.add("head", f"{name} is not signed by us", head.last_position)
        if head.first_position != expected:
            text = f"{name} begins at {head.first_position}, not at {expected}: a head is missing"
            report.add("head", text, head.first_position)
        expected = head.last_position + 1
        yield _Seal(name, head.last_position, chain)


def _check_entries(
    connection: Connection, keys: KeyRing, start: _Seal, seals: Sequence[_Seal], report: Report
) -> None:
    by_position: dict[int, list[_Seal]] = {}
    for seal in seals:
        by_position.setdefault(seal.position, []).append(seal)
    position, chain = start.position, start.chain
    for rows in _pages(connection):
        for row in rows:
            if row[0] <= start.position:
                report.add("purge", f"entry {row[1]} was purged and is there", row[0], row[1])
                continue
            _check_entry(keys, row, position, chain, report)
            position, chain = row[0], bytes(row[-1])
            for seal in by_position.get(position, ()):
                if seal.chain != chain:
                    text = f"entry {row[1]} at {position} is not the one that {seal.name} knows"
                    report.add("replaced", text, position, row[1])
        _check_patients(connection, keys, rows, report)
        report.entries += len(rows)
    report.first_position = start.position + 1 if report.entries else None
    report.last_position = position if report.entries else None
    _check_end(position, seals, report)


def _pages(connection: Connection) -> Iterator[list[Row]]:
    after = 0
    while rows := _PAGE.rows(connection, {"after": after, "most": BATCH}):
        yield rows
        after = rows[-1][0]


def _check_entry(keys: KeyRing, row: Row, position: int, chain: bytes, report: Report) -> None:
    at, id_, columns, entry_mac = row[0], row[1], row[1:-2], bytes(row[-2])
    if at != position + 1:
        text = f"entries {position + 1} to {at - 1} were deleted"
        report.add("deleted", text, position + 1)
    if not holds(keys, entry_mac, b"entry", packed(columns)):
        report.add("edited", f"entry {id_} at {at} is not what was written", at, id_)
    if at == position + 1 and not follows(keys, bytes(row[-1]), chain, at, entry_mac):
        text = f"entry {id_} at {at} does not follow the one before it: moved, added or exchanged"
        report.add("reordered", text, at, id_)


def _check_patients(
    connection: Connection, keys: KeyRing, rows: Sequence[Row], report: Report
) -> None:
    """Every person that an entry names can be found by the index of persons."""
    wanted: dict[tuple[str, str], int] = {}
    several = 1 + COLUMNS.index("patient_id")
    for row in rows:
        if row[several] == SEVERAL:
            try:
                touched = patients_of(keys, row[1], row[1 + COLUMNS.index("detail")])
            except Damaged:
                continue  # its MAC, over the same bytes, has been reported
            wanted.update({(p["patient_id"], p["entry_id"]): row[0] for p in touched})
    pairs = list(wanted)
    for start in range(0, len(pairs), BATCH):
        some = pairs[start : start + BATCH]
        pair = tuple_(audit_patient.c.patient_id, audit_patient.c.entry_id)
        found = connection.execute(
            select(audit_patient.c.patient_id, audit_patient.c.entry_id).where(pair.in_(some))
        )
        there = {(patient, entry) for patient, entry in found}
        for patient, entry in set(some) - there:
            text = f"the index of persons lacks {patient} of entry {entry}"
            report.add("person", text, wanted[patient, entry], entry)


def _check_end(position: int, seals: Sequence[_Seal], report: Report) -> None:
    furthest = max(seals, key=lambda seal: seal.position, default=None)
    if furthest is not None and furthest.position > position:
        text = (
            f"entries {position + 1} to {furthest.position} were cut off at the end "
            f"({furthest.name} knows of them)"
        )
        report.add("truncated", text, position + 1)
