"""What an address of the board asks for: the period, the institution, the filters, the groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kernel.errors import bad_request
from kernel.messages import Message, _
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import catalogue
from referral.supervision.queries import diseases, first_year
from referral.supervision.scope import Period, Scope, Stratum, scope_of

_WRONG: Final = _("筛选条件无效，请从列表上方重新选择")
_NO_YEAR: Final = _("统计年份应为 %(first)s 至 %(last)s 年，请从列表上方重新选择")
_QUARTERS: Final = {
    "q1": _("第一季度"),
    "q2": _("第二季度"),
    "q3": _("第三季度"),
    "q4": _("第四季度"),
}
_MONTH: Final = _("%(n)s 月")
PARTS: Final[dict[str, str]] = {
    **_QUARTERS,
    **{f"{n:02d}": Message(_MONTH, n=n) for n in range(1, 13)},
}
"""The parts of a year that can be asked for; empty is the whole year."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, with the choices that the form above the board offers."""

    year: int
    part: str
    stratum: Stratum
    scope: Scope
    years: tuple[int, ...]
    diseases: tuple[str, ...]

    @property
    def values(self) -> dict[str, str]:
        """The parameters that lead to the same board again."""
        return {
            "year": str(self.year),
            "part": self.part,
            "organisation": self.scope.organisation,
            "disease": self.scope.disease,
            "urgency": self.scope.urgency,
            "by": self.stratum.value,
        }


def asked(visit: Visit, work: ReadWork) -> Asked:
    """Raises Refused (400) for a year or part without figures, an institution that is not seen, and
    filters that do not exist."""
    query = visit.query
    years = tuple(range(work.today.year, first_year(work) - 1, -1))
    year, part = _year(query.get("year", "").strip(), years), query.get("part", "").strip()
    scope = scope_of(
        work,
        _period(work.today, year, part),
        organisation=query.get("organisation", "").strip(),
        urgency=query.get("urgency", "").strip(),
    )
    _known(scope.organisation, scope.seen, "organisation")
    _known(scope.urgency, dict(catalogue.choices("referral-urgency")), "urgency")
    found = tuple(diseases(work, scope.everywhere()))
    disease, by = query.get("disease", "").strip(), query.get("by", "").strip()
    _known(disease, found, "disease")
    _known(by, [one.value for one in Stratum], "by")
    stratum = Stratum(by) if by else Stratum.INSTITUTION
    return Asked(year, part, stratum, scope.of_disease(disease), years, found)


def _known(value: str, choices: Iterable[str], name: str) -> None:
    if value and value not in choices:
        raise bad_request(_WRONG, name)


def _year(typed: str, years: tuple[int, ...]) -> int:
    if not typed:
        return years[0]
    if typed not in map(str, years):
        raise bad_request(Message(_NO_YEAR, first=years[-1], last=years[0]), "year")
    return int(typed)


def _period(today: date, year: int, part: str) -> Period:
    """A year, quarter or month until today. Raises Refused (400) for one that has not begun."""
    _known(part, PARTS, "part")
    first, count = 1, 12
    if part.startswith("q"):
        first, count = int(part[1]) * 3 - 2, 3
    elif part:
        first, count = int(part), 1
    begin, after = date(year, first, 1), first + count
    end = date(year + (after > 12), after - 12 if after > 12 else after, 1) - timedelta(days=1)
    if begin > today:
        raise bad_request(_WRONG, "part")
    return Period(begin, min(end, today))


def months_of_year(asked: Asked, today: date) -> Scope:
    """The same of the whole year until today, for what happened month by month."""
    last = min(date(asked.year, 12, 31), today)
    return asked.scope.during(Period(date(asked.year, 1, 1), last))
