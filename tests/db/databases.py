"""Databases for tests: the same test runs on SQLite and, where there is one, on PostgreSQL."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from kernel.db.engine import Database
from kernel.db.upgrade import upgrade
from kernel.settings import Settings
from tests.support.postgres import PostgresDatabases, postgres_databases, programs

KINDS = (
    ("sqlite", "postgresql") if os.environ.get("TEST_POSTGRES_URL") or programs() else ("sqlite",)
)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all tests share, for `ready_database`."""
    return tmp_path_factory.mktemp("prepared")


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path, prepared: Path) -> Iterator[Database]:
    """A database at the newest revision, of either kind."""
    with ready_database(request.param, tmp_path, prepared) as database:
        yield database


@pytest.fixture
def sqlite(tmp_path: Path, prepared: Path) -> Iterator[Database]:
    """For what only SQLite has: files of its own, one writer, a disk that fills up beside us."""
    with ready_database("sqlite", tmp_path, prepared) as database:
        yield database


def settings_for(url: str, **others: object) -> Settings:
    """Settings that do not depend on where the tests run."""
    return Settings.model_validate({"database_url": url, **others})


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[Database]:
    """A database without any table."""
    if kind == "sqlite":
        with _opened(f"sqlite:///{folder}/station.db") as database:
            yield database
    else:
        with _postgresql(template=None) as database:
            yield database


@contextmanager
def ready_database(kind: str, folder: Path, prepared: Path) -> Iterator[Database]:
    """A database at the newest revision; `prepared` is a folder that all tests share."""
    if kind == "sqlite":
        for file in _upgraded_files(prepared):
            shutil.copy(file, folder)
        with _opened(f"sqlite:///{folder}/station.db") as database:
            yield database
    else:
        with _postgresql(template=_template()) as database:
            yield database


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = Database(settings_for(url))
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _postgresql(template: str | None) -> Iterator[Database]:
    name = f"test_{uuid.uuid4().hex}"
    url = _server().create_database(name, template)
    try:
        with _opened(url) as database:
            yield database
    finally:
        _server().drop_database(name)


def _server() -> PostgresDatabases:
    server = postgres_databases()
    if server is None:
        raise RuntimeError("PostgreSQL was found when the tests were collected, but is gone now")
    return server


def _upgraded_files(folder: Path) -> list[Path]:
    if not (folder / "station.db").exists():
        with _opened(f"sqlite:///{folder}/station.db") as database:
            upgrade(database)
    return [folder / "station.db", folder / "station-audit.db"]


@cache
def _template() -> str:
    name = f"template_{uuid.uuid4().hex}"
    with _opened(_server().create_database(name)) as database:
        upgrade(database)
    return name
