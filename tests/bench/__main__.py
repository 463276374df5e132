"""What a request costs, beside a bare route that serves stored bytes.

Prints, for SQLite and PostgreSQL, processor milliseconds (server and database) and requests a
second, with authentication, policy and audit on; then start-up time and idle memory; then what all
indicators of a city cost, and a save that 200 subscribers are told of. See docs/benchmarks.md.
Options of `make bench` go into ARGS: make bench ARGS=--quick
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from demo.history import YEARS
from kernel.cli.demo import MOST_YEARS
from tests.bench import counting, crowd, queue, reference, subscribing
from tests.bench.browser import signed_in
from tests.bench.cases import (
    ROWS,
    Accounts,
    Case,
    api_cases,
    check_found,
    get_ill,
    get_to_know,
    number_case,
)
from tests.bench.client import UnexpectedAnswer
from tests.bench.figures import Figure, Pace, calibration, measure, table
from tests.bench.pages import page_cases
from tests.bench.places import Place, Size, fill, new_place, place_at, token_of
from tests.bench.processes import BASE, Served, Unusable, resident_megabytes, serving
from tests.support.postgres import NOT_TESTED, PostgresMissingError, programs

KINDS = ("sqlite", "postgresql")
REQUESTED = ("api", "pages", "due", "referrals")
GROUPS = (*REQUESTED, "figures", "subscribers")
FULL = Pace(rounds=4, block=0.8, reference=0.5, settle=2.2, warm_up=0.3)
QUICK = Pace(rounds=1, block=0.1, reference=0.1, settle=0.1, warm_up=0.05)
START_UP_AIM = 2.0
IDLE_AIM = 150.0
_READ_BYTES = 1200
_SETTLE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asked for."""

    kinds: Sequence[str]
    size: Size
    groups: Sequence[str]
    pace: Pace
    starts: int
    full: bool
    counted: int
    """Residents of the city whose indicators are counted."""
    crowd: int
    """Residents of the station whose due list is asked for."""
    queue: int
    """Open referrals of the hospital whose in-box is asked for."""
    url: str = ""
    """Of a city that is there, to be measured instead of one that is made."""
    key_file: Path | None = None


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
    if not set(options.groups) & set(REQUESTED):
        return []
    if options.url:
        return [_measured(place_at(options.url, options.key_file), options, [])]
    results = []
    for kind in _kinds(options):
        with new_place(kind, options.size) as place:
            _say(f"{place.title}: making a city of {place.size}")
            fill(place)
            if "due" in options.groups:
                crowd.gather(place.environment, options.crowd)
            waiting: list[tuple[str, bytes]] = []
            if "referrals" in options.groups:
                waiting = queue.gather(place.environment, options.queue)
            results.append(_measured(place, options, waiting))
    return results


def run_figures(options: Options) -> list[counting.Counted]:
    """Count the indicators of a city of facts on each database. Raises as `run` does."""
    if "figures" not in options.groups or options.url:
        return []
    rounds = options.pace.rounds
    return [counting.measure(kind, options.counted, rounds) for kind in _kinds(options)]


def run_subscribers(options: Options) -> list[subscribing.Told]:
    """Save with and without subscribers on each database. Raises as `run` does."""
    if "subscribers" not in options.groups or options.url:
        return []
    rounds, saves = options.pace.rounds, subscribing.SAVES if options.full else subscribing.FEW
    return [subscribing.measure(kind, rounds, saves) for kind in _kinds(options)]


def _kinds(options: Options) -> Iterator[str]:
    for kind in options.kinds:
        if kind == "postgresql" and programs() is None:
            _say(NOT_TESTED)
        else:
            yield kind


def _measured(place: Place, options: Options, waiting: Sequence[tuple[str, bytes]]) -> Result:
    accounts = Accounts(
        doctor=token_of(place, "gp1", "user/*.cruds"),
        platform=token_of(place, "platform", "system/*.cruds"),
        office=token_of(place, queue.OFFICE, "user/*.cruds"),
        waiting=waiting,
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
    known = await get_to_know(station.port, accounts)
    cases: list[Case] = []
    if "api" in options.groups:
        cases += await api_cases(station.port, accounts, known, full=options.full)
    if "due" in options.groups:
        cases += crowd.due_cases(signed_in(station.port, crowd.DOCTOR))
    if "referrals" in options.groups:
        cases += queue.cases(
            signed_in(station.port, queue.OFFICE), accounts.office, accounts.waiting
        )
    if "pages" in options.groups:
        ill = await get_ill(station.port, accounts, ROWS)
        cases += page_cases(signed_in(station.port, "gp1"), known, ill)
        cases.append(number_case(accounts, known.registered))
    await check_found(station.port, cases)

    def command(port: int) -> list[str]:
        return ["tests.bench.reference", str(known.size), str(port)]

    with serving(command, reference.PATH, {}) as bare:
        return await measure(station, place.postmaster, bare, cases, options.pace)


def report(
    results: Sequence[Result],
    options: Options,
    loops: Sequence[float],
    cities: Sequence[counting.Counted] = (),
    told: Sequence[subscribing.Told] = (),
) -> str:
    """All figures as text."""
    parts = [
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}; "
        f"sum(range(3_000_000)) took {loops[0] * 1000:.0f} ms before and {loops[1] * 1000:.0f} ms "
        f"after; {options.pace.rounds} rounds"
    ]
    parts += [table(f"{r.place.title}, {r.place.size}", r.figures, r.bare) for r in results]
    parts += [_start(r) for r in results]
    parts += [counting.report(one) for one in cities]
    parts += [subscribing.report(one) for one in told]
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
    parser = _parser()
    given = parser.parse_args(arguments)
    made = (given.database, given.residents, given.years)
    if given.url and any(value is not None for value in made):
        parser.error("--url names a city that is there: no --database, --residents or --years")
    if given.url and given.cases == "figures":
        parser.error("figures are counted in a city of facts that is made for the run: no --url")
    if given.url and given.cases == "subscribers":
        parser.error("subscribers are told of saves into databases made for the run: no --url")
    if given.key_file and not given.url:
        parser.error("--key-file belongs to --url")
    pace = QUICK if given.quick else FULL
    if given.rounds:
        pace = replace(pace, rounds=given.rounds)
    residents = given.residents or (60 if given.quick else 1000)
    return Options(
        kinds=(given.database,) if given.database else KINDS,
        size=Size(residents, YEARS if given.years is None else given.years),
        groups=_groups(given.cases, made=not given.url),
        pace=pace,
        starts=1 if given.quick else 3,
        full=not given.quick,
        counted=given.counted or (400 if given.quick else 20_000),
        crowd=60 if given.quick else crowd.PEOPLE,
        queue=60 if given.quick else queue.REFERRALS,
        url=given.url or "",
        key_file=given.key_file,
    )


def _groups(asked: str, *, made: bool) -> Sequence[str]:
    """What is measured; lists of a city that is there only where they are asked for."""
    if asked != "all":
        return (asked,)
    return GROUPS if made else tuple(one for one in GROUPS if one not in ("due", "referrals"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--database", choices=KINDS, help="only this one (default: both)")
    add("--residents", type=int, help="size of the city (default: 1000; quick: 60)")
    years = range(MOST_YEARS + 1)
    add("--years", type=int, choices=years, help=f"of history of each resident (default: {YEARS})")
    add("--cases", choices=(*GROUPS, "all"), default="all", help="which are asked (default: all)")
    add("--counted", type=int, help="residents whose indicators are counted (default: 20000)")
    add("--rounds", type=int, help="rounds of all cases (default: 4; quick: 1)")
    add("--url", help="measure the demo city of this database; it is written into")
    add("--key-file", type=Path, metavar="FILE", help="its keys (default: where they always are)")
    add("--quick", action="store_true", help="short: shows that all works, not what it is")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 where something could not be measured."""
    options = read_options(arguments)
    before = calibration()
    try:
        results, cities, told = run(options), run_figures(options), run_subscribers(options)
    except (UnexpectedAnswer, Unusable, PostgresMissingError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(report(results, options, (before, calibration()), cities, told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
