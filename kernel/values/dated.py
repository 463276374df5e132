"""Values that change by date: what held before a change still judges what happened before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

T = TypeVar("T")
ALWAYS: Final = date(1900, 1, 1)
"""Since when the oldest values hold. No service is older; an earlier day is a slip of the pen."""


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """Values from a day on, the earliest first."""

    since: Sequence[tuple[date, T]]

    def on(self, day: date) -> T:
        """The value that holds on a day."""
        return [value for begin, value in self.since if begin <= day][-1]
