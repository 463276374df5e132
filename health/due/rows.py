"""One line of the due list: what has to be done for a person in one visit. Pure functions.

Whatever is due for a person within some days of the first of it is one line, so that two
programmes are one visit (chronic-disease.md §10). What is overdue is done now: its days count from
today.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from operator import itemgetter
from typing import Any, Final, NamedTuple

from health.declare import Activity
from health.parameters import JOINT_DAYS, OVERDUE, REMINDED_DAYS
from kernel.messages import _


class Item(NamedTuple):
    """Something to be done by a day: an activity of one programme's plan, or of several plans.

    `plan_ids` are the CarePlans that plan it, in the order of `programmes`. Without an `activity`
    it is a place in a programme that rests since `due_on` (暂时失访), and `plan_ids` are
    EpisodesOfCare. `severity` is that of `health.declare.Action`. Of what another module plans
    `path` is its page, and `plan_ids` are resources of the type `source`.
    """

    activity: Activity | None
    programmes: tuple[str, ...]
    due_on: date
    severity: int
    plan_ids: tuple[str, ...]
    source: str = "CarePlan"
    path: str = ""


class Place(NamedTuple):
    """Where somebody lives, each None where it is not known: what a round is ordered by."""

    committee: str | None
    grid: str | None
    building: str | None
    unit: str | None

    @property
    def order(self) -> list[list[int | str]]:
        """By committee, grid, building, unit; numbers as numbers, what is unknown at the end."""
        return [[len(one), one] if one else [99, ""] for one in self]


Planned = Sequence[Any]
"""A row of a plan as it is read: the deadline (a date), the activity (empty for a place in a
programme that rests), the programme, the severity, the id of the plan, the id of the Patient, the
type of the plan, the page of another module that planned it (None where it is ours)."""
_DUE, _ACTIVITY, _PROGRAMME, _SEVERITY, _PLAN, _PERSON, _SOURCE, _PATH = range(8)
_turn = itemgetter(_DUE, _ACTIVITY, _PROGRAMME)


class Row:
    """A line: a person (`person`, the id of the Patient) with what is due, the earliest first.

    There are thousands of them for fifty that are shown, so everything but the first deadline
    (`due_on`) is worked out when it is asked for.
    """

    __slots__ = ("_planned", "due_on", "person")

    def __init__(self, planned: Sequence[Planned]) -> None:
        self._planned = planned
        first = planned[0]
        self.due_on: date = first[_DUE]
        self.person: str = first[_PERSON]

    @property
    def missed_on(self) -> date | None:
        """The first deadline of a visit: who lacks a yearly examination alone is not lost."""
        visits = (one[_DUE] for one in self._planned if one[_ACTIVITY] != Activity.EXAMINATION)
        return next(visits, None)

    def band(self, today: date) -> "Band | None":
        """What is done about a missed visit."""
        missed = self.missed_on
        return None if missed is None else band_of((today - missed).days, today)

    @property
    def severity(self) -> int:
        """That of the most severe of what is due."""
        return max([int(one[_SEVERITY]) for one in self._planned])

    @property
    def items(self) -> tuple[Item, ...]:
        """What is due."""
        return _merged([_item(one) for one in self._planned])

    @property
    def programmes(self) -> tuple[str, ...]:
        """The programmes that want something, each once."""
        return tuple(dict.fromkeys(one[_PROGRAMME] for one in self._planned))

    @property
    def has_pages(self) -> bool:
        """Whether another module planned any of it."""
        return any(one[_PATH] for one in self._planned)

    @property
    def activities(self) -> frozenset[str]:
        """What is to be done, by its codes."""
        return frozenset(one[_ACTIVITY] for one in self._planned)

    @property
    def is_joint(self) -> bool:
        """Whether one visit serves several programmes."""
        return len({one[_PROGRAMME] for one in self._planned if not one[_PATH]}) > 1

    def overdue(self, today: date) -> int:
        """Days since the first deadline; 0 where it has not passed."""
        return max((today - self.due_on).days, 0)


def _item(planned: Planned) -> Item:
    due_on, activity, programme, severity, plan_id, _person, source, path = planned
    said = Activity(activity) if activity else None
    return Item(said, (programme,), due_on, severity, (plan_id,), source, path or "")


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


def spans(today: date) -> dict[Tab, tuple[date, date]]:
    """The first deadlines of each tab, from and to, both included; none for the lost."""
    day = timedelta(days=1)
    return {
        Tab.TODAY: (today, today),
        Tab.WEEK: (today + day, week_end(today)),
        Tab.OVERDUE: (date.min, today - day),
        Tab.COMING: (today, reminded_until(today)),
    }


def gathered(planned: Iterable[Planned], today: date, until: date) -> list[Row]:
    """The lines that begin by `until`, from what is planned for whom, in any order.

    What is planned has to reach `JOINT_DAYS` further than `until`.
    """
    by_person: dict[str, list[Planned]] = {}
    for one in planned:
        by_person.setdefault(one[_PERSON], []).append(one)
    span = timedelta(days=JOINT_DAYS.on(today))
    return [
        Row(visit)
        for found in by_person.values()
        for visit in ((found,) if len(found) == 1 else _together(found, today, span))
        if visit[0][_DUE] <= until
    ]


def _together(found: list[Planned], today: date, span: timedelta) -> list[list[Planned]]:
    """Visits of one person: what falls due within some days of the first."""
    found.sort(key=_turn)
    visits, end = [[found[0]]], max(found[0][_DUE], today) + span
    for one in found[1:]:
        if one[_DUE] <= end:
            visits[-1].append(one)
        else:
            visits.append([one])
            end = max(one[_DUE], today) + span
    return visits


def _merged(visit: Sequence[Item]) -> tuple[Item, ...]:
    """The yearly examination once, however many programmes plan it, and one item a page."""
    if any(one.path for one in visit):
        visit = _once_a_page(visit)
    same = [one for one in visit if one.activity is Activity.EXAMINATION]
    if len(same) < 2:
        return tuple(visit)
    whole = same[0]._replace(
        programmes=tuple(name for one in same for name in one.programmes),
        plan_ids=tuple(id_ for one in same for id_ in one.plan_ids),
    )
    others = [one for one in visit if one.activity is not Activity.EXAMINATION]
    return tuple(sorted((*others, whole), key=lambda one: one.due_on))


def _once_a_page(visit: Sequence[Item]) -> list[Item]:
    """What one page of another module works off is one item: the first contact, where it is."""
    first: dict[str, Item] = {}
    for one in visit:
        if one.path not in first or one.activity is Activity.RETURN_CONTACT:
            first[one.path] = one
    return [one for one in visit if not one.path or one is first[one.path]]
