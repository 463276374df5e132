"""Statements that run many times a second: compiled once, then handed straight to the driver.

SQLAlchemy's execution of a cached statement costs about ten times what the driver itself needs for
a lookup by key; the hot paths (read, search, save) therefore keep the compiled text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.sql import ClauseElement

Row = tuple[Any, ...]


class Prepared:
    """One SQL statement with named parameters, for both databases.

    Values are given as the driver takes them: str, int, float, bytes, None, and ISO text for local
    dates (columns of search tables hold nothing else).
    """

    __slots__ = ("_statement", "_texts")

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._texts: dict[type, tuple[str, dict[str, Any]]] = {}

    def _text(self, connection: Connection) -> tuple[str, dict[str, Any]]:
        """The compiled text, and the values that the statement itself holds."""
        dialect = connection.dialect
        make: Any = type(dialect)
        known = self._texts.get(make)
        if known is None:
            style = "pyformat" if dialect.paramstyle == "pyformat" else "named"
            compiled = self._statement.compile(
                dialect=make(paramstyle=style), compile_kwargs={"render_postcompile": True}
            )
            constants = {name: v for name, v in compiled.params.items() if v is not None}
            known = self._texts[make] = (str(compiled), constants)
        return known

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """All rows of a SELECT, as plain tuples."""
        cursor = _cursor(connection)
        try:
            text, constants = self._text(connection)
            cursor.execute(text, {**constants, **values} if constants else values)
            return list(cursor.fetchall())
        finally:
            cursor.close()

    def row(self, connection: Connection, values: Mapping[str, Any]) -> Row | None:
        """The first row of a SELECT, or None."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def run(self, connection: Connection, values: Mapping[str, Any]) -> int:
        """Execute; the number of rows that it touched."""
        cursor = _cursor(connection)
        try:
            text, constants = self._text(connection)
            cursor.execute(text, {**constants, **values} if constants else values)
            return int(cursor.rowcount)
        finally:
            cursor.close()

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Execute once per row; the number of rows touched in all."""
        if not rows:
            return 0
        if len(rows) == 1:
            return self.run(connection, rows[0])
        cursor = _cursor(connection)
        try:
            text, constants = self._text(connection)
            cursor.executemany(text, [{**constants, **r} for r in rows] if constants else rows)
            return int(cursor.rowcount)
        finally:
            cursor.close()


def _cursor(connection: Connection) -> Any:
    """The driver's own cursor, inside SQLAlchemy's transaction."""
    if not connection.in_transaction():
        connection.begin()
    return connection.connection.cursor()
