"""What a request costs, beside a bare route that serves stored bytes.

Prints, for SQLite and PostgreSQL, processor milliseconds (server and database) and requests a
second, with authentication, policy and audit on; then start-up time and idle memory. See
docs/benchmarks.md. Options of `make bench` go into ARGS: make bench ARGS=--quick
"""

import argparse
import asyncio
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg
import pysqlite3

from tests.bench import reference
from tests.bench.cases import Accounts, make_cases
from tests.bench.client import UnexpectedAnswer
from tests.bench.figures import Figure, Pace, calibration, measure, table
from tests.bench.processes import BASE, ROOT, Served, Unusable, resident_megabytes, serving
from tests.support.postgres import (
    NOT_TESTED,
    PostgresMissingError,
    PostgresServer,
    programs,
)

KINDS = ("sqlite", "postgresql")
FULL = Pace(rounds=4, block=0.8, reference=0.5, settle=2.2)
QUICK = Pace(rounds=1, block=0.3, reference=0.2, settle=0.3)
START_UP_AIM = 2.0
IDLE_AIM = 150.0
_READ_BYTES = 1200
_SETTLE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    kinds: Sequence[str]
    residents: int
    pace: Pace
    starts: int
    full: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A database with a demo city: the environment that names it, and its postmaster."""

    kind: str
    title: str
    environment: Mapping[str, str]
    postmaster: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that was measured on one database. Start-up in seconds, memory in megabytes."""

    place: Place
    figures: list[Figure]
    start_ups: list[float]
    idle: float
    loaded: float

    @property
    def bare(self) -> float:
        """Processor milliseconds of a request to the bare route."""
        return median(bare for figure in self.figures for bare in figure.reference)


def run(options: Options) -> list[Result]:
    """Measure on each database in turn. Raises UnexpectedAnswer, Unusable, PostgresMissingError."""
    results = []
    for kind in options.kinds:
        if kind == "postgresql" and programs() is None:
            _say(NOT_TESTED)
            continue
        with _place(kind) as place:
            _say(f"{place.title}: making a city of {options.residents} residents")
            _station(place, "demo", "--no-serve", "--residents", str(options.residents))
            results.append(_measured(place, options))
    return results


@contextmanager
def _place(kind: str) -> Iterator[Place]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="station-bench-")))
        environment = {
            "STATION_KEY_FILE": str(folder / "bench.keys"),
            "STATION_SHARED": str(folder),  # no further data: the city is the same everywhere
            "STATION_LOG_LEVEL": "warning",
        }
        if kind == "sqlite":
            title = f"SQLite {pysqlite3.sqlite_version}"
            url, postmaster = f"sqlite:///{folder / 'bench.db'}", None
        else:
            server = stack.enter_context(PostgresServer(durable=True))
            url, postmaster = server.create_database("bench"), server.pid
            title = f"PostgreSQL {_version(url)}"
        environment["STATION_DATABASE_URL"] = url
        yield Place(kind, title, environment, postmaster)


def _version(url: str) -> str:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        number = connection.info.server_version
    return f"{number // 10000}.{number % 10000}"


def _station(place: Place, *arguments: str) -> str:
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


def _measured(place: Place, options: Options) -> Result:
    accounts = Accounts(
        doctor=_station(place, "token", "--user", "gp1", "--scope", "user/*.cruds"),
        platform=_station(place, "token", "--user", "platform", "--scope", "system/*.cruds"),
    )
    start_ups = []
    for _ in range(options.starts - 1):
        with _served(place) as station:
            start_ups.append(station.start_up)
    with _served(place) as station:
        start_ups.append(station.start_up)
        time.sleep(min(_SETTLE_SECONDS, 10 * options.pace.settle))
        idle = resident_megabytes(station.pid)
        _say(f"{place.title}: measuring")
        figures = asyncio.run(_figures(place, station, accounts, options))
        loaded = resident_megabytes(station.pid)
    return Result(place, figures, start_ups, idle, loaded)


@contextmanager
def _served(place: Place) -> Iterator[Served]:
    def command(port: int) -> list[str]:
        return ["main", "serve", "--port", str(port)]

    with serving(command, f"{BASE}/metadata", place.environment) as station:
        yield station


async def _figures(
    place: Place, station: Served, accounts: Accounts, options: Options
) -> list[Figure]:
    cases, size = await make_cases(station.port, accounts, full=options.full)

    def command(port: int) -> list[str]:
        return ["tests.bench.reference", str(size), str(port)]

    with serving(command, reference.PATH, {}) as bare:
        return await measure(station, place.postmaster, bare, cases, options.pace)


def report(results: Sequence[Result], options: Options, loops: Sequence[float]) -> str:
    """All figures as text."""
    parts = [
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}; "
        f"sum(range(3_000_000)) took {loops[0] * 1000:.0f} ms before and {loops[1] * 1000:.0f} ms "
        f"after; {options.residents} residents, {options.pace.rounds} rounds"
    ]
    parts += [table(r.place.title, r.figures, r.bare) for r in results]
    parts += [_start(r) for r in results]
    return "\n\n".join(parts)


def _start(result: Result) -> str:
    start_up, times = median(result.start_ups), result.start_ups
    return (
        f"{result.place.title}: start-up {start_up:.2f} s ({min(times):.2f}-{max(times):.2f}; "
        f"aim <= {START_UP_AIM:g} s: {_word(start_up <= START_UP_AIM)}), idle {result.idle:.0f} MB "
        f"(aim <= {IDLE_AIM:g} MB: {_word(result.idle <= IDLE_AIM)}), "
        f"after the run {result.loaded:.0f} MB"
    )


def _word(met: bool) -> str:
    return "met" if met else "not met"


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def read_options(arguments: Sequence[str]) -> Options:
    """The command line; ends the process with its help where it is not understood."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", choices=KINDS, help="only this one (default: both)")
    parser.add_argument("--residents", type=int, help="size of the city (default: 1000; quick: 60)")
    parser.add_argument("--rounds", type=int, help="rounds of all cases (default: 4; quick: 1)")
    parser.add_argument(
        "--quick", action="store_true", help="under a minute: shows that all works, not what it is"
    )
    given = parser.parse_args(arguments)
    pace = QUICK if given.quick else FULL
    if given.rounds:
        pace = Pace(given.rounds, pace.block, pace.reference, pace.settle)
    residents = given.residents or (60 if given.quick else 1000)
    return Options(
        kinds=(given.database,) if given.database else KINDS,
        residents=residents,
        pace=pace,
        starts=1 if given.quick else 3,
        full=not given.quick,
    )


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 where something could not be measured."""
    options = read_options(arguments)
    before = calibration()
    try:
        results = run(options)
    except (UnexpectedAnswer, Unusable, PostgresMissingError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(report(results, options, (before, calibration())) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
