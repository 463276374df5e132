"""Gives every entry its place: moves both inboxes into the chain, one sealer at a time.

The chain at a position is an HMAC over the chain before it, the position and the entry's own MAC,
so an entry that is changed, taken out, put in or moved shows at its place. Entries enter the chain
within seconds; one that is deleted before that leaves no trace (DESIGN §3 admits the gap).

The inboxes and the chain may be two files, which cannot be committed together: entries are first
committed into the chain and then deleted from the inbox; a rerun knows those by their id.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, delete, func, select

from kernel.audit.entry import COLUMNS, SEVERAL, chained, detail_of, mac, packed
from kernel.clock import Clock, Instant, local_date
from kernel.db.dialect import advisory_lock, plain_insert, upsert
from kernel.db.engine import Database
from kernel.db.prepared import Prepared, PreparedInsert, Row
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

SEAL_LOCK = 7_305_002
"""The number of the advisory lock that the one sealer of a city holds."""

BATCH = 500
"""Most entries of each inbox in one transaction: an access waits a few milliseconds for it."""

EVERY_SECONDS = 2.0
"""How often the sealer looks for work."""

MARK = "audit-position"
"""The fact, kept with the records, up to where the chain reached: `position:chain in hex`."""

_log = logging.getLogger("station.audit")


def _pending(inbox: Table) -> Prepared:
    columns = [inbox.c[name] for name in (*COLUMNS, "mac")]
    return Prepared(select(*columns).order_by(inbox.c.id).limit(BATCH))


_CHANGES = _pending(audit_inbox)
_ACCESSES = _pending(access_inbox)
_FIRST_CHANGE = Prepared(select(audit_inbox.c.id).limit(1))
_FIRST_ACCESS = Prepared(select(access_inbox.c.id).limit(1))
_SEAL = PreparedInsert(audit_entry)
_INDEX = PreparedInsert(audit_patient)
_PATIENT = COLUMNS.index("patient_id")
_DETAIL = COLUMNS.index("detail")
_MAC = len(COLUMNS)


class Tip(NamedTuple):
    """The end of the chain: position 0 before the first entry."""

    position: int
    chain: bytes
    at: Instant | None


def tip(connection: Connection) -> Tip:
    """Where the chain ends now."""
    entry = audit_entry.c
    last = connection.execute(
        select(entry.position, entry.chain, entry.at).order_by(entry.position.desc()).limit(1)
    ).first()
    if last is not None:
        return Tip(last.position, bytes(last.chain), last.at)
    purge = audit_purge.c
    gone = connection.execute(
        select(purge.through_position, purge.chain).order_by(purge.through_position.desc()).limit(1)
    ).first()
    return Tip(gone.through_position, bytes(gone.chain), None) if gone else Tip(0, b"", None)


def seal_once(database: Database, keys: KeyRing, clock: Clock) -> int:
    """Seal a batch of each inbox and close the day that is over; the number of entries taken over.

    Does nothing where another process is sealing. Call it until it returns 0 to seal everything.
    """
    with database.reading() as connection:
        changes = _CHANGES.rows(connection, {})
    with database.auditing() as connection:
        if not advisory_lock(connection, SEAL_LOCK):
            return 0
        _close_day(connection, keys, clock.today())
        accesses = _ACCESSES.rows(connection, {})
        fresh = sorted(accesses + _unsealed(connection, changes), key=itemgetter(0))
        end = _append(connection, keys, fresh)
        _remove(connection, access_inbox, accesses)
    if fresh or changes:
        with database.writing() as connection:
            _remove(connection, audit_inbox, changes)
            fact = {"name": MARK, "value": f"{end.position}:{end.chain.hex()}"}
            connection.execute(upsert(connection, kernel_fact, "name").values(fact))
    return len(accesses) + len(changes)


def seal_all(database: Database, keys: KeyRing, clock: Clock) -> int:
    """Seal until nothing is left, for commands and tests; the number of entries sealed."""
    total = 0
    while sealed := seal_once(database, keys, clock):
        total += sealed
    return total


def _unsealed(connection: Connection, rows: Sequence[Row]) -> list[Row]:
    """Those rows that no interrupted run has put into the chain already."""
    if not rows:
        return []
    ids = [values[0] for values in rows]
    known = set(
        connection.execute(select(audit_entry.c.id).where(audit_entry.c.id.in_(ids))).scalars()
    )
    return [values for values in rows if values[0] not in known]


def _append(connection: Connection, keys: KeyRing, rows: Sequence[Row]) -> Tip:
    position, chain, at = tip(connection)
    sealed: list[dict[str, Any]] = []
    touched: list[dict[str, str]] = []
    for values in rows:
        position += 1
        chain = chained(keys, chain, position, bytes(values[_MAC]))
        columns = dict(zip((*COLUMNS, "mac"), values, strict=True))
        sealed.append({**columns, "position": position, "chain": chain})
        if values[_PATIENT] == SEVERAL:
            touched += _patients(keys, values)
    _SEAL.run_many(connection, sealed)
    _INDEX.run_many(connection, touched)
    return Tip(position, chain, at)


def _patients(keys: KeyRing, values: Row) -> list[dict[str, str]]:
    try:
        return patients_of(keys, values[0], values[_DETAIL])
    except Damaged as damage:
        _log.error("%s; it is sealed as it is, and `station audit verify` names it", damage)
        return []


def patients_of(keys: KeyRing, id_: str, detail: bytes | None) -> list[dict[str, str]]:
    """The rows of `audit_patient` of an entry that touched several persons.

    Raises codec.Damaged if its detail was changed.
    """
    known = detail_of(keys, id_, detail) or {}
    return [{"patient_id": patient, "entry_id": id_} for patient in known.get("patients", ())]


def _remove(connection: Connection, inbox: Table, rows: Sequence[Row]) -> None:
    if rows:
        connection.execute(delete(inbox).where(inbox.c.id.in_([values[0] for values in rows])))


def _close_day(connection: Connection, keys: KeyRing, today: date) -> None:
    """Sign where the chain stands, once, when the day of its last entry is over."""
    end = tip(connection)
    if end.at is None or (day := local_date(end.at)) == today:
        return
    covered, again = connection.execute(
        select(
            func.coalesce(func.max(audit_head.c.last_position), 0),
            func.count().filter(audit_head.c.day == day),
        )
    ).one()
    if covered >= end.position or again:
        return  # after a jump of the clock a day can come twice; the next head covers it
    values = {
        "day": day,
        "first_position": covered + 1,
        "last_position": end.position,
        "chain": end.chain,
    }
    connection.execute(plain_insert(audit_head), {**values, "signature": head_mac(keys, **values)})


def head_mac(
    keys: KeyRing, *, day: date, first_position: int, last_position: int, chain: bytes
) -> bytes:
    """The signature of a day's head under the current key."""
    signed = head_bytes(day, first_position, last_position, chain)
    return mac(keys, keys.current.version, b"head", signed)


def head_bytes(day: date, first_position: int, last_position: int, chain: bytes) -> bytes:
    """What the signature of a day's head covers."""
    return packed((day.isoformat(), first_position, last_position, chain))


class Sealer:
    """Seals in the background, as soon as `EVERY_SECONDS` after the entries were written."""

    def __init__(self, database: Database, keys: KeyRing, clock: Clock) -> None:
        self._database = database
        self._keys = keys
        self._clock = clock
        self._day: date | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="audit-sealer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Seal what there is and stop."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self._round()
        self._round()

    def _round(self) -> None:
        try:
            today = self._clock.today()
            if today != self._day or self._is_waiting():
                seal_all(self._database, self._keys, self._clock)
                self._day = today
        except Exception:  # whatever it was: without this thread nothing would be sealed any more
            _log.exception("the audit could not be sealed; the next round tries again")

    def _is_waiting(self) -> bool:
        with self._database.reading() as connection:
            if _FIRST_CHANGE.row(connection, {}) is not None:
                return True
        with self._database.reading_audit() as connection:
            return _FIRST_ACCESS.row(connection, {}) is not None
