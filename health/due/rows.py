"""One line of the due list: what has to be done for a person in one visit. Pure functions.

Whatever is due for a person within some days of the first of it is one line, so that two
programmes are one visit (chronic-disease.md §10). What is overdue is done now: its days count from
today.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from health.declare import Activity
from health.parameters import JOINT_DAYS, OVERDUE, REMINDED_DAYS
from kernel.messages import _


class Item(NamedTuple):
    """Something to be done by a day: an activity of one programme's plan, or of several plans.

    `plan_ids` are the CarePlans that plan it, in the order of `programmes`. Without an `activity`
    it is a place in a programme that rests since `due_on` (暂时失访), and `plan_ids` are
    EpisodesOfCare. `severity` is that of `health.declare.Action`.
    """

    activity: Activity | None
    programmes: tuple[str, ...]
    due_on: date
    severity: int
    plan_ids: tuple[str, ...]


class Place(NamedTuple):
    """Where somebody lives, each None where it is not known: what a round is ordered by."""

    committee: str | None
    grid: str | None
    building: str | None
    unit: str | None

    @property
    def order(self) -> tuple[tuple[int, str], ...]:
        """By committee, grid, building, unit; numbers as numbers, what is unknown at the end."""
        return tuple((len(one), one) if one else (99, "") for one in self)


class Person(NamedTuple):
    """Whom a line is about: the id, the key by which the name is sorted, the place."""

    id: str
    name: str
    place: Place


@dataclass(frozen=True)
class Row:
    """A line: a person with what is due, the earliest first."""

    person: Person
    items: tuple[Item, ...]

    @cached_property
    def due_on(self) -> date:
        """The first deadline."""
        return self.items[0].due_on

    @cached_property
    def severity(self) -> int:
        """That of the most severe of what is due."""
        return max(one.severity for one in self.items)

    @property
    def programmes(self) -> tuple[str, ...]:
        """The programmes that want something, each once."""
        return tuple(dict.fromkeys(name for one in self.items for name in one.programmes))

    @property
    def is_joint(self) -> bool:
        """Whether one visit serves several programmes."""
        return len({name for one in self.items for name in one.programmes}) > 1

    def overdue(self, today: date) -> int:
        """Days since the first deadline; 0 where it has not passed."""
        return max((today - self.due_on).days, 0)


class Tab(StrEnum):
    """The parts of the due list."""

    TODAY = "today"
    WEEK = "week"
    OVERDUE = "overdue"
    COMING = "coming"
    LOST = "lost"


TAB_TITLES: Final = {
    Tab.TODAY: _("今天"),
    Tab.WEEK: _("本周"),
    Tab.OVERDUE: _("逾期"),
    Tab.COMING: _("提醒（7 天内）"),
    Tab.LOST: _("暂时失访"),
}


class Band(StrEnum):
    """What is done about somebody who did not come (§10), by how long ago that was."""

    CALL = "call"
    VISIT = "visit"
    RISK = "risk"


BAND_TITLES: Final = {
    Band.CALL: _("电话联系"),
    Band.VISIT: _("上门随访"),
    Band.RISK: _("失访风险"),
}


def band_of(days: int, today: date) -> Band | None:
    """The step for so many days of delay; None where nothing is overdue."""
    rules = OVERDUE.on(today)
    if days < 1:
        return None
    return Band.CALL if days <= rules.call else Band.VISIT if days <= rules.visit else Band.RISK


def is_lost(days: int, attempts: int, today: date) -> bool:
    """Whether 暂时失访 is proposed: late by more than the rule, and often looked for in vain."""
    rules = OVERDUE.on(today)
    return days > rules.lost and attempts >= rules.attempts


def week_end(today: date) -> date:
    """The Sunday of a day's week."""
    return today + timedelta(days=6 - today.weekday())


def reminded_until(today: date) -> date:
    """The last day of which somebody is reminded."""
    return today + timedelta(days=REMINDED_DAYS.on(today))


def shown_until(today: date) -> date:
    """The last deadline that stands on any tab."""
    return max(week_end(today), reminded_until(today))


def in_tab(tab: Tab, due_on: date, today: date) -> bool:
    """Whether a line with this first deadline belongs on a tab (never on that of the lost)."""
    checks: dict[Tab, Callable[[], bool]] = {
        Tab.TODAY: lambda: due_on == today,
        Tab.WEEK: lambda: today < due_on <= week_end(today),
        Tab.OVERDUE: lambda: due_on < today,
        Tab.COMING: lambda: today <= due_on <= reminded_until(today),
        Tab.LOST: lambda: False,
    }
    return checks[tab]()


def tabs_of(due_on: date, today: date) -> Iterator[Tab]:
    """The tabs on which a line with this first deadline stands."""
    return (tab for tab in Tab if in_tab(tab, due_on, today))


Planned = tuple[Person, Item]


def gathered(planned: Iterable[Planned], today: date, until: date) -> list[Row]:
    """The lines that begin by `until`, from what is planned for whom, in any order.

    What is planned has to reach `JOINT_DAYS` further than `until`.
    """
    by_person: dict[str, tuple[Person, list[Item]]] = {}
    for person, item in planned:
        by_person.setdefault(person.id, (person, []))[1].append(item)
    return [
        Row(person, items)
        for person, found in by_person.values()
        for items in _together(found, today)
        if items[0].due_on <= until
    ]


def _together(items: list[Item], today: date) -> Iterator[tuple[Item, ...]]:
    """Visits of one person: what falls due within some days of the first."""
    if len(items) == 1:
        yield (items[0],)
        return
    items.sort(key=lambda one: (one.due_on, one.activity or "", one.programmes))
    span, visit = timedelta(days=JOINT_DAYS.on(today)), [items[0]]
    for one in items[1:]:
        if one.due_on <= max(visit[0].due_on, today) + span:
            visit.append(one)
        else:
            yield _merged(visit)
            visit = [one]
    yield _merged(visit)


def _merged(visit: Sequence[Item]) -> tuple[Item, ...]:
    """The yearly examination once, however many programmes plan it."""
    same = [one for one in visit if one.activity is Activity.EXAMINATION]
    if len(same) < 2:
        return tuple(visit)
    whole = same[0]._replace(
        programmes=tuple(name for one in same for name in one.programmes),
        plan_ids=tuple(id_ for one in same for id_ in one.plan_ids),
    )
    others = [one for one in visit if one.activity is not Activity.EXAMINATION]
    return tuple(sorted((*others, whole), key=lambda one: one.due_on))
