"""/referrals: what a station has sent, what comes back, what it has to do; as a page and a file."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.declare.module import NavItem
from kernel.declare.module import Tab as PageTab
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
from records.api import frame
from referral.permissions import EXPORT, STATION, WRITE
from referral.station.choosing import Chosen, choices, chosen, search_token
from referral.station.queries import SORTS, StationQuery, count_lines, count_tabs, list_lines
from referral.station.tabs import TAB_TITLES, Tab
from referral.station.views import rows_of

PAGES = Pages()
PATH: Final = "/referrals"
NAVIGATION: Final = (NavItem(_("转诊"), PATH, STATION, 55, "双向转诊"),)
RESIDENT_TAB: Final = "referrals"
TABS: Final = (PageTab("resident", RESIDENT_TAB, _("转诊"), "/referrals", STATION, 20),)
_ALL_OF_PERSON: Final = 200
_HEADINGS: Final = (
    _("紧急程度"), _("姓名"), _("性别"), _("年龄"), _("转诊方向"), _("病种"), _("接收医院"),
    _("转往科室"), _("转诊医生"), _("状态"), _("提交时间"), _("期限"), _("时限"), _("责任方"),
    _("转诊结果"), _("结果随访期限"), _("转诊号"),
)  # fmt: skip


@PAGES.reads(f"{PATH}/search", permission=STATION, post=True, action=Action.SEARCH)
def search(visit: Visit, work: ReadWork) -> Response:
    """Narrow the list to a name or number; the text goes on sealed."""
    params = chosen(visit, work).params
    return see_other(visit, ListState(PATH, params).href(search=search_token(visit, work)))


@PAGES.reads(PATH, permission=STATION, action=Action.SEARCH)
def referrals(visit: Visit, work: ReadWork) -> Response:
    """待处理: what the station has to do about its referrals, the urgent first."""
    return _list(visit, work, FormState())


def _listing(visit: Visit, work: ReadWork, found: Chosen) -> Listing:
    tree = visit.site.authenticator.tree(work.connection)

    def read(sort: str, begin: int, size: int) -> Sequence[Row]:
        return rows_of(work, tree, list_lines(work, found.query, sort=sort, begin=begin, size=size))

    total = count_lines(work, found.query)
    return paged(visit, PATH, found.params, SORTS, total=total, read=read)


def _list(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    found = chosen(visit, work)
    listing, tab = _listing(visit, work, found), found.query.tab
    return page(
        visit,
        "referrals/list.html",
        http_status=422 if export_state.errors else 200,
        listing=listing,
        tab=tab.value,
        tabs=_tabs(listing.state, count_tabs(work).tabs, tab),
        narrowed=any(text for name, text in found.params.items() if name != "tab"),
        filter_state=FormState(found.params),
        search_href=listing.state.href().replace(PATH, f"{PATH}/search", 1),
        may_write=work.actor.may(WRITE),
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
            "count": None if tab is Tab.ALL else counts[tab],
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
        file="referrals",
        again=lambda state: _list(visit, work, state),
    )


def _cells(visit: Visit, work: ReadWork, found: Chosen) -> Iterator[Sequence[Cell]]:
    said = visit.translate
    for row in _listing(visit, work, found).rows:
        outcome = row["outcome"] or {"finding": "", "due_on": None}
        yield (
            said(row["urgency"]["text"]),
            row["name"],
            write_sex(row["sex"], visit.language),
            write_age(row["birth_date"], work.today, visit.language),
            said(row["direction"]),
            said(row["disease"]),
            row["hospital"],
            row["department"],
            row["doctor"],
            said(row["state"]["text"]),
            write_datetime(row["submitted_at"]),
            write_datetime(row["due_at"]),
            said(row["due"]["text"]),
            said(row["owner_side"]),
            said(outcome["finding"]),
            outcome["due_on"],
            row["requisition"],
        )


@PAGES.reads("/residents/{id}/referrals", permission=STATION)
def of_resident(visit: Visit, work: ReadWork) -> Response:
    """All referrals of a person, the latest first."""
    id_ = visit.params["id"]
    values = frame(visit, work, id_, RESIDENT_TAB)
    tree = visit.site.authenticator.tree(work.connection)
    query = StationQuery(tab=Tab.ALL, person=id_)
    return page(
        visit,
        "referrals/resident.html",
        **values,
        rows=rows_of(work, tree, list_lines(work, query, size=_ALL_OF_PERSON)),
        may_write=work.actor.may(WRITE) and values["resident"]["kept"],
    )
