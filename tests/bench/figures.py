"""Measuring cases beside the bare route, and what the figures look like."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

from tests.bench.cases import Case
from tests.bench.client import drive, request
from tests.bench.processes import Meter, Served, cpu_seconds
from tests.bench.reference import PATH


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to measure: rounds of all cases; seconds of a block of each and of the bare route.

    After each block the station is left alone for `settle` seconds and until it is quiet, so that
    what it puts off (sealing the audit) is counted where it belongs. Before the first round each
    case is asked for `warm_up` seconds.
    """

    rounds: int
    block: float
    reference: float
    settle: float
    warm_up: float


@dataclass(slots=True)
class Figure:
    """The blocks of one case: processor milliseconds a request (all, and the database's part),
    those of the bare route just beside, and requests a second."""

    case: Case
    kind: int
    total: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    reference: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many requests for stored bytes one of these costs."""
        pairs = zip(self.total, self.reference, strict=True)
        return median(mine / bare for mine, bare in pairs)

    @property
    def value(self) -> float:
        """What the aim is about: milliseconds, or resources a second and core."""
        spent = median(self.total)
        return 1000 * self.case.resources / spent if self.case.resources else spent

    @property
    def aim(self) -> float:
        """The aim on this database."""
        return self.case.aims[self.kind]

    @property
    def met(self) -> bool:
        """Whether the aim is met on this machine, as busy as it was."""
        return self.value >= self.aim if self.case.resources else self.value <= self.aim


async def measure(
    station: Served, postmaster: int | None, bare: Served, cases: Sequence[Case], pace: Pace
) -> list[Figure]:
    """Measure the cases in rounds, each beside the bare route. Raises UnexpectedAnswer."""
    figures = [Figure(case, int(postmaster is not None)) for case in cases]
    for case in cases:
        await _drive(station, case, pace.warm_up)
    await _reference(bare, pace.warm_up)
    await Meter(station.pid, postmaster).quiet()
    for _ in range(pace.rounds):
        for figure in figures:
            await _block(station, postmaster, bare, figure, pace)
    return figures


async def _block(
    station: Served, postmaster: int | None, bare: Served, figure: Figure, pace: Pace
) -> None:
    meter = Meter(station.pid, postmaster)
    start = perf_counter()
    answers, seconds = await _drive(station, figure.case, pace.block)
    figure.reference.append(await _reference(bare, pace.reference))
    await asyncio.sleep(max(0.0, start + seconds + pace.settle - perf_counter()))
    await meter.quiet()
    server, database = meter.used()
    figure.total.append((server + database) * 1000 / answers)
    figure.database.append(database * 1000 / answers)
    figure.rate.append(answers / seconds)


async def _drive(station: Served, case: Case, seconds: float) -> tuple[int, float]:
    load = await drive(
        station.port,
        case.requests,
        status=case.status,
        connections=case.connections,
        seconds=seconds,
    )
    return load.answers, load.seconds


async def _reference(bare: Served, seconds: float) -> float:
    """Processor milliseconds of a request for stored bytes."""
    before = cpu_seconds(bare.pid)
    load = await drive(
        bare.port, [request("GET", PATH)], status=200, connections=8, seconds=seconds
    )
    return (cpu_seconds(bare.pid) - before) * 1000 / load.answers


def calibration() -> float:
    """Seconds that this machine takes for a fixed loop, the best of five: how fast and how busy."""
    times = []
    for _ in range(5):
        start = perf_counter()
        sum(range(3_000_000))
        times.append(perf_counter() - start)
    return min(times)


_HEADINGS = ("request", "CPU ms", "min-max", "of it db", "x bare", "per second", "aim", "met")
_WIDTHS = (38, 9, 17, 10, 8, 14, 17, 5)


def table(title: str, figures: Iterable[Figure], bare: float) -> str:
    """The figures of one database as text; `bare` is the bare route's median."""
    lines = [title, _line(_HEADINGS), _line(["-" * (width - 1) for width in _WIDTHS])]
    lines += [_line(_cells(figure)) for figure in figures]
    lines.append(_line(("bare route, stored bytes", f"{bare:.3f}", "", "", "1.0", "", "", "")))
    return "\n".join(lines)


def _cells(figure: Figure) -> tuple[str, ...]:
    resources = figure.case.resources
    aim = f"<= {figure.aim:g} ms"
    rate = f"{median(figure.rate):.0f}"
    if resources:
        aim = f">= {figure.aim:g}/s core"
        rate = f"{figure.value:.0f}/s core"
    return (
        figure.case.name,
        f"{median(figure.total):.3f}",
        f"{min(figure.total):.3f}-{max(figure.total):.3f}",
        f"{median(figure.database):.3f}",
        f"{figure.ratio:.1f}",
        rate,
        aim,
        "yes" if figure.met else "no",
    )


def _line(cells: Sequence[str]) -> str:
    first, *others = zip(cells, _WIDTHS, strict=True)
    return f"{first[0]:<{first[1]}}" + "".join(f"{text:>{width}}" for text, width in others)
