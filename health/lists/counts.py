"""How many are in each programme, wait for it, are overdue, or should be in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func

from health.declare import Programme
from health.lists.candidates import wanted
from health.lists.people import ListQuery, binds, people
from health.programmes import MANAGED
from health.tables import health_due, health_enrolment
from kernel.work import ReadWork
from records.api import records_file

_enrolment, _due, _file = health_enrolment.c, health_due.c, records_file.c


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are in a programme, wait, should be in it, and are overdue today."""

    managed: int = 0
    suspended: int = 0
    applied: int = 0
    overdue: int = 0
    candidates: int = 0


def count_all(work: ReadWork, programmes: Sequence[Programme] = MANAGED) -> dict[str, Counts]:
    """The counts of every programme among the residents whom the actor sees. Raises Refused (403).

    One statement for the enrolments, one for what is overdue, one for all who are missing.
    """
    patient, seen = work.registry.search["Patient"], people(work, ListQuery())
    states = work.connection.execute(
        seen.join(health_enrolment, _enrolment.patient_id == patient.c.id)
        .with_only_columns(_enrolment.programme, _enrolment.status, func.count())
        .group_by(_enrolment.programme, _enrolment.status),
        binds(work),
    )
    found: dict[tuple[str, str], int] = {(row[0], row[1]): row[2] for row in states}
    late = work.connection.execute(
        seen.join(health_due, _due.patient_id == patient.c.id)
        .where(_due.due_on < work.today)
        .with_only_columns(_due.programme, func.count(_due.patient_id.distinct()))
        .group_by(_due.programme),
        binds(work),
    )
    overdue: dict[str, int] = {row[0]: row[1] for row in late}
    flags = [func.sum(case((wanted(work, one), 1), else_=0)) for one in programmes]
    missing = work.connection.execute(
        seen.join(records_file, _file.source_id == patient.c.id).with_only_columns(*flags),
        binds(work),
    ).one()
    return {
        one.name: Counts(
            managed=found.get((one.name, "active"), 0),
            suspended=found.get((one.name, "onhold"), 0),
            applied=found.get((one.name, "waitlist"), 0) + found.get((one.name, "planned"), 0),
            overdue=overdue.get(one.name, 0),
            candidates=int(count or 0),
        )
        for one, count in zip(programmes, missing, strict=True)
    }
