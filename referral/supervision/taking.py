"""The board as rows of an Excel file: every figure with its definition, by group and together."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from kernel.web.i18n import _
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork
from referral.supervision import queries
from referral.supervision.asking import Asked
from referral.supervision.board import Beside, beside, clinic_visits, hours, lines
from referral.supervision.labels import ordered, reject_reasons
from referral.supervision.queries import Tally
from referral.supervision.scope import STRATUM_TITLES, Stratum
from referral.supervision.spreads import INTERVAL_TITLES

_ALL: Final = _("合计")
_MEDIAN: Final = _("中位数")
_NINTH: Final = _("第90百分位")
_HOURS: Final = _("小时")
HEADINGS: Final = (
    _("统计期"), _("分组"), _("组别"), _("代码"), _("指标"), _("分子"), _("分母"), _("数值"),
    _("单位"), _("口径"), _("来源"),
)  # fmt: skip


def cells(visit: Visit, work: ReadWork, one: Asked) -> Iterator[Sequence[Cell]]:
    """Every group with all its figures, then all together; whole numbers of the groups add up."""
    scope, by_group = one.scope, one.stratum is Stratum.INSTITUTION
    groups = queries.by_stratum(work, scope, one.stratum)
    visits = (clinic_visits(work, scope) or {}) if by_group else {}
    for key, label in ordered(work, scope, one.stratum, groups):
        inside = scope.groups().get(key, frozenset()) if by_group else frozenset()
        given = Beside(sum(visits.get(id_, 0) for id_ in inside)) if visits else Beside()
        yield from _tally_cells(visit, one, label, groups.get(key, Tally()), given)
    tally = queries.total(work, scope)
    yield from _tally_cells(visit, one, _ALL, tally, beside(work, scope))
    for row in reject_reasons(work, scope):
        title = f"{visit.translate(_('拒绝原因'))}：{visit.translate(row['title'])}"
        yield _row(visit, one, _ALL, ("RF05", title, row["number"]))


def _tally_cells(
    visit: Visit, one: Asked, label: str, tally: Tally, given: Beside
) -> Iterator[Sequence[Cell]]:
    for line in lines(tally, given):
        measure = line.measure
        counted = (measure.code, visit.translate(measure.title), line.numerator, line.denominator)
        said = (_number(line.value), line.unit, measure.definition, measure.source)
        yield _row(visit, one, label, counted, said)
    for interval, title in INTERVAL_TITLES.items():
        if (spread := tally.spreads.get(interval)) is None:
            continue
        for name, value in ((_MEDIAN, spread.median), (_NINTH, spread.ninth)):
            said_title = f"{visit.translate(title)} · {visit.translate(name)}"
            counted = ("", said_title, None, spread.number)
            yield _row(visit, one, label, counted, (float(hours(value)), _HOURS, "", ""))


def _row(
    visit: Visit,
    one: Asked,
    label: str,
    counted: tuple[Cell, ...],
    said: tuple[float | None, str, str, str] = (None, "", "", ""),
) -> Sequence[Cell]:
    period = one.scope.period
    numbers = (*counted, *(None,) * (4 - len(counted)))
    value, *texts = said
    return (
        f"{period.first} — {period.last}",
        visit.translate(STRATUM_TITLES[one.stratum]),
        visit.translate(label),
        *numbers,
        value,
        *(visit.translate(text) for text in texts),
    )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
