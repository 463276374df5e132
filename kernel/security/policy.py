"""Who sees which rows, as SQL.

`sight` says how far an actor sees into one type; `visible` turns it into a WHERE clause over any
table that has `organisation_id` and `patient_id`. There is one simple clause per kind of actor,
never an OR over all kinds, so that every one of them can use an index.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, select

from kernel.db.tables import kernel_grant
from kernel.declare.resource import ResourceSpec, Scope
from kernel.security.actor import Actor, Reach

SUMMARY = "summary"
"""The scope of a grant that shows the person's summary: every type that is `disclosed`."""
OFFER = "offer"
"""The scope of one that shows one resource of a type that is `shared`: that whose id its `reason`
is. Who offers somebody back whom nobody referred to it sees the offer, and nothing else of the
person, no other institution's referral either."""

Bind = Callable[[str, Any], ColumnElement[Any]]
"""`bind(name, value)` makes the bound parameter of that name."""


class Sight(NamedTuple):
    """How far somebody sees: `kind` shapes the SQL, `values` are its parameters."""

    kind: str
    values: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[str, int]:
        """What a compiled statement depends on."""
        return self.kind, len(self.values)

    @property
    def by_grant(self) -> bool:
        """Whether it rests on grants."""
        return self.kind in ("grants", "any-grants")

    def binds(self, now: int) -> dict[str, Any]:
        """The values of the parameters that `visible` names."""
        bound: dict[str, Any] = {f"sight{n}": value for n, value in enumerate(self.values)}
        if self.by_grant:
            bound["sight_now"] = now
        return bound


ALL = Sight("all")
NONE = Sight("none")


def sight(actor: Actor, spec: ResourceSpec) -> Sight:
    """How far `actor` sees into resources of this type, permissions by type apart."""
    if spec.scope is Scope.DIRECTORY or actor.reach is Reach.EVERYTHING:
        return ALL
    if actor.reach is Reach.ORGANISATIONS:
        return Sight("organisations", actor.organisations)
    if actor.reach is Reach.GRANTS:
        if spec.scope is Scope.PATIENT:
            kind = "any-grants" if spec.shared else "grants"
            return Sight(kind, (actor.organisation_id,)) if spec.disclosed else NONE
        return Sight("organisations", (actor.organisation_id,))
    return NONE


def visible(seen: Sight, table: FromClause, bind: Bind) -> ColumnElement[bool] | None:
    """The WHERE clause of `seen` over `table`, or None where everything is visible."""
    if seen.kind == "all":
        return None
    if seen.kind == "none":
        return false()
    names = [bind(f"sight{n}", value) for n, value in enumerate(seen.values)]
    if seen.kind == "organisations":
        column = table.c.organisation_id
        return column == names[0] if len(names) == 1 else column.in_(names)
    granted = select(kernel_grant.c.patient_id).where(
        kernel_grant.c.organisation_id == names[0],
        kernel_grant.c.until > bind("sight_now", 0),
    )
    summary = granted.where(kernel_grant.c.scope == SUMMARY)
    if seen.kind == "grants":
        return table.c.patient_id.in_(summary)
    offered = granted.with_only_columns(kernel_grant.c.reason).where(kernel_grant.c.scope == OFFER)
    # The first part finds the few rows by the index of the person; the second chooses among them.
    return and_(
        table.c.patient_id.in_(granted),
        or_(table.c.patient_id.in_(summary), table.c.id.in_(offered)),
    )


def sees_organisation(seen: Sight, organisation_id: str | None) -> bool:
    """Whether a row kept by `organisation_id` is inside a sight that does not rest on grants."""
    if seen.kind == "all":
        return True
    return seen.kind == "organisations" and organisation_id in seen.values
