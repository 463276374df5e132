"""Connections, and the three ways to use one: read, write, and read or write the audit file."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import pysqlite3
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from kernel.clock import monotonic
from kernel.db.dialect import (
    SAFE_WAL,
    hurried,
    is_alive,
    is_busy,
    is_disk_full,
    is_interrupted,
    is_sqlite,
    prepare_reader,
    prepare_recorder,
    prepare_writer,
)
from kernel.db.lending import Lender
from kernel.errors import Elsewhere, busy, storage_full
from kernel.settings import Settings

LOCK_SECONDS = 5
"""How long a transaction waits for another one before it answers 503."""

STATEMENTS = 512
"""Compiled statements that a connection of SQLite keeps; all that the pages and the API say to it
often. The driver's own 128 are fewer than a morning's work needs."""

AUDIT_CONNECTIONS = 4
"""Connections a process keeps for the audit: its writer, the sealer and its readers."""


@dataclass
class _Shared:
    """A transaction that several changes share, opened by the first."""

    stack: ExitStack
    connection: Connection | None = None

    def open(self, transaction: AbstractContextManager[Connection]) -> Connection:
        self.connection = self.stack.enter_context(transaction)
        return self.connection


class _Mode(threading.local):
    """How a thread uses the database just now."""

    until: float | None = None
    shared: _Shared | None = None


class Database:
    """The engine of the records and the engine of the audit.

    The audit has its own file on SQLite and its own few connections on PostgreSQL, so that it never
    waits for the records.

    On SQLite writing transactions queue for one lock in this process, because a database file has
    one writer anyway and a queue is fairer than polling; other processes (the command line) are
    waited for by SQLite's busy time-out.
    """

    def __init__(self, settings: Settings) -> None:
        path, audit = settings.database_path(), settings.audit_path()
        if path is None or audit is None:
            self.engine = _postgresql(settings, settings.threads)
            self.audit_engine = _postgresql(settings, AUDIT_CONNECTIONS)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.engine = _sqlite(f"sqlite:///{path}", settings.threads)
            self.audit_engine = _sqlite(f"sqlite:///{audit}", AUDIT_CONNECTIONS)
        self.single_writer = is_sqlite(self.engine)
        self.readers_never_wait = self.single_writer and journal_mode() == "WAL"
        self._locks = {id(self.engine): threading.Lock(), id(self.audit_engine): threading.Lock()}
        self._mode = _Mode()
        self._readers = Lender(self.engine, settings.threads, prepare_reader)
        self._writers = Lender(self.engine, settings.threads // 4 + 1, prepare_writer)
        self._recorders = Lender(self.audit_engine, 1, prepare_recorder)
        self._auditors = Lender(self.audit_engine, 2, prepare_writer)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The records as they are now; nothing can be written through it.

        SQLite: one snapshot. PostgreSQL: each statement sees what is committed when it begins.
        """
        until = self._mode.until
        with _guarded(self.engine), self._readers.lent() as connection:
            if until is None:
                yield connection
            else:
                with hurried(connection, until):
                    yield connection

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Within the block, in this thread, what is read from SQLite takes so long at most.

        A statement that takes longer raises Elsewhere.
        """
        self._mode.until = monotonic() + seconds
        try:
            yield
        finally:
            self._mode.until = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction on the records: committed when the block ends, undone if it raises.

        Inside `one_commit` it is a part of that transaction, and only the part is undone.
        """
        shared = self._mode.shared
        if shared is None:
            with self._transaction() as connection:
                yield connection
            return
        connection = shared.connection or shared.open(self._transaction())
        with _guarded(self.engine), connection.begin_nested():
            yield connection

    @contextmanager
    def one_commit(self) -> Iterator[None]:
        """Within the block, in this thread, all `writing` is committed together at its end.

        Whoever did a part may say that it is done only after that. Where this raises, nothing of
        any part is kept.
        """
        with ExitStack() as stack:
            self._mode.shared = _Shared(stack)
            stack.callback(setattr, self._mode, "shared", None)
            yield

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with (
            self._queued(self.engine),
            _guarded(self.engine),
            self._writers.lent() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def auditing(self) -> Iterator[Connection]:
        """One transaction on the audit, which never waits for one on the records."""
        with (
            self._queued(self.audit_engine),
            _guarded(self.audit_engine),
            self._auditors.lent() as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def recording(self) -> Iterator[Connection]:
        """One statement that adds to the audit: PostgreSQL needs no transaction around it."""
        if self.single_writer:
            with self.auditing() as connection:
                yield connection
            return
        with _guarded(self.audit_engine), self._recorders.lent() as connection:
            yield connection

    @contextmanager
    def reading_audit(self) -> Iterator[Connection]:
        """A snapshot of the audit."""
        with _guarded(self.audit_engine), self.audit_engine.connect() as connection:
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def _queued(self, engine: Engine) -> Iterator[None]:
        """Be the only one of this process who writes, where the database takes one at a time."""
        if not self.single_writer:
            yield
            return
        lock = self._locks[id(engine)]
        if not lock.acquire(timeout=LOCK_SECONDS):
            raise busy("another change is being saved; try again")
        try:
            yield
        finally:
            lock.release()

    def close(self) -> None:
        """Give all connections back."""
        self._readers.close()
        self._writers.close()
        self._recorders.close()
        self._auditors.close()
        self.engine.dispose()
        self.audit_engine.dispose()


@contextmanager
def _guarded(engine: Engine) -> Iterator[None]:
    """Say 507 for a full disk and 503 for a database that is locked or away.

    Prepared statements go straight to the driver, so its own errors are caught too.
    """
    driver: Any = engine.dialect.loaded_dbapi
    try:
        yield
    except PoolTimeout as error:
        raise busy("all database connections are in use; try again") from error
    except (DBAPIError, driver.Error) as error:
        if is_disk_full(error):
            raise storage_full() from error
        if is_interrupted(error):
            raise Elsewhere from error
        if is_busy(error):
            raise busy("the database is locked or cannot be reached; try again") from error
        raise


def _postgresql(settings: Settings, connections: int) -> Engine:
    engine = create_engine(
        settings.database_url,
        pool_size=connections,
        max_overflow=2 * connections,
        pool_timeout=LOCK_SECONDS,
        connect_args={
            "connect_timeout": LOCK_SECONDS,
            "options": f"-c lock_timeout={LOCK_SECONDS}s -c timezone=UTC",
        },
    )
    event.listen(engine, "checkout", _check_out)
    return engine


def _check_out(driver: Any, _record: object, _proxy: object) -> None:
    """Let the pool open another connection in place of one that the server has closed."""
    if not is_alive(driver):
        raise DisconnectionError


def _sqlite(url: str, readers: int) -> Engine:
    engine = create_engine(
        url,
        module=pysqlite3,
        poolclass=QueuePool,
        pool_size=readers + 2,
        max_overflow=2 * readers,
        pool_timeout=LOCK_SECONDS,
        connect_args={
            "check_same_thread": False,
            "timeout": LOCK_SECONDS,
            "cached_statements": STATEMENTS,
        },
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def journal_mode() -> str:
    """WAL where the linked SQLite is free of the WAL-reset bug, else the rollback journal."""
    return "WAL" if pysqlite3.sqlite_version_info >= SAFE_WAL else "DELETE"


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.isolation_level = None  # transactions are begun by `_begin_sqlite` alone
    cursor = dbapi_connection.cursor()
    for pragma in (
        f"journal_mode={journal_mode()}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "temp_store=MEMORY",
        "secure_delete=FAST",
        "cache_size=-8000",
        "mmap_size=268435456",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("station_write")
    driver: Any = connection.connection.dbapi_connection
    driver.execute("BEGIN IMMEDIATE" if write else "BEGIN")
