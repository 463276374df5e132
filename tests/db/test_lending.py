"""Kept connections: handed out again, replaced when the server has gone, and safe to read with."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from kernel.db.engine import Database
from kernel.db.tables import kernel_epoch
from kernel.db.upgrade import upgrade
from kernel.settings import Settings
from tests.db.databases import KINDS, ready_database
from tests.support.postgres import PostgresServer

NAMES = select(kernel_epoch.c.name)


def write(database: Database, name: str) -> None:
    """Commit one row."""
    with database.writing() as connection:
        connection.execute(insert(kernel_epoch), {"name": name, "value": 1})


def write_and_fail(connection: Connection) -> None:
    """Half of something."""
    connection.execute(insert(kernel_epoch), {"name": "half", "value": 1})
    raise ZeroDivisionError


def names(database: Database) -> set[str]:
    """The rows that are committed."""
    with database.reading() as connection:
        return set(connection.execute(NAMES).scalars())


@pytest.mark.postgres(own=True)
@pytest.mark.parametrize("killed", [False, True])
def test_nobody_notices_that_postgresql_was_restarted(killed: bool, tmp_path: Path) -> None:
    with PostgresServer(durable=True) as server:
        settings = Settings.model_validate({"database_url": server.create_database("restarted")})
        database = Database(settings)
        try:
            upgrade(database)
            write(database, "before")
            assert "before" in names(database)
            if killed:
                server.kill9()
                server.start()
            else:
                server.restart()
            assert "before" in names(database)
            write(database, "after")
            with database.auditing() as connection:
                assert connection.exec_driver_sql("SELECT 1").scalar() == 1
            assert names(database) >= {"before", "after"}
        finally:
            database.close()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_sees_every_commit_before_it(
    kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ready_database(kind, tmp_path, tmp_path_factory.mktemp("prepared")) as database:
        for number in range(20):
            write(database, f"row{number}")
            assert f"row{number}" in names(database)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_written_by_reading(
    kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ready_database(kind, tmp_path, tmp_path_factory.mktemp("prepared")) as database:
        refused: list[str] = []
        with database.reading() as connection:
            try:
                connection.execute(insert(kernel_epoch), {"name": "sly", "value": 1})
            except Exception as error:
                refused.append(str(error))
        assert "sly" not in names(database)
        assert [text for text in refused if "read-only" in text] == refused
        write(database, "open")  # what was kept for reading is not lent for writing


@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_block_leaves_no_transaction_behind(
    kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ready_database(kind, tmp_path, tmp_path_factory.mktemp("prepared")) as database:
        with pytest.raises(ZeroDivisionError), database.writing() as connection:
            write_and_fail(connection)
        assert "half" not in names(database)
        write(database, "whole")


@pytest.mark.parametrize("kind", KINDS)
def test_each_thread_has_a_connection_of_its_own(
    kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ready_database(kind, tmp_path, tmp_path_factory.mktemp("prepared")) as database:
        together = threading.Barrier(8)
        used: list[Connection] = []

        def reader() -> None:
            with database.reading() as connection:
                together.wait(10)
                used.append(connection)
                together.wait(10)

        threads = [threading.Thread(target=reader) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(connection) for connection in used}) == 8
