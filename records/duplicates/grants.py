"""Who was granted one of two files that become one is granted the whole, as a hospital is.

When the merge is undone the grant on the other person's file ends with it.
"""

from sqlalchemy import insert, select, update

from kernel.clock import Instant
from kernel.db.tables import kernel_grant
from kernel.ids import uuid7
from kernel.work import Work


def carry_over(work: Work, gone_id: str, keep_id: str) -> None:
    """Grant `keep_id` to whom `gone_id` is granted now, until the same instant."""
    table = kernel_grant.c
    running = select(kernel_grant).where(table.patient_id == gone_id, table.until > work.now)
    rows = [dict(row._mapping) for row in work.connection.execute(running)]
    told = {"patient_id": keep_id, "granted_by": work.actor.user_id, "granted_at": work.now}
    copies = [{**row, **told, "id": uuid7(work.now)} for row in rows]
    if copies:
        work.connection.execute(insert(kernel_grant), copies)


def take_back(work: Work, gone_id: str, keep_id: str, *, merged_at: Instant) -> None:
    """End the grants on `keep_id` that the merge at this instant made."""
    table = kernel_grant.c
    others = select(table.organisation_id).where(table.patient_id == gone_id)
    work.connection.execute(
        update(kernel_grant)
        .where(
            table.patient_id == keep_id,
            table.granted_at == merged_at,
            table.organisation_id.in_(others),
            table.until > work.now,
        )
        .values(until=work.now)
    )
