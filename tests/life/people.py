"""Residents of these tests, and what is looked up about them behind everybody's back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from kernel.canonical import structure_definition
from kernel.fhir.store import Draft
from kernel.ids import uuid7
from kernel.work import Work
from records.life.intervals import Interval, list_intervals
from records.life.projections import records_file
from records.life.services import open_file
from tests.cast import patient
from tests.support.house import OpenHouse

COMMITTEE = "371802001001"
TODAY = date(2026, 11, 23)
Body = dict[str, Any]


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def address(committee: str = COMMITTEE, **parts: str) -> Body:
    """A home address with its place in the territory."""
    place = {"committee": committee, **parts}
    told = [{"url": url, "valueString": text} for url, text in place.items()]
    return {
        "extension": [{"url": structure_definition("grid-address"), "extension": told}],
        "use": "home",
        "text": "海阳区观海路12号",
    }


def person(
    name: str = "周一鸣", born: str = "1970-05-06", sex: str = "male", **others: Any
) -> Body:
    """Somebody who is not on file yet; the institution is told by whoever files."""
    body = patient(name, sex, born, **{"address": [address()], **others})
    del body["managingOrganization"]
    return body


LONG_AGO = days_ago(400)


@contextmanager
def working(house: OpenHouse, name: str = "gp1") -> Iterator[Work]:
    """A transaction of somebody of the cast."""
    with house.station.write(house.actor(name)) as work:
        yield work


def filed(
    house: OpenHouse,
    name: str = "周一鸣",
    *,
    on: date = LONG_AGO,
    as_: str = "gp1",
    draft: bool = False,
    beside: tuple[Draft, ...] = (),
    **others: Any,
) -> str:
    """Somebody whose file was opened on a day; the id."""
    with working(house, as_) as work:
        id_ = uuid7(work.now)
        return open_file(work, person(name, **others), id=id_, on=on, draft=draft, beside=beside)


def intervals(house: OpenHouse, id_: str) -> list[tuple[str, date, date | None]]:
    """(institution, from, until) of a person, the earliest first."""
    with house.station.read() as work:
        return [(i.organisation_id, i.from_on, i.to_on) for i in list_intervals(work, id_)]


def whole_intervals(house: OpenHouse, id_: str) -> list[Interval]:
    with house.station.read() as work:
        return list_intervals(work, id_)


def fact(house: OpenHouse, id_: str) -> Body:
    """The row of a person's file."""
    with house.database.reading() as connection:
        found = connection.execute(select(records_file).where(records_file.c.source_id == id_))
        return dict(found.mappings().one())
