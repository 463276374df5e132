"""What the board says: every indicator as a line, its value computed from what was counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple

from kernel.clock import Instant
from kernel.measure import rate
from kernel.messages import Message, _
from kernel.security.directory import OrganisationKind
from kernel.work import ReadWork
from records.api import count_clinic_visits
from referral.supervision.measures import MEASURES, Kind, Measure
from referral.supervision.queries import Tally, Wanted, total
from referral.supervision.scope import Scope, begin_of, following
from referral.supervision.spreads import Interval

_HUNDREDTH: Final = Decimal("0.01")
_TENTH: Final = Decimal("0.1")
_HOURS: Final = _("%(n)s 小时")
_DAYS: Final = _("%(n)s 天")
_DAYS_FROM: Final = 72
_COMMUNITIES: Final = (OrganisationKind.CENTRE, OrganisationKind.STATION)
_DOWN: Final = Wanted(("RF02",), ())
SHOWN_OF_GROUPS: Final = Wanted(
    ("RF01", "RF02", "RF04", "RF06", "RF08", "RF09", "RF10", "RF13", "RF14", "RF21"),
    (Interval.ANSWER,),
)
"""What the table of the strata shows."""
UNITS: Final[Mapping[Kind, str]] = {
    Kind.COUNT: _("人次"),
    Kind.SHARE: "%",
    Kind.RATIO: "",
    Kind.MEDIAN: _("小时"),
    Kind.GROWTH: "%",
    Kind.ABSENT: "",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator's figure. `value` is in `unit`; None where the denominator is 0 or unknown."""

    measure: Measure
    numerator: int | None = None
    denominator: int | None = None
    value: Decimal | None = None

    @property
    def unit(self) -> str:
        """The unit of the value, empty for a plain ratio."""
        return UNITS[self.measure.kind]


class Beside(NamedTuple):
    """What an indicator needs that is not counted among the referrals of the period.

    `visits` are the visits at the community's institutions, `before` the down-referrals of the
    same days of the year before; None where it is not asked for or cannot be known.
    """

    visits: int | None = None
    before: int | None = None


NOTHING_BESIDE: Final = Beside()


def lines(tally: Tally, beside: Beside = NOTHING_BESIDE) -> list[Line]:
    """All indicators of a group, in their order."""
    return [_line(one, tally, beside) for one in MEASURES]


def _line(measure: Measure, tally: Tally, beside: Beside) -> Line:
    if measure.among is not None:
        count = tally.of(measure.code)
        if measure.kind is Kind.COUNT:
            return Line(measure, count.numerator, None, Decimal(count.numerator))
        return Line(measure, count.numerator, count.denominator, count.rate)
    return _COMPUTED[measure.code](measure, tally, beside)


def _absent(measure: Measure, _tally: Tally, _beside: Beside) -> Line:
    return Line(measure)


def _ratio(measure: Measure, tally: Tally, _beside: Beside) -> Line:
    down, up = tally.of("RF02").numerator, tally.of("RF01").numerator
    value = (Decimal(down) / up).quantize(_HUNDREDTH, ROUND_HALF_UP) if up else None
    return Line(measure, down, up, value)


def _median(measure: Measure, tally: Tally, _beside: Beside) -> Line:
    spread = tally.spreads.get(Interval.ANSWER)
    return Line(measure, None, spread.number, hours(spread.median)) if spread else Line(measure)


def _of_visits(measure: Measure, tally: Tally, beside: Beside) -> Line:
    if beside.visits is None:
        return Line(measure)
    up = tally.of("RF01").numerator
    return Line(measure, up, beside.visits, rate(up, beside.visits))


def _growth(measure: Measure, tally: Tally, beside: Beside) -> Line:
    if beside.before is None:
        return Line(measure)
    more = tally.of("RF02").numerator - beside.before
    return Line(measure, more, beside.before, rate(more, beside.before))


_COMPUTED: Final = {
    "RF03": _ratio,
    "RF07": _median,
    "RF15": _of_visits,
    "RF18": _absent,
    "RF19": _absent,
    "RF20": _growth,
}


def hours(value: float) -> Decimal:
    """Hours with one decimal, half up."""
    return Decimal(value).quantize(_TENTH, ROUND_HALF_UP)


def duration(value: float) -> Message:
    """Hours as pages say them: as days from three days on."""
    if value < _DAYS_FROM:
        return Message(_HOURS, n=hours(value))
    return Message(_DAYS, n=hours(value / 24))


def beside(work: ReadWork, scope: Scope) -> Beside:
    """What the indicators of everything that is asked for need besides."""
    before = total(work, scope.a_year_before(), wanted=_DOWN).of("RF02").numerator
    visits = clinic_visits(work, scope)
    return Beside(sum(visits.values()) if visits is not None else None, before)


def clinic_visits(work: ReadWork, scope: Scope) -> Mapping[str, int] | None:
    """The visits of the period by community institution.

    None where all diseases are not asked for, or a whole district is: its visits are not counted
    one by one for a page.
    """
    top = scope.organisation or scope.only_top()
    if scope.disease or scope.urgency or scope.tree.kind(top) not in _COMMUNITIES:
        return None
    whole = (top, *scope.tree.descendants(top))
    return count_clinic_visits(work, whole, **_span(scope))


def _span(scope: Scope) -> dict[str, Instant]:
    period = scope.period
    return {"since": begin_of(period.first), "until": begin_of(following(period.last))}


def group_cells(tally: Tally) -> dict[str, Any]:
    """The figures of a group in the table of the strata, by name; None for no value."""
    found = {line.measure.code: line.value for line in lines(tally)}
    answer = tally.spreads.get(Interval.ANSWER)
    return {**found, "ninth": hours(answer.ninth) if answer else None}
