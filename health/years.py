"""The years of persons in the programmes: the Summary `health_year`, and the turn of the year."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, TypeVar

from sqlalchemy import Column, ColumnElement, Select, Table, select

from health.declare import Programme
from health.programmes import PROGRAMMES
from health.tables import health_enrolment, health_examination, health_follow_up, health_year
from health.years_counting import (
    Enrolled,
    Examined,
    FollowUp,
    Kept,
    Person,
    PersonYear,
    counted,
    years_of,
)
from kernel.db.dialect import upsert
from kernel.db.prepared import PreparedIn, Row
from kernel.db.tables import kernel_fact
from kernel.declare.module import Job, Summary
from kernel.fhir.store.summaries import summarise
from kernel.work import ReadWork, Work
from records.api import as_day, records_file, records_residence

F = TypeVar("F")
TURNED: Final = "health:year"
"""The fact that says which year's rows were made, and up to which person: JSON `year`, `after`."""
SLICE: Final = 200
"""Persons whose rows one transaction makes."""


def _of(table: Table, person: Column[Any], columns: str, *order: Column[Any]) -> PreparedIn:
    """The facts of persons, each with the person before the other columns."""

    def build(ids: list[ColumnElement[Any]]) -> Select[Any]:
        names = [table.c[name] for name in columns.split()]
        return select(person, *names).where(person.in_(ids)).order_by(*order)

    return PreparedIn(build)


_file, _residence = records_file.c, records_residence.c
_enrolment, _follow_up, _examination = health_enrolment.c, health_follow_up.c, health_examination.c
_files = _of(
    records_file,
    _file.source_id,
    "state born_on organisation_id opened_on closed_on closed_for",
)
_kept = _of(
    records_residence,
    _residence.patient_id,
    "organisation_id from_on to_on",
    _residence.from_on,
    _residence.source_id,
)
_enrolled = _of(
    health_enrolment,
    _enrolment.patient_id,
    "programme status from_on to_on closed_for suspended_on",
    _enrolment.from_on,
    _enrolment.source_id,
)
_visits = _of(
    health_follow_up,
    _follow_up.patient_id,
    "programme done_on face_to_face regular action complete educated at_target systolic diastolic",
    _follow_up.done_on,
    _follow_up.source_id,
)
_examined = _of(
    health_examination,
    _examination.patient_id,
    "done_on complete guided",
    _examination.done_on,
    _examination.source_id,
)


def year_rows(work: ReadWork, patient_ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """The rows of `health_year` of these persons, up to the current year, from their facts."""
    programmes = [one for one in PROGRAMMES if counted(one)]
    return [
        as_row(year)
        for person in load_persons(work, patient_ids, programmes)
        for year in years_of(person, programmes, work.today.year)
    ]


def as_row(year: PersonYear) -> dict[str, Any]:
    """The row as it is stored: dates as ISO text."""
    row = year._asdict()
    for name in ("from_on", "to_on", "answer_by", "last_on"):
        if row[name] is not None:
            row[name] = row[name].isoformat()
    return row


def load_persons(
    work: ReadWork, patient_ids: Sequence[str], programmes: Sequence[Programme]
) -> list[Person]:
    """The facts of those of these persons who can have years in the programmes.

    Most have no enrolment and are too young for the others: of them nothing more is read.
    """
    enrolled = _grouped(work, _enrolled, patient_ids, _as_enrolled)
    latest = max((_latest_birth(work, one) for one in programmes if one.from_age), default=None)
    people = [
        person
        for row in _files.rows(work.connection, patient_ids, {})
        if (person := _as_person(row, enrolled[row[0]])).enrolled
        or (latest is not None and person.born is not None and person.born <= latest)
    ]
    ids = [one.id for one in people]
    kept = _grouped(work, _kept, ids, _as_kept)
    visits = _grouped(work, _visits, ids, _as_follow_up)
    examined = _grouped(work, _examined, ids, _as_examined)
    return [
        replace(one, kept=kept[one.id], follow_ups=visits[one.id], examinations=examined[one.id])
        for one in people
    ]


def _latest_birth(work: ReadWork, programme: Programme) -> date:
    """Who was born later is too young for a programme in every year up to the current one."""
    return date(work.today.year - programme.from_age, 12, 31)


def _as_person(row: Row, enrolled: Sequence[Enrolled]) -> Person:
    return Person(
        id=row[0],
        state=row[1],
        born=_day(row[2]),
        organisation_id=row[3],
        opened_on=_day(row[4]),
        closed_on=_day(row[5]),
        closed_for=row[6],
        enrolled=enrolled,
    )


def _grouped(
    work: ReadWork, query: PreparedIn, patient_ids: Sequence[str], made: Callable[[Row], F]
) -> dict[str, list[F]]:
    found: dict[str, list[F]] = defaultdict(list)
    for row in query.rows(work.connection, patient_ids, {}):
        found[row[0]].append(made(row))
    return found


def _day(value: date | str | None) -> date | None:
    return None if value is None else as_day(value)


def _as_kept(row: Row) -> Kept:
    return Kept(row[1], as_day(row[2]), _day(row[3]))


def _as_enrolled(row: Row) -> Enrolled:
    return Enrolled(row[1], row[2], as_day(row[3]), _day(row[4]), row[5], _day(row[6]))


def _as_follow_up(row: Row) -> FollowUp:
    at_target = None if row[8] is None else bool(row[8])
    return FollowUp(
        programme=row[1],
        done_on=as_day(row[2]),
        face_to_face=bool(row[3]),
        regular=bool(row[4]),
        action=row[5],
        complete=bool(row[6]),
        educated=bool(row[7]),
        at_target=at_target,
        systolic=row[9],
        diastolic=row[10],
    )


def _as_examined(row: Row) -> Examined:
    return Examined(as_day(row[1]), bool(row[2]), bool(row[3]))


HEALTH_YEAR: Final = Summary(
    health_year, frozenset({"EpisodeOfCare", "QuestionnaireResponse", "Patient"}), year_rows
)


def turn_year(work: Work) -> bool:
    """Make the rows of a new year, a slice of persons at a time; whether there are more.

    Rows are made up to the year of the save that made them; whom nobody has saved anything for
    since New Year gets the new one here.
    """
    year, after = _turned(work)
    if year == work.today.year and after is None:
        return False
    start = after or "" if year == work.today.year else ""
    ids = list(
        work.connection.scalars(
            select(_file.source_id)
            .where(_file.source_id > start)
            .order_by(_file.source_id)
            .limit(SLICE)
        )
    )
    if ids:
        summarise(work, HEALTH_YEAR, ids)
    _note(work, ids[-1] if ids else None)
    return bool(ids)


def _turned(work: ReadWork) -> tuple[int, str | None]:
    """The last year whose rows were begun, and the last person done; None: all are."""
    fact = select(kernel_fact.c.value).where(kernel_fact.c.name == TURNED)
    text = work.connection.scalar(fact)
    if text is None:
        return 0, None
    value = json.loads(text)
    return value["year"], value["after"]


def _note(work: Work, after: str | None) -> None:
    value = json.dumps({"year": work.today.year, "after": after})
    fact = {"name": TURNED, "value": value}
    work.connection.execute(upsert(work.connection, kernel_fact, "name").values(fact))


JOBS: Final = (Job("health:year", 60, turn_year),)
