"""Schema: the revisions make what the tables declare; derived tables are made anew instead."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    String,
    Table,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DatabaseError

from kernel.db.derived import side_metadata
from kernel.db.engine import Database
from kernel.db.tables import audit_metadata, kernel_fact, metadata
from kernel.db.upgrade import LINES as UPGRADE_LINES
from kernel.db.upgrade import (
    WrongSchema,
    check,
    config_of,
    current,
    derived_changes,
    drop_undeclared,
    recreate,
    upgrade,
)
from kernel.declare.module import Module, Projection
from kernel.declare.resource import ResourceSpec, Scope, day, string
from kernel.registry import Registry, build

Opened = AbstractContextManager[Connection]
LINES: list[tuple[MetaData, str, Callable[[Database], Opened]]] = [
    (metadata, "alembic_version", Database.writing),
    (audit_metadata, "audit_alembic_version", Database.auditing),
]


def differences(connection: Connection, declared: MetaData, version_table: str) -> list[object]:
    """What Alembic would write into a next revision."""

    def ours(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name in declared.tables

    context = MigrationContext.configure(
        connection,
        opts={
            "version_table": version_table,
            "include_name": ours,
            "compare_type": True,
            "compare_server_default": True,
        },
    )
    return list(compare_metadata(context, declared))


def test_the_revisions_make_what_the_tables_declare(empty: Database) -> None:
    mains = [f"main {number:04d}" for number in range(1, 6)]
    assert upgrade(empty) == [*mains, "audit 0001"]
    for declared, version_table, opened in LINES:
        with opened(empty) as connection:
            assert differences(connection, declared, version_table) == []
            assert set(declared.tables) <= set(inspect(connection).get_table_names())
            assert _keys(connection, declared) == {
                name: [c.name for c in table.primary_key] for name, table in declared.tables.items()
            }


def _keys(connection: Connection, declared: MetaData) -> dict[str, list[str]]:
    found = inspect(connection)
    return {name: found.get_pk_constraint(name)["constrained_columns"] for name in declared.tables}


def test_a_column_that_no_revision_makes_is_noticed(empty: Database) -> None:
    upgrade(empty)
    wider = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(wider)
    wider.tables["kernel_fact"].append_column(Column("forgotten", String(5)))
    with empty.writing() as connection:
        assert differences(connection, wider, "alembic_version") != []


def test_upgrading_twice_does_nothing(empty: Database) -> None:
    upgrade(empty)
    before = current(empty)
    assert upgrade(empty) == []
    assert current(empty) == before == {"main": "0005", "audit": "0001"}
    check(empty)


def test_an_empty_database_asks_for_the_upgrade(empty: Database) -> None:
    with pytest.raises(WrongSchema, match=r"empty.*run `station db upgrade`"):
        check(empty)


@pytest.mark.parametrize(("_declared", "version_table", "opened"), LINES)
def test_a_newer_schema_is_refused(
    empty: Database, _declared: MetaData, version_table: str, opened: Callable[[Database], Opened]
) -> None:
    upgrade(empty)
    with opened(empty) as connection:
        connection.execute(text(f"UPDATE {version_table} SET version_num = '9999'"))  # noqa: S608 - a constant of this file
    with pytest.raises(WrongSchema, match="9999, which is newer than this program knows"):
        check(empty)
    with pytest.raises(WrongSchema, match="9999"):
        upgrade(empty)


def test_a_failing_revision_leaves_nothing_behind(empty: Database) -> None:
    with empty.auditing() as connection:
        connection.execute(text("CREATE TABLE audit_purge (other INTEGER)"))
    with pytest.raises(DatabaseError, match="audit_purge"):
        upgrade(empty)
    assert current(empty) == {"main": "0005", "audit": None}
    with empty.auditing() as connection:
        assert "audit_entry" not in inspect(connection).get_table_names()
        connection.execute(text("DROP TABLE audit_purge"))
    assert upgrade(empty) == ["audit 0001"]


def registry_with(*params: str, facts: Table | None = None) -> Registry:
    texts = [string(p) for p in params]
    spec = ResourceSpec("Patient", (*texts, day("birthdate")), Scope.PATIENT, "id")
    projections = (Projection("Patient", facts, lambda _body: []),) if facts is not None else ()
    return build((Module("records", "档案", resources=(spec,), projections=projections),))


def names(tables: list[Table]) -> set[str]:
    return {table.name for table in tables}


def test_derived_tables_are_made_once_and_again_when_they_change(empty: Database) -> None:
    upgrade(empty)
    first, second = registry_with("name"), registry_with("name", "gender")
    with empty.writing() as connection:
        sides = set(side_metadata.tables)
        assert names(derived_changes(connection, first)) == sides | {"search_patient"}
        for table in derived_changes(connection, first):
            recreate(connection, table)
        assert derived_changes(connection, first) == []
    with empty.writing() as connection:
        assert names(derived_changes(connection, second)) == {"search_patient"}
        recreate(connection, second.search["Patient"])
        assert derived_changes(connection, second) == []
        found = inspect(connection)
        assert "birthdate_from" in {c["name"] for c in found.get_columns("search_patient")}
        assert {i["name"] for i in found.get_indexes("search_patient")} == {
            i.name for i in second.search["Patient"].indexes
        }


def test_a_derived_table_that_somebody_dropped_is_a_change(empty: Database) -> None:
    upgrade(empty)
    registry = registry_with("name")
    with empty.writing() as connection:
        for table in derived_changes(connection, registry):
            recreate(connection, table)
        connection.execute(text("DROP TABLE search_patient"))
        assert names(derived_changes(connection, registry)) == {"search_patient"}


def test_undeclared_derived_tables_are_dropped_and_nothing_else(empty: Database) -> None:
    upgrade(empty)
    facts = Table(
        "records_birth",
        MetaData(),
        Column("source_type", String(40)),
        Column("source_id", String(64)),
        Column("at", BigInteger),
    )
    with empty.writing() as connection:
        for table in derived_changes(connection, registry_with("name", facts=facts)):
            recreate(connection, table)
    with empty.writing() as connection:
        assert drop_undeclared(connection, registry_with("name")) == ["records_birth"]
        assert drop_undeclared(connection, registry_with("name")) == []
        left = set(inspect(connection).get_table_names())
        assert "records_birth" not in left
        assert set(metadata.tables) | {"search_patient"} <= left
        prints = connection.execute(select(kernel_fact.c.name)).scalars().all()
        assert "derived:records_birth" not in prints


def test_the_revisions_named_in_the_program_are_those_of_the_scripts() -> None:
    for line in UPGRADE_LINES:
        scripts = ScriptDirectory.from_config(config_of(line))
        assert [r.revision for r in scripts.walk_revisions()][::-1] == list(line.revisions)
