"""The person's other programmes, which can be asked on the same page."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from sqlalchemy import bindparam, func, select

from health.declare import Activity, Programme
from health.followups.facts import list_enrolments
from health.programmes import PROGRAMMES
from health.tables import health_due
from kernel.db.prepared import Prepared
from kernel.work import ReadWork
from records.api import as_day

_due: Final = Prepared(
    select(health_due.c.programme, func.min(health_due.c.due_on))
    .where(
        health_due.c.patient_id == bindparam("patient_id"),
        health_due.c.activity != Activity.EXAMINATION.value,
    )
    .group_by(health_due.c.programme)
)


class Other(NamedTuple):
    """A programme in which somebody is managed, and by when the next visit is due there."""

    programme: Programme
    due_on: date | None


def list_others(work: ReadWork, patient_id: str, chosen: Sequence[Programme]) -> Iterator[Other]:
    """In which other programmes a person is managed, in the order of the programmes."""
    due = {str(row[0]): row[1] for row in _due.rows(work.connection, {"patient_id": patient_id})}
    kept = {one.programme for one in list_enrolments(work, patient_id) if one.open}
    for programme in PROGRAMMES:
        if programme.name in kept and programme not in chosen:
            on = due.get(programme.name)
            yield Other(programme, None if on is None else as_day(on))
