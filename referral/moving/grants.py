"""What a hospital sees of a referred person, and until when (DESIGN §3).

A referral grants its hospital the person's summary while it is open, and for some days after it
ended (`GRANT_DAYS`); the row names the referral, so that another one's grant stays as it is.
"""

from typing import Final

from sqlalchemy import insert, select, update

from kernel.clock import DAY, Instant
from kernel.db.tables import kernel_grant
from kernel.ids import uuid7
from kernel.security.policy import OFFER, SUMMARY
from kernel.work import Work
from records.api import derived_id
from referral.parameters import GRANT_DAYS

OPEN_UNTIL: Final[Instant] = 253_402_214_400_000_000
"""9999-12-31: the end of a referral sets the real one, and its clock lets none stay open."""


def reasons_of(request_id: str, scope: str) -> tuple[str, ...]:
    """How the grants of a referral name it: an OFFER shows the request and its Task alone."""
    if scope == OFFER:
        return request_id, derived_id(request_id, "task")
    return (f"ServiceRequest/{request_id}",)


def all_reasons_of(request_id: str) -> tuple[str, ...]:
    """All names of a referral in grants."""
    return *reasons_of(request_id, SUMMARY), *reasons_of(request_id, OFFER)


def open_grant(
    work: Work, request_id: str, *, patient_id: str, hospital_id: str, scope: str = SUMMARY
) -> None:
    """Let a hospital see a person while a referral is open; nothing changes where it does.

    With the scope OFFER it sees only the referral itself: nobody referred the person to it.
    """
    if not _set(work, request_id, hospital_id, OPEN_UNTIL, before=0):
        rows = [
            {
                "id": uuid7(work.now),
                "patient_id": patient_id,
                "organisation_id": hospital_id,
                "scope": scope,
                "reason": reason,
                "granted_by": work.actor.user_id,
                "granted_at": work.now,
                "until": OPEN_UNTIL,
            }
            for reason in reasons_of(request_id, scope)
        ]
        work.connection.execute(insert(kernel_grant), rows)


def end_grant(work: Work, request_id: str, *, hospital_id: str) -> None:
    """The referral has ended there: the hospital sees the person for some days more.

    What ended before ends as it did.
    """
    until = work.now + GRANT_DAYS.on(work.today) * DAY
    _set(work, request_id, hospital_id, until, before=until)


def _set(work: Work, request_id: str, hospital_id: str, until: Instant, *, before: Instant) -> bool:
    """Set the end of those grants of a hospital that last longer than `before`; if there are."""
    grant = kernel_grant.c
    changed = work.connection.execute(
        update(kernel_grant)
        .where(
            grant.organisation_id == hospital_id,
            grant.reason.in_(all_reasons_of(request_id)),
            grant.until > before,
        )
        .values(until=until)
    )
    return changed.rowcount > 0


def hospitals_of(work: Work, request_id: str) -> list[str]:
    """The hospitals that a referral has granted its person to, and still does."""
    grant = kernel_grant.c
    rows = work.connection.execute(
        select(grant.organisation_id)
        .distinct()
        .where(grant.reason.in_(all_reasons_of(request_id)), grant.until > work.now)
    )
    return [row.organisation_id for row in rows]
