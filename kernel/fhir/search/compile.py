"""From the shape of a search to SQL.

Every parameter becomes a predicate over the type's search table; what lies in a side table, and a
chain, becomes `id IN (SELECT …)`. A chain is the same predicate over the target's search table, so
longer chains, `_has` and composites are further uses of `predicate` and not a second mechanism.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from kernel.db.derived import search_identifier, search_reference, search_text
from kernel.db.dialect import contains
from kernel.db.prepared import Prepared
from kernel.db.tables import fhir_resource
from kernel.declare.resource import Kind, ResourceSpec, SearchParam, Storage
from kernel.fhir.search.dates import MISSING
from kernel.fhir.search.query import ID, LAST_UPDATED, Condition, Shape, Sort
from kernel.fhir.search.terms import Term
from kernel.registry import Registry
from kernel.security.policy import Sight, visible

Clause = ColumnElement[bool]
Sights = Callable[[ResourceSpec], Sight]
"""How far the actor sees into each type."""


def bound(name: str, _value: Any = None) -> ColumnElement[Any]:
    """The bound parameter of a name; its value comes when the statement runs, never before."""
    return bindparam(name, value=None, required=False)


class Compiler:
    """Compiles shapes for one registry and one kind of actor, each shape once.

    `page` and `count` are `_page` and `_count`, remembered.
    """

    def __init__(self, registry: Registry, sights: Sights) -> None:
        self.registry = registry
        self.sights = sights
        self.page = lru_cache(maxsize=1024)(self._page)
        self.count = lru_cache(maxsize=256)(self._count)

    def matching(self, shape: Shape) -> tuple[FromClause, list[Clause]]:
        """The search table of the type and everything that must hold."""
        spec = self.registry.specs[shape.type]
        table = self.registry.search[shape.type].alias("s")
        clauses = [self.predicate(spec, table, c) for c in shape.conditions]
        seen = visible(self.sights(spec), table, bound)
        return table, clauses if seen is None else [seen, *clauses]

    def _page(self, shape: Shape, after: bool) -> Prepared:
        """id, version, updated_at, patient_id, body and the sort keys of one page.

        With `after`, it begins behind the row whose keys are bound as `k0`, `k1`, … and `kid`.
        """
        table, clauses = self.matching(shape)
        keys = [_sort_key(table, sort) for sort in shape.sort]
        directions = [sort.descending for sort in shape.sort]
        if after:
            clauses.append(_behind([*keys, table.c.id], [*directions, False]))
        head = fhir_resource.alias("h")
        columns = [head.c[n] for n in ("id", "version", "updated_at", "patient_id", "body")]
        order = [k.desc() if d else k.asc() for k, d in zip(keys, directions, strict=True)]
        statement: Select[Any] = (
            select(*columns, *keys)
            .join_from(
                table, head, and_(head.c.type == literal(shape.type), head.c.id == table.c.id)
            )
            .where(*clauses)
            .order_by(*order, table.c.id.asc())
            .limit(bound("limit", 0))
        )
        return Prepared(statement)

    def _count(self, shape: Shape) -> Prepared:
        """The number of matches."""
        table, clauses = self.matching(shape)
        return Prepared(select(func.count()).select_from(table).where(*clauses))

    def predicate(self, spec: ResourceSpec, table: FromClause, condition: Condition) -> Clause:
        """What a condition means for a row of `table`."""
        param = condition.param
        if condition.chain is not None:
            return self._chained(spec, table, condition)
        if condition.modifier == "missing":
            return _missing(spec, table, param, condition.terms[0].op == "true")
        if param.kind is Kind.STRING:
            seen = self.sights(spec)
            clauses = [_string(spec, table, param, term, seen) for term in condition.terms]
        else:
            clauses = [_term(spec, table, condition, term) for term in condition.terms]
        if condition.modifier != "not":
            return or_(*clauses)
        kept_here = param.storage is Storage.IDENTIFIER
        absent = false() if kept_here else table.c[param.column].is_(None)
        return or_(absent, ~or_(*clauses))

    def _chained(self, spec: ResourceSpec, table: FromClause, condition: Condition) -> Clause:
        assert condition.chain is not None  # noqa: S101 - the caller asked for it
        type_, inner = condition.chain
        target_spec = self.registry.specs[type_]
        target = self.registry.search[type_].alias(f"{table.description}_{type_.lower()}")
        clauses = [self.predicate(target_spec, target, inner)]
        seen = visible(self.sights(target_spec), target, bound)
        if seen is not None:
            clauses.append(seen)
        ids = select(target.c.id).where(*clauses)
        if _is_compartment(spec, condition.param) and type_ == "Patient":
            return table.c.patient_id.in_(ids)
        sources = select(search_reference.c.id).where(
            _from(spec, condition.param),
            search_reference.c.target_type == literal(type_),
            search_reference.c.target_id.in_(ids),
        )
        return table.c.id.in_(sources)


def _is_compartment(spec: ResourceSpec, param: SearchParam) -> bool:
    """Whether the parameter looks at the reference that `patient_id` holds where it is a Patient.

    References to anything else (a Group as subject) lie in the side table as everywhere.
    """
    return param.paths == (spec.patient,) and spec.by_compartment(param)


def _from(spec: ResourceSpec, param: SearchParam) -> Clause:
    paths = search_reference.c.path.in_([literal(path) for path in param.paths])
    return and_(search_reference.c.type == literal(spec.type), paths)


def _term(spec: ResourceSpec, table: FromClause, condition: Condition, term: Term) -> Clause:
    param = condition.param
    if param is ID:
        return table.c.id == bound(term.names[0])
    if param is LAST_UPDATED:
        return _instant(table.c.updated_at, table.c.updated_at + 1, term)
    if param.kind is Kind.REFERENCE:
        return _reference(spec, table, param, term)
    if param.kind is Kind.TOKEN and param.storage is Storage.IDENTIFIER:
        return _identifier(spec, table, param, term)
    if param.kind is Kind.DATE:
        low, high = table.c[f"{param.column}_from"], table.c[f"{param.column}_to"]
        clause = _instant(low, high, term)
        return clause if param.local else and_(low > MISSING, clause)
    if param.kind in (Kind.NUMBER, Kind.QUANTITY):
        return _amount(table, param, term)
    return _column(table.c[param.column], term)


def _column(column: ColumnElement[Any], term: Term) -> Clause:
    if term.op == "never":
        return false()
    if term.op == "any":
        return column.is_not(None)
    if term.op == "holds":
        return contains(column, bound(term.names[0]))
    return column == bound(term.names[0])


def _instant(low: ColumnElement[Any], high: ColumnElement[Any], term: Term) -> Clause:
    """Comparison of the stored interval [low, high) with the asked one (R4 3.1.1.4.7)."""
    start = bindparam(term.names[0], type_=low.type)
    end = bindparam(term.names[1], type_=low.type)
    within = and_(low >= start, high <= end)
    clauses: dict[str, Clause] = {
        "eq": within,
        "ne": ~within,
        "gt": high > end,
        "lt": low < start,
        "ge": or_(high > end, within),
        "le": or_(low < start, within),
        "sa": low >= end,
        "eb": high <= start,
        "ap": and_(low < end, high > start),
    }
    return clauses[term.op]


def _amount(table: FromClause, param: SearchParam, term: Term) -> Clause:
    """Comparison with a number; only eq and ne heed how precisely it was asked (R4 3.1.1.4.3)."""
    column = table.c[param.column]
    exact, low, high = (bindparam(name, type_=column.type) for name in term.names[:3])
    prefix, _, unit = term.op.partition("-")
    clauses: dict[str, Clause] = {
        "eq": and_(column >= low, column < high),
        "ne": or_(column < low, column >= high),
        "gt": column > exact,
        "lt": column < exact,
        "ge": column >= exact,
        "le": column <= exact,
        "sa": column > exact,
        "eb": column < exact,
        "ap": and_(column >= low, column <= high),
    }
    if not unit:
        return clauses[prefix]
    return and_(clauses[prefix], contains(table.c[f"{param.column}_unit"], bound(term.names[3])))


def _string(
    spec: ResourceSpec, table: FromClause, param: SearchParam, term: Term, seen: Sight
) -> Clause:
    side = search_text
    clauses = [
        *among_own(seen),
        side.c.type == literal(spec.type),
        side.c.param == literal(param.name),
    ]
    firsts, seconds = map(bound, term.names[::2]), map(bound, term.names[1::2])
    pairs = list(zip(firsts, seconds, strict=True))
    if term.op == "exact":
        clauses += [side.c.key == pairs[0][0], side.c.exact == pairs[0][1]]
    elif term.op == "contains" and not param.names:
        clauses.append(contains(side.c.key, pairs[0][0]))
    else:
        clauses.append(or_(*(and_(side.c.key >= low, side.c.key < high) for low, high in pairs)))
        if term.op == "starts":
            clauses.append(side.c.part == 0)
    return table.c.id.in_(select(side.c.id).where(*clauses))


def among_own(seen: Sight) -> list[Clause]:
    """Look among the texts of one's own institutions only, which are few of a city's.

    It decides nothing: what is found is looked at again by `visible`.
    """
    if seen.kind != "organisations":
        return []
    own = visible(seen, search_text, bound)
    return [] if own is None else [own]


def _identifier(spec: ResourceSpec, table: FromClause, param: SearchParam, term: Term) -> Clause:
    side = search_identifier
    clauses = [
        side.c.type == literal(spec.type),
        side.c.param == literal(param.name),
        side.c.part == 0,
    ]
    names = list(term.names)
    if term.op in ("system", "digest-system"):
        clauses.append(side.c.system == bound(names.pop(0)))
    if names:
        clauses.append(side.c.digest.in_([bindparam(n, type_=side.c.digest.type) for n in names]))
    return table.c.id.in_(select(side.c.id).where(*clauses))


def _reference(spec: ResourceSpec, table: FromClause, param: SearchParam, term: Term) -> Clause:
    if term.op == "never":
        return false()
    id_ = bound(term.names[-1])
    mine = _is_compartment(spec, param)
    if mine and term.op == "to-patient":
        return table.c.patient_id == id_
    side = search_reference
    clauses = [_from(spec, param), side.c.target_id == id_]
    if term.op == "to-type":
        clauses.append(side.c.target_type == bound(term.names[0]))
    elif term.op == "to-patient":
        clauses.append(side.c.target_type == literal("Patient"))
    elif param.targets:
        clauses.append(side.c.target_type.in_([literal(t) for t in param.targets]))
    found = table.c.id.in_(select(side.c.id).where(*clauses))
    return or_(table.c.patient_id == id_, found) if mine and term.op == "to" else found


def _missing(spec: ResourceSpec, table: FromClause, param: SearchParam, wanted: bool) -> Clause:
    there = _there(spec, table, param)
    return ~there if wanted else there


def _there(spec: ResourceSpec, table: FromClause, param: SearchParam) -> Clause:
    if param in (ID, LAST_UPDATED):
        return true()
    if param.kind is Kind.DATE:
        low = table.c[f"{param.column}_from"]
        return low.is_not(None) if param.local else low > MISSING
    if param.kind is Kind.REFERENCE:
        elsewhere = table.c.id.in_(select(search_reference.c.id).where(_from(spec, param)))
        if _is_compartment(spec, param):
            return or_(table.c.patient_id.is_not(None), elsewhere)
        return elsewhere
    if param.kind is Kind.TOKEN and param.storage is Storage.IDENTIFIER:
        side = search_identifier
        here = [side.c.type == literal(spec.type), side.c.param == literal(param.name)]
        return table.c.id.in_(select(side.c.id).where(*here))
    return table.c[param.column].is_not(None)


def _sort_key(table: FromClause, sort: Sort) -> ColumnElement[Any]:
    """The value that a sort parameter orders by; absent ones sort as the least."""
    param = sort.param
    if param is ID:
        return table.c.id
    if param is LAST_UPDATED:
        return table.c.updated_at
    if param.kind is Kind.DATE and not param.local:
        return table.c[f"{param.column}_from"]
    if param.kind is Kind.DATE:
        return func.coalesce(table.c[f"{param.column}_from"], literal("0001-01-01", Date()))
    least = literal(-1e308) if param.kind in (Kind.NUMBER, Kind.QUANTITY) else literal("")
    return func.coalesce(table.c[param.column], least)


def _behind(keys: list[ColumnElement[Any]], descending: list[bool]) -> Clause:
    """Row-by-row comparison with the last row of the page before."""
    names = [*(f"k{n}" for n in range(len(keys) - 1)), "kid"]
    clauses = []
    for n, key in enumerate(keys):
        equal = [keys[m] == bindparam(names[m], type_=keys[m].type) for m in range(n)]
        mine = bindparam(names[n], type_=key.type)
        clauses.append(and_(*equal, key < mine if descending[n] else key > mine))
    return or_(*clauses)
