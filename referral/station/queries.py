"""The station's list of referrals: SQL over the fact tables, one statement for a page of it.

A referral is listed for the institution that answers for the person (and for its centre), as far as
the actor sees the person at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, true

from kernel.clock import Instant
from kernel.errors import forbidden
from kernel.fhir.store.heads import may_read
from kernel.security.policy import sight
from kernel.work import ReadWork
from records.api import ResidentQuery, Sought, as_day, resident_select
from referral.permissions import STATION
from referral.station.tabs import Tab, clause_of, late
from referral.tables import referral_case, referral_outcome

_case = referral_case.c
_outcome = referral_outcome.c
SORTS: Final = ("urgency", "due", "sent", "outcome", "state")
_URGENCY: Final = case((_case.urgency == "emergency", 0), (_case.urgency == "urgent", 1), else_=2)
_NEVER: Final = 2**62
_LAST_DAY: Final = date(9999, 12, 31)
_DUE: Final = func.coalesce(_case.due_at, _NEVER)
_KEYS: Final[Mapping[str, tuple[ColumnElement[Any], ...]]] = {
    "": (_URGENCY, _DUE, _case.request_id),
    "urgency": (_URGENCY, _DUE, _case.request_id),
    "due": (_DUE, _case.request_id),
    "sent": (func.coalesce(_case.submitted_at, 0), _case.request_id),
    "outcome": (func.coalesce(_outcome.due_on, _LAST_DAY), _case.request_id),
    "state": (_case.state, _DUE, _case.request_id),
}
_OWN_ORDER: Final = {Tab.OUTCOME: "outcome", Tab.RISK: "due", Tab.CLOSED: "-sent", Tab.ALL: "-sent"}


@dataclass(frozen=True, slots=True)
class StationQuery:
    """Which referrals of the station. What is empty restricts nothing.

    `first` and `last` are the days of submission, inclusive; `late` those that are overdue;
    `person` is one Patient.
    """

    tab: Tab = Tab.WAITING
    state: str = ""
    urgency: str = ""
    direction: str = ""
    disease: str = ""
    hospital: str = ""
    doctor: str = ""
    organisation: str = ""
    first: date | None = None
    last: date | None = None
    late: bool = False
    person: str = ""
    sought: Sought | None = None


class Line(NamedTuple):
    """A referral on the station's list. Ids are bare, None for none; instants in microseconds."""

    request_id: str
    patient_id: str
    state: str
    direction: str
    urgency: str
    disease: str | None
    programme: str | None
    requisition: str | None
    community_id: str
    doctor_id: str | None
    hospital_id: str | None
    department_id: str | None
    owner_side: str | None
    owner_id: str | None
    open: bool
    created_at: Instant
    submitted_at: Instant | None
    due_at: Instant | None
    risk_at: Instant | None
    appointment_at: Instant | None
    outcome_due_on: date | None
    outcome_known: bool | None
    finding: str | None
    found_on: date | None


_OF_OUTCOME: Final = {
    "outcome_due_on": _outcome.due_on,
    "outcome_known": _outcome.known,
    "finding": _outcome.finding,
    "found_on": _outcome.found_on,
}
_COLUMNS: Final = [
    _OF_OUTCOME[name] if name in _OF_OUTCOME else _case[name] for name in Line._fields
]


def list_lines(
    work: ReadWork, query: StationQuery, *, sort: str = "", begin: int = 0, size: int = 50
) -> list[Line]:
    """A portion of the station's list; without `sort` the urgent first, then what is due first.

    Raises Refused (403) for who does not work at a station.
    """
    chosen = sort or _OWN_ORDER.get(query.tab, "")
    keys = _KEYS[chosen.removeprefix("-")]
    order = [key.desc() if chosen.startswith("-") else key.asc() for key in keys]
    statement = _restricted(work, query).with_only_columns(*_COLUMNS)
    rows = _run(work, statement.order_by(*order).limit(size).offset(begin))
    return [_line(row) for row in rows]


def _line(row: Any) -> Line:
    found = Line(*row)
    return found._replace(
        outcome_due_on=found.outcome_due_on and as_day(found.outcome_due_on),
        found_on=found.found_on and as_day(found.found_on),
    )


def count_lines(work: ReadWork, query: StationQuery) -> int:
    """How many referrals a query has. Raises Refused (403)."""
    statement = _restricted(work, query).with_only_columns(func.count())
    return int(_run(work, statement)[0][0])


class Counts(NamedTuple):
    """How many referrals each tab has, and what the first page tells of them."""

    tabs: Mapping[Tab, int]
    late: int
    offered: int
    outcomes_due: int
    outcomes_late: int


def count_tabs(work: ReadWork, query: StationQuery | None = None) -> Counts:
    """The numbers on the tabs and cards, in one statement. Raises Refused (403)."""
    due = and_(_outcome.known.is_(False), _outcome.due_on <= work.today)
    asked: dict[str, ColumnElement[bool] | None] = {
        **{tab.value: clause_of(work, tab) for tab in Tab},
        "late": and_(late(work), _case.owner_side != "hospital"),
        "offered": _case.state == "back-offered",
        "outcomes_due": due,
        "outcomes_late": and_(_outcome.known.is_(False), _outcome.due_on < work.today),
    }
    sums = [
        func.sum(case((true() if clause is None else clause, 1), else_=0)).label(name)
        for name, clause in asked.items()
    ]
    wide = _people(work, query or StationQuery(tab=Tab.ALL))
    row = _run(work, wide.with_only_columns(*sums))[0]._mapping
    found = {name: int(row[name] or 0) for name in asked}
    return Counts(
        {tab: found[tab.value] for tab in Tab},
        *(found[name] for name in ("late", "offered", "outcomes_due", "outcomes_late")),
    )


def list_hospitals(work: ReadWork) -> list[str]:
    """The ids of the hospitals that anybody of the institution was referred to."""
    statement = _people(work, StationQuery(tab=Tab.ALL)).with_only_columns(_case.hospital_id)
    return sorted({row[0] for row in _run(work, statement.distinct()) if row[0]})


def list_referring(work: ReadWork) -> list[str]:
    """The ids of the doctors (Practitioner) whose referrals the institution has."""
    statement = _people(work, StationQuery(tab=Tab.ALL)).with_only_columns(_case.doctor_id)
    return sorted({row[0] for row in _run(work, statement.distinct()) if row[0]})


def _people(work: ReadWork, query: StationQuery) -> Select[Any]:
    """The referrals of the residents whom the actor sees, with their outcome follow-ups."""
    patient = work.registry.search["Patient"]
    if not work.actor.may(STATION):
        raise forbidden(f"{work.actor.name} does not work at a station")
    may_read(work, work.registry.specs["Patient"], "s")
    people = resident_select(work, ResidentQuery(query.sought))
    scope = _case.community_id.in_(sorted(work.actor.organisations))
    return (
        people.join(referral_case, and_(_case.patient_id == patient.c.id, scope))
        .outerjoin(referral_outcome, _outcome.request_id == _case.request_id)
        .where(patient.c.id == query.person if query.person else true())
    )


def _restricted(work: ReadWork, query: StationQuery) -> Select[Any]:
    wanted = {
        _case.state: query.state,
        _case.urgency: query.urgency,
        _case.direction: query.direction,
        _case.disease: query.disease,
        _case.hospital_id: query.hospital,
        _case.doctor_id: query.doctor,
        _case.community_id: query.organisation,
    }
    clauses = [column == value for column, value in wanted.items() if value]
    if (own := clause_of(work, query.tab)) is not None:
        clauses.append(own)
    if query.first:
        clauses.append(_case.submitted_on >= query.first)
    if query.last:
        clauses.append(_case.submitted_on <= query.last)
    if query.late:
        clauses.append(late(work))
    return _people(work, query).where(*clauses)


def _run(work: ReadWork, statement: Select[Any]) -> Sequence[Any]:
    seen = sight(work.actor, work.registry.specs["Patient"])
    return work.connection.execute(statement, seen.binds(work.now)).all()
