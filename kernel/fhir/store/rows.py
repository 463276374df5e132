"""The statements of a save. Each takes many rows, so that a bundle costs few round trips."""

from functools import lru_cache
from typing import Any

from sqlalchemy import Table, bindparam, delete, insert, select, update

from kernel.db.derived import SIDES, search_identifier, search_reference, search_text
from kernel.db.dialect import is_duplicate
from kernel.db.prepared import Prepared, PreparedInsert
from kernel.db.tables import fhir_history, fhir_resource
from kernel.registry import Registry

Rows = list[dict[str, Any]]

_MUTABLE = (
    "version",
    "updated_at",
    "deleted",
    "organisation_id",
    "patient_id",
    "author_id",
    "body",
)


insert_head = PreparedInsert(fhir_resource)

update_head = Prepared(
    update(fhir_resource)
    .where(
        fhir_resource.c.type == bindparam("at_type"),
        fhir_resource.c.id == bindparam("at_id"),
        fhir_resource.c.version == bindparam("at_version"),
    )
    .values({name: bindparam(name) for name in _MUTABLE})
)
"""Replaces the version `at_version` and no other; the row count tells whether it was there."""

_keep_version = Prepared(
    insert(fhir_history).from_select(
        [c.name for c in fhir_history.columns],
        select(*fhir_resource.columns).where(
            fhir_resource.c.type == bindparam("at_type"), fhir_resource.c.id == bindparam("at_id")
        ),
    )
)
"""Copies the outgoing version, as it lies there, into the history."""


def keep_versions(connection: Any, places: Rows) -> bool:
    """Copy the outgoing versions into the history; False where somebody just did so before us.

    Under READ COMMITTED a second writer of the same version waits for the first one here.
    """
    try:
        _keep_version.run_many(connection, places)
    except Exception as error:
        if is_duplicate(error):
            return False
        raise
    return True


insert_identifiers = PreparedInsert(search_identifier)
insert_texts = PreparedInsert(search_text)
insert_references = PreparedInsert(search_reference)

_delete_sides = tuple(
    Prepared(
        delete(table).where(table.c.id == bindparam("at_id"), table.c.type == bindparam("at_type"))
    )
    for table in SIDES
)


@lru_cache(maxsize=256)
def insert_search(table: Table) -> PreparedInsert:
    """The INSERT of a search or fact table."""
    return PreparedInsert(table)


@lru_cache(maxsize=256)
def _delete_search(table: Table) -> Prepared:
    return Prepared(delete(table).where(table.c.id == bindparam("at_id")))


@lru_cache(maxsize=256)
def _delete_facts(table: Table) -> Prepared:
    return Prepared(
        delete(table).where(
            table.c.source_id == bindparam("at_id"), table.c.source_type == bindparam("at_type")
        )
    )


def delete_derived(connection: Any, registry: Registry, type_: str, ids: list[str]) -> None:
    """Remove everything that was derived from these resources."""
    keys = [{"at_type": type_, "at_id": id_} for id_ in ids]
    for statement in _delete_sides:
        statement.run_many(connection, keys)
    only_id = [{"at_id": id_} for id_ in ids]
    _delete_search(registry.search[type_]).run_many(connection, only_id)
    for projection in registry.projections.get(type_, ()):
        table = registry.derived.tables[projection.table.name]
        _delete_facts(table).run_many(connection, keys)
