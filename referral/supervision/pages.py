"""The supervision board (转诊监管): figures of a period, and the referrals behind one."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.web.charts import Point, Series
from kernel.web.exports import export
from kernel.web.i18n import _
from kernel.web.page import FormState, ListState
from kernel.web.pages import Pages
from kernel.web.shell import page
from kernel.web.visit import Visit
from kernel.work import ReadWork
from referral.hours import is_known_year
from referral.permissions import BOARD, BOARD_PERSONS
from referral.supervision import queries
from referral.supervision.asking import Asked, asked, months_of_year
from referral.supervision.board import (
    SHOWN_OF_GROUPS,
    Line,
    beside,
    duration,
    group_cells,
    lines,
)
from referral.supervision.choices import choices
from referral.supervision.labels import ordered, reject_reasons
from referral.supervision.measures import BY_CODE
from referral.supervision.queries import Tally
from referral.supervision.scope import STRATUM_TITLES, Stratum
from referral.supervision.spreads import INTERVAL_TITLES
from referral.supervision.taking import HEADINGS, cells

PAGES = Pages()
_PATH: Final = "/referral-board"
_ALL: Final = _("合计")
_TILES: Final = ("RF01", "RF02", "RF03", "RF04", "RF06", "RF13", "RF14")
"""The indicators at the head of the board."""
_SOON: Final = timedelta(days=31)
_VOLUMES: Final = ("RF01", "RF02")
_NARROWING: Final = {Stratum.DISEASE: "disease", Stratum.URGENCY: "urgency"}
"""Strata whose groups are also filters."""


@PAGES.reads(_PATH, permission=BOARD)
def board(visit: Visit, work: ReadWork) -> Response:
    """The figures of a period: all together, month by month, and by whatever is asked for."""
    return _board(visit, work, FormState())


def _board(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    one = asked(visit, work)
    tally = queries.total(work, one.scope)
    found = lines(tally, beside(work, one.scope))
    groups = queries.by_stratum(work, one.scope, one.stratum, wanted=SHOWN_OF_GROUPS)
    return page(
        visit,
        "supervision/board.html",
        http_status=422 if export_state.errors else 200,
        asked=one,
        name=one.scope.tree.name(one.scope.organisation or one.scope.only_top()) or "",
        choices=choices(visit, one),
        tiles=[line for line in found if line.measure.code in _TILES],
        rows=[{"line": line, "href": _cases_href(work, one, line)} for line in found],
        interval_rows=_interval_rows(tally),
        reason_rows=reject_reasons(work, one.scope),
        group_title=STRATUM_TITLES[one.stratum],
        group_rows=[
            *_group_rows(work, one, groups),
            {"label": _ALL, "href": "", **group_cells(tally)},
        ],
        series=_volumes(visit, work, one),
        counted_at=work.now,
        holidays_missing=_unknown_year(work.today),
        persons_shown=work.actor.may(BOARD_PERSONS),
        export_href=ListState(f"{_PATH}/export", one.values).href(),
        export_state=export_state,
    )


def _unknown_year(today: date) -> int | None:
    """The year whose official holidays are needed soon and not known yet."""
    year = (today + _SOON).year
    return None if is_known_year(year) else year


def _cases_href(work: ReadWork, one: Asked, line: Line) -> str:
    """Where the referrals behind a figure are listed; empty for who may not see their persons."""
    if not work.actor.may(BOARD_PERSONS) or line.measure.among is None:
        return ""
    return ListState(f"{_PATH}/{line.measure.code}", one.values).href()


def _interval_rows(tally: Tally) -> list[dict[str, Any]]:
    rows = []
    for interval, title in INTERVAL_TITLES.items():
        spread = tally.spreads.get(interval)
        rows.append(
            {
                "title": title,
                "number": spread.number if spread else 0,
                "median": duration(spread.median) if spread else None,
                "ninth": duration(spread.ninth) if spread else None,
            }
        )
    return rows


def _group_rows(work: ReadWork, one: Asked, groups: dict[str, Tally]) -> Iterator[dict[str, Any]]:
    for key, label in ordered(work, one.scope, one.stratum, groups):
        yield {"label": label, "href": _narrowed(one, key), **group_cells(groups.get(key, Tally()))}


def _narrowed(one: Asked, key: str) -> str:
    """The board of one group, where it can be told apart by a filter."""
    if one.stratum is Stratum.INSTITUTION:
        further = key in one.scope.seen and key != one.scope.organisation
        changed = {"organisation": key} if further else {}
    elif key and one.stratum in _NARROWING:
        changed = {_NARROWING[one.stratum]: key}
    else:
        changed = {}
    return ListState(_PATH, {**one.values, **changed}).href() if changed else ""


def _volumes(visit: Visit, work: ReadWork, one: Asked) -> list[Series]:
    """Up and down, month by month, of the whole year until today."""
    scope = months_of_year(one, work.today)
    found = queries.by_stratum(work, scope, Stratum.MONTH, wanted=queries.Wanted(_VOLUMES, ()))
    drawn = []
    for code in _VOLUMES:
        points = [
            Point(month, found.get(f"{month:%Y-%m}", Tally()).of(code).numerator)
            for month in scope.period.months()
        ]
        drawn.append(Series(visit.translate(BY_CODE[code].title), points))
    return drawn


@PAGES.reads(f"{_PATH}/export", permission=BOARD, post=True, action=Action.EXPORT)
def export_board(visit: Visit, work: ReadWork) -> Response:
    """All figures of the period by group and together, with their definitions, as an Excel file."""
    visit.subject = "Organization"
    one = asked(visit, work)
    return export(
        visit,
        work,
        title=_("转诊监管"),
        headings=HEADINGS,
        rows=cells(visit, work, one),
        file=f"referral-board-{one.year}{one.part}",
        again=lambda state: _board(visit, work, state),
    )
