"""Search and fact rows of saved resources, and what follows when a person's record moves."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select, update

from kernel.clock import Instant
from kernel.db.derived import search_text
from kernel.db.tables import fhir_resource
from kernel.declare.resource import Body, Kind, ResourceSpec
from kernel.fhir.search.extract import extract
from kernel.fhir.store import rows, summaries
from kernel.fhir.store.heads import Head
from kernel.fhir.store.item import Item
from kernel.fhir.store.ownership import Owner
from kernel.fhir.store.references import Target
from kernel.work import Work


def write(work: Work, items: Sequence[Item], known: Mapping[Target, Head]) -> None:
    """Replace everything that is derived from these resources."""
    collector = Collector(work)
    for item in items:
        collector.add(
            Source(item.spec, item.id, item.body, item.owner, item.references, work.now), known
        )
    for type_, replaced in _by_type(i for i in items if not i.creates).items():
        rows.delete_derived(work.connection, work.registry, type_, replaced)
    collector.flush()
    for item in items:
        before = item.before.organisation_id if item.before else None
        if item.spec.patient == "id" and before and before != item.owner.organisation_id:
            move(work, item.id, item.owner.organisation_id)
    summaries.refresh(work, _touched(items))


def _touched(items: Iterable[Item]) -> dict[str, list[str | None]]:
    """Whose resources these are, and whose they were before."""
    found: dict[str, list[str | None]] = {}
    for item in items:
        before = item.before.patient_id if item.before else None
        found.setdefault(item.spec.type, []).extend((item.owner.patient_id, before))
    return found


def _by_type(items: Iterable[Item]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in items:
        found.setdefault(item.spec.type, []).append(item.id)
    return found


class Source(NamedTuple):
    """A resource that rows are derived from."""

    spec: ResourceSpec
    id: str
    body: Body
    owner: Owner
    references: Iterable[tuple[str, Target]]
    updated_at: Instant


class Collector:
    """Gathers derived rows table by table and inserts each table's rows at once."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self._search: dict[str, rows.Rows] = {}
        self._facts: dict[Any, rows.Rows] = {}
        self._identifiers: rows.Rows = []
        self._texts: rows.Rows = []
        self._references: rows.Rows = []

    def add(self, source: Source, known: Mapping[Target, Head]) -> None:
        """Gather what one resource is found by and counted in."""
        spec, id_, body = source.spec, source.id, source.body
        patient_id, organisation_id = source.owner
        found = extract(spec, body, self.work.keys)
        key = {"type": spec.type, "id": id_}
        own = {
            "id": id_,
            "updated_at": source.updated_at,
            "organisation_id": organisation_id,
            "patient_id": patient_id,
        }
        self._search.setdefault(spec.type, []).append({**own, **found.columns})
        self._identifiers.extend({**key, **row} for row in found.identifiers)
        kept = {**key, "organisation_id": organisation_id}
        self._texts.extend({**kept, **row} for row in found.texts)
        for path, target in dict.fromkeys(source.references):
            if spec.indirect or path != spec.patient or target != ("Patient", patient_id):
                place = {"path": path, "target_type": target.type, "target_id": target.id}
                self._references.append({**key, **place, "found": target in known})
        for projection in self.work.registry.projections.get(spec.type, ()):
            table = self.work.registry.derived.tables[projection.table.name]
            origin = {"source_type": spec.type, "source_id": id_}
            self._facts.setdefault(table, []).extend({**origin, **r} for r in projection.rows(body))

    def flush(self) -> None:
        """Insert what was gathered."""
        connection = self.work.connection
        for type_, found in self._search.items():
            rows.insert_search(self.work.registry.search[type_]).run_many(connection, found)
        for table, facts in self._facts.items():
            rows.insert_search(table).run_many(connection, facts)
        rows.insert_identifiers.run_many(connection, self._identifiers)
        rows.insert_texts.run_many(connection, self._texts)
        rows.insert_references.run_many(connection, self._references)


def move(work: Work, patient_id: str, organisation_id: str) -> None:
    """Hand all of a person's rows to another institution, without new versions.

    The history keeps where each version was.
    """
    registry = work.registry
    tables = [fhir_resource, *(registry.search[s.type] for s in registry.compartment())]
    for table in tables:
        work.connection.execute(
            update(table)
            .where(table.c.patient_id == patient_id)
            .values(organisation_id=organisation_id)
        )
    for spec in registry.compartment():
        if any(param.kind is Kind.STRING for param in spec.params):
            found = registry.search[spec.type]
            ids = select(found.c.id).where(found.c.patient_id == patient_id)
            work.connection.execute(
                update(search_text)
                .where(search_text.c.id.in_(ids), search_text.c.type == spec.type)
                .values(organisation_id=organisation_id)
            )
