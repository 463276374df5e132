"""Figures: every indicator by institution, in one pass over each fact table.

Who sees which: who works at an institution its own figures, a centre those of its stations, a
bureau those of all that belongs to it, the platform everything; anybody else nothing. A figure
names nobody, so a bureau needs no sight into records for it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, and_, func, select

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
    for table, group in _by_table(chosen):
        for row in _rows(work, table, group, year=year, seen=seen, tree=tree):
            for number, one in enumerate(group):
                count = Count(row[2 * number + 1], row[2 * number + 2])
                if count.denominator:
                    own[one.code][row[0]] = count
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


def _by_table(indicators: Sequence[Indicator]) -> list[tuple[Table, list[Indicator]]]:
    found: dict[int, tuple[Table, list[Indicator]]] = {}
    for one in indicators:
        found.setdefault(id(one.table), (one.table, []))[1].append(one)
    return list(found.values())


def _rows(
    work: ReadWork,
    table: Table,
    indicators: Sequence[Indicator],
    *,
    year: int,
    seen: frozenset[str],
    tree: Tree,
) -> Sequence[Any]:
    """Institution, then numerator and denominator of every indicator."""
    statement = _counting(table, indicators)
    if seen.issuperset(tree.organisations):
        statement = statement.where(table.c.organisation_id.is_not(None))
    else:
        statement = statement.where(table.c.organisation_id.in_(sorted(seen)))
    binds = {"today": work.today}
    return work.connection.execute(statement.where(table.c.year == year), binds).all()


def _counting(table: Table, indicators: Sequence[Indicator]) -> Select[Any]:
    columns: list[Any] = []
    for one in indicators:
        counted = and_(one.denominator, one.numerator)
        columns += [func.count().filter(counted), func.count().filter(one.denominator)]
    return select(table.c.organisation_id, *columns).group_by(table.c.organisation_id)
