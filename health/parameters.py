"""What the norm leaves to the place, or what changes by date: values with the day they begin.

Each of these stands under TO CONFIRM in the domain's description, or the norm's newer editions
differ. Changing one is adding a line with its date; what was decided before stays as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")
ALWAYS: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """Values from a day on, the earliest first."""

    since: Sequence[tuple[date, T]]

    def on(self, day: date) -> T:
        """The value that holds on a day."""
        return [value for begin, value in self.since if begin <= day][-1]


class PressureTarget(NamedTuple):
    """Controlled is below both, in mmHg; from `from_age` on the systolic one is `elderly`."""

    systolic: int
    diastolic: int
    elderly: int
    from_age: int


PRESSURE_TARGET: Final = Dated(((ALWAYS, PressureTarget(140, 90, 150, 65)),))
"""chronic-disease.md §2.4; newer guidance (2017 guideline, WS/T 872-2025) differs: TO CONFIRM."""

ROUTINE_MONTHS: Final = Dated(((ALWAYS, 3),))
"""Calendar months to the next routine visit (§1.2; our choice: keeps four visits a year)."""

RECHECK_DAYS: Final = Dated(((ALWAYS, 14),))
"""Days within which a follow-up after adjusting, referring or an emergency is due (norm)."""

ARRIVAL_DAYS: Final = Dated(((ALWAYS, 1),))
"""Days within which it is checked that an emergency arrived (§1.2; our choice)."""
