"""Figures: every indicator by institution, in one pass over the rows that it is about.

Indicators with the same denominator are counted together, in one statement that reads the rows of
that denominator only; the database has to evaluate few predicates a row.

Who sees which: who works at an institution its own figures, a centre those of its stations, a
bureau those of all that belongs to it, the platform everything; anybody else nothing. A figure
names nobody, so a bureau needs no sight into records for it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Integer, Select, bindparam, func, select

from kernel.declare.indicator import Indicator
from kernel.declare.roles import Role
from kernel.security.actor import Actor, Reach
from kernel.security.directory import Tree, load_tree
from kernel.work import ReadWork

_TENTH = Decimal("0.1")


def rate(numerator: int, denominator: int) -> Decimal | None:
    """Percent with one decimal, half up; None ("no value") where the denominator is 0.

    Source: indicators.md §1.
    """
    if not denominator:
        return None
    return (Decimal(100 * numerator) / denominator).quantize(_TENTH, ROUND_HALF_UP)


class Count(NamedTuple):
    """What an indicator counts of one institution, or of it and all below it."""

    numerator: int = 0
    denominator: int = 0

    @property
    def rate(self) -> Decimal | None:
        """See `rate`."""
        return rate(self.numerator, self.denominator)


NOTHING = Count()


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a year: `own` by code and by the institution that keeps the persons.

    `tree` is that of the year's end, or of today in the current year; `seen` are the institutions
    whose figures the actor sees.
    """

    year: int
    tree: Tree
    seen: frozenset[str]
    own: Mapping[str, Mapping[str, Count]]

    @property
    def tops(self) -> tuple[str, ...]:
        """The institutions seen whose parent is not."""
        return tuple(id_ for id_ in sorted(self.seen) if self.tree.parent(id_) not in self.seen)

    def below(self, organisation_id: str) -> tuple[str, ...]:
        """The institutions seen that belong to one directly."""
        return tuple(id_ for id_ in self.tree.children(organisation_id) if id_ in self.seen)

    def of(self, code: str, organisation_id: str) -> Count:
        """An institution's figure together with those of all below it. Raises KeyError (code)."""
        counts, whole = self.own[code], (organisation_id, *self.tree.descendants(organisation_id))
        return _sum(counts.get(id_, NOTHING) for id_ in whole)

    def total(self, code: str) -> Count:
        """The figure of everything that the actor sees. Raises KeyError (code)."""
        return _sum(self.own[code].values())


def _sum(counts: Iterable[Count]) -> Count:
    found = list(counts)
    return Count(sum(one.numerator for one in found), sum(one.denominator for one in found))


def evaluate(work: ReadWork, year: int, *, codes: Collection[str] | None = None) -> Figures:
    """The figures of a calendar year, of all indicators or of those with these codes.

    Whoever calls it has checked that the actor may see figures. Raises KeyError for an unknown
    code.
    """
    indicators = work.registry.indicators
    chosen = [indicators[code] for code in (indicators if codes is None else codes)]
    tree = load_tree(work.connection, min(work.today, date(year, 12, 31)))
    seen = institutions_seen(work.actor, tree)
    own: dict[str, dict[str, Count]] = {one.code: {} for one in chosen}
    for statement, group in _counting(tuple(chosen)):
        for id_, denominator, *numerators in _rows(work, statement, year, seen=seen, tree=tree):
            for one, numerator in zip(group, numerators, strict=True):
                own[one.code][id_] = Count(numerator, denominator)
    return Figures(year, tree, seen, own)


def institutions_seen(actor: Actor, tree: Tree) -> frozenset[str]:
    """The institutions whose figures somebody sees."""
    if actor.reach is Reach.EVERYTHING:
        return frozenset(tree.organisations)
    if actor.reach is Reach.ORGANISATIONS:
        return frozenset(actor.organisations)
    if Role.BUREAU_OFFICER in actor.roles:
        return frozenset((actor.organisation_id, *tree.descendants(actor.organisation_id)))
    return frozenset()


def _rows(
    work: ReadWork, statement: Select[Any], year: int, *, seen: frozenset[str], tree: Tree
) -> Sequence[Any]:
    """Institution and denominator, then the numerators of a group of indicators."""
    organisation = statement.selected_columns[0]
    if seen.issuperset(tree.organisations):
        statement = statement.where(organisation.is_not(None))
    else:
        statement = statement.where(organisation.in_(sorted(seen)))
    return work.connection.execute(statement, {"year": year, "today": work.today}).all()


@lru_cache(maxsize=64)
def _counting(indicators: tuple[Indicator, ...]) -> list[tuple[Select[Any], list[Indicator]]]:
    """The statements that count some indicators, each with those that it counts."""
    groups: list[list[Indicator]] = []
    for one in indicators:
        same = (group for group in groups if _together(group[0], one))
        group = next(same, None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    return [(_statement(group), group) for group in groups]


def _together(one: Indicator, other: Indicator) -> bool:
    return one.table is other.table and one.denominator.compare(other.denominator)


def _statement(group: Sequence[Indicator]) -> Select[Any]:
    column = group[0].table.c
    counted = [func.count().filter(one.numerator) for one in group]
    return (
        select(column.organisation_id, func.count(), *counted)
        .where(column.year == bindparam("year", type_=Integer), group[0].denominator)
        .group_by(column.organisation_id)
    )
