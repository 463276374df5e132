"""The official holidays, as the State Council's office announces them late in the year before.

A year is added here when its notice is out. Until then Monday to Friday are worked.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

_SATURDAY: Final = 5


class Year(NamedTuple):
    """What a notice changes of the plain week.

    `source` is its number and its day; `off` the first and the last day of each holiday, as
    (month, day); `worked` the days of a weekend that are worked for it.
    """

    source: str
    off: tuple[tuple[tuple[int, int], tuple[int, int]], ...]
    worked: tuple[tuple[int, int], ...]


YEARS: Final[Mapping[int, Year]] = {
    2024: Year(
        "国办发明电〔2023〕7号, 2023-10-25",
        off=(
            ((1, 1), (1, 1)),
            ((2, 10), (2, 17)),
            ((4, 4), (4, 6)),
            ((5, 1), (5, 5)),
            ((6, 10), (6, 10)),
            ((9, 15), (9, 17)),
            ((10, 1), (10, 7)),
        ),
        worked=((2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12)),
    ),
    2025: Year(
        "国办发明电〔2024〕12号, 2024-11-12",
        off=(
            ((1, 1), (1, 1)),
            ((1, 28), (2, 4)),
            ((4, 4), (4, 6)),
            ((5, 1), (5, 5)),
            ((5, 31), (6, 2)),
            ((10, 1), (10, 8)),
        ),
        worked=((1, 26), (2, 8), (4, 27), (9, 28), (10, 11)),
    ),
    2026: Year(
        "国办发明电〔2025〕7号, 2025-11-04",
        off=(
            ((1, 1), (1, 3)),
            ((2, 15), (2, 23)),
            ((4, 4), (4, 6)),
            ((5, 1), (5, 5)),
            ((6, 19), (6, 21)),
            ((9, 25), (9, 27)),
            ((10, 1), (10, 7)),
        ),
        worked=((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)),
    ),
}


def _days_off(year: int, notice: Year) -> set[date]:
    """Every day of the holidays of a year."""
    days = set()
    for first, last in notice.off:
        day, end = date(year, *first), date(year, *last)
        while day <= end:
            days.add(day)
            day += timedelta(days=1)
    return days


_OFF: Final = frozenset(day for year, one in YEARS.items() for day in _days_off(year, one))
_WORKED: Final = frozenset(date(year, *day) for year, one in YEARS.items() for day in one.worked)


def is_known_year(year: int) -> bool:
    """Whether the holidays of a year are known; if not, Monday to Friday are taken as worked."""
    return year in YEARS


def is_working_day(day: date) -> bool:
    """Whether a day is worked: Monday to Friday, but as the notice of its year has it."""
    return day in _WORKED or (day.weekday() < _SATURDAY and day not in _OFF)
