"""One change at a time where what is decided or counted about a person depends on all of theirs."""

from sqlalchemy import bindparam, select

from kernel.db.dialect import is_sqlite, lock_rows
from kernel.db.prepared import Prepared
from kernel.db.tables import fhir_resource
from kernel.fhir.store.item import Item
from kernel.work import Work

_lock = Prepared(
    lock_rows(
        select(fhir_resource.c.id).where(
            fhir_resource.c.type == "Patient", fhir_resource.c.id == bindparam("patient_id")
        )
    )
)


def lock_persons(work: Work, items: list[Item]) -> None:
    """Let nobody else save what is stamped or summarised about these persons until we are done.

    Two follow-ups of one person at the same moment would else not see each other. SQLite's writing
    transaction already is the only one.
    """
    if is_sqlite(work.connection):
        return
    registry = work.registry
    concerned = {
        item.owner.patient_id
        for item in items
        if item.spec.type in registry.stamps or item.spec.type in registry.summaries
    }
    for patient_id in sorted(one for one in concerned if one is not None):
        _lock.rows(work.connection, {"patient_id": patient_id})
