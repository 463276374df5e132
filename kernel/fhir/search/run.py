"""Running a search: one page of matches, what is included with them, and the way to the next."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from kernel.db.derived import search_reference
from kernel.db.prepared import PreparedIn, Row
from kernel.db.tables import fhir_resource
from kernel.declare.resource import ResourceSpec
from kernel.errors import bad_request, forbidden
from kernel.fhir import json
from kernel.fhir.search.compile import Compiler, bound
from kernel.fhir.search.query import Include, Query
from kernel.fhir.store.heads import Version, opened
from kernel.fhir.store.references import Target
from kernel.registry import Registry
from kernel.security.actor import Reach
from kernel.security.codec import Damaged, seal, unseal
from kernel.security.policy import Sight, sight, visible
from kernel.work import ReadWork

MAX_INCLUDED = 1000
"""The most resources that one page brings along with its matches."""


@dataclass(slots=True)
class Page:
    """One page of a search."""

    matches: list[Version]
    included: list[Version] = field(default_factory=list)
    total: int | None = None
    after: list[Any] | None = None
    """Sort keys and id of the last match, where more follow."""
    truncated: bool = False
    """More would have been included than a page takes."""


@lru_cache(maxsize=64)
def _compiler(registry: Registry, reach: Reach, organisations: int) -> Compiler:
    """The compiler for actors of one kind; `sights` only shape the SQL, values are bound later."""
    from kernel.security.actor import SYSTEM

    like = SYSTEM.__class__(
        user_id="",
        name="",
        display="",
        roles=frozenset(),
        permissions=frozenset(),
        organisation_id="",
        reach=reach,
        organisations=("",) * organisations,
    )
    return Compiler(registry, lambda spec: sight(like, spec))


def compiler_for(work: ReadWork) -> Compiler:
    """The compiler for the actor of this work."""
    return _compiler(work.registry, work.actor.reach, len(work.actor.organisations))


def _sight_values(work: ReadWork) -> dict[str, Any]:
    """The values of every parameter that a visibility clause of this actor can name."""
    actor = work.actor
    values: dict[str, Any] = {f"sight{n}": o for n, o in enumerate(actor.organisations)}
    if actor.reach is Reach.GRANTS:
        values = {"sight0": actor.organisation_id, "sight_now": work.now}
    return values


def search(
    work: ReadWork, spec: ResourceSpec, query: Query, *, after: Sequence[Any] | None = None
) -> Page:
    """The matches that the actor sees, from behind `after` on.

    A page without a limit on what it counts costs what it returns: the total is counted only where
    the query asks for it (`_total`, `_summary=count`, `_count=0`).
    """
    _may_follow(work, query)
    compiler = compiler_for(work)
    values = {**query.values, **_sight_values(work)}
    count_only = query.count == 0 or query.summary == "count"
    page = Page([])
    if query.total or count_only:
        row = compiler.count(query.shape).row(work.connection, values)
        page.total = row[0] if row else 0
    if count_only:
        return page
    if after is not None:
        names = [*(f"k{n}" for n in range(len(after) - 1)), "kid"]
        values.update(zip(names, after, strict=True))
    values["limit"] = query.count + 1
    rows = compiler.page(query.shape, after is not None).rows(work.connection, values)
    if len(rows) > query.count:
        rows = rows[: query.count]
        page.after = [*(_plain(k) for k in rows[-1][5:]), rows[-1][0]]
    page.matches = [_opened(work, spec, row) for row in rows]
    for include in query.includes:
        _include(work, spec, include, page)
    return page


def _may_follow(work: ReadWork, query: Query) -> None:
    """Refuse a chain over a type that the actor may not search: it would tell bit by bit."""
    for condition in query.shape.conditions:
        if condition.chain is not None:
            type_ = condition.chain[0]
            if not work.actor.may_read(work.registry.specs[type_], "s"):
                raise forbidden(f"{work.actor.name} may not search {type_}")


def _plain(key: Any) -> Any:
    return key if isinstance(key, str | int | float) else key.isoformat()


def _opened(work: ReadWork, spec: ResourceSpec, row: Row) -> Version:
    id_, version, updated_at, patient_id, body = row[:5]
    return opened(work, spec, id_, (version, updated_at, False, patient_id, body))


def _include(work: ReadWork, spec: ResourceSpec, include: Include, page: Page) -> None:
    if include.reverse:
        targets = _referring(work, spec, include, page)
    else:
        targets = _referred(work, spec, include, page)
    have = {(v.type, v.id) for v in [*page.matches, *page.included]}
    wanted = [t for t in targets if t not in have]
    room = MAX_INCLUDED - len(page.included)
    page.truncated = page.truncated or len(wanted) > room
    page.included.extend(load(work, wanted[:room]))


_references_of = PreparedIn(
    lambda ids: select(
        *(search_reference.c[n] for n in ("id", "path", "target_type", "target_id"))
    ).where(search_reference.c.id.in_(ids), search_reference.c.type == bound("type"))
)


def references_of(work: ReadWork, type_: str, ids: Iterable[str]) -> list[tuple[str, Target]]:
    """(element path, target) of all that these resources of one type refer to, by their ids."""
    rows = _references_of.rows(work.connection, ids, {"type": type_})
    return [(path, Target(target, id_)) for _, path, target, id_ in sorted(rows)]


def _referred(work: ReadWork, spec: ResourceSpec, include: Include, page: Page) -> list[Target]:
    """What the matches refer to by the include's parameter."""
    found: list[Target] = []
    if spec.by_compartment(include.param):
        found += [Target("Patient", v.patient_id) for v in page.matches if v.patient_id]
    for path, target in references_of(work, spec.type, [v.id for v in page.matches]):
        if path in include.param.paths:
            found.append(target)
    wanted = {include.target} if include.target else set(include.param.targets)
    return [t for t in dict.fromkeys(found) if not wanted or t.type in wanted]


def _referring(work: ReadWork, spec: ResourceSpec, include: Include, page: Page) -> list[Target]:
    """What refers to the matches by the include's parameter."""
    source = work.registry.specs[include.source]
    ids = [v.id for v in page.matches]
    if include.target and include.target != spec.type:
        return []
    if spec.type == "Patient" and source.by_compartment(include.param):
        table = work.registry.search[source.type]
        statement = select(table.c.id).where(table.c.patient_id.in_(ids)).order_by(table.c.id)
    else:
        statement = (
            select(search_reference.c.id)
            .where(
                search_reference.c.target_type == spec.type,
                search_reference.c.target_id.in_(ids),
                search_reference.c.type == source.type,
                search_reference.c.path.in_(include.param.paths),
            )
            .order_by(search_reference.c.id)
        )
    rows = work.connection.execute(statement.limit(MAX_INCLUDED + 1))
    return list(dict.fromkeys(Target(source.type, row.id) for row in rows))


def load(work: ReadWork, targets: Iterable[Target]) -> list[Version]:
    """The current versions of these resources, those left out that the actor does not see."""
    by_type: dict[str, list[str]] = {}
    for target in targets:
        by_type.setdefault(target.type, []).append(target.id)
    found: list[Version] = []
    for type_, ids in by_type.items():
        spec = work.registry.spec(type_)
        if spec is not None and work.actor.may_read(spec):
            found.extend(_load(work, spec, ids))
    return found


@lru_cache(maxsize=128)
def _loading(kind: str, size: int) -> PreparedIn:
    names = ("id", "version", "updated_at", "patient_id", "body")
    table = fhir_resource
    seen = visible(Sight(kind, ("",) * size), table, bound)

    def build(ids: list[ColumnElement[Any]]) -> Select[Any]:
        clauses = [table.c.type == bound("type"), table.c.id.in_(ids), table.c.deleted.is_(False)]
        if seen is not None:
            clauses.append(seen)
        return select(*(table.c[n] for n in names)).where(*clauses)

    return PreparedIn(build)


def _load(work: ReadWork, spec: ResourceSpec, ids: list[str]) -> list[Version]:
    seen = sight(work.actor, spec)
    values = {"type": spec.type, **seen.binds(work.now)}
    rows = _loading(*seen.shape).rows(work.connection, ids, values)
    return [_opened(work, spec, row) for row in sorted(rows)]


def write_cursor(
    work: ReadWork, spec: ResourceSpec, pairs: Any, after: list[Any], *, of: str = "search"
) -> str:
    """The opaque, authenticated way to the next page: the whole query and where it stopped.

    It is encrypted, because a query may hold an identity number and a link ends up in logs. `of` is
    the interaction that will read it; no other one can.
    """
    text = json.dumps([list(map(list, pairs)), after])
    return base64.urlsafe_b64encode(seal(work.keys, f"cursor/{of}/{spec.type}", text)).decode()


def read_cursor(
    work: ReadWork, spec: ResourceSpec, cursor: str, *, of: str = "search"
) -> tuple[list[tuple[str, str]], list[Any]]:
    """Query and position of `write_cursor`. Raises Refused (400) for one that is not ours."""
    try:
        sealed = base64.urlsafe_b64decode(cursor.encode("ascii"))
        pairs, after = json.loads(unseal(work.keys, f"cursor/{of}/{spec.type}", sealed))
    except (Damaged, ValueError, binascii.Error, IndexError, UnicodeError):
        raise bad_request("_cursor is not one that this server gave out for this type") from None
    return [(name, value) for name, value in pairs], [_number(k) for k in after]


def _number(key: Any) -> Any:
    return key if isinstance(key, str | int) else float(key)
