"""Who is in a programme: SQL over typed columns."""

from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select

from health.declare import Programme
from health.lists.people import ListQuery, binds, day_or_none, ordered, people
from health.tables import health_due, health_enrolment, health_follow_up
from kernel.work import ReadWork
from records.api import as_day

STATES: Final = {
    "": ("active", "onhold"),
    "active": ("active",),
    "onhold": ("onhold",),
    "applied": ("waitlist", "planned"),
    "ended": ("finished",),
}
"""The states of an enrolment by what a list is asked for; empty: those who are managed."""
SORTS: Final = ("name", "due", "last", "from")
_enrolment, _due = health_enrolment.c, health_due.c


class Managed(NamedTuple):
    """Somebody in a programme."""

    patient_id: str
    episode_id: str
    status: str
    from_on: date
    to_on: date | None
    closed_for: str | None
    last_id: str | None
    last_on: date | None
    outcome: str | None
    due_on: date | None


def _managed(work: ReadWork, programme: Programme, query: ListQuery) -> Select[Any]:
    patient, last = work.registry.search["Patient"], health_follow_up.alias("last")
    statement = (
        people(work, query)
        .join(health_enrolment, and_(_enrolment.patient_id == patient.c.id,
                                     _enrolment.programme == programme.name))
        .outerjoin(last, last.c.source_id == _last_id())
        .where(_enrolment.status.in_(STATES[query.state]))
        .add_columns(
            _enrolment.source_id, _enrolment.status, _enrolment.from_on, _enrolment.to_on,
            _enrolment.closed_for, last.c.source_id, last.c.done_on, last.c.outcome,
            _due_on().label("due_on"), patient.c.name,
        )
    )  # fmt: skip
    return statement.where(last.c.outcome == query.outcome) if query.outcome else statement


def _last_id() -> ColumnElement[Any]:
    """The last regular follow-up of the enrolment."""
    table = health_follow_up.c
    return (
        select(table.source_id)
        .where(
            table.patient_id == _enrolment.patient_id,
            table.programme == _enrolment.programme,
            table.done_on >= _enrolment.from_on,
            table.regular.is_(True),
        )
        .order_by(table.done_on.desc(), table.source_id.desc())
        .limit(1)
        .correlate(health_enrolment)
        .scalar_subquery()
    )


def _due_on() -> ColumnElement[Any]:
    return (
        select(func.min(_due.due_on))
        .where(_due.patient_id == _enrolment.patient_id, _due.programme == _enrolment.programme)
        .correlate(health_enrolment)
        .scalar_subquery()
    )


def count_managed(work: ReadWork, programme: Programme, query: ListQuery) -> int:
    """How many lines a query has. Raises Refused (403)."""
    inner = _managed(work, programme, query).order_by(None).subquery()
    return int(work.connection.scalar(select(func.count()).select_from(inner), binds(work)) or 0)


def list_managed(
    work: ReadWork, programme: Programme, query: ListQuery, *, sort: str, begin: int, size: int
) -> list[Managed]:
    """A portion of the people in a programme; without `sort` the longest overdue come first."""
    inner = _managed(work, programme, query).subquery("managed")
    columns = list(inner.c)
    keys = {"": columns[9], "due": columns[9], "name": columns[10], "last": columns[7],
            "from": columns[3]}  # fmt: skip
    statement = select(*columns[:10]).order_by(*ordered(keys, sort), columns[10], columns[1])
    rows = work.connection.execute(statement.limit(size).offset(begin), binds(work))
    return [_row(*row) for row in rows]


def _row(*row: Any) -> Managed:
    """A row of the statement; SQLite gives the days of a scalar SELECT as text."""
    days = {number: day_or_none(row[number]) for number in (4, 7, 9)}
    others = (days.get(number, value) for number, value in enumerate(row))
    found: Managed = Managed._make(others)
    return found._replace(from_on=as_day(row[3]))
