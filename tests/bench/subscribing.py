"""Saves that 200 subscribers are told of, beside saves that nobody is told of, in the same run.

One database, in which all of them are in force and then none, by turns. Who is told is found out
after the save, so the ratio should be near 1: `make bench ARGS="--cases subscribers"`.
"""

import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import func, select, update

from demo.directory import directory
from demo.seed import size_of
from kernel.app import open_station
from kernel.db.tables import kernel_outbox
from kernel.fhir.store import Draft, save_all
from kernel.settings import Settings
from kernel.subscriptions.resources import kernel_subscription
from kernel.subscriptions.spreading import spread
from kernel.subscriptions.subscribers import Subscribers
from kernel.work import Station
from tests.bench.places import Place, Size, new_place, run_station
from tests.bench.processes import Meter, Unusable
from tests.support.house import registry

SUBSCRIBERS: Final = 200
AIM: Final = 1.25
"""A save costs at most so many times what it costs without a subscriber."""
SAVES: Final = 50
"""In a round, with them and without."""
FEW: Final = 5
"""The same in a quick run."""
_HOST: Final = "his.example.org"
_PATIENT: Final = "told-of"


@dataclass(slots=True)
class Told:
    """Processor seconds of a save, database included, a pair a round."""

    title: str
    subscribers: int
    told: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """What a save costs with the subscribers, in saves without one."""
        return median(one / bare for one, bare in zip(self.told, self.alone, strict=True))


def measure(kind: str, rounds: int, saves: int = SAVES) -> Told:
    """Save with and without them by turns. Raises Unusable where one would not be told."""
    with ExitStack() as stack:
        place = stack.enter_context(new_place(kind, Size(0, 0)))
        run_station(place, "db", "upgrade")
        station = _opened(stack, place)
        _subscribe(station)
        found = Told(place.title, SUBSCRIBERS)
        for number in range(rounds + 1):
            _turn(station, live=False)
            alone = _saved(place, station, f"alone-{number}", saves)
            _turn(station, live=True)
            told = _saved(place, station, f"told-{number}", saves)
            if number:  # the first one has to read and compile
                found.alone.append(alone)
                found.told.append(told)
        _check(station)
    return found


def _opened(stack: ExitStack, place: Place) -> Station:
    settings = {
        "database_url": place.environment["STATION_DATABASE_URL"],
        "key_file": Path(place.environment["STATION_KEY_FILE"]),
        "subscription_hosts": _HOST,
    }
    station = open_station(Settings.model_validate(settings), registry())
    stack.callback(station.database.close)
    return station


def _subscribe(station: Station) -> None:
    """A person of whom is told, and the subscribers."""
    patient = {
        "resourceType": "Patient",
        "id": _PATIENT,
        "name": [{"text": "候一"}],
        "gender": "male",
        "birthDate": "1950-04-05",
        "managingOrganization": {"reference": "Organization/station-1"},
    }
    with station.write() as work:
        save_all(work, [Draft(body, body["id"]) for body in directory(**size_of(1)).resources()])
        save_all(work, [Draft(patient, _PATIENT)])
        save_all(work, [Draft(_subscription()) for _ in range(SUBSCRIBERS)])


def _turn(station: Station, *, live: bool) -> None:
    """All in force, or none: by their facts, which is what a save asks."""
    with station.write() as work:
        work.connection.execute(update(kernel_subscription).values(live=live))


def _subscription() -> dict[str, Any]:
    endpoint = f"https://{_HOST}/hook"
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "新转诊",
        "criteria": "Task?status=requested",
        "channel": {
            "type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json",
        },
    }  # fmt: skip


def _saved(place: Place, station: Station, name: str, saves: int) -> float:
    """Processor seconds of one of so many saves, a transaction each."""
    meter = Meter(os.getpid(), place.postmaster)
    for save in range(saves):
        with station.write() as work:
            save_all(work, [Draft(_task(), f"{name}-{save}")])
    return sum(meter.used()) / saves


def _task() -> dict[str, Any]:
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "for": {"reference": f"Patient/{_PATIENT}"},
        "description": "转诊",
    }


def _check(station: Station) -> None:
    """What was measured is a save of which all subscribers are told."""
    with station.write() as work:
        spread(work, Subscribers())
        told = work.connection.execute(
            select(func.count(kernel_outbox.c.subscription_id.distinct()))
        ).scalar_one()
    if told != SUBSCRIBERS:
        raise Unusable(f"{told} subscribers are told of a save, and not {SUBSCRIBERS}")


def report(found: Told) -> str:
    """The figures of one database as a line."""
    told, alone = median(found.told) * 1000, median(found.alone) * 1000
    return (
        f"{found.title}, a save with {found.subscribers} matching subscribers: {told:.2f} CPU ms, "
        f"without one {alone:.2f} CPU ms: {found.ratio:.2f} times; "
        f"aim <= {AIM:g}: {'met' if found.ratio <= AIM else 'not met'}"
    )
