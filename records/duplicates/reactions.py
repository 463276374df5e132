"""What must not happen to a file that became part of another one."""

from sqlalchemy import select

from kernel.db.prepared import PreparedIn
from kernel.errors import unprocessable
from kernel.fhir.store import BatchSaved
from kernel.messages import Message, _
from kernel.work import Work
from records.duplicates.pointing import is_merge
from records.duplicates.projections import records_match

_MERGED = _("此人的档案已并入另一份，请记在那一份里：Patient/%(id)s")

_merged_into = PreparedIn(
    lambda ids: select(records_match.c.source_id, records_match.c.merged_into).where(
        records_match.c.source_id.in_(ids), records_match.c.merged_into.is_not(None)
    )
)


def keep_merged_closed(work: Work, batch: BatchSaved) -> None:
    """Nothing new is written into a merged file: nobody would look for it there.

    Raises Refused (422) with the Patient to whom it belongs.
    """
    new = [
        event
        for event in batch.events
        if event.saved.created and event.saved.patient_id and event.type != "Patient"
    ]
    people = [str(event.saved.patient_id) for event in new]
    merged: dict[str, str] = dict(_merged_into.rows(work.connection, people, {}))
    for event in new if merged else ():
        into = merged.get(str(event.saved.patient_id))
        if into is not None and not is_merge(event.body):
            raise unprocessable(Message(_MERGED, id=into), f"{event.type}.subject")
