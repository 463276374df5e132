"""Statements that run many times a second: compiled once, then handed straight to the driver.

SQLAlchemy's execution of a cached statement costs about ten times what the driver itself needs for
a lookup by key; the hot paths (read, search, save) therefore keep the compiled text.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert
from sqlalchemy.sql import ClauseElement

from kernel.db.dialect import cursor_of, insert_of_arrays, insert_of_rows, takes_arrays

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


_ROWS = 64
"""Most rows of one INSERT into SQLite, which takes 32,766 values at most."""

_FEW = 8
"""Up to so many rows have an INSERT of exactly their number: what one save writes to a table."""


class PreparedInsert(Prepared):
    """The INSERT of all columns of a table; rows name every column.

    Many rows go to PostgreSQL as one array a column, to SQLite as a few statements of many rows: a
    statement a row would cost three times as much, and on SQLite wake another thread each time.
    """

    __slots__ = ("_array_text", "_names", "_sizes", "_table")

    def __init__(self, table: Table) -> None:
        super().__init__(insert(table).values({c.name: bindparam(c.name) for c in table.columns}))
        self._table = table
        self._names = [column.name for column in table.columns]
        self._array_text: str | None = None
        self._sizes: dict[int, str] = {}

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows; their number."""
        if not rows:
            return 0
        cursor = _cursor(connection)
        try:
            if takes_arrays(connection):
                self._run_arrays(connection, cursor, rows)
            else:
                self._run_parts(connection, cursor, rows)
        finally:
            cursor.close()
        return len(rows)

    def _run_arrays(self, connection: Connection, cursor: Any, rows: Sequence[Any]) -> None:
        if len(rows) == 1:
            cursor.execute(self._text(connection)[0], rows[0])
            return
        if self._array_text is None:
            self._array_text = insert_of_arrays(connection, self._table)
        cursor.execute(self._array_text, {name: [r[name] for r in rows] for name in self._names})

    def _run_parts(self, connection: Connection, cursor: Any, rows: Sequence[Any]) -> None:
        """Insert 64 rows at a time, then powers of two, the last few at once: few texts for all."""
        start = 0
        while start < len(rows):
            left = len(rows) - start
            size = left if left <= _FEW else min(_ROWS, 1 << (left.bit_length() - 1))
            text = self._sizes.get(size)
            if text is None:
                text = self._sizes[size] = insert_of_rows(connection, self._table, size)
            part = rows[start : start + size]
            cursor.execute(text, [row[name] for row in part for name in self._names])
            start += size


_CHUNK = 128


class PreparedIn:
    """A SELECT with an `IN` list of any length.

    `build` makes the statement from the bound parameters of the list, or from `pairs` of them.
    Lists are filled up to a power of two (at most 128, longer ones run in parts), so that few
    statements are prepared.
    """

    __slots__ = ("_build", "_pairs", "_sizes")

    def __init__(self, build: Callable[[list[Any]], ClauseElement], *, pairs: bool = False) -> None:
        self._build = build
        self._pairs = pairs
        self._sizes: dict[int, Prepared] = {}

    def rows(
        self,
        connection: Connection,
        members: Iterable[str] | Iterable[bytes] | Iterable[tuple[str, str]],
        values: Mapping[str, Any],
    ) -> list[Row]:
        """The rows for all (distinct) members of the list, part after part."""
        wanted = list(dict.fromkeys(members))
        found: list[Row] = []
        for start in range(0, len(wanted), _CHUNK):
            part: list[Any] = wanted[start : start + _CHUNK]
            size = 1 << (len(part) - 1).bit_length()
            part += part[-1:] * (size - len(part))
            if self._pairs:
                part = [value for pair in part for value in pair]
            bound = {f"member{n}": value for n, value in enumerate(part)}
            found += self._of_size(size).rows(connection, {**bound, **values})
        return found

    def _of_size(self, size: int) -> Prepared:
        if size not in self._sizes:
            count = size * 2 if self._pairs else size
            binds: list[Any] = [
                bindparam(f"member{n}", value=None, required=False) for n in range(count)
            ]
            if self._pairs:
                binds = list(zip(binds[::2], binds[1::2], strict=True))
            self._sizes[size] = Prepared(self._build(binds))
        return self._sizes[size]


def _cursor(connection: Connection) -> Any:
    """The driver's own cursor, inside SQLAlchemy's transaction."""
    if not connection.in_transaction():
        connection.begin()
    return cursor_of(connection)
