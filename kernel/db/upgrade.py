"""Bring a database to this program's schema, and notice one that is older or newer.

What was written is migrated by Alembic in two lines of revisions (records and audit: two files on
SQLite, one database on PostgreSQL). What can be computed again is compared by its print and made
anew (docs/decisions/0005-derived-tables.md).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, String, Table, delete, inspect, select

from kernel.db.derived import side_metadata
from kernel.db.dialect import advisory_lock, ddl_of, upsert
from kernel.db.engine import Database
from kernel.db.tables import kernel_fact
from kernel.errors import busy
from kernel.registry import Registry

if TYPE_CHECKING:
    from alembic.config import Config

UPGRADE_LOCK = 7_305_001
"""The number of the advisory lock that one upgrade at a time holds."""

PRINT = "derived:"
"""Begins the name of the fact that holds a derived table's print."""

_SCRIPTS = Path(__file__).parent / "migrations"


class WrongSchema(Exception):
    """The database's schema is older or newer than this program; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of revisions: their names oldest first, its version table, and where it runs.

    The names stand here as well as in the scripts, so that serving does not load Alembic.
    """

    name: str
    revisions: tuple[str, ...]
    version_table: str
    writing: Callable[[Database], AbstractContextManager[Connection]]
    reading: Callable[[Database], AbstractContextManager[Connection]]

    def revision(self, connection: Connection) -> str | None:
        """The revision that the database stands at, None where it was never run."""
        if not inspect(connection).has_table(self.version_table):
            return None
        versions = Table(self.version_table, MetaData(), Column("version_num", String(32)))
        return connection.scalar(select(versions.c.version_num))


LINES = (
    Line(
        "main",
        ("0001", "0002", "0003", "0004", "0005"),
        "alembic_version",
        Database.writing,
        Database.reading,
    ),
    Line("audit", ("0001",), "audit_alembic_version", Database.auditing, Database.reading_audit),
)


def config_of(line: Line, connection: Connection | None = None) -> "Config":
    """Alembic's configuration of a line, with the open connection that its scripts run on."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", (_SCRIPTS / line.name).as_posix())
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, *, to: Mapping[str, str | None] | None = None) -> list[str]:
    """Run the revisions that the database lacks, each line in one transaction.

    `to` names the revisions to stop at by line, for what was written at them. Returns the names of
    the applied revisions (`main 0001`), none where it is up to date. Raises WrongSchema for a newer
    database and Refused (503) while another process is upgrading.
    """
    applied: list[str] = []
    for line in LINES:
        with line.writing(database) as connection:
            if not advisory_lock(connection, UPGRADE_LOCK):
                raise busy("another process is upgrading the database; try again")
            missing = _missing(line, line.revision(connection))
            stop = (to or {}).get(line.name) or line.revisions[-1]
            missing = missing[: len(missing) - len(_missing(line, stop))]
            if missing:
                from alembic import command

                command.upgrade(config_of(line, connection), stop)
            applied += [f"{line.name} {revision}" for revision in missing]
    return applied


def current(database: Database) -> dict[str, str | None]:
    """The revision that each line stands at, None where it was never run."""
    found = {}
    for line in LINES:
        with line.reading(database) as connection:
            found[line.name] = line.revision(connection)
    return found


def check(database: Database) -> None:
    """Refuse a schema that is not this program's. Raises WrongSchema, saying what to do."""
    for name, revision in current(database).items():
        line = next(line for line in LINES if line.name == name)
        if _missing(line, revision):
            at = f"at revision {revision}" if revision else "empty"
            raise WrongSchema(
                f"the database ({name}) is {at}, this program needs {line.revisions[-1]}: "
                "run `station db upgrade`"
            )


def _missing(line: Line, revision: str | None) -> tuple[str, ...]:
    known = line.revisions
    if revision is None:
        return known
    if revision not in known:
        raise WrongSchema(
            f"the database ({line.name}) is at revision {revision}, which is newer than this "
            f"program knows (up to {known[-1]}): install the program that wrote it, or a newer one"
        )
    return known[known.index(revision) + 1 :]


def derived_changes(connection: Connection, registry: Registry) -> list[Table]:
    """The derived tables that are missing or differ from their declaration."""
    kept = prints(connection)
    present = set(inspect(connection).get_table_names())
    return [
        table
        for table in _derived(registry)
        if table.name not in present or kept.get(table.name) != print_of(connection, table)
    ]


def recreate(connection: Connection, table: Table) -> None:
    """Drop a derived table, make it anew, empty, with its indexes, and keep its print."""
    table.drop(connection, checkfirst=True)
    table.create(connection)
    fact = {"name": PRINT + table.name, "value": print_of(connection, table)}
    connection.execute(upsert(connection, kernel_fact, "name").values(fact))


def drop_undeclared(connection: Connection, registry: Registry) -> list[str]:
    """Drop the derived tables that no module declares any more; their names."""
    declared = {table.name for table in _derived(registry)}
    gone = sorted(set(prints(connection)) - declared)
    for name in gone:
        Table(name, MetaData()).drop(connection, checkfirst=True)
        connection.execute(delete(kernel_fact).where(kernel_fact.c.name == PRINT + name))
    return gone


def _derived(registry: Registry) -> Iterator[Table]:
    yield from side_metadata.sorted_tables
    yield from registry.derived.sorted_tables


def prints(connection: Connection) -> dict[str, str]:
    """The prints of the derived tables as they were made, by table."""
    facts = select(kernel_fact.c.name, kernel_fact.c.value)
    found = connection.execute(facts.where(kernel_fact.c.name.startswith(PRINT)))
    return {name.removeprefix(PRINT): value for name, value in found}


def print_of(connection: Connection, table: Table) -> str:
    """The print of a derived table as it is declared: what its rows depend on."""
    declared = table.info.get("declared", "")
    return hashlib.sha256(f"{ddl_of(connection, table)}\n{declared}".encode()).hexdigest()
