"""The audit of a change and the change itself: both or neither."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import insert

from kernel.audit.changes import record_changes
from kernel.audit.entry import row
from kernel.db.dialect import is_duplicate
from kernel.db.engine import Database
from kernel.db.tables import audit_inbox, kernel_epoch
from kernel.security.keyring import KeyRing
from tests.audit.entries import entry, rows_in


class Stop(Exception):
    """Something goes wrong in the middle of a transaction."""


def test_audit_and_change_are_kept_together(database: Database, keys: KeyRing) -> None:
    with database.writing() as connection:
        connection.execute(insert(kernel_epoch), {"name": "x", "value": 1})
        record_changes(connection, [row(keys, entry()) for _ in range(3)])
    with database.reading() as connection:
        assert (rows_in(connection, kernel_epoch), rows_in(connection, audit_inbox)) == (1, 3)


def change_and_audit(database: Database, row: Mapping[str, Any], *, then_stop: bool) -> None:
    with database.writing() as connection:
        connection.execute(insert(kernel_epoch), {"name": "x", "value": 1})
        record_changes(connection, [row])
        if then_stop:
            raise Stop


def test_the_audit_is_undone_with_the_change(database: Database, keys: KeyRing) -> None:
    with pytest.raises(Stop):
        change_and_audit(database, row(keys, entry()), then_stop=True)
    with database.reading() as connection:
        assert (rows_in(connection, kernel_epoch), rows_in(connection, audit_inbox)) == (0, 0)


def test_the_change_is_undone_when_its_audit_fails(database: Database, keys: KeyRing) -> None:
    known = row(keys, entry())
    with database.writing() as connection:
        record_changes(connection, [known])
    with pytest.raises(Exception, match=r"(?i)unique") as caught:
        change_and_audit(database, known, then_stop=False)
    assert is_duplicate(caught.value)
    with database.reading() as connection:
        assert rows_in(connection, kernel_epoch) == 0
