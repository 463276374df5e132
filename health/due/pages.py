"""The due list: its tabs, the search, the Excel file, the round sheet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response

from health.due.choosing import Chosen, choices, chosen
from health.due.queries import list_due
from health.due.rows import TAB_TITLES, Row, Tab
from health.due.views import rule_of, views_of
from health.permissions import DUE, EXPORT, WRITE
from health.searching import search_token
from kernel.audit.entry import Action
from kernel.messages import _
from kernel.values.phone import mask_phone
from kernel.web.exports import Full, export
from kernel.web.filters import write_age, write_sex
from kernel.web.page import FormState, ListState, Pager
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import MOST_ROWS, Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import EXPORT_FULL, READ_RESIDENTS, REVEAL_NUMBERS

PAGES = Pages()
PAGE_SIZE: Final = 50
_PORTION: Final = 200
_CURSOR: Final = "due-cursor"
MOST_PRINTED: Final = 300
_HEADINGS: Final = (
    _("姓名"), _("性别"), _("年龄"), _("待办"), _("应于"), _("逾期天数"), _("优先级"), _("原因"),
    _("电话"), _("住址"), _("上次分类"), _("联系次数"),
)  # fmt: skip


@PAGES.reads("/due/search", permission=DUE, post=True, action=Action.SEARCH)
def search(visit: Visit, work: ReadWork) -> Response:
    """Narrow the list to a name or number; the text goes on sealed."""
    visit.subject = "Patient"
    found = chosen(visit, work)
    token = search_token(visit, work)
    return see_other(visit, ListState("/due", found.params).href(search=token))


@PAGES.reads("/due", permission=DUE, action=Action.SEARCH)
def due_list(visit: Visit, work: ReadWork) -> Response:
    """Who has to be seen: today, this week, overdue, to be reminded, lost for the time being."""
    return _list(visit, work, FormState())


def _list(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    query, params = chosen(visit, work)
    state, cursor = ListState("/due", params, query.sort), visit.query.get("cursor", "")
    after = unsealed(work, _CURSOR, cursor) if cursor else None
    found = list_due(work, query, after=after, most=PAGE_SIZE)
    if not visit.query.get("tab") and not found.counts[Tab.TODAY] and found.counts[Tab.OVERDUE]:
        # Nothing for today: what should have been done before is what there is to do.
        query, params = replace(query, tab=Tab.OVERDUE), {**params, "tab": str(Tab.OVERDUE)}
        state = ListState("/due", params, query.sort)
        found = list_due(work, query, most=PAGE_SIZE)
    more = state.href(cursor=sealed(work, _CURSOR, found.key)) if found.key else ""
    total = found.counts[query.tab]
    may = work.actor.may
    return page(
        visit,
        "due/list.html",
        http_status=422 if export_state.errors else 200,
        rows=views_of(work, found.rows),
        tab=str(query.tab),
        narrowed=any(text for name, text in params.items() if name != "tab"),
        tabs=_tabs(state, found.counts, query.tab),
        list_state=state,
        pager_state=Pager(len(found.rows), more, state.href() if cursor else "", total),
        filter_state=FormState(params),
        rule=rule_of(work),
        may_write=may(WRITE),
        may_open=may(READ_RESIDENTS),
        may_reveal=may(REVEAL_NUMBERS),
        export_href=ListState("/due/export", params, query.sort).href() if may(EXPORT) else "",
        export_state=export_state,
        export_full=may(EXPORT_FULL),
        print_href=ListState("/due/print", params, query.sort).href(),
        search_href=state.href().replace("/due", "/due/search", 1),
        households_href=ListState("/due/households", params).href(tab=""),
        **choices(visit, work, query),
    )


def _tabs(state: ListState, counts: Mapping[Tab, int], active: Tab) -> list[dict[str, Any]]:
    return [
        {
            "label": title,
            "href": state.href(tab=str(tab), sort="", band=""),
            "active": tab is active,
            "count": counts[tab],
        }
        for tab, title in TAB_TITLES.items()
    ]


@PAGES.reads("/due/export", permission=EXPORT, post=True, action=Action.EXPORT)
def export_due(visit: Visit, work: ReadWork) -> Response:
    """The list that is shown as an Excel file, for a reason that is recorded."""
    found = chosen(visit, work)
    full = Full(EXPORT_FULL, _HEADINGS, lambda: _cells(visit, work, found, full=True))
    return export(
        visit,
        work,
        title=_("随访待办"),
        headings=_HEADINGS,
        rows=_cells(visit, work, found, full=False),
        file="due",
        again=lambda state: _list(visit, work, state),
        full=full,
    )


def _cells(visit: Visit, work: ReadWork, found: Chosen, *, full: bool) -> Iterator[Sequence[Cell]]:
    for view in _portions(work, list_due(work, found.query, most=MOST_ROWS).rows):
        said = visit.translate
        what = [said(group["text"]) for group in view["groups"]]
        yield (
            view["name"],
            write_sex(view["sex"], visit.language),
            write_age(view["birth_date"], work.today, visit.language),
            "；".join(what) or said(view["priority"]["text"]),
            view["due_on"],
            view["days"] or None,
            said(view["priority"]["text"]),
            "；".join(view["reasons"]),
            view["phone"] if full or not view["phone"] else mask_phone(view["phone"]),
            view["address"],
            "；".join(said(one["title"]) for one in view["classes"]),
            view["attempts"],
        )


def _portions(work: ReadWork, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(rows), _PORTION):
        yield from views_of(work, rows[start : start + _PORTION])


@PAGES.reads("/due/print", permission=DUE, action=Action.PRINT)
def round_sheet(visit: Visit, work: ReadWork) -> Response:
    """The list on paper: by grid and building, with room for what is measured at the door.

    Telephone numbers stand in full only for who may export them so, and it is recorded.
    """
    query, params = chosen(visit, work)
    found = list_due(work, replace(query, sort="place"), most=MOST_PRINTED)
    full = bool(visit.query.get("full")) and work.actor.may(EXPORT_FULL)
    if full:
        visit.detail["full"] = True
    state = ListState("/due/print", params)
    return page(
        visit,
        "due/print.html",
        tab=TAB_TITLES[query.tab],
        calls=query.tab is Tab.COMING,
        views=list(_portions(work, found.rows)),
        left=found.counts[query.tab] - len(found.rows),
        full=full,
        full_href=state.href(full="1") if work.actor.may(EXPORT_FULL) and not full else "",
        back_href=ListState("/due", params).href(),
        organisation=visit.organisation_name,
        printed_at=work.now,
    )
