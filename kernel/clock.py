"""The only place that asks what time it is.

An instant is an integer: microseconds since 1970-01-01T00:00:00Z. It is stored as BIGINT on both
databases, compares and subtracts exactly, and cannot be naive. A local date is a `datetime.date`
in Asia/Shanghai (UTC+08:00, without daylight saving since 1991).
"""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

Instant = int
"""Microseconds since the epoch, UTC."""

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """The system's clock. Tests and the demo hand in a `FixedClock` instead."""

    def now(self) -> Instant:
        """The present instant, in microseconds."""
        return time.time_ns() // 1000

    def today(self) -> date:
        """The present local date in Asia/Shanghai."""
        return local_date(self.now())


@dataclass(slots=True)
class FixedClock(Clock):
    """A clock that stands until it is moved (`advance`)."""

    instant: Instant

    def now(self) -> Instant:
        return self.instant

    def advance(self, **delta: float) -> None:
        """Move on by `timedelta(**delta)`, for example `advance(minutes=20)`."""
        self.instant += timedelta(**delta) // timedelta(microseconds=1)


def instant_of(moment: datetime) -> Instant:
    """The instant of an aware datetime. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no instant")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def as_datetime(instant: Instant) -> datetime:
    """The aware UTC datetime of an instant."""
    return _EPOCH + timedelta(microseconds=instant)


def local_date(instant: Instant) -> date:
    """The day in Asia/Shanghai on which an instant falls."""
    return as_datetime(instant).astimezone(SHANGHAI).date()


def iso_instant(instant: Instant) -> str:
    """FHIR `instant` with milliseconds, in UTC: `2026-11-23T01:05:00.000Z`."""
    seconds, rest = divmod(instant, SECOND)
    parts = time.gmtime(seconds)
    return (
        f"{parts.tm_year:04d}-{parts.tm_mon:02d}-{parts.tm_mday:02d}"
        f"T{parts.tm_hour:02d}:{parts.tm_min:02d}:{parts.tm_sec:02d}.{rest // 1000:03d}Z"
    )


def monotonic() -> float:
    """Seconds of a clock that never runs backwards; for measuring durations only."""
    return time.monotonic()
