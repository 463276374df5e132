"""What must not happen to a file that became part of another one."""

from sqlalchemy import bindparam, select

from kernel.db.prepared import Prepared
from kernel.errors import unprocessable
from kernel.fhir.store import ResourceSaved
from kernel.messages import Message, _
from kernel.work import Work
from records.duplicates.pointing import is_merge
from records.duplicates.projections import records_match

_MERGED = _("此人的档案已并入另一份，请记在那一份里：Patient/%(id)s")

_merged_into = Prepared(
    select(records_match.c.merged_into).where(
        records_match.c.source_id == bindparam("patient_id"),
        records_match.c.merged_into.is_not(None),
    )
)


def keep_merged_closed(work: Work, event: ResourceSaved) -> None:
    """Nothing new is written into a merged file: nobody would look for it there.

    Raises Refused (422) with the Patient to whom it belongs.
    """
    saved = event.saved
    if not saved.created or saved.patient_id is None or saved.type == "Patient":
        return
    found = _merged_into.row(work.connection, {"patient_id": saved.patient_id})
    if found is not None and not is_merge(event.body):
        raise unprocessable(Message(_MERGED, id=found[0]), f"{saved.type}.subject")
