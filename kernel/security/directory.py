"""The organisation tree: city bureau → district bureau → centre → station, hospitals beside them.

An Organization says where it belongs by `partOf` or, with history, by one extension
`organisation-membership` per edge (`parent`, `period`). The edges are projected as half-open dated
intervals; a day's tree consists of the edges that are valid on that day.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    Index,
    MetaData,
    String,
    Table,
    Text,
    or_,
    select,
)

from kernel.canonical import code_system, structure_definition
from kernel.clock import instant_of, local_date
from kernel.declare.module import Projection
from kernel.declare.resource import Body
from kernel.security import epoch


class OrganisationKind(StrEnum):
    """What an institution is: the codes of our CodeSystem `organisation-kind`."""

    CITY_BUREAU = "city-bureau"
    DISTRICT_BUREAU = "district-bureau"
    CENTRE = "centre"
    STATION = "station"
    HOSPITAL = "hospital"


KIND_SYSTEM = code_system("organisation-kind")
MEMBERSHIP = structure_definition("organisation-membership")
_KINDS = frozenset(kind.value for kind in OrganisationKind)
_REFERENCE = re.compile(r"Organization/([A-Za-z0-9\-.]{1,64})(?:/_history/.+)?")
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")

directory_metadata = MetaData()

kernel_organisation = Table(
    "kernel_organisation",
    directory_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(20)),
    Column("active", Boolean, nullable=False),
    Index("ix_kernel_organisation_source_id", "source_id"),
)
"""Every institution, with its kind where that is one of ours."""

kernel_organisation_edge = Table(
    "kernel_organisation_edge",
    directory_metadata,
    Column("source_type", String(40), nullable=False),
    Column("source_id", String(64), nullable=False),
    Column("parent_id", String(64), nullable=False),
    Column("from_on", Date),
    Column("to_on", Date),
    Index("ix_kernel_organisation_edge_source_id", "source_id"),
)
"""To which institution one belongs, from a day until another (exclusive; NULL = open)."""


def organisation_rows(body: Body) -> Sequence[Mapping[str, Any]]:
    """The row of an Organization: `name`, `kind` (None where it is not one of ours), `active`."""
    codes = (
        coding.get("code")
        for concept in body.get("type", ())
        for coding in concept.get("coding", ())
        if coding.get("system") == KIND_SYSTEM
    )
    kind = next((code for code in codes if code in _KINDS), None)
    return [{"name": body.get("name", ""), "kind": kind, "active": body.get("active", True)}]


def edge_rows(body: Body) -> Sequence[Mapping[str, Any]]:
    """An Organization's edges: `parent_id`, `from_on`, `to_on` (ISO text of a date, or None).

    `partOf` counts only where no membership is given. FHIR's `Period.end` is inclusive (R4
    2.24.0.11), our `to_on` is not, so it is the day after.
    """
    memberships = [e for e in body.get("extension", ()) if e.get("url") == MEMBERSHIP]
    if memberships:
        return list(_dated_edges(memberships))
    parent = _referred(body.get("partOf"))
    return [{"parent_id": parent, "from_on": None, "to_on": None}] if parent else []


PROJECTIONS = (
    Projection("Organization", kernel_organisation, organisation_rows),
    Projection("Organization", kernel_organisation_edge, edge_rows),
)


def _dated_edges(memberships: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for membership in memberships:
        parts = {part.get("url"): part for part in membership.get("extension", ())}
        parent = _referred(parts.get("parent", {}).get("valueReference"))
        period = parts.get("period", {}).get("valuePeriod", {})
        if parent:
            start, end = period.get("start"), period.get("end")
            yield {
                "parent_id": parent,
                "from_on": _first_day(start).isoformat() if start else None,
                "to_on": _day_after(end) if end else None,
            }


def _referred(reference: Mapping[str, Any] | None) -> str | None:
    match = _REFERENCE.fullmatch((reference or {}).get("reference", ""))
    return match[1] if match else None


def _first_day(text: str) -> date:
    """The first local day of a FHIR date or dateTime."""
    match = _DATE.fullmatch(text)
    if match is None:
        return local_date(instant_of(datetime.fromisoformat(text)))
    return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))


def _day_after(text: str) -> str | None:
    """The day after the last local day of a FHIR date or dateTime; None for the end of time."""
    first, match = _first_day(text), _DATE.fullmatch(text)
    if first.year == date.max.year:
        return None
    if match is None or match[3]:
        return (first + timedelta(days=1)).isoformat()
    if match[2] and first.month < 12:
        return date(first.year, first.month + 1, 1).isoformat()
    return date(first.year + 1, 1, 1).isoformat()


@dataclass(frozen=True, slots=True)
class Organisation:
    """One institution."""

    id: str
    name: str
    kind: OrganisationKind | None
    active: bool


@dataclass(frozen=True, slots=True)
class Tree:
    """The institutions and their edges as of one day. Unknown ids have no parent and no children.

    Contradictory data cannot hang it: where edges form a circle, a walk ends when it comes back.
    """

    organisations: Mapping[str, Organisation]
    parents: Mapping[str, str]
    below: Mapping[str, tuple[str, ...]]

    def name(self, id_: str) -> str | None:
        """The institution's name, or None where it is not known."""
        found = self.organisations.get(id_)
        return found.name if found else None

    def kind(self, id_: str) -> OrganisationKind | None:
        """What the institution is, or None where that is not known."""
        found = self.organisations.get(id_)
        return found.kind if found else None

    def parent(self, id_: str) -> str | None:
        """The institution that it belongs to."""
        return self.parents.get(id_)

    def children(self, id_: str) -> tuple[str, ...]:
        """The institutions that belong to it directly, by id."""
        return self.below.get(id_, ())

    def descendants(self, id_: str) -> tuple[str, ...]:
        """All institutions below it, without itself, level by level."""
        found = dict.fromkeys([id_])
        waiting = [id_]
        for current in waiting:
            fresh = [child for child in self.children(current) if child not in found]
            found.update(dict.fromkeys(fresh))
            waiting += fresh
        return tuple(found)[1:]

    def path(self, id_: str) -> tuple[str, ...]:
        """The institutions from the top down to `id_` itself."""
        steps = [id_]
        while (above := self.parents.get(steps[-1])) is not None and above not in steps:
            steps.append(above)
        return tuple(reversed(steps))


def load_tree(connection: Connection, today: date) -> Tree:
    """The tree as of a day. `TreeCache` keeps the present day's."""
    table = kernel_organisation
    organisations = {
        row.source_id: Organisation(
            row.source_id, row.name, OrganisationKind(row.kind) if row.kind else None, row.active
        )
        for row in connection.execute(select(table))
    }
    parents = {
        child: parent
        for child, parent in _edges(connection, today)
        if child in organisations and parent in organisations
    }
    below: dict[str, tuple[str, ...]] = {}
    for child in sorted(parents):
        below[parents[child]] = (*below.get(parents[child], ()), child)
    return Tree(organisations, parents, below)


def _edges(connection: Connection, today: date) -> list[tuple[str, str]]:
    """(child, parent) of the edges valid on a day; of several for one child the latest is last."""
    table = kernel_organisation_edge
    rows = connection.execute(
        select(table.c.from_on, table.c.source_id, table.c.parent_id).where(
            or_(table.c.from_on.is_(None), table.c.from_on <= today),
            or_(table.c.to_on.is_(None), table.c.to_on > today),
        )
    )
    dated = sorted((row.from_on or date.min, row.source_id, row.parent_id) for row in rows)
    return [(child, parent) for _, child, parent in dated]


def organisation_name(connection: Connection, id_: str) -> str | None:
    """The name of one institution, without loading the tree."""
    table = kernel_organisation
    found: str | None = connection.scalar(select(table.c.name).where(table.c.source_id == id_))
    return found


class TreeCache:
    """The present day's tree, loaded again when the security epoch or the day has changed."""

    def __init__(self) -> None:
        self._kept: tuple[int, date, Tree] | None = None

    def get(self, connection: Connection, today: date) -> Tree:
        """The tree as this transaction sees it."""
        value, kept = epoch.current(connection), self._kept
        if kept is not None and kept[:2] == (value, today):
            return kept[2]
        tree = load_tree(connection, today)
        self._kept = (value, today, tree)
        return tree
