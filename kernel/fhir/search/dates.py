"""FHIR dates as half-open intervals of instants (FHIR R4 3.1.1.4.7).

A value without a time zone is a local day (month, year) in Asia/Shanghai, +08:00.
"""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from kernel.clock import SECOND, SHANGHAI, Instant, instant_of

MISSING = -(2**62)
"""Stands in both columns of an instant that a resource does not have; sorts first."""
OPEN_START = -(2**61)
OPEN_END = 2**61

Interval = tuple[Instant, Instant]

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)(?::(\d\d|60)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?")


def local_days(text: str) -> tuple[date, date]:
    """First day and the day after the last of `YYYY[-MM[-DD]]`. Raises ValueError."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date: write YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day = int(match[1]), match[2], match[3]
    first = date(year, int(month or 1), int(day or 1))
    if day:
        return first, first + timedelta(days=1) if first < date.max else first
    if month:
        return first, date(year + first.month // 12, first.month % 12 + 1, 1)
    return first, date(year + 1, 1, 1)


def _midnight(day: date) -> Instant:
    return instant_of(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI))


@lru_cache(maxsize=4096)
def interval(text: str) -> Interval:
    """The instants that a FHIR date, dateTime or instant covers, end exclusive.

    Raises ValueError saying what would be right.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        first, after = local_days(text)
        return _midnight(first), _midnight(after)
    day, hour, minute, second, fraction, zone = match.groups()
    whole = datetime.fromisoformat(f"{day}T{hour}:{minute}:{_second(second)}{_zone(zone)}")
    start = instant_of(whole if whole.tzinfo else whole.replace(tzinfo=SHANGHAI))
    if second == "60":
        start += SECOND
    if fraction:
        start += int(fraction[:6].ljust(6, "0"))
        return start, start + 10 ** max(0, 6 - len(fraction))
    return start, start + (SECOND if second else 60 * SECOND)


def _second(second: str | None) -> str:
    return "59" if second == "60" else second or "00"


def _zone(zone: str | None) -> str:
    return "" if zone is None else zone.replace("Z", "+00:00")


def interval_of(value: Any) -> Interval | None:
    """The interval of an element: date, dateTime, instant, Period or Timing; None for others."""
    if isinstance(value, str):
        return interval(value)
    if not isinstance(value, dict):
        return None
    if "event" in value:
        return _hull([interval(e) for e in value["event"] if isinstance(e, str)])
    if "start" in value or "end" in value:
        start, end = value.get("start"), value.get("end")
        return (
            interval(start)[0] if isinstance(start, str) else OPEN_START,
            interval(end)[1] if isinstance(end, str) else OPEN_END,
        )
    repeat = value.get("repeat")
    return interval_of(repeat["boundsPeriod"]) if repeat and "boundsPeriod" in repeat else None


def _hull(intervals: list[Interval]) -> Interval | None:
    if not intervals:
        return None
    return min(i[0] for i in intervals), max(i[1] for i in intervals)
