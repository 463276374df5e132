"""The change audit: a row per change, in the transaction that makes it."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, Entry, row
from kernel.fhir.store.ownership import Owner
from kernel.fhir.store.references import Target
from kernel.ids import uuid7
from kernel.work import Work


class Change(NamedTuple):
    """What was changed, its new version, whose it is, whether it is new, what is told beside."""

    target: Target
    version: int
    owner: Owner
    created: bool = False
    detail: Mapping[str, Any] | None = None


def record(work: Work, changes: Iterable[Change], *, action: Action | None = None) -> None:
    """Audit saved (or, with `action`, deleted) resources."""
    actor = work.actor
    record_changes(
        work.connection,
        [
            row(
                work.keys,
                Entry(
                    id=uuid7(work.now),
                    at=work.now,
                    action=action or (Action.CREATE if one.created else Action.UPDATE),
                    user_id=actor.user_id,
                    organisation_id=actor.organisation_id or None,
                    patient_id=one.owner.patient_id,
                    resource_type=one.target.type,
                    resource_id=one.target.id,
                    version=one.version,
                    source=actor.source or None,
                    detail=one.detail,
                ),
            )
            for one in changes
        ],
    )
