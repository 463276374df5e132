"""The databases with a demo city: made for the run, or one that is there."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pysqlite3
from sqlalchemy import create_engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from demo.history import YEARS
from demo.seed import FACT
from kernel.clock import Clock
from kernel.db.engine import Database
from kernel.db.tables import kernel_fact
from kernel.settings import Settings
from tests.bench.processes import ROOT, Unusable, parent
from tests.support.house import issue_token
from tests.support.postgres import DRIVER, PostgresServer


@dataclass(frozen=True, slots=True)
class Size:
    """A demo city: residents, and the years of their histories."""

    residents: int
    years: int

    def __str__(self) -> str:
        return f"{self.residents} residents with {self.years} years of history"


@dataclass(frozen=True, slots=True)
class Place:
    """A database with a demo city: the environment that names it, and its postmaster."""

    title: str
    size: Size
    environment: Mapping[str, str]
    postmaster: int | None


@contextmanager
def new_place(kind: str, size: Size) -> Iterator[Place]:
    """A database of this kind until the block ends, still without the city (`fill`)."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="station-bench-")))
        environment = {
            "STATION_KEY_FILE": str(folder / "bench.keys"),
            "STATION_SHARED": str(folder),  # no further data: the city is the same everywhere
            "STATION_LOG_LEVEL": "warning",
        }
        if kind == "sqlite":
            url, postmaster = f"sqlite:///{folder / 'bench.db'}", None
        else:
            server = stack.enter_context(PostgresServer(durable=True))
            url, postmaster = server.create_database("bench"), server.pid
        environment["STATION_DATABASE_URL"] = url
        yield Place(_title(url), size, environment, postmaster)


def fill(place: Place) -> None:
    """Make the city. Raises Unusable."""
    size = ("--residents", f"{place.size.residents}", "--years", f"{place.size.years}")
    run_station(place, "demo", "--no-serve", *size)


def place_at(url: str, key_file: Path | None) -> Place:
    """A demo city that is there. Raises Unusable where there is none, or its server is elsewhere.

    Without a key file the station looks for the keys where it always does.
    """
    environment = {"STATION_DATABASE_URL": url, "STATION_LOG_LEVEL": "warning"}
    if key_file is not None:
        environment["STATION_KEY_FILE"] = str(key_file.resolve())
    return Place(_title(url), _size_at(url), environment, _postmaster(url))


def _size_at(url: str) -> Size:
    """As the city's own fact tells it."""
    address = make_url(url)
    is_file = address.get_backend_name() == "sqlite"
    if is_file and not Path(address.database or "").is_file():
        raise Unusable(f"there is no file {address.database}")
    engine = create_engine(address if is_file else address.set(drivername=DRIVER))
    try:
        with engine.connect() as connection:
            fact = select(kernel_fact.c.value).where(kernel_fact.c.name == FACT)
            told = json.loads(connection.execute(fact).scalar() or "{}")
    except SQLAlchemyError as error:
        raise Unusable(f"{address!r}: {str(error).splitlines()[0]}") from None
    finally:
        engine.dispose()
    if not told.get("done"):
        raise Unusable(f"{address!r} holds no whole demo city: make it with `station demo`")
    return Size(told["residents"], told.get("years", YEARS))


def _title(url: str) -> str:
    if url.startswith("sqlite"):
        return f"SQLite {pysqlite3.sqlite_version}"
    with _connected(url) as connection:
        number = connection.info.server_version
    return f"PostgreSQL {number // 10000}.{number % 10000}"


def _postmaster(url: str) -> int | None:
    """The server's first process, whose children all of its work is done by; None for SQLite."""
    if url.startswith("sqlite"):
        return None
    with _connected(url) as connection:
        return parent(connection.info.backend_pid)


def _connected(url: str) -> psycopg.Connection:
    address = make_url(url).set(drivername="postgresql")
    try:
        return psycopg.connect(address.render_as_string(hide_password=False))
    except psycopg.OperationalError as error:
        raise Unusable(f"{address!r}: {error}") from None


def token_of(place: Place, name: str, scope: str) -> str:
    """A bearer token of an account of the city."""
    settings = {"database_url": place.environment["STATION_DATABASE_URL"]}
    database = Database(Settings.model_validate(settings))
    try:
        with database.writing() as connection:
            return issue_token(connection, name, scope, Clock().now())
    finally:
        database.close()


def run_station(place: Place, *arguments: str) -> str:
    """Run a command of the station; what it printed. Raises Unusable."""
    done = subprocess.run(
        [sys.executable, "-m", "main", *arguments],
        cwd=ROOT,
        env={**os.environ, **place.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Unusable(f"station {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout.strip()
