"""All indicators by station, live, over a city of facts: `make bench ARGS="--cases figures"`.

The people are rows that nobody saved (`tests/bench/fact_city.py`); what is measured, `evaluate`, is
what the pages call, for somebody who sees every institution. Beside it a bare count of the same
rows, grouped by station.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import Table, func, select

from demo.directory import directory
from demo.seed import size_of
from health.programmes import PROGRAMMES
from health.tables import health_enrolment, health_examination, health_follow_up, health_year
from health.years import as_row
from health.years_counting import Person, counted, years_of
from kernel.app import open_station
from kernel.db.prepared import PreparedInsert
from kernel.fhir.store import Draft, save_all
from kernel.measure import evaluate
from kernel.settings import Settings
from kernel.work import ReadWork, Station, Work
from records.life.projections import records_file, records_residence
from tests.bench.fact_city import people_of, portions
from tests.bench.places import Place, Size, new_place, run_station
from tests.bench.processes import Meter
from tests.support.house import registry

FULL: Final = {"sqlite": (50_000, 0.3), "postgresql": (1_000_000, 1.0)}
"""The residents of the aim, and its processor seconds."""
_PORTION: Final = 5_000
_WITH: Final = {
    health_follow_up: {"outcome": "1", "uncontrolled": False, "adverse": False, "overridden": False}
}


@dataclass(slots=True)
class Counted:
    """Processor seconds of all indicators and of a bare count, a pair a round."""

    title: str
    kind: str
    residents: int
    follow_ups: int
    years: int
    indicators: int
    stations: int
    all: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def aim(self) -> float | None:
        """Processor seconds, where the city is as big as the aim's."""
        residents, seconds = FULL[self.kind]
        return seconds if self.residents >= residents else None

    @property
    def ratio(self) -> float:
        """How many bare counts all indicators cost."""
        return median(one / bare for one, bare in zip(self.all, self.bare, strict=True))


def measure(kind: str, residents: int, rounds: int) -> Counted:
    """Make the facts on a database of this kind and count them. Raises Unusable."""
    with new_place(kind, Size(residents, 0)) as place:
        run_station(place, "db", "upgrade")
        station = _opened(place)
        try:
            found = _filled(station, place, kind, residents)
            _count(station, place, found, rounds)
        finally:
            station.database.close()
    return found


def _opened(place: Place) -> Station:
    environment = place.environment
    settings = {
        "database_url": environment["STATION_DATABASE_URL"],
        "key_file": Path(environment["STATION_KEY_FILE"]),
    }
    return open_station(Settings.model_validate(settings), registry())


def _filled(station: Station, place: Place, kind: str, residents: int) -> Counted:
    city = directory(**size_of(residents))
    with station.write() as work:
        save_all(work, [Draft(body, body["id"]) for body in city.resources()])
    stations = [one.id for one in city.stations]
    today, follow_ups, years, serial = station.clock.today(), 0, 0, count()
    for people in portions(people_of(residents, stations, today), _PORTION):
        with station.write() as work:
            follow_ups += _put_facts(work, people, serial)
            years += _put_years(work, people, today.year)
        sys.stderr.write(f"\r{place.title}: {people[-1].id} of {residents}")
    sys.stderr.write("\n")
    indicators = len(station.registry.indicators)
    return Counted(place.title, kind, residents, follow_ups, years, indicators, len(stations))


def _put_facts(work: Work, people: Sequence[Person], serial: Iterable[int]) -> int:
    """The rows of the facts; how many follow-ups there were."""
    numbers = iter(serial)
    visits = _facts(work, people, health_follow_up, lambda one: one.follow_ups, numbers)
    _facts(work, people, health_enrolment, lambda one: one.enrolled, numbers)
    _facts(work, people, health_examination, lambda one: one.examinations, numbers)
    _facts(work, people, records_residence, lambda one: one.kept, numbers)
    files = [
        {"source_type": "Patient", "source_id": one.id, "state": one.state, "sex": "female",
         "organisation_id": one.organisation_id, "born_on": one.born, "opened_on": one.opened_on}
        for one in people
    ]  # fmt: skip
    _insert(work, records_file, files)
    return visits


def _facts(
    work: Work,
    people: Sequence[Person],
    table: Table,
    of: Callable[[Person], Sequence[Any]],
    numbers: Iterable[int],
) -> int:
    rows = [
        {"source_type": "Basic", "source_id": f"fact-{number}", "patient_id": one.id,
         **_WITH.get(table, {}), **fact._asdict()}
        for one in people for fact, number in zip(of(one), numbers, strict=False)
    ]  # fmt: skip
    return _insert(work, table, rows)


def _put_years(work: Work, people: Sequence[Person], until: int) -> int:
    programmes = [one for one in PROGRAMMES if counted(one)]
    rows = [as_row(year) for one in people for year in years_of(one, programmes, until)]
    return _insert(work, health_year, rows)


def _insert(work: Work, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    names = table.c.keys()
    whole = [{name: _plain(row.get(name)) for name in names} for row in rows]
    return PreparedInsert(table).run_many(work.connection, whole)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _count(station: Station, place: Place, found: Counted, rounds: int) -> None:
    if place.postmaster is not None:
        # What a server does by itself a minute after so many rows.
        alone = station.database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with alone.connect() as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE) health_year")
    meter = Meter(os.getpid(), place.postmaster)
    for number in range(rounds + 1):
        with station.read() as work:
            year = work.today.year
            meter.used()
            evaluate(work, year)
            spent = sum(meter.used())
            _bare(work, year)
            bare = sum(meter.used())
        if number:  # the first one has to read and compile
            found.all.append(spent)
            found.bare.append(bare)


def _bare(work: ReadWork, year: int) -> None:
    table = health_year.c
    statement = select(table.organisation_id, func.count()).group_by(table.organisation_id)
    work.connection.execute(statement.where(table.year == year)).all()


def report(found: Counted) -> str:
    """The figures of one database as a line."""
    spent, aim = median(found.all), found.aim
    residents, seconds = FULL[found.kind]
    judged = (
        f"aim <= {seconds:g} s: {'met' if spent <= seconds else 'not met'}"
        if aim is not None
        else f"the aim is {seconds:g} s for {residents:,}"
    )
    return (
        f"{found.title}, figures of {found.residents:,} residents with {found.follow_ups:,} "
        f"follow-ups ({found.years:,} years): {found.indicators} indicators by {found.stations} "
        f"stations in {spent:.3f} CPU s ({min(found.all):.3f}-{max(found.all):.3f}), "
        f"{found.ratio:.1f} times a bare count; {judged}"
    )
