from collections.abc import Iterator

import pytest

from kernel.audit.accesses import AccessLog
from kernel.clock import FixedClock
from kernel.db.engine import Database
from kernel.security.keyring import KeyRing, create
from tests.audit.entries import MORNING
from tests.db.databases import database, prepared, sqlite

__all__ = ["clock", "database", "keys", "log", "prepared", "sqlite"]


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    return create(tmp_path_factory.mktemp("keys") / "station.keys")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MORNING)


@pytest.fixture
def log(database: Database, keys: KeyRing) -> Iterator[AccessLog]:
    log = AccessLog(database, keys, reserve_bytes=65536)
    yield log
    log.close()
