from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.db.engine import Database
from tests.db.databases import KINDS, database, empty_database, prepared, sqlite

__all__ = ["database", "empty", "prepared", "sqlite"]


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, of either kind."""
    with empty_database(request.param, tmp_path) as database:
        yield database
