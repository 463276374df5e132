"""The due list of a station with ten thousand residents, of whom 2,000 are in programmes.

The demo city spreads its residents over many stations; the aim is told for one of this size.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from health.enrolment.kinds import episode
from health.programmes import programme_of
from kernel.app import open_station
from kernel.fhir.store import Draft, save_all
from kernel.settings import Settings
from kernel.work import Station
from tests.bench.browser import Browser, text_of
from tests.bench.cases import Case
from tests.bench.client import Reply
from tests.support.house import registry

STATION: Final = "station-2"
DOCTOR: Final = "gp2"
PEOPLE: Final = 10_000
_EVERY: Final = 5
"""One of so many residents is in programmes, every second of these in two: among 10,000 residents
there are 3,000 visits that are overdue or due within two weeks, and the yearly examinations."""
_AIM: Final = 50.0
_AT_ONCE: Final = 2
"""So many of a station's staff of four open their list at the same moment."""
_ROW: Final = 'class="row-link"'
_SPREAD: Final = (-120, -60, -40, -25, -18, -12, -6, -3, -1, 0, 1, 2, 3, 4, 5, 6, 8, 9, 11, 13)
"""Days from today to the first deadline, taken in turn; nobody is enrolled after today."""
_PORTION: Final = 200
_SURNAMES: Final = "王李张刘陈杨黄赵周吴"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚"
Body = dict[str, Any]


def gather(environment: Mapping[str, str], people: int = PEOPLE) -> int:
    """Fill the station up by so many residents; how many deadlines that made."""
    settings = Settings.model_validate(
        {
            "database_url": environment["STATION_DATABASE_URL"],
            "key_file": Path(environment["STATION_KEY_FILE"]),
        }
    )
    station = open_station(settings, registry())
    try:
        _save(station, (Draft(body, body["id"]) for body in _people(people)))
        places = list(_places(people, station.clock.today()))
        _save(station, (Draft(body, body["id"]) for body in places))
    finally:
        station.database.close()
    return len(places)


def _save(station: Station, drafts: Iterator[Draft]) -> None:
    portion: list[Draft] = []
    for draft in drafts:
        portion.append(draft)
        if len(portion) == _PORTION:
            _save_all(station, portion)
            portion = []
    _save_all(station, portion)


def _save_all(station: Station, drafts: list[Draft]) -> None:
    if drafts:
        with station.write() as work:
            save_all(work, drafts)


def _people(number: int) -> Iterator[Body]:
    for n in range(number):
        surname, first = _SURNAMES[n % 10], _GIVEN[n // 10 % 20]
        name = surname + first + _GIVEN[n // 200 % 20]
        street = f"滨海市海阳区观海路{n % 90 + 1}号{n % 30 + 1}室"
        yield {
            "resourceType": "Patient",
            "id": f"crowd-{n}",
            "name": [{"use": "official", "text": name}],
            "gender": "male" if n % 2 else "female",
            "birthDate": f"{1940 + n % 50}-{n % 12 + 1:02d}-{n % 28 + 1:02d}",
            "telecom": [{"system": "phone", "value": f"139{n:08d}"}],
            "address": [{"use": "home", "text": street}],
            "managingOrganization": {"reference": f"Organization/{STATION}"},
        }


def _places(people: int, today: date) -> Iterator[Body]:
    """Enrolments: hypertension, and of every second person diabetes as well."""
    keeper = {"reference": f"Organization/{STATION}"}
    for place, n in enumerate(range(0, people, _EVERY)):
        for name in ("hypertension", "diabetes")[: 1 + place % 2]:
            programme = programme_of(name)
            days = _SPREAD[place % len(_SPREAD)] - programme.first_days
            on = today + timedelta(days=days)
            body = episode(programme, f"crowd-{n}", on=on, organisation=keeper, doctor=None)
            yield {**body, "id": f"crowd-{n}-{name}"}


def due_cases(browser: Browser) -> list[Case]:
    """The pages of the due list, as the doctor of the station opens them, of fifty lines each."""

    def found(_number: int, reply: Reply) -> str:
        return "" if _ROW in text_of(reply.body) else "nobody is due"

    tabs = ("overdue", "week", "coming")
    asked = [browser.get(f"/due?tab={tab}") for tab in tabs]
    return [
        Case(f"due list: {tab}", [request], (_AIM, _AIM), connections=_AT_ONCE, found=found)
        for tab, request in zip(tabs, asked, strict=True)
    ]
