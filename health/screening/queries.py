"""Who was screened with which result: the latest of each person who has not been enrolled since."""

from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_

from health.declare import Programme
from health.lists.people import ListQuery, binds, day_or_none, ordered, people
from health.tables import health_enrolment, health_follow_up
from kernel.work import ReadWork
from records.api import COUNTED, as_day, records_file

SORTS: Final = ("name", "due", "on")
_latest, _enrolment = health_follow_up.c, health_enrolment.c


class Screened(NamedTuple):
    """The last result of somebody."""

    patient_id: str
    answer_id: str
    on: date
    outcome: str
    due_on: date | None


def _screened(work: ReadWork, programme: Programme, query: ListQuery) -> Select[Any]:
    patient = work.registry.search["Patient"]
    return (
        people(work, query)
        .join(health_follow_up, and_(_latest.patient_id == patient.c.id,
                                     _latest.programme == programme.name))
        .join(records_file, records_file.c.source_id == patient.c.id)
        .where(records_file.c.state.in_(sorted(COUNTED)), ~_later(), ~_enrolled(programme))
    )  # fmt: skip


def _later() -> ColumnElement[bool]:
    """Whether there is a later result of the same person."""
    other = health_follow_up.alias("other")
    return exists().where(
        other.c.patient_id == _latest.patient_id,
        other.c.programme == _latest.programme,
        or_(
            other.c.done_on > _latest.done_on,
            and_(other.c.done_on == _latest.done_on, other.c.source_id > _latest.source_id),
        ),
    )


def _enrolled(programme: Programme) -> ColumnElement[bool]:
    """Whether the person is in the programme that the screening leads to."""
    return exists().where(
        _enrolment.patient_id == _latest.patient_id,
        _enrolment.programme == programme.screens,
        _enrolment.status.in_(("active", "onhold")),
    )


def count_results(work: ReadWork, programme: Programme, query: ListQuery) -> dict[str, int]:
    """How many persons have which result last, by its code. Raises Refused (403)."""
    statement = (
        _screened(work, programme, query)
        .with_only_columns(_latest.outcome, func.count())
        .group_by(_latest.outcome)
    )
    rows = work.connection.execute(statement, binds(work))
    return {row[0]: row[1] for row in rows}


def list_screened(
    work: ReadWork, programme: Programme, query: ListQuery, *, sort: str, begin: int, size: int
) -> list[Screened]:
    """A portion of those with a result (`query.outcome`, empty: any); the first due come first."""
    name = work.registry.search["Patient"].c.name
    statement = _screened(work, programme, query).add_columns(
        _latest.source_id, _latest.done_on, _latest.outcome, _latest.due_on
    )
    if query.outcome:
        statement = statement.where(_latest.outcome == query.outcome)
    keys = {"": _latest.due_on, "due": _latest.due_on, "on": _latest.done_on, "name": name}
    statement = statement.order_by(*ordered(keys, sort), name, _latest.source_id)
    rows = work.connection.execute(statement.limit(size).offset(begin), binds(work))
    return [Screened(r[0], r[1], as_day(r[2]), r[3], day_or_none(r[4])) for r in rows]
