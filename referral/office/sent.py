"""What a hospital sent back, declined or passed on, and what has ended: SQL over the fact table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from kernel.clock import Instant
from kernel.errors import forbidden
from kernel.messages import _
from kernel.security.policy import sight
from kernel.work import ReadWork
from records.api import ResidentQuery, Sought, resident_select
from referral.permissions import OFFICE
from referral.states import Event, State
from referral.tables import referral_case, referral_move

_case, _move = referral_case.c, referral_move.c
SORTS: Final = ("since", "sent")


class Kind(StrEnum):
    """What became of a referral, as the hospital sees it."""

    RETURNED = "returned"
    DECLINED = "declined"
    PASSED = "passed"
    ENDED = "ended"


KIND_TITLES: Final = {
    Kind.RETURNED: _("已反馈、已转回"),
    Kind.DECLINED: _("已拒绝"),
    Kind.PASSED: _("已改派或转院"),
    Kind.ENDED: _("已撤销、超时关闭"),
}
_STATES: Final[Mapping[Kind, frozenset[State]]] = {
    Kind.RETURNED: frozenset(
        {
            State.FEEDBACK_SENT, State.BACK_OFFERED, State.BACK_ACCEPTED, State.FOLLOWED_UP,
            State.CLOSED,
        }
    ),
    Kind.DECLINED: frozenset({State.REJECTED}),
    Kind.ENDED: frozenset({State.CANCELLED, State.EXPIRED}),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SentQuery:
    """Which referrals that have left the hospital's list. What is empty restricts nothing."""

    kind: str = ""
    urgency: str = ""
    community: str = ""
    sought: Sought | None = None


class Sent(NamedTuple):
    """A referral that has left the hospital's list. Ids are bare, None for none."""

    request_id: str
    patient_id: str
    state: str
    direction: str
    urgency: str
    community_id: str
    hospital_id: str | None
    department_id: str | None
    reject_reason: str | None
    cancel_reason: str | None
    since_at: Instant
    submitted_at: Instant | None
    feedback_at: Instant | None


def list_sent(
    work: ReadWork, query: SentQuery, *, sort: str = "", begin: int = 0, size: int = 50
) -> list[Sent]:
    """A portion of them; without `sort` the last first. Raises Refused (403)."""
    keys = {"since": _case.since_at, "sent": _case.submitted_at}
    wanted = sort or "-since"
    key = keys[wanted.removeprefix("-")]
    order = (key.desc() if wanted.startswith("-") else key.asc(), _case.request_id)
    statement = _restricted(work, select(*(_case[name] for name in Sent._fields)), query)
    rows = work.connection.execute(
        statement.order_by(*order).limit(size).offset(begin), _binds(work)
    )
    return [Sent(*row) for row in rows]


def count_sent(work: ReadWork, query: SentQuery) -> int:
    """How many a query has. Raises Refused (403)."""
    statement = _restricted(work, select(func.count()).select_from(referral_case), query)
    return int(work.connection.scalar(statement, _binds(work)) or 0)


def list_sent_communities(work: ReadWork) -> list[str]:
    """The ids of the stations that they came from. Raises Refused (403)."""
    statement = _restricted(work, select(_case.community_id).distinct(), SentQuery())
    return sorted(work.connection.scalars(statement, _binds(work)))


def _restricted(work: ReadWork, statement: Select[Any], query: SentQuery) -> Select[Any]:
    if not work.actor.may(OFFICE):
        raise forbidden(f"{work.actor.name} does not work in a referral office")
    clauses = [_of_kind(work, query.kind)]
    if query.urgency:
        clauses.append(_case.urgency == query.urgency)
    if query.community:
        clauses.append(_case.community_id == query.community)
    if query.sought is not None:
        clauses.append(_case.patient_id.in_(resident_select(work, ResidentQuery(query.sought))))
    return statement.where(*clauses)


def _of_kind(work: ReadWork, kind: str) -> ColumnElement[bool]:
    own = _case.hospital_id == work.actor.organisation_id
    if kind == Kind.PASSED:
        return _passed(work)
    if kind:
        return and_(own, _in(_STATES[Kind(kind)]))
    return or_(and_(own, _in(frozenset[State]().union(*_STATES.values()))), _passed(work))


def _in(states: frozenset[State]) -> ColumnElement[bool]:
    return _case.state.in_(sorted(state.value for state in states))


def _passed(work: ReadWork) -> ColumnElement[bool]:
    """What this hospital sent on to another one, and which has not come back."""
    own = work.actor.organisation_id
    moved = select(_move.request_id).where(
        _move.organisation_id == own,
        _move.event.in_((Event.REDIRECT.value, Event.TRANSFER.value)),
    )
    return and_(_case.hospital_id != own, _case.request_id.in_(moved))


def _binds(work: ReadWork) -> dict[str, Any]:
    return sight(work.actor, work.registry.specs["Patient"]).binds(work.now)
