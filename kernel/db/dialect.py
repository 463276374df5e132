"""Every question about which database this is stands in this file."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Integer

from kernel.clock import monotonic

SAFE_WAL = (3, 51, 3)
"""The first SQLite release without the WAL-reset corruption bug."""


def is_sqlite(bind: Engine | Connection) -> bool:
    """Whether this connection speaks to SQLite (otherwise it is PostgreSQL)."""
    return bind.dialect.name == "sqlite"


class position_of(FunctionElement[int]):  # noqa: N801 - reads as the SQL function it is
    """1-based place of a needle in a text column, 0 where it is not found; case-sensitive."""

    type = Integer()
    inherit_cache = True
    name = "position_of"


@compiles(position_of, "sqlite")
def _instr(element: position_of, compiler: Any, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(position_of, "postgresql")
def _strpos(element: position_of, compiler: Any, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


def contains(column: ColumnElement[str], needle: ColumnElement[str]) -> ColumnElement[bool]:
    """`needle` stands somewhere in `column`."""
    return position_of(column, needle) > 0


def insert_ignore(bind: Engine | Connection, table: Table) -> Any:
    """An INSERT that does nothing where the key is already there."""
    if is_sqlite(bind):
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def upsert(bind: Engine | Connection, table: Table, *keys: str) -> Any:
    """An INSERT that overwrites the other columns where the key `keys` is already there."""
    statement: Any = sqlite.insert(table) if is_sqlite(bind) else postgresql.insert(table)
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=others)


def plain_insert(table: Table) -> Any:
    """An INSERT without RETURNING, for many rows at once."""
    return insert(table).inline()


def takes_arrays(bind: Connection) -> bool:
    """Whether many rows are best sent as one array a column (PostgreSQL)."""
    return not is_sqlite(bind)


def insert_of_arrays(bind: Connection, table: Table) -> str:
    """The INSERT of rows given as one array a column, bound under the columns' names."""
    quoted = bind.dialect.identifier_preparer.quote
    names = [column.name for column in table.columns]
    kinds = [
        column.type.compile(dialect=bind.dialect).partition(" COLLATE")[0]
        for column in table.columns
    ]
    arrays = ", ".join(f"%({n})s::{k}[]" for n, k in zip(names, kinds, strict=True))
    columns = ", ".join(quoted(name) for name in names)
    into = quoted(table.name)
    return f"INSERT INTO {into} ({columns}) SELECT * FROM unnest({arrays})"  # noqa: S608 - names of declared tables


def insert_of_rows(bind: Connection, table: Table, rows: int) -> str:
    """The INSERT of so many rows, whose values are bound one after another."""
    quoted = bind.dialect.identifier_preparer.quote
    columns = ", ".join(quoted(column.name) for column in table.columns)
    row = f"({', '.join('?' * len(table.columns))})"
    values = ", ".join([row] * rows)
    return f"INSERT INTO {quoted(table.name)} ({columns}) VALUES {values}"  # noqa: S608 - names of declared tables


def cursor_of(connection: Connection) -> Any:
    """A cursor of the driver. PostgreSQL answers in binary: bodies have half the length then."""
    fairy = connection.connection
    return fairy.cursor() if is_sqlite(connection) else fairy.cursor(binary=True)


def ddl_of(bind: Engine | Connection, table: Table) -> str:
    """The statements that create `table` with its indexes on this database, as one text."""
    parts = [str(CreateTable(table).compile(dialect=bind.dialect))]
    parts += [
        str(CreateIndex(index).compile(dialect=bind.dialect))
        for index in sorted(table.indexes, key=lambda i: str(i.name))
    ]
    return "\n".join(parts)


def lock_rows(statement: Any) -> Any:
    """Lock the rows that a SELECT finds until the transaction ends.

    SQLite ignores it: there a writing transaction already is the only one.
    """
    return statement.with_for_update()


def is_disk_full(error: Exception) -> bool:
    """Whether a driver's error says that the disk is full (SQLITE_FULL, 53100)."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", "") == "53100" or "disk is full" in str(original)


def is_busy(error: Exception) -> bool:
    """Whether a driver's error says that the database is locked, starting, full or gone."""
    original = getattr(error, "orig", error)
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return str(state)[:2] in ("08", "53", "57") or state in ("55P03",)
    text = str(original)
    return any(
        words in text
        for words in ("is locked", "connection failed", "connection is closed", "server closed")
    )


_LOOK_EVERY = 20_000
"""Instructions of SQLite's virtual machine between two looks at the clock: about a millisecond."""


@contextmanager
def hurried(connection: Connection, until: float) -> Iterator[None]:
    """Interrupt statements of SQLite that still run at `until`, a reading of `monotonic`."""
    driver: Any = connection.connection.dbapi_connection
    driver.set_progress_handler(lambda: monotonic() > until, _LOOK_EVERY)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def is_interrupted(error: Exception) -> bool:
    """Whether a driver's error says that `hurried` stopped the statement."""
    return str(getattr(error, "orig", error)) == "interrupted"


def is_duplicate(error: Exception) -> bool:
    """Whether a driver's error says that a key is already there."""
    original = getattr(error, "orig", error)
    return getattr(original, "sqlstate", "") == "23505" or "UNIQUE constraint" in str(original)


def is_retryable(error: Exception) -> bool:
    """Whether running the same transaction again can succeed (deadlock, serialisation)."""
    return getattr(getattr(error, "orig", error), "sqlstate", "") in ("40001", "40P01")


def advisory_lock(connection: Connection, name: int) -> bool:
    """Try to become the only one in the city doing job number `name`, until the transaction ends.

    SQLite has one serving process, which is always the one.
    """
    if is_sqlite(connection):
        return True
    return bool(
        connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({int(name)})").scalar()
    )


def at_one_moment(connection: Connection) -> None:
    """Let a reading transaction that has not read yet see one moment until it ends.

    SQLite's transactions always do.
    """
    if not is_sqlite(connection):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def damages(connection: Connection) -> list[str]:
    """What the database finds wrong with its own file; PostgreSQL checks its pages itself."""
    if not is_sqlite(connection):
        return []
    found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    return [] if found == ["ok"] else [str(line) for line in found]


def end_transaction(connection: Connection) -> None:
    """Undo what the driver still has open although SQLAlchemy has done with it.

    That is so after a commit that failed, for a full disk say.
    """
    driver: Any = connection.connection.dbapi_connection
    if driver.in_transaction if is_sqlite(connection) else driver.pgconn.transaction_status:
        driver.rollback()


def is_alive(driver: Any) -> bool:
    """Whether the server still holds its end of an idle connection (the driver's own object).

    No question is sent: where something can be read although nothing was asked, the server has
    said goodbye or is gone. SQLite has no server.
    """
    socket_of = getattr(driver, "fileno", None)
    if socket_of is None:
        return True
    if driver.closed:
        return False
    poller = select.poll()
    poller.register(socket_of(), select.POLLIN)
    return not poller.poll(0)


def prepare_reader(connection: Connection) -> None:
    """Set a connection up for reading only.

    On PostgreSQL every statement sees what is committed when it begins, as it does inside a READ
    COMMITTED transaction, so no transaction is opened around them: two round trips less a request.
    """
    if not is_sqlite(connection):
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")


def prepare_recorder(connection: Connection) -> None:
    """Set a PostgreSQL connection up for single statements, each of which commits itself."""
    connection.execution_options(isolation_level="AUTOCOMMIT")
    connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")


def prepare_writer(connection: Connection) -> None:
    """Set a connection up for transactions that write."""
    connection.execution_options(station_write=True)
    if not is_sqlite(connection):
        connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
        connection.commit()
