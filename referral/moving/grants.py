"""What a hospital sees of a referred person, and until when (DESIGN §3).

A referral grants its hospital the person's summary while it is open, and for some days after it
ended (`GRANT_DAYS`); the row names the referral, so that another one's grant stays as it is.
"""

from typing import Final

from sqlalchemy import insert, select, update

from kernel.clock import DAY, Instant
from kernel.db.tables import kernel_grant
from kernel.ids import uuid7
from kernel.security.policy import SUMMARY
from kernel.work import Work
from referral.parameters import GRANT_DAYS

OPEN_UNTIL: Final[Instant] = 253_402_214_400_000_000
"""9999-12-31: the end of a referral sets the real one, and its clock lets none stay open."""


def reason_of(request_id: str) -> str:
    """How a grant names the referral that it came from."""
    return f"ServiceRequest/{request_id}"


def open_grant(
    work: Work, request_id: str, *, patient_id: str, hospital_id: str, scope: str = SUMMARY
) -> None:
    """Let a hospital see a person while a referral is open; nothing changes where it does.

    With the scope OFFER it sees only the referral itself: nobody referred the person to it.
    """
    if not _extended(work, request_id, hospital_id, OPEN_UNTIL):
        row = {
            "id": uuid7(work.now),
            "patient_id": patient_id,
            "organisation_id": hospital_id,
            "scope": scope,
            "reason": reason_of(request_id),
            "granted_by": work.actor.user_id,
            "granted_at": work.now,
            "until": OPEN_UNTIL,
        }
        work.connection.execute(insert(kernel_grant), [row])


def end_grant(work: Work, request_id: str, *, hospital_id: str) -> None:
    """The referral has ended there: the hospital sees the person for some days more."""
    _extended(work, request_id, hospital_id, work.now + GRANT_DAYS.on(work.today) * DAY)


def _extended(work: Work, request_id: str, hospital_id: str, until: Instant) -> bool:
    grant = kernel_grant.c
    changed = work.connection.execute(
        update(kernel_grant)
        .where(grant.organisation_id == hospital_id, grant.reason == reason_of(request_id))
        .values(until=until)
    )
    return changed.rowcount > 0


def hospitals_of(work: Work, request_id: str) -> list[str]:
    """The hospitals that a referral has granted its person to, and still does."""
    grant = kernel_grant.c
    rows = work.connection.execute(
        select(grant.organisation_id).where(
            grant.reason == reason_of(request_id), grant.until > work.now
        )
    )
    return [row.organisation_id for row in rows]
