"""Connections that are kept open between transactions and handed out without asking the server.

Taking a connection out of SQLAlchemy's pool, pinging it and giving it back costs more than a read
by key. A kept connection costs nothing but a look at its socket: one that can be read from while
nothing was asked has been closed by the server, and another is opened in its place.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from kernel.db.dialect import end_transaction, is_alive


class Lender:
    """Lends connections of one engine for one purpose, which `prepare` sets them up for.

    At most `keep` stay open; each is used by one thread at a time.
    """

    def __init__(self, engine: Engine, keep: int, prepare: Callable[[Connection], None]) -> None:
        self._engine = engine
        self._keep = keep
        self._prepare = prepare
        self._kept: deque[Connection] = deque()

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """A connection outside any transaction; what is still open at the end is undone."""
        connection = self._take()
        try:
            yield connection
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close what is kept."""
        while self._kept:
            self._kept.pop().close()

    def _take(self) -> Connection:
        while True:
            try:
                connection = self._kept.pop()
            except IndexError:
                return self._opened()
            if is_alive(connection.connection.dbapi_connection):
                return connection
            connection.invalidate()
            connection.close()

    def _opened(self) -> Connection:
        connection = self._engine.connect()
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _give_back(self, connection: Connection) -> None:
        driver: Any = self._engine.dialect.loaded_dbapi
        try:
            connection.rollback()
            end_transaction(connection)
        except (DBAPIError, driver.Error):
            connection.invalidate()  # the server is away, and the transaction with it
        if connection.invalidated or len(self._kept) >= self._keep:
            connection.close()
        else:
            self._kept.append(connection)
