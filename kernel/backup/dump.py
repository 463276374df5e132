"""Writing a backup while the station is being used."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, MetaData, Table, func, select

from kernel.backup.envelope import Writer
from kernel.clock import iso_instant
from kernel.db.derived import SIDES
from kernel.db.dialect import at_one_moment
from kernel.db.tables import audit_metadata, kernel_fact, kernel_session, metadata
from kernel.db.upgrade import PRINT, current, prints
from kernel.work import Station

LEFT_OUT = frozenset({kernel_session.name})
"""Nobody stays signed in across a restore."""

ROWS, BYTES = 2000, 1 << 20
"""A chunk holds at most so many rows, and begins no further one beyond so many bytes."""

Tell = Callable[[int, int], None]
"""Called with the rows done and the rows that there are."""

_pack = msgspec.msgpack.Encoder().encode


def quiet(_done: int, _total: int) -> None:
    """Tells nobody."""


@dataclass(slots=True)
class Tally:
    """Count and digest of the rows of a table, whatever order they come in."""

    count: int = 0
    total: int = 0

    def add(self, packed: bytes) -> None:
        """Count a row."""
        self.count += 1
        digest = int.from_bytes(hashlib.sha256(packed).digest())
        self.total = (self.total + digest) % (1 << 256)

    def value(self) -> dict[str, Any]:
        """As it stands in a backup's last chunk."""
        return {"count": self.count, "digest": f"{self.total:064x}"}


@dataclass(slots=True)
class Contents:
    """What a backup says that it holds: a tally a table."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All rows."""
        return sum(int(table["count"]) for table in self.tables.values())


def back_up(station: Station, file: Path, passphrase: str, *, tell: Tell = quiet) -> Contents:
    """Write a backup to `file`, whole or not at all.

    It is written under another name beside it and renamed when it is on the disk; a backup that is
    there already stays until then. Raises OSError where it cannot be written.
    """
    draft = file.with_name(file.name + ".part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            contents = _write(station, out, passphrase, tell)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync_folder(file.parent)
    return contents


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write(station: Station, out: Any, passphrase: str, tell: Tell) -> Contents:
    about = {
        "made_at": iso_instant(station.clock.now()),
        "revisions": current(station.database),
    }
    writer = Writer(out, passphrase, about)
    writer.chunk(["keys", station.settings.keys_path().read_bytes()])
    contents, done = Contents(), 0
    # The records before the audit: what the sealer moves meanwhile is then twice there and not
    # lost, and the audit knows an entry that it has by its id.
    for engine, areas in _snapshots(station):
        with one_moment(engine) as connection:
            total = done + _count(connection, [table for _, table in areas])
            if engine is station.database.engine:
                writer.chunk(["prints", prints(connection)])
            for area, table in areas:
                name, tally = str(table.name), Tally()
                writer.chunk(["table", area, name, [str(c.name) for c in table.columns]])
                for part in _parts(connection, table, tally):
                    writer.chunk(["rows", part])
                    done += len(part)
                    tell(done, total)
                contents.tables[name] = tally.value()
    writer.close(["end", contents.tables])
    return contents


@contextmanager
def one_moment(engine: Engine) -> Iterator[Connection]:
    """A connection whose statements all see the same moment, and can be read as a stream."""
    with engine.connect() as connection:
        at_one_moment(connection)
        yield connection


def _snapshots(station: Station) -> list[tuple[Engine, list[tuple[str, Table]]]]:
    """What is read at one moment each: where, and the tables with their area."""
    database = station.database
    derived = [*SIDES, *station.registry.derived.sorted_tables]
    records = [("records", table) for table in _kept(metadata)]
    audit = [("audit", table) for table in _kept(audit_metadata)]
    return [
        (database.engine, [*records, *(("derived", table) for table in derived)]),
        (database.audit_engine, audit),
    ]


def _kept(tables: MetaData) -> list[Table]:
    return [table for table in tables.sorted_tables if table.name not in LEFT_OUT]


def _count(connection: Connection, tables: Iterable[Table]) -> int:
    return sum(
        int(connection.execute(select(func.count()).select_from(table)).scalar_one())
        for table in tables
    )


def rows_of(connection: Connection, table: Table, columns: Sequence[str]) -> Iterator[list[Any]]:
    """The rows of a table in a form that both databases take; a stream.

    The prints of derived tables are left out: they belong to the database that they were made in.
    """
    statement = select(*(table.c[name] for name in columns))
    if table.name == kernel_fact.name:
        statement = statement.where(~table.c.name.startswith(PRINT))
    for row in connection.execute(statement.execution_options(yield_per=200)):
        yield [value.isoformat() if isinstance(value, date) else value for value in row]


def _parts(connection: Connection, table: Table, tally: Tally) -> Iterator[list[Any]]:
    part: list[Any] = []
    size = 0
    for row in rows_of(connection, table, table.c.keys()):
        packed = _pack(row)
        tally.add(packed)
        part.append(row)
        size += len(packed)
        if len(part) >= ROWS or size >= BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part


def tally_of(connection: Connection, table: Table, columns: Sequence[str]) -> Tally:
    """The tally of a table as it is now."""
    tally = Tally()
    for row in rows_of(connection, table, columns):
        tally.add(_pack(row))
    return tally
