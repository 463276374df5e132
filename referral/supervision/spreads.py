"""How long the steps of referrals took: the median and the 90th percentile, measured.

The values are put in order by the database; the two around each place are read and what lies
between them is interpolated (as `statistics.quantiles` does, method "inclusive").
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)

from kernel.clock import SECOND
from kernel.messages import _
from kernel.work import ReadWork
from referral.codes import DOWN
from referral.supervision.measures import Cohort
from referral.supervision.scope import COLUMNS, Scope, Stratum
from referral.tables import referral_case

_case = referral_case.c
_HOUR: Final = 3600 * SECOND


class Interval(StrEnum):
    """A stretch of a referral whose length is measured."""

    ANSWER = "answer"
    APPOINT = "appoint"
    ARRIVE = "arrive"
    RETURN = "return"
    TAKE_BACK = "take-back"
    CLOSE = "close"


INTERVAL_TITLES: Final = {
    Interval.ANSWER: _("提交 → 首次答复"),
    Interval.APPOINT: _("接收 → 预约"),
    Interval.ARRIVE: _("接收 → 到诊"),
    Interval.RETURN: _("到诊 → 反馈"),
    Interval.TAKE_BACK: _("提出转回 → 接回"),
    Interval.CLOSE: _("提交 → 闭环"),
}


@dataclass(frozen=True, slots=True)
class _Ends:
    """From which instant to which, of the referrals of which cohort."""

    start: Column[Any]
    end: Column[Any]
    cohort: Cohort = Cohort.SENT


_ENDS: Final[Mapping[Interval, _Ends]] = {
    Interval.ANSWER: _Ends(_case.submitted_at, _case.answered_at),
    Interval.APPOINT: _Ends(_case.accepted_at, _case.scheduled_at),
    Interval.ARRIVE: _Ends(_case.accepted_at, _case.arrived_at),
    Interval.RETURN: _Ends(_case.arrived_at, _case.feedback_at),
    Interval.TAKE_BACK: _Ends(_case.back_offered_at, _case.back_accepted_at, Cohort.OFFERED),
    Interval.CLOSE: _Ends(_case.submitted_at, _case.closed_at),
}


class Spread(NamedTuple):
    """How long a step took: of how many referrals, the median and the 90th percentile in hours."""

    number: int
    median: float
    ninth: float


class _Place(NamedTuple):
    """Where a quantile lies among n sorted values: `tenths` of the way from first to last."""

    tenths: int

    def lower(self, number: int) -> int:
        """The rank (from 1) of the value at it or just below."""
        return (number - 1) * self.tenths // 10 + 1

    def among(self, number: int, values: Mapping[int, int]) -> float:
        """The interpolated value, in the unit of the values by rank."""
        low = self.lower(number)
        rest = (number - 1) * self.tenths % 10
        below = values[low]
        return below + (values[low + 1] - below) * rest / 10 if rest else float(below)


_MEDIAN, _NINTH = _Place(5), _Place(9)


def spreads(
    work: ReadWork,
    scope: Scope,
    stratum: Stratum | None = None,
    intervals: Collection[Interval] = tuple(Interval),
) -> dict[str, dict[Interval, Spread]]:
    """The spreads of some intervals, by the key of the stratum ("" for all together).

    An interval that nobody went through in the period has none.
    """
    if not intervals:
        return {}
    found: dict[tuple[str, str], tuple[int, dict[int, int]]] = {}
    for key, interval, number, rank, value in work.connection.execute(
        _ranked(scope, stratum, intervals)
    ):
        found.setdefault((key, interval), (number, {}))[1][rank] = value
    spread: dict[str, dict[Interval, Spread]] = {}
    for (key, interval), (number, values) in found.items():
        spread.setdefault(key, {})[Interval(interval)] = Spread(
            number, _MEDIAN.among(number, values) / _HOUR, _NINTH.among(number, values) / _HOUR
        )
    return spread


def _ranked(scope: Scope, stratum: Stratum | None, intervals: Collection[Interval]) -> Select[Any]:
    """key, interval, how many, rank and value (microseconds), of the ranks that are needed."""
    lasting = union_all(*_lasting(scope, stratum, intervals)).subquery("lasting").c
    alike = (lasting.key, lasting.interval)
    number = func.count().over(partition_by=alike)
    rank = func.row_number().over(partition_by=alike, order_by=lasting.value)
    ranked = select(*alike, number.label("number"), rank.label("rank"), lasting.value)
    row = ranked.subquery("ranked").c
    wanted = or_(*_needed(row.number, row.rank))
    return select(row.key, row.interval, row.number, row.rank, row.value).where(wanted)


def _needed(number: ColumnElement[int], rank: ColumnElement[int]) -> Iterable[ColumnElement[bool]]:
    for place in (_MEDIAN, _NINTH):
        # `lower`, as SQL: whole numbers divide to whole ones on both databases
        low = (number - 1) * place.tenths // 10 + 1
        yield and_(rank >= low, rank <= low + 1)


def _lasting(
    scope: Scope, stratum: Stratum | None, intervals: Collection[Interval]
) -> Iterator[Select[Any]]:
    for interval in intervals:
        ends = _ENDS[interval]
        lasting: Select[Any] = select(
            scope.key(stratum, ends.cohort).label("key"),
            literal(interval.value).label("interval"),
            (ends.end - ends.start).label("value"),
        )
        yield lasting.where(
            scope.where(),
            scope.period.holds(COLUMNS[ends.cohort]),
            _counts(interval),
            ends.end >= ends.start,
        )


def _counts(interval: Interval) -> ColumnElement[bool]:
    """Who offers somebody back without having been asked was not sent a referral to answer."""
    return _case.direction != DOWN if interval is Interval.ANSWER else true()
