"""应管未管: whom a programme is meant for and who is not in it, as SQL over typed columns."""

from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from health.declare import Programme
from health.lists.people import ListQuery, binds, day_or_none, ordered, people
from health.tables import health_enrolment
from kernel.work import ReadWork
from records.api import COUNTED, records_file

SORTS: Final = ("name", "born")
_MISDIAGNOSED: Final = "5"
"""误诊 in nbphs3-enrol-close-reason: who was managed by mistake is not asked for again."""
_enrolment, _file = health_enrolment.c, records_file.c


class Candidate(NamedTuple):
    """Somebody whom a programme is meant for and who is not in it."""

    patient_id: str
    born_on: date | None


def wanted(work: ReadWork, programme: Programme) -> ColumnElement[bool]:
    """That a file (a row of `records_file`) is kept, eligible today, and not in the programme.

    Who waits for an approval, was managed by mistake, or is in the programme that a screening
    leads to is not asked for.
    """
    names = [name for name in (programme.name, programme.screens) if name]
    held = exists().where(
        _enrolment.patient_id == _file.source_id,
        _enrolment.programme.in_(names),
        or_(
            _enrolment.status.in_(("active", "onhold", "waitlist", "planned")),
            _enrolment.closed_for == _MISDIAGNOSED,
        ),
    )
    return and_(_file.state.in_(sorted(COUNTED)), programme.eligible(work.today), ~held)


def _candidates(work: ReadWork, programme: Programme, query: ListQuery) -> Select[Any]:
    patient = work.registry.search["Patient"]
    return (
        people(work, query)
        .join(records_file, _file.source_id == patient.c.id)
        .where(wanted(work, programme))
        .add_columns(_file.born_on, patient.c.name)
    )


def count_candidates(work: ReadWork, programme: Programme, query: ListQuery) -> int:
    """How many should be in a programme and are not. Raises Refused (403)."""
    inner = _candidates(work, programme, query).subquery()
    return int(work.connection.scalar(select(func.count()).select_from(inner), binds(work)) or 0)


def list_candidates(
    work: ReadWork, programme: Programme, query: ListQuery, *, sort: str, begin: int, size: int
) -> list[Candidate]:
    """A portion of those who should be in a programme; without `sort` the oldest come first."""
    inner = _candidates(work, programme, query).subquery("candidates")
    id_, born, name = list(inner.c)
    keys = {"": born, "born": born, "name": name}
    statement = select(id_, born).order_by(*ordered(keys, sort), name, id_)
    rows = work.connection.execute(statement.limit(size).offset(begin), binds(work))
    return [Candidate(row[0], day_or_none(row[1])) for row in rows]
