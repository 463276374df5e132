"""Where everybody stands in a family's picture: a pure function from relations to places.

Generations are rows, the oldest on top; couples stand beside each other; brothers and sisters
from the oldest on. Relatives without a generation (其他亲属, 非亲属) are the last row. Nobody is
left out and no two boxes touch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from records.households.kinship import (
    COUPLES,
    DESCENT,
    HEADS,
    SIBLINGS,
    UNSEXED,
    Kin,
    generation_of,
    married,
)

WIDTH: Final = 124
HEIGHT: Final = 64
COUPLE_GAP: Final = 16
GAP: Final = 28
ROW_GAP: Final = 52
MARGIN: Final = 8
_LAST_ROW: Final = -9
_PASSES: Final = 6
_LEFT_TO_RIGHT: Final = (
    frozenset({"81", "82", "83", "84", "89", "90", "61", "62", "60", "66", "67"}),
    frozenset({"71", "72", "75", "76"}),
    frozenset({"50", "51", "52", "57", "58", "59", "01", "02", "10", "11", "12"}),
    frozenset({"73", "74", "77", "78", "70", "79", "85", "86", "87", "88", "63", "64", "69"}),
    frozenset({"53", "54", "55", "56", "65", "68", "91", "92", "93", "94", "95", "96"}),
)
"""Within a row: the father's relatives, elder siblings, the middle, younger ones, in-laws."""


@dataclass(frozen=True, slots=True)
class Box:
    """A member's place: the upper left corner, in pixels."""

    kin: Kin
    x: float
    y: float

    @property
    def middle(self) -> float:
        """The middle of its upper edge."""
        return self.x + WIDTH / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points; `sure` is false where the codes leave open who the parent is."""

    points: tuple[tuple[float, float], ...]
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """A family's picture without words: boxes, lines and the size of it all."""

    boxes: Sequence[Box]
    lines: Sequence[Line]
    width: float
    height: float


@dataclass(slots=True, eq=False)
class _Unit:
    """A couple or a single person; `x` is its left edge."""

    members: list[Kin]
    row: int
    x: float = 0.0
    parents: dict[str, list["_Unit"]] = field(default_factory=dict)
    """By a member's id: the units of which one is that member's parents."""

    @property
    def width(self) -> float:
        return len(self.members) * WIDTH + (len(self.members) - 1) * COUPLE_GAP

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    def left_of(self, kin: Kin) -> float:
        return self.x + self.members.index(kin) * (WIDTH + COUPLE_GAP)


def arrange(members: Iterable[Kin]) -> Layout:
    """The places of all members; nothing for nobody."""
    units = _units(list(members))
    rows = _rows(units)
    _find_parents(units)
    for row in rows:
        row.sort(key=_place)
    for row in rows[1:]:
        row.sort(key=lambda unit: (_place(unit)[0], _ancestry(unit, units), _place(unit)))
    _spread(rows)
    top: dict[int, float] = {
        id(unit): MARGIN + n * (HEIGHT + ROW_GAP) for n, row in enumerate(rows) for unit in row
    }
    boxes = [Box(one, unit.left_of(one), top[id(unit)]) for unit in units for one in unit.members]
    right = max((box.x + WIDTH for box in boxes), default=0.0)
    bottom = max((box.y + HEIGHT for box in boxes), default=0.0)
    return Layout(boxes, _lines(rows, top), right + MARGIN, bottom + MARGIN)


def _units(members: list[Kin]) -> list[_Unit]:
    """Couples and singles; who could be married to several goes to the one of nearest age."""
    waiting = sorted(members, key=lambda one: (one.born or date.max, one.id))
    partner: dict[str, Kin] = {}
    in_laws = frozenset(code for _blood, law in COUPLES for code in law) | UNSEXED
    for one in waiting:
        if one.relation in in_laws and one.id not in partner:
            free = [o for o in waiting if o.id not in partner and married(o, one) and o is not one]
            if free:
                found = min(free, key=lambda o: (_years_between(o, one), o.id))
                partner[one.id], partner[found.id] = found, one
    units: list[_Unit] = []
    placed: set[str] = set()
    for one in waiting:
        if one.id not in placed:
            other = partner.get(one.id)
            pair = [one] if other is None else [one, other]
            if other is not None and married(other, one):
                pair = [other, one]
            placed.update(kin.id for kin in pair)
            level = generation_of(pair[0].relation)
            units.append(_Unit(pair, _LAST_ROW if level is None else level))
    return units


def _years_between(one: Kin, other: Kin) -> int:
    return abs((one.born or date.max).year - (other.born or date.max).year)


def _rows(units: Iterable[_Unit]) -> list[list[_Unit]]:
    found: dict[int, list[_Unit]] = {}
    for unit in units:
        found.setdefault(unit.row, []).append(unit)
    return [found[level] for level in sorted(found, reverse=True)]


def _find_parents(units: Sequence[_Unit]) -> None:
    for unit in units:
        for one in unit.members:
            for codes in DESCENT.get(one.relation, ()):
                above = [u for u in units if u.row > unit.row and _has(u, codes)]
                if above:
                    unit.parents[one.id] = above
                    break


def _has(unit: _Unit, codes: frozenset[str]) -> bool:
    return any(one.relation in codes for one in unit.members)


def _place(unit: _Unit) -> tuple[int, date, str]:
    """From left to right: the group of relatives, then by age."""
    first = unit.members[0]
    groups = (n for n, codes in enumerate(_LEFT_TO_RIGHT) if first.relation in codes)
    return next(groups, 2), first.born or date.max, first.id


def _ancestry(unit: _Unit, units: Sequence[_Unit]) -> int:
    """The place of the parents among all, so that children stand in the order of their parents."""
    found = [units.index(one) for above in unit.parents.values() for one in above]
    return min(found, default=len(units))


def _spread(rows: Sequence[Sequence[_Unit]]) -> None:
    """Put everybody near parents and children, in the order of the row and without touching."""
    for row in rows:
        _set_apart(row, [0.0] * len(row))
    for _pass in range(_PASSES):
        for row in rows:
            _set_apart(row, [_under_parents(unit) for unit in row])
        for row in reversed(rows):
            _set_apart(row, [_over_children(unit, rows) for unit in row])
    least = min((unit.x for row in rows for unit in row), default=0.0)
    for row in rows:
        for unit in row:
            unit.x = round(unit.x - least + MARGIN, 1)


def _under_parents(unit: _Unit) -> float:
    """The left edge at which the members stand under their parents on average."""
    wanted = [
        sum(one.middle for one in above) / len(above) - WIDTH / 2 - (unit.left_of(kin) - unit.x)
        for kin in unit.members
        for above in [unit.parents.get(kin.id, [])]
        if above
    ]
    return sum(wanted) / len(wanted) if wanted else unit.x


def _over_children(unit: _Unit, rows: Sequence[Sequence[_Unit]]) -> float:
    wanted = [
        below.left_of(kin) + WIDTH / 2
        for row in rows
        for below in row
        for kin in below.members
        if unit in below.parents.get(kin.id, ())
    ]
    return sum(wanted) / len(wanted) - unit.width / 2 if wanted else unit.x


def _set_apart(row: Sequence[_Unit], wanted: Sequence[float]) -> None:
    """The mean of pushing to the right and pushing to the left: both keep order and distance."""
    right: list[float] = []
    for place, x in enumerate(wanted):
        right.append(x if not place else max(x, right[-1] + row[place - 1].width + GAP))
    left: list[float] = []
    for unit, x in zip(reversed(row), reversed(wanted), strict=True):
        left.append(x if not left else min(x, left[-1] - unit.width - GAP))
    for unit, one, other in zip(row, right, reversed(left), strict=True):
        unit.x = (one + other) / 2


def _lines(rows: Sequence[Sequence[_Unit]], top: dict[int, float]) -> list[Line]:
    """Couples, then every family: from the parents down, along, and down to each child."""
    units = [unit for row in rows for unit in row]
    found = [
        Line(
            (
                (unit.x + WIDTH, top[id(unit)] + HEIGHT / 2),
                (unit.x + WIDTH + COUPLE_GAP, top[id(unit)] + HEIGHT / 2),
            )
        )
        for unit in units
        if len(unit.members) == 2
    ]
    families: dict[tuple[int, ...], list[tuple[_Unit, Kin]]] = {}
    for unit in units:
        for kin in unit.members:
            above = unit.parents.get(kin.id, [])
            if above:
                key = (int(top[id(unit)]), *(units.index(one) for one in above))
                families.setdefault(key, []).append((unit, kin))
    for number, (key, children) in enumerate(families.items()):
        parents = [units[place] for place in key[1:]]
        found += _family(parents, children, top, key[0] - ROW_GAP / 2 + number % 4 * 5 - 8)
    return found + _orphans(units, top)


def _family(
    parents: Sequence[_Unit],
    children: Sequence[tuple[_Unit, Kin]],
    top: dict[int, float],
    bus: float,
) -> list[Line]:
    sure = len(parents) == 1
    stems = [(unit.middle, top[id(unit)] + _stem(unit)) for unit in parents]
    drops = [(unit.left_of(kin) + WIDTH / 2, top[id(unit)]) for unit, kin in children]
    ends = [x for x, _y in (*stems, *drops)]
    return [
        *(Line(((x, y), (x, bus)), sure) for x, y in stems),
        Line(((min(ends), bus), (max(ends), bus)), sure),
        *(Line(((x, bus), (x, y)), sure) for x, y in drops),
    ]


def _stem(unit: _Unit) -> float:
    """Where the line to the children begins: between two, or under one."""
    return HEIGHT / 2 if len(unit.members) == 2 else HEIGHT


def _orphans(units: Sequence[_Unit], top: dict[int, float]) -> list[Line]:
    """Brothers and sisters of the head whose parents are not in the household."""
    found = [
        (unit.left_of(kin) + WIDTH / 2, top[id(unit)])
        for unit in units
        for kin in unit.members
        if kin.relation in HEADS | SIBLINGS and not unit.parents.get(kin.id)
    ]
    if len(found) < 2:
        return []
    bus = found[0][1] - 6
    along = Line(((min(x for x, _y in found), bus), (max(x for x, _y in found), bus)))
    return [along, *(Line(((x, bus), (x, y))) for x, y in found)]
