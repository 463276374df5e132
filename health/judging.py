"""The decision that all chronic programmes share (chronic-disease.md §1.2, §1.3). Pure.

A programme says what it found in an answer (`Findings`); here follow the class, the action of the
norm and the next dates.
"""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from health.declare import Action, Activity, Case, Decision, Outcome, Planned, Reason
from health.parameters import ARRIVAL_DAYS, RECHECK_DAYS, ROUTINE_MONTHS, Phase
from kernel.messages import CLAUSES, Message, _, joined

CONTROLLED: Final = Outcome("1", _("控制满意"), "ok")
UNCONTROLLED: Final = Outcome("2", _("控制不满意"), "alert")
ADVERSE: Final = Outcome("3", _("不良反应"), "alert")
COMPLICATED: Final = Outcome("4", _("并发症"), "overdue")
CLASSES: Final = (CONTROLLED, UNCONTROLLED, ADVERSE, COMPLICATED)
"""此次随访分类: where several hold, the most severe is recorded (4 > 3 > 2 > 1)."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What an answer shows: a sentence for every sign, none where it is absent (§1.3)."""

    emergency: tuple[str, ...] = ()
    complication: tuple[str, ...] = ()
    uncontrolled: tuple[str, ...] = ()
    adverse: tuple[str, ...] = ()
    hard_to_control: bool = False
    at_target: bool | None = None
    advice: tuple[str, ...] = ()
    """What is only said, and changes neither class nor action."""


@dataclass(frozen=True, slots=True)
class Clauses:
    """Where a programme's norm says what: the emergency, the rule of two visits, the routine."""

    emergency: str
    control: str


def months_later(day: date, months: int) -> date:
    """The same day so many calendar months later, clamped to the end of the month (§1.2)."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def months_between(begun: date, on: date) -> int:
    """Completed calendar months from a day to another; negative where it is yet to come."""
    months = (on.year - begun.year) * 12 + on.month - begun.month
    return months if months_later(begun, months) <= on else months - 1


def phased(begun: object, on: date, phase: Phase) -> int:
    """Months to the next routine visit, by how long ago something began (an answer's date).

    Where that is not known it is the later phase's.
    """
    if isinstance(begun, date) and months_between(begun, on) < phase.within:
        return phase.early
    return phase.later


def class_of(found: Findings) -> Outcome:
    """The class that is recorded (§1.3, first match wins)."""
    if found.complication:
        return COMPLICATED
    if found.adverse:
        return ADVERSE
    if found.uncontrolled or found.emergency:
        return UNCONTROLLED
    return CONTROLLED


def judged(case: Case, found: Findings, clauses: Clauses, *, months: int | None = None) -> Decision:
    """Class, action and next dates of a regular follow-up (rules R1–R6 of §1.3).

    `months` is the routine interval where the programme has one of its own.
    """
    action, reasons = _action(case, found, clauses)
    return Decision(
        class_of(found).code,
        action,
        next_dates(case.on, action, months=months),
        (*reasons, *(Reason(text) for text in found.advice)),
        uncontrolled=bool(found.uncontrolled),
        adverse=bool(found.adverse),
        at_target=found.at_target,
    )


_TWICE = _("连续两次控制不满意：上次 %(day)s，本次%(what)s")
_AGAIN = _("药物不良反应上次已有（%(day)s），本次仍有：%(what)s")
_HARD = _("药物不良反应难以控制：%(what)s")
_ROUTINE = _("控制满意，无不良反应，无新发或加重的并发症")


def _action(case: Case, found: Findings, clauses: Clauses) -> tuple[Action, tuple[Reason, ...]]:
    last = case.last
    if found.emergency:
        return Action.EMERGENCY, _told(found.emergency, clauses.emergency)
    if found.complication:
        return Action.REFER, _told(found.complication, clauses.control)
    if found.uncontrolled and last is not None and last.uncontrolled:
        return Action.REFER, _since(_TWICE, last.on, found.uncontrolled, clauses)
    if found.adverse and last is not None and last.adverse:
        return Action.REFER, _since(_AGAIN, last.on, found.adverse, clauses)
    if found.adverse and found.hard_to_control:
        hard = Message(_HARD, what=joined(found.adverse, by=CLAUSES))
        return Action.REFER, (Reason(hard, clauses.control),)
    if found.uncontrolled or found.adverse:
        return Action.ADJUST, _told((*found.uncontrolled, *found.adverse), clauses.control)
    return Action.ROUTINE, (Reason(_ROUTINE, clauses.control),)


def _told(texts: tuple[str, ...], clause: str) -> tuple[Reason, ...]:
    return tuple(Reason(text, clause) for text in texts)


def _since(
    pattern: str, before: date, now: tuple[str, ...], clauses: Clauses
) -> tuple[Reason, ...]:
    text = Message(pattern, day=before.isoformat(), what=joined(now, by=CLAUSES))
    return (Reason(text, clauses.control),)


def next_dates(on: date, action: Action, *, months: int | None = None) -> tuple[Planned, ...]:
    """What is to be done after an action, with the deadlines, the next visit first (§1.2)."""
    soon = on + timedelta(days=RECHECK_DAYS.on(on))
    match action:
        case Action.ROUTINE:
            routine = ROUTINE_MONTHS.on(on) if months is None else months
            return (Planned(Activity.FOLLOW_UP, months_later(on, routine)),)
        case Action.ADJUST:
            return (Planned(Activity.RECHECK, soon),)
        case Action.REFER:
            return (Planned(Activity.REFERRAL_OUTCOME, soon),)
        case _:  # an emergency
            arrival = on + timedelta(days=ARRIVAL_DAYS.on(on))
            return (
                Planned(Activity.REFERRAL_OUTCOME, soon),
                Planned(Activity.ARRIVAL_CHECK, arrival),
            )
