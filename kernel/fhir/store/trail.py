"""The change audit: a row per change, in the transaction that makes it."""

from collections.abc import Iterable

from kernel.audit.changes import record_changes
from kernel.audit.entry import Action, Entry, row
from kernel.fhir.store.ownership import Owner
from kernel.fhir.store.references import Target
from kernel.ids import uuid7
from kernel.work import Work

Change = tuple[Target, int, Owner, bool]
"""What was changed, its new version, whose it is, and whether it is new."""


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
                    action=action or (Action.CREATE if created else Action.UPDATE),
                    user_id=actor.user_id,
                    organisation_id=actor.organisation_id or None,
                    patient_id=owner.patient_id,
                    resource_type=target.type,
                    resource_id=target.id,
                    version=version,
                    source=actor.source or None,
                ),
            )
            for target, version, owner, created in changes
        ],
    )
