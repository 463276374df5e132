"""Counting: every indicator in one statement a cohort, grouped by whatever is asked for."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from kernel.clock import DAY
from kernel.measure import Count
from kernel.work import ReadWork
from referral.parameters import CLOSED_LOOP_DAYS, REPEAT_DAYS
from referral.supervision.measures import COUNTED, Cohort, Measure
from referral.supervision.scope import COLUMNS, Scope, Stratum
from referral.supervision.spreads import Interval, Spread, spreads
from referral.tables import referral_case, referral_outcome

NOTHING = Count()
_case = referral_case.c


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted of one group, or of all: by an indicator's code, and how long steps took."""

    counts: Mapping[str, Count] = field(default_factory=dict)
    spreads: Mapping[Interval, Spread] = field(default_factory=dict)

    def of(self, code: str) -> Count:
        """What an indicator counts. One without rows counts nothing."""
        return self.counts.get(code, NOTHING)


_CODES: Final = tuple(one.code for one in COUNTED)


class Wanted(NamedTuple):
    """What is to be counted; what nobody shows is not."""

    codes: Collection[str] = _CODES
    intervals: Collection[Interval] = tuple(Interval)


EVERYTHING: Final = Wanted()


def total(work: ReadWork, scope: Scope, *, wanted: Wanted = EVERYTHING) -> Tally:
    """What is asked for, as one group."""
    return by_stratum(work, scope, None, wanted=wanted).get("", Tally())


def by_stratum(
    work: ReadWork, scope: Scope, stratum: Stratum | None, *, wanted: Wanted = EVERYTHING
) -> dict[str, Tally]:
    """What is counted of each group that has any, by its key; "" where a referral has no value."""
    counts: dict[str, dict[str, Count]] = {}
    for cohort in Cohort:
        measures = [one for one in COUNTED if one.cohort is cohort and one.code in wanted.codes]
        if not measures:
            continue
        for key, *numbers in _rows(work, _statement(scope, stratum, cohort, measures)):
            pairs = zip(measures, zip(numbers[::2], numbers[1::2], strict=True), strict=True)
            counts.setdefault(key, {}).update({one.code: Count(*pair) for one, pair in pairs})
    lasting = spreads(work, scope, stratum, wanted.intervals)
    return {key: Tally(counts[key], lasting.get(key, {})) for key in counts}


def reject_reasons(work: ReadWork, scope: Scope) -> list[tuple[str, int]]:
    """The reasons of the rejected referrals sent in the period, the most frequent first (RF05)."""
    reason = func.coalesce(_case.reject_reason, "")
    statement = (
        select(reason, func.count())
        .where(
            scope.where(),
            scope.period.holds(COLUMNS[Cohort.SENT]),
            _case.rejected_at.is_not(None),
        )
        .group_by(reason)
        .order_by(func.count().desc(), reason)
    )
    return [(row[0], row[1]) for row in work.connection.execute(statement)]


def first_year(work: ReadWork) -> int:
    """The year of the first referral, this one where there is none yet."""
    first = work.connection.scalar(select(func.min(_case.submitted_on)))
    return first.year if first else work.today.year


def diseases(work: ReadWork, scope: Scope) -> list[str]:
    """The diseases of the referrals that are seen, of any time."""
    found = select(_case.disease).where(scope.where(), _case.disease.is_not(None)).distinct()
    return sorted(work.connection.scalars(found))


def source(cohort: Cohort) -> Any:
    """The rows of a cohort: the referrals, of day 14 with what was found out until then."""
    if cohort is not Cohort.DAY_14:
        return referral_case
    same = referral_outcome.c.request_id == _case.request_id
    return referral_case.join(referral_outcome, same)


def binds(work: ReadWork) -> dict[str, Any]:
    """The values that the declarations leave open."""
    ripe = work.today - timedelta(days=CLOSED_LOOP_DAYS.on(work.today))
    span = REPEAT_DAYS.on(work.today) * DAY
    return {"now": work.now, "today": work.today, "ripe_on": ripe, "repeat_span": span}


def _rows(work: ReadWork, statement: Select[Any]) -> Iterator[Any]:
    return iter(work.connection.execute(statement, binds(work)))


def _statement(
    scope: Scope, stratum: Stratum | None, cohort: Cohort, measures: list[Measure]
) -> Select[Any]:
    """The key, then numerator and denominator of each indicator of a cohort."""
    counted: list[ColumnElement[Any]] = [
        func.count().filter(condition)
        for one in measures
        if one.among is not None
        for condition in (and_(one.among, _counting(one)), one.among)
    ]
    statement: Select[Any] = (
        select(scope.key(stratum, cohort).label("grouped"), *counted)
        .select_from(source(cohort))
        .where(scope.where(), scope.period.holds(COLUMNS[cohort]))
    )
    return statement if stratum is None else statement.group_by("grouped")


def _counting(measure: Measure) -> ColumnElement[bool]:
    return true() if measure.counted is None else measure.counted
