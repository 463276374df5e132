"""Reading and changing a person's residence intervals inside a transaction."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import bindparam, select

from kernel.db.prepared import Prepared
from kernel.errors import unprocessable
from kernel.fhir import json
from kernel.fhir.store import Draft, read
from kernel.ids import uuid7
from kernel.web.i18n import _
from kernel.work import ReadWork, Work
from records.life.projections import records_residence
from records.life.residence import ended, residence

_OVERLAP = _("居民同一天只能由一家机构管理：管理起止日期与已有的记录重叠，请核对日期。")
_FUTURE = _("日期不能晚于今天。")
_TOO_EARLY = _("日期不能早于这份档案在本机构的起始日期。")

_columns = [
    records_residence.c[n]
    for n in ("source_id", "organisation_id", "from_on", "to_on", "opened_for", "closed_for")
]
_of_person = Prepared(
    select(*_columns)
    .where(records_residence.c.patient_id == bindparam("patient_id"))
    .order_by(records_residence.c.from_on)
)


class Interval(NamedTuple):
    """An institution keeps a person's file from a day until another (exclusive; None = open)."""

    episode_id: str
    organisation_id: str
    from_on: date
    to_on: date | None
    opened_for: str | None
    closed_for: str | None = None


def list_intervals(work: ReadWork, patient_id: str) -> list[Interval]:
    """A person's intervals at all institutions, the earliest first."""
    rows = _of_person.rows(work.connection, {"patient_id": patient_id})
    return [
        Interval(row[0], row[1], as_day(row[2]), as_day(row[3]) if row[3] else None, *row[4:])
        for row in rows
    ]


def as_day(value: date | str) -> date:
    """A date of either driver: SQLite's gives text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def open_interval(work: ReadWork, patient_id: str) -> Interval | None:
    """The interval that has not ended, or None."""
    return next((one for one in list_intervals(work, patient_id) if one.to_on is None), None)


def overlapping(intervals: Sequence[Interval]) -> list[tuple[Interval, Interval]]:
    """Pairs of intervals that share a day. They come in the order of their beginnings."""
    found = []
    for first, second in pairwise(intervals):
        if first.to_on is None or second.from_on < first.to_on:
            found.append((first, second))
    return found


def refuse_overlap() -> None:
    """Raises Refused (422): two institutions for one day."""
    raise unprocessable(_OVERLAP, "EpisodeOfCare.period")


def check_day(work: ReadWork, on: date, *, not_before: date | None, field: str) -> None:
    """Raises Refused (422) for a day to come, or before the interval that it ends."""
    if on > work.today:
        raise unprocessable(_FUTURE, field)
    if not_before is not None and on < not_before:
        raise unprocessable(_TOO_EARLY, field)


def beginning(
    work: ReadWork, patient_id: str, organisation_id: str, *, on: date, opened_for: str
) -> Draft:
    """The draft of a new interval."""
    body = residence(patient_id, organisation_id, on=on, opened_for=opened_for)
    return Draft(body, uuid7(work.now), fresh=True)


def ending(work: Work, interval: Interval, *, to_on: date, closed_for: str) -> Draft:
    """The draft of an interval that ends before `to_on`. Raises Refused as `read` does."""
    version = read(work, work.registry.specs["EpisodeOfCare"], interval.episode_id)
    body = ended(json.loads(version.body), to_on=to_on, closed_for=closed_for)
    return Draft(body, interval.episode_id, expect=version.version)
