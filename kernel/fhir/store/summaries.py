"""Summary rows of persons, made anew when a resource of theirs was saved, derived or deleted."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from sqlalchemy import Table, bindparam, delete

from kernel.db.prepared import Prepared
from kernel.declare.module import Summary
from kernel.fhir.store.rows import insert_search
from kernel.work import Work

Touched = Mapping[str, Iterable[str | None]]
"""The persons whose resources of a type changed; None where one lies in nobody's compartment."""


def refresh(work: Work, touched: Touched) -> None:
    """Make the rows of these persons anew in the summaries that depend on those types."""
    wanted: dict[int, tuple[Summary, dict[str, None]]] = {}
    for type_, persons in touched.items():
        for summary in work.registry.summaries.get(type_, ()):
            known = wanted.setdefault(id(summary), (summary, {}))[1]
            known.update((person, None) for person in persons if person is not None)
    for summary, persons_of in wanted.values():
        if persons_of:
            summarise(work, summary, list(persons_of))


def summarise(work: Work, summary: Summary, patient_ids: list[str]) -> None:
    """Make the rows of these (distinct) persons anew in one summary."""
    table = work.registry.derived.tables[summary.table.name]
    keys = [{"at_id": id_} for id_ in patient_ids]
    _delete_of(table).run_many(work.connection, keys)
    insert_search(table).run_many(work.connection, list(summary.rows(work, patient_ids)))


@lru_cache(maxsize=64)
def _delete_of(table: Table) -> Prepared:
    return Prepared(delete(table).where(table.c.patient_id == bindparam("at_id")))
