"""Changes that share a commit, and statements that must not take long."""

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import IntegrityError

from kernel.db.engine import Database
from kernel.db.tables import kernel_epoch
from kernel.errors import Elsewhere

ENDLESS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000000) "
    "SELECT count(*) FROM n"
)


def write(database: Database, *added: str) -> None:
    with database.writing() as connection:
        for name in added:
            connection.execute(insert(kernel_epoch), {"name": name, "value": 1})


def names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.execute(select(kernel_epoch.c.name)).scalars())


def test_changes_are_there_together_and_not_before(database: Database) -> None:
    before = names(database)
    with database.one_commit():
        write(database, "first")
        write(database, "second")
        assert names(database) == before
    assert names(database) == {*before, "first", "second"}


def test_a_change_that_fails_is_undone_alone(database: Database) -> None:
    before = names(database)
    with database.one_commit():
        write(database, "first")
        with pytest.raises(IntegrityError):
            write(database, "half", "first")
        write(database, "third")
    assert names(database) == {*before, "first", "third"}


def _write_and_fail(database: Database) -> None:
    with database.one_commit():
        write(database, "first")
        write(database, "half", "first")


def test_where_the_whole_fails_nothing_is_kept(database: Database) -> None:
    before = names(database)
    with pytest.raises(IntegrityError):
        _write_and_fail(database)
    assert names(database) == before
    write(database, "afterwards")
    assert names(database) == {*before, "afterwards"}


def test_a_commit_that_fails_leaves_nothing_open(database: Database) -> None:
    before = names(database)

    def fail(_connection: object) -> None:
        raise ZeroDivisionError

    event.listen(database.engine, "commit", fail)
    with pytest.raises(ZeroDivisionError):
        write(database, "lost")
    event.remove(database.engine, "commit", fail)
    write(database, "kept")
    assert names(database) == {*before, "kept"}


def test_nothing_to_commit_opens_nothing(database: Database) -> None:
    with database.one_commit():
        assert names(database) is not None


def test_a_long_statement_is_broken_off(sqlite: Database) -> None:
    with sqlite.patience(0.01), pytest.raises(Elsewhere), sqlite.reading() as connection:
        connection.execute(ENDLESS)
    with sqlite.patience(0.01), sqlite.reading() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1


def test_without_hurry_a_statement_may_take_long(sqlite: Database) -> None:
    with sqlite.patience(0.001):
        pass
    with sqlite.reading() as connection:
        connection.execute(text("SELECT 1")).scalar()
        shorter = text(ENDLESS.text.replace("50000000", "300000"))
        assert connection.execute(shorter).scalar() == 300_000
