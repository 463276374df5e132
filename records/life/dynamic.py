"""Dynamic use (动态使用): whether a file was used for care in a period, and by what.

A file is in dynamic use when a record of a finished service lies in the period; without one in the
last months (`INACTIVE_MONTHS`) a kept file goes onto the worklist of those to be looked for.
Nothing is ever closed because of it. Domain: health-record.md §13.6.
"""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, select, true

from kernel.fhir.search.compile import bound
from kernel.security.policy import sight, visible
from kernel.work import ReadWork
from records.life.closing import months_after
from records.life.parameters import INACTIVE_MONTHS
from records.life.projections import records_file
from records.life.services_done import records_service
from records.life.states import COUNTED

MOST = 200
"""Records of a period that are listed one by one."""


class Service(NamedTuple):
    """A record in the period: its type, its day, and why it does not count (empty: it does)."""

    type: str
    id: str
    on: date
    reason: str


class Dynamic(NamedTuple):
    """Whether a file was used from a day to another (both included), and every record of it."""

    used: bool
    from_on: date
    to_on: date
    counted: int
    services: list[Service]


def dynamic(work: ReadWork, patient_id: str, from_on: date, to_on: date) -> Dynamic:
    """What was done for a person from a day to another, both included, the latest first.

    The file must be one that the actor sees; the caller has read it.
    """
    table = records_service.c
    here = (table.patient_id == patient_id, table.done_on.between(from_on, to_on))
    rows = work.connection.execute(
        select(table.source_type, table.source_id, table.done_on, table.reason)
        .where(*here)
        .order_by(table.done_on.desc(), table.source_type, table.source_id)
        .limit(MOST)
    )
    services = [Service(row[0], row[1], row[2], row[3] or "") for row in rows]
    count = select(func.count()).select_from(records_service).where(*here, table.counts.is_(True))
    counted = int(work.connection.scalar(count) or 0)
    return Dynamic(counted > 0, from_on, to_on, counted, services)


def last_year(today: date) -> tuple[date, date]:
    """The last `INACTIVE_MONTHS` months up to today, both days included."""
    return months_after(today, -INACTIVE_MONTHS) + date.resolution, today


def is_inactive(id_column: ColumnElement[Any], today: date) -> ColumnElement[bool]:
    """That a file has had no service in the last months, as a condition on a Patient's id."""
    table, (from_on, to_on) = records_service.c, last_year(today)
    return ~exists().where(
        table.patient_id == id_column,
        table.counts == true(),
        table.done_on.between(from_on, to_on),
    )


class Figures(NamedTuple):
    """Of the files that the actor's institutions keep: how many, and how many were used."""

    kept: int
    used: int

    @property
    def inactive(self) -> int:
        """How many were not used."""
        return self.kept - self.used


def figures(work: ReadWork) -> Figures:
    """The files that the actor sees, and those of them in dynamic use in the last months."""
    spec, table = work.registry.specs["Patient"], work.registry.search["Patient"]
    file, binds = records_file.c, sight(work.actor, spec).binds(work.now)
    seen = visible(sight(work.actor, spec), table, bound)
    kept = (
        select(func.count())
        .select_from(table)
        .join(records_file, and_(file.source_id == table.c.id, file.state.in_(sorted(COUNTED))))
    )
    if seen is not None:
        kept = kept.where(seen)
    idle = kept.where(is_inactive(table.c.id, work.today))
    whole = int(work.connection.scalar(kept, binds) or 0)
    return Figures(whole, whole - int(work.connection.scalar(idle, binds) or 0))
