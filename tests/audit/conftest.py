from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.audit.accesses import AccessLog
from kernel.clock import FixedClock
from kernel.db.engine import Database
from kernel.security.keyring import KeyRing, create
from tests.audit.entries import MORNING
from tests.db.databases import KINDS, ready_database


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path, prepared: Path) -> Iterator[Database]:
    """A database at the newest revision, of either kind."""
    with ready_database(request.param, tmp_path, prepared) as database:
        yield database


@pytest.fixture
def sqlite(tmp_path: Path, prepared: Path) -> Iterator[Database]:
    """For what only SQLite has: files of its own and a disk that fills up beside us."""
    with ready_database("sqlite", tmp_path, prepared) as database:
        yield database


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
