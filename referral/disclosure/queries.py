"""To whom a referral opened a person's summary, until when, and what was opened since.

Only the accesses of those hospitals to this one person, and only since they were let in: a station
is told what its own referral disclosed, and learns nothing else of the audit (DESIGN §3).
"""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, func, select

from kernel.audit import queries as audit
from kernel.audit.entry import Action, Entry, Outcome
from kernel.audit.queries import Key, Query
from kernel.clock import SHANGHAI, Instant, instant_of, local_date
from kernel.db.tables import kernel_grant
from kernel.errors import forbidden
from kernel.messages import _
from kernel.security.directory import organisation_name
from kernel.security.policy import OFFER
from kernel.work import ReadWork
from records.api import id_of
from referral.moving.grants import OPEN_UNTIL, all_reasons_of
from referral.moving.services import get_task
from referral.moving.sides import sides_of
from referral.states import Side
from referral.task import facts_of

_THEIRS: Final = _("医院查阅记录由转出的社区机构查看")
_READING: Final = (
    Action.READ, Action.VREAD, Action.SEARCH, Action.HISTORY, Action.REVEAL, Action.PRINT,
    Action.EXPORT, Action.OPERATION,
)  # fmt: skip
_PAGES: Final = (
    ("/files/", _("诊疗反馈的附件")),
    ("/letter", _("诊疗反馈")),
    ("/print", _("转出单")),
    ("/referral-offers", _("查询管理机构")),
    ("/referral-office", _("转诊名单")),
    ("/referrals", _("转诊")),
    ("/residents", _("居民档案摘要")),
)
"""What a page is called, by a part of its address; the first that fits."""
PAGE_SIZE: Final = 50


class Grant(NamedTuple):
    """A hospital that a referral let in. `until` is None as long as the referral is open there."""

    hospital_id: str
    hospital: str
    offer: bool
    since: Instant
    until: Instant | None
    runs: bool


class Access(NamedTuple):
    """Something that was opened: when, by whom (name), how, what (its title)."""

    at: Instant
    who: str
    action: Action
    what: str


class Accesses(NamedTuple):
    """A page of accesses, newest first; `next` is where it goes on."""

    rows: list[Access]
    next: Key | None


def list_grants(work: ReadWork, request_id: str) -> tuple[str, list[Grant]]:
    """The person of a referral and the hospitals that it let in, the latest first.

    Raises Refused: 404, 403 (for anybody but the community).
    """
    task, _version = get_task(work, request_id)
    if Side.COMMUNITY not in sides_of(work.actor, facts_of(task)):
        raise forbidden(_THEIRS)
    grant = kernel_grant.c
    rows = work.connection.execute(
        select(
            grant.organisation_id,
            grant.scope,
            func.min(grant.granted_at).label("since"),
            func.max(grant.until).label("until"),
        )
        .where(grant.reason.in_(all_reasons_of(request_id)))
        .group_by(grant.organisation_id, grant.scope)
    )
    found = [
        Grant(
            hospital_id=row.organisation_id,
            hospital=organisation_name(work.connection, row.organisation_id) or "",
            offer=row.scope == OFFER,
            since=row.since,
            until=None if row.until >= OPEN_UNTIL else row.until,
            runs=row.until > work.now,
        )
        for row in rows
    ]
    return id_of(task.get("for"), "Patient"), sorted(found, key=lambda one: -one.since)


def list_accesses(
    work: ReadWork,
    connection: Connection,
    grant: Grant,
    *,
    patient_id: str,
    after: Key | None = None,
) -> Accesses:
    """What the hospital has opened of this person; `connection` reads the audit.

    Of who offered somebody back by itself also the question who manages him, of the same day.
    """
    since = _day_of(grant.since) if grant.offer else grant.since
    query = Query(
        patient_id=patient_id,
        organisation_id=grant.hospital_id,
        actions=_READING,
        outcomes=(Outcome.SUCCESS,),
        since=since,
        until=grant.until,
    )
    page = audit.find(connection, work.keys, query, after=after, limit=PAGE_SIZE)
    people = audit.people(work.connection, page.entries)
    rows = [
        Access(
            one.entry.at,
            people[one.entry.user_id].display if one.entry.user_id in people else "",
            one.entry.action,
            _what(work, one.entry),
        )
        for one in page.entries
    ]
    return Accesses(rows, page.next)


def _day_of(at: Instant) -> Instant:
    """The beginning of the local day of an instant."""
    return instant_of(datetime.combine(local_date(at), time(), SHANGHAI))


def _what(work: ReadWork, entry: Entry) -> str:
    """What was opened, in words: the page by its address, else the type."""
    detail: Mapping[str, Any] = entry.detail or {}
    path = str(detail.get("path", ""))
    for part, title in _PAGES:
        if part in path and not path.startswith("/fhir"):
            return title
    spec = work.registry.spec(entry.resource_type or "")
    return spec.title if spec else str(_("居民"))
