"""Finding entries for the auditor: the log reader page and FHIR AuditEvent searches.

Newest first (or oldest), page by page with a key, never by counting. Only sealed entries are found:
they enter the chain within seconds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select, tuple_

from kernel.audit.entry import SEVERAL, Action, Entry, Outcome, detail_of
from kernel.clock import Instant
from kernel.db.tables import audit_entry, audit_patient, kernel_user
from kernel.security.codec import Damaged
from kernel.security.keyring import KeyRing

_e = audit_entry.c
_ACTIONS = frozenset(action.value for action in Action)
_OUTCOMES = frozenset(int(outcome) for outcome in Outcome)


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; everything given must hold. `since` ≤ at < `until` (instants)."""

    user_id: str | None = None
    patient_id: str | None = None
    organisation_id: str | None = None
    actions: tuple[Action, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    resource_type: str | None = None
    resource_id: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    oldest_first: bool = False


class Key(NamedTuple):
    """The place of an entry in the order of a list."""

    at: Instant
    position: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """An entry as it is read back, with its place in the chain.

    `damaged` says that somebody changed it: its detail cannot be read or its action is none of
    ours. It is listed all the same, because an auditor must see that it is there.
    """

    position: int
    entry: Entry
    damaged: bool = False

    @property
    def key(self) -> Key:
        """Its place in a list."""
        return Key(self.entry.at, self.position)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of entries; `next` is where the next page goes on, None at the end."""

    entries: list[Sealed]
    next: Key | None


@dataclass(frozen=True, slots=True)
class Person:
    """An account, as a list of entries shows it."""

    name: str
    display: str
    practitioner_id: str | None


def find(
    connection: Connection,
    keys: KeyRing,
    query: Query,
    *,
    after: Key | None = None,
    limit: int = 50,
) -> Page:
    """A page of the entries that `query` describes, in its order, after the key `after`.

    `connection` reads the audit.
    """
    statement = _restricted(select(audit_entry), query)
    place = tuple_(_e.at, _e.position)
    if after is not None:
        before = tuple_(after.at, after.position)
        statement = statement.where(place > before if query.oldest_first else place < before)
    order = (_e.at, _e.position) if query.oldest_first else (_e.at.desc(), _e.position.desc())
    rows = connection.execute(statement.order_by(*order).limit(limit + 1)).all()
    entries = [_sealed(keys, row) for row in rows[:limit]]
    return Page(entries, entries[-1].key if len(rows) > limit else None)


def count(connection: Connection, query: Query) -> int:
    """How many entries `query` describes."""
    statement = _restricted(select(func.count()).select_from(audit_entry), query)
    return int(connection.execute(statement).scalar_one())


def get(connection: Connection, keys: KeyRing, id_: str) -> Sealed | None:
    """The entry with an id, None where there is none (or none that is sealed yet)."""
    row = connection.execute(select(audit_entry).where(_e.id == id_)).first()
    return None if row is None else _sealed(keys, row)


def people(connection: Connection, entries: Iterable[Sealed]) -> dict[str, Person]:
    """The accounts that acted, by user id; `connection` reads the records' database."""
    ids = {found.entry.user_id for found in entries if found.entry.user_id}
    user = kernel_user.c
    rows = connection.execute(
        select(user.id, user.name, user.display, user.practitioner_id).where(user.id.in_(ids))
    )
    return {row.id: Person(row.name, row.display, row.practitioner_id) for row in rows}


def _restricted(statement: Select[Any], query: Query) -> Select[Any]:
    equal: dict[Any, object] = {
        _e.user_id: query.user_id,
        _e.organisation_id: query.organisation_id,
        _e.resource_type: query.resource_type,
        _e.resource_id: query.resource_id,
    }
    conditions = [column == value for column, value in equal.items() if value is not None]
    if query.actions:
        conditions.append(_e.action.in_([action.value for action in query.actions]))
    if query.outcomes:
        conditions.append(_e.outcome.in_([int(outcome) for outcome in query.outcomes]))
    if query.since is not None:
        conditions.append(_e.at >= query.since)
    if query.until is not None:
        conditions.append(_e.at < query.until)
    if query.patient_id is not None:
        conditions.append(_touched(query.patient_id))
    return statement.where(*conditions)


def _touched(patient_id: str) -> ColumnElement[bool]:
    among = select(audit_patient.c.entry_id).where(audit_patient.c.patient_id == patient_id)
    return or_(_e.patient_id == patient_id, _e.id.in_(among))


def _sealed(keys: KeyRing, row: Row[Any]) -> Sealed:
    damaged = row.action not in _ACTIONS or row.outcome not in _OUTCOMES
    try:
        detail = detail_of(keys, row.id, row.detail)
    except Damaged:
        detail, damaged = None, True
    several = row.patient_id == SEVERAL
    patients = tuple((detail or {}).pop("patients", ())) if several else ()
    entry = Entry(
        id=row.id,
        at=row.at,
        action=Action.OPERATION if row.action not in _ACTIONS else Action(row.action),
        outcome=Outcome.MAJOR if row.outcome not in _OUTCOMES else Outcome(row.outcome),
        user_id=row.user_id,
        organisation_id=row.organisation_id,
        patient_id=None if several else row.patient_id,
        resource_type=row.resource_type,
        resource_id=row.resource_id,
        version=row.version,
        source=row.source,
        detail=detail or None,
        patients=patients,
    )
    return Sealed(row.position, entry, damaged)
