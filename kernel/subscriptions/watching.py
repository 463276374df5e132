"""On each save: a row for each version of a type that somebody subscribed to.

Who is to be told is found out later (`spreading`), so that a save costs the same for one subscriber
and for two hundred, and so that what the same transaction still grants counts.
"""

from sqlalchemy import select

from kernel.db.prepared import PreparedIn, PreparedInsert
from kernel.db.tables import kernel_saved
from kernel.declare.module import Reaction
from kernel.fhir.store.save import BatchSaved
from kernel.subscriptions.resources import kernel_subscription
from kernel.work import Work

_watched = PreparedIn(
    lambda types: (
        select(kernel_subscription.c.type)
        .distinct()
        .where(kernel_subscription.c.type.in_(types), kernel_subscription.c.live.is_(True))
    )
)
_insert = PreparedInsert(kernel_saved)


def note_saved(work: Work, event: BatchSaved) -> None:
    """Keep which versions of the save subscribers may have to be told of."""
    types = {one.saved.type for one in event.events}
    wanted = {row[0] for row in _watched.rows(work.connection, sorted(types), {})}
    rows = [
        {
            "type": saved.type,
            "id": saved.id,
            "version": saved.version,
            "patient_id": saved.patient_id,
            "saved_at": work.now,
        }
        for saved in (one.saved for one in event.events)
        if saved.type in wanted
    ]
    _insert.run_many(work.connection, rows)


WATCH = Reaction(BatchSaved, note_saved)
