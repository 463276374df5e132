"""The hospital's list of referrals: SQL over the fact table, one statement for a page of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, case, func, select

from kernel.clock import Instant
from kernel.errors import forbidden
from kernel.fhir.store.heads import may_read
from kernel.security.policy import sight
from kernel.work import ReadWork
from records.api import ResidentQuery, Sought, resident_select
from referral.office.tabs import AT_RISK, CLAUSES, DUE, LATE, UNENDED, Tab, binds
from referral.permissions import OFFICE
from referral.tables import referral_case

_case = referral_case.c
SORTS: Final = ("urgency", "due", "since", "sent", "appointment")
_URGENCY: Final = case(
    (_case.urgency == "emergency", 0), (_case.urgency == "urgent", 1), else_=2
)  # fmt: skip
_KEYS: Final[Mapping[str, tuple[ColumnElement[Any], ...]]] = {
    "": (_URGENCY, DUE, _case.request_id),
    "urgency": (_URGENCY, DUE, _case.request_id),
    "due": (DUE, _case.request_id),
    "since": (_case.since_at, _case.request_id),
    "sent": (_case.submitted_at, _case.request_id),
    "appointment": (func.coalesce(_case.appointment_at, 0), _case.request_id),
}


@dataclass(frozen=True, slots=True)
class OfficeQuery:
    """Which referrals of the hospital. What is empty restricts nothing.

    `late` those whose deadline has passed, `risk` those at risk now, `mine` those that the actor
    himself owns.
    """

    tab: Tab = Tab.WAITING
    state: str = ""
    urgency: str = ""
    department: str = ""
    community: str = ""
    late: bool = False
    risk: bool = False
    mine: bool = False
    sought: Sought | None = None


class Line(NamedTuple):
    """A referral on the hospital's list. Ids are bare, None for none; instants in microseconds."""

    request_id: str
    patient_id: str
    version: int
    state: str
    direction: str
    urgency: str
    disease: str | None
    community_id: str
    doctor_id: str | None
    department_id: str | None
    owner_side: str | None
    owner_id: str | None
    since_at: Instant
    submitted_at: Instant | None
    due_at: Instant | None
    risk_at: Instant | None
    appointment_at: Instant | None


_COLUMNS: Final = [DUE if name == "due_at" else _case[name] for name in Line._fields]


def list_lines(
    work: ReadWork, query: OfficeQuery, *, sort: str = "", begin: int = 0, size: int = 50
) -> list[Line]:
    """A portion of the hospital's list; without `sort` the urgent first, then what is due first.

    Raises Refused (403) for who does not work in a referral office.
    """
    keys = _KEYS[sort.removeprefix("-")]
    order = [key.desc() if sort.startswith("-") else key.asc() for key in keys]
    statement = _restricted(work, select(*_COLUMNS), query)
    rows = work.connection.execute(
        statement.order_by(*order).limit(size).offset(begin), _binds(work)
    )
    return [Line(*row) for row in rows]


def count_lines(work: ReadWork, query: OfficeQuery) -> int:
    """How many referrals a query has. Raises Refused (403)."""
    statement = _restricted(work, select(func.count()).select_from(referral_case), query)
    return int(work.connection.scalar(statement, _binds(work)) or 0)


_TABS: Final = select(
    *(func.sum(case((clause, 1), else_=0)).label(tab.value) for tab, clause in CLAUSES.items())
).where(UNENDED)
_LATE: Final = select(func.count()).select_from(referral_case).where(UNENDED, AT_RISK, LATE)
_COMMUNITIES: Final = select(_case.community_id).where(UNENDED).distinct()


def count_tabs(work: ReadWork) -> dict[Tab, int]:
    """How many referrals each tab has. Raises Refused (403)."""
    _may(work)
    row = work.connection.execute(_TABS, binds(work)).one()._mapping
    return {tab: int(row[tab.value] or 0) for tab in Tab}


def count_late(work: ReadWork) -> int:
    """How many on the hospital's own list are overdue. Raises Refused (403)."""
    _may(work)
    return int(work.connection.scalar(_LATE, binds(work)) or 0)


def list_communities(work: ReadWork) -> list[str]:
    """The ids of the stations from which something has not ended yet. Raises Refused (403)."""
    _may(work)
    return sorted(work.connection.scalars(_COMMUNITIES, binds(work)))


def _may(work: ReadWork) -> None:
    if not work.actor.may(OFFICE):
        raise forbidden(f"{work.actor.name} does not work in a referral office")


def _restricted(work: ReadWork, statement: Select[Any], query: OfficeQuery) -> Select[Any]:
    _may(work)
    wanted = {
        _case.state: query.state,
        _case.urgency: query.urgency,
        _case.department_id: query.department,
        _case.community_id: query.community,
    }
    clauses = [UNENDED, CLAUSES[query.tab]]
    clauses += [column == value for column, value in wanted.items() if value]
    if query.mine:
        clauses.append(_case.owner_id == work.actor.practitioner_id)
    if query.late:
        clauses.append(LATE)
    if query.risk:
        clauses.append(AT_RISK)
    if query.sought is not None:
        clauses.append(_case.patient_id.in_(_sought(work, query.sought)))
    return statement.where(*clauses)


def _sought(work: ReadWork, sought: Sought) -> Select[Any]:
    """The persons who are sought, among those whom the hospital was granted."""
    may_read(work, work.registry.specs["Patient"], "s")
    return resident_select(work, ResidentQuery(sought))


def _binds(work: ReadWork) -> dict[str, Any]:
    sighted = sight(work.actor, work.registry.specs["Patient"]).binds(work.now)
    return {**sighted, **binds(work)}


def find_lines(work: ReadWork, request_ids: Sequence[str]) -> list[Line]:
    """These referrals as far as they stand on the hospital's list, in the order of the list.

    Raises Refused (403).
    """
    _may(work)
    chosen = _case.request_id.in_(list(request_ids))
    statement = select(*_COLUMNS).where(UNENDED, chosen).order_by(*_KEYS[""])
    return [Line(*row) for row in work.connection.execute(statement, binds(work))]
