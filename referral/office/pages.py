"""/referral-office: what stands on the list of a hospital's referral office."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.declare.module import NavItem
from kernel.messages import _
from kernel.web.exports import export
from kernel.web.filters import write_age, write_datetime, write_sex
from kernel.web.listing import Listing, Row, paged
from kernel.web.page import FormState, ListState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork
from referral.office.choosing import Chosen, choices, chosen, search_token
from referral.office.queries import SORTS, count_lines, count_tabs, list_lines
from referral.office.tabs import TAB_TITLES, Tab
from referral.office.views import HIDDEN, rows_of
from referral.permissions import EXPORT, OFFICE

PAGES = Pages()
PATH: Final = "/referral-office"
NAVIGATION: Final = (NavItem("转诊办公室", PATH, OFFICE, 60, "双向转诊"),)
_HEADINGS: Final = (
    _("紧急程度"), _("姓名"), _("性别"), _("年龄"), _("转出机构"), _("转诊医生"), _("转往科室"),
    _("转诊原因"), _("状态"), _("提交时间"), _("等待自"), _("期限"), _("时限"), _("负责人"),
)  # fmt: skip


@PAGES.reads(f"{PATH}/search", permission=OFFICE, post=True, action=Action.SEARCH)
def search(visit: Visit, work: ReadWork) -> Response:
    """Narrow the list to a name or number; the text goes on sealed."""
    params = chosen(visit, work).params
    return see_other(visit, ListState(PATH, params).href(search=search_token(visit, work)))


@PAGES.reads(PATH, permission=OFFICE, action=Action.SEARCH)
def in_box(visit: Visit, work: ReadWork) -> Response:
    """待办: what the hospital has to do, the urgent first."""
    return _list(visit, work, FormState())


def _listing(visit: Visit, work: ReadWork, found: Chosen, *, total: int | None = None) -> Listing:
    """The list; `total` where it is known how many lines it has."""
    tree = visit.site.authenticator.tree(work.connection)

    def read(sort: str, begin: int, size: int) -> Sequence[Row]:
        return rows_of(work, tree, list_lines(work, found.query, sort=sort, begin=begin, size=size))

    if total is None:
        total = count_lines(work, found.query)
    return paged(visit, PATH, found.params, SORTS, total=total, read=read)


def _list(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    found = chosen(visit, work)
    tab, counts = found.query.tab, count_tabs(work)
    narrowed = any(text for name, text in found.params.items() if name != "tab")
    listing = _listing(visit, work, found, total=None if narrowed else counts[tab])
    return page(
        visit,
        "referral_office/list.html",
        http_status=422 if export_state.errors else 200,
        listing=listing,
        tab=tab.value,
        tabs=_tabs(listing.state, counts, tab),
        narrowed=narrowed,
        filter_state=FormState(found.params),
        search_href=listing.state.href().replace(PATH, f"{PATH}/search", 1),
        may_export=work.actor.may(EXPORT),
        export_state=export_state,
        **choices(visit, work, found.query),
    )


def _tabs(state: ListState, counts: Mapping[Tab, int], active: Tab) -> list[dict[str, Any]]:
    return [
        {
            "label": title,
            "href": state.href(tab=tab.value, sort="", state=""),
            "active": tab is active,
            "count": counts[tab],
        }
        for tab, title in TAB_TITLES.items()
    ]


@PAGES.reads(f"{PATH}/export", permission=EXPORT, post=True, action=Action.EXPORT)
def export_list(visit: Visit, work: ReadWork) -> Response:
    """The list that is shown as an Excel file, for a reason that is recorded."""
    found = chosen(visit, work)
    return export(
        visit,
        work,
        title=TAB_TITLES[found.query.tab],
        headings=_HEADINGS,
        rows=_cells(visit, work, found),
        file="referral-office",
        again=lambda state: _list(visit, work, state),
    )


def _cells(visit: Visit, work: ReadWork, found: Chosen) -> Iterator[Sequence[Cell]]:
    said = visit.translate
    for row in _listing(visit, work, found).rows:
        yield (
            said(row["urgency"]["text"]),
            row["name"] or said(HIDDEN),
            write_sex(row["sex"], visit.language) if row["name"] else "",
            write_age(row["birth_date"], work.today, visit.language) if row["name"] else "",
            row["community"],
            row["doctor"],
            row["department"],
            row["reason"],
            said(row["state"]["text"]),
            write_datetime(row["submitted_at"]),
            write_datetime(row["since_at"]),
            write_datetime(row["due_at"]),
            said(row["due"]["text"]),
            row["owner"],
        )
