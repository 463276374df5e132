"""A year of births, moves, closings and returns: nobody is counted at two places on one day.

Every step is taken through the services, on a day between the last step and today, as people who
enter things late do.
"""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import select

from kernel.db.tables import fhir_resource
from kernel.security.actor import Actor
from kernel.work import Work
from records.life.closing import Attempt, Closing
from records.life.intervals import list_intervals, open_interval
from records.life.moves import Answer, Asked, accept_move, request_move
from records.life.projections import records_file
from records.life.services import close_file, confirm_file, open_file, reopen_file
from records.life.states import COUNTED
from tests.life.people import person
from tests.support.house import OpenHouse

STATIONS = ("station-1", "station-2", "station-3")
BEGIN = date(2026, 11, 23)
STEPS = {"sqlite": 90, "postgresql": 45}
"""What is counted is decided in Python: half a year shows that PostgreSQL keeps it alike."""


class Year:
    """A year at three stations, with what should be true of it kept beside."""

    def __init__(self, house: OpenHouse, seed: int) -> None:
        self.house, self.random = house, Random(seed)  # noqa: S311 -- a test's own chance
        self.last: dict[str, date] = {}

    def actor(self, station: str) -> Actor:
        """A doctor of a station."""
        return replace(
            self.house.actor("gp1"), organisation_id=station, organisations=(station,),
            practitioner_id=f"practitioner-{station}-gp",
        )  # fmt: skip

    def today(self) -> date:
        return self.house.clock.today()

    def day(self, id_: str) -> date:
        """A day on which the next step may have taken place."""
        first = self.last[id_]
        return first + timedelta(days=self.random.randint(0, (self.today() - first).days))

    def step(self) -> None:
        """Some days go by, then something happens to somebody."""
        self.house.clock.advance(days=self.random.randint(0, 7))
        known = sorted(self.last)
        if not known or self.random.random() < 0.25:
            self.open()
            return
        id_ = self.random.choice(known)
        keeper, state = self.where(id_)
        with self.house.station.write(self.actor(keeper)) as work:
            on = self.day(id_)
            if state == "draft":
                confirm_file(work, id_)
            elif state == "active" and self.random.random() < 0.5:
                self.move(work, id_, keeper, on)
            elif state == "active":
                close_file(work, id_, self.closing(on))
            else:
                reopen_file(work, id_, on=on, reason="居民返回")
            self.last[id_] = on if state != "draft" else self.last[id_]

    def open(self) -> None:
        station = self.random.choice(STATIONS)
        on = self.today() - timedelta(days=self.random.randint(0, 20))
        with self.house.station.write(self.actor(station)) as work:
            id_ = f"year-{len(self.last)}"
            draft = self.random.random() < 0.3
            open_file(work, person(born="1960-01-01"), id=id_, on=on, draft=draft)
        self.last[id_] = on

    def closing(self, on: date) -> Closing:
        tries = tuple(Attempt(on - timedelta(days=d), "电话") for d in (120, 60, 1))
        return self.random.choice(
            [
                Closing("1", on),
                Closing("2", on, destination="外省", handover="交本人"),
                Closing("3", on, attempts=tries),
                Closing("4", on, signed_on=on),
                Closing("9", on, note="其他原因"),
            ]
        )

    def move(self, work: Work, id_: str, keeper: str, on: date) -> None:
        other = self.random.choice([s for s in STATIONS if s != keeper])
        doctor = f"practitioner-{other}-gp"
        if self.random.random() < 0.5:
            move = request_move(work, id_, Asked(other, "居民搬家"))
            wider = replace(work, actor=self.actor(other), touched=work.touched)
            accept_move(wider, move, Answer(doctor, on))
        else:
            wider = replace(work, actor=self.actor(other), touched=work.touched)
            move = request_move(wider, id_, Asked(other, "居民搬家", doctor_id=doctor))
            accept_move(work, move, Answer(on=on))

    def where(self, id_: str) -> tuple[str, str]:
        """Who keeps a file, and its state."""
        with self.house.database.reading() as connection:
            keeper = connection.scalar(
                select(fhir_resource.c.organisation_id).where(
                    fhir_resource.c.type == "Patient", fhir_resource.c.id == id_
                )
            )
            state = connection.scalar(
                select(records_file.c.state).where(records_file.c.source_id == id_)
            )
        return str(keeper), str(state)


@pytest.mark.parametrize("seed", range(4))
def test_a_year_counts_every_day_once(fresh_house: OpenHouse, seed: int) -> None:
    year = Year(fresh_house, seed)
    steps = STEPS[fresh_house.kind]
    for _ in range(steps):
        year.step()
    end = year.today()
    total, residents = 0, len(year.last)
    with fresh_house.station.read() as work:
        for id_ in year.last:
            found = list_intervals(work, id_)
            for one in found:
                assert one.from_on <= (one.to_on or end)
                assert one.organisation_id in STATIONS
                total += ((one.to_on or end) - one.from_on).days
            days = [one.from_on + timedelta(days=n) for one in found
                    for n in range(((one.to_on or end) - one.from_on).days)]  # fmt: skip
            assert len(days) == len(set(days)), (id_, found)
            keeper, state = year.where(id_)
            current = open_interval(work, id_)
            assert (current is not None) is (state in COUNTED), (id_, state, found)
            assert current is None or current.organisation_id == keeper
    assert residents > steps / 9
    assert 0 < total <= residents * ((end - BEGIN).days + 20)
