"""Facts and years put straight into their tables."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table, insert

from health.declare import Programme
from health.tables import health_enrolment, health_examination, health_follow_up, health_year
from health.years import HEALTH_YEAR, as_row
from health.years_counting import Person, years_of
from kernel.db.prepared import PreparedInsert
from kernel.fhir.store.summaries import summarise
from kernel.work import Work

_years = PreparedInsert(health_year)


def put_years(work: Work, people: Iterable[Person], *programmes: Programme, until: int) -> None:
    """The years of people of whom there is nothing else."""
    rows = [as_row(one) for who in people for one in years_of(who, programmes, until)]
    _years.run_many(work.connection, rows)


def put_facts(work: Work, who: Person) -> None:
    """The facts of a person who has a file, and the years that follow from them."""
    fresh = iter(range(1000))
    for one in who.enrolled:
        _put(work, health_enrolment, f"{who.id}-{next(fresh)}", who.id, one._asdict())
    for visit in who.follow_ups:
        others = {"outcome": "1", "uncontrolled": False, "adverse": False, "overridden": False}
        _put(work, health_follow_up, f"{who.id}-{next(fresh)}", who.id, visit._asdict() | others)
    for examined in who.examinations:
        _put(work, health_examination, f"{who.id}-{next(fresh)}", who.id, examined._asdict())
    summarise(work, HEALTH_YEAR, [who.id])


def _put(work: Work, table: Table, id_: str, patient_id: str, row: dict[str, Any]) -> None:
    whole = {"source_type": "Basic", "source_id": id_, "patient_id": patient_id, **row}
    work.connection.execute(insert(table).values(whole))
