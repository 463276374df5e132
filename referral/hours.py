"""Working time (referral.md §6): what passes of it, and when so much of it has passed.

Days and times of day are those of Asia/Shanghai. The last moment of a span belongs to it: a limit
may end at 12:00 or 18:00 sharp, and does so rather than at the next opening.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import takewhile
from typing import Final

from kernel.clock import SECOND, SHANGHAI, Instant, instant_of, local_date
from referral.holidays import is_known_year, is_working_day
from referral.parameters import OFFICE_HOURS

__all__ = [
    "HOUR",
    "add_working",
    "hours_of_day",
    "is_known_year",
    "is_working",
    "is_working_day",
    "working_between",
]

HOUR: Final = 3600 * SECOND
"""The microseconds of an hour."""


def add_working(start: Instant, hours: Fraction | float) -> Instant:
    """The instant at which `hours` (not negative) of working time have passed since `start`.

    It is always within working time: no hours from a closed day lead to the next opening. Raises
    ValueError for negative hours.
    """
    left = round(hours * HOUR)
    if left < 0:
        raise ValueError("working time does not run backwards")
    spans = _spans_from(start)
    opened, closed = next(spans)
    while left > closed - opened:
        left -= closed - opened
        opened, closed = next(spans)
    return opened + left


def working_between(start: Instant, end: Instant) -> int:
    """The working time from `start` to `end`, in microseconds; 0 where `end` is not later."""
    spans = takewhile(lambda span: span[0] < end, _spans_from(start))
    return sum(min(closed, end) - opened for opened, closed in spans)


def is_working(instant: Instant) -> bool:
    """Whether an instant is within office hours, 12:00 and 18:00 sharp included."""
    return any(opened <= instant <= closed for opened, closed in _spans_of(local_date(instant)))


def hours_of_day(day: date) -> Fraction:
    """How many office hours a working day has by what holds on `day`: 8."""
    return Fraction(sum(closed - opened for opened, closed in _office_hours(day)), HOUR)


def _spans_from(start: Instant) -> Iterator[tuple[Instant, Instant]]:
    """The spans of working time from an instant on, the first one from there; without end."""
    day = local_date(start)
    while True:
        for opened, closed in _spans_of(day):
            if closed >= start:
                yield max(opened, start), closed
        day += timedelta(days=1)


def _spans_of(day: date) -> list[tuple[Instant, Instant]]:
    """When it is worked on a day: nothing on a holiday."""
    return _office_hours(day) if is_working_day(day) else []


def _office_hours(day: date) -> list[tuple[Instant, Instant]]:
    """The office hours of a day, were it worked."""
    return [
        (
            instant_of(datetime.combine(day, opens, SHANGHAI)),
            instant_of(datetime.combine(day, closes, SHANGHAI)),
        )
        for opens, closes in OFFICE_HOURS.on(day)
    ]
