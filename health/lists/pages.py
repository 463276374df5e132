"""专项管理: the overview, a programme's help, its list of managed people and of those missing."""

from collections.abc import Iterator, Sequence
from typing import Final

from starlette.responses import Response

from health.declare import Programme
from health.lists.candidates import SORTS as CANDIDATE_SORTS
from health.lists.candidates import count_candidates, list_candidates
from health.lists.choosing import (
    STATE_TITLES,
    Chosen,
    chosen,
    managed_programme,
)
from health.lists.counts import count_all
from health.lists.managed import SORTS, count_managed, list_managed
from health.lists.views import candidate_rows, managed_rows
from health.permissions import DUE, ENROL, EXPORT, WRITE
from health.programmes import MANAGED
from health.searching import person_choices, search_token
from kernel.audit.entry import Action
from kernel.declare.module import NavItem
from kernel.messages import _
from kernel.web.exports import export
from kernel.web.filters import write_age, write_sex
from kernel.web.listing import Listing, Row, paged
from kernel.web.page import FormState, ListState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork

PAGES = Pages()
NAVIGATION: Final = (NavItem(_("专项管理"), "/programmes", DUE, 52, "健康管理"),)
_HEADINGS: Final = (
    _("姓名"), _("性别"), _("年龄"), _("居（村）委会"), _("责任医生"), _("状态"), _("纳入日期"),
    _("最近随访"), _("最近分类"), _("最近测量"), _("应于"), _("结束日期"), _("结束原因"),
)  # fmt: skip
_CANDIDATE_HEADINGS: Final = (
    _("姓名"), _("性别"), _("年龄"), _("居（村）委会"), _("责任医生"), _("诊断"), _("纳入依据"),
)  # fmt: skip


@PAGES.reads("/programmes", permission=DUE)
def overview(visit: Visit, work: ReadWork) -> Response:
    """Each programme with how many are managed, overdue, and should be managed."""
    counts = count_all(work)
    rows = [
        {
            "name": one.name,
            "title": one.title,
            "cadence": one.cadence_text,
            "screens": one.screens,
            "counts": counts[one.name],
        }
        for one in MANAGED
    ]
    return page(visit, "programmes/overview.html", rows=rows)


@PAGES.reads("/programmes/{name}/about", permission=DUE)
def about(visit: Visit, work: ReadWork) -> Response:
    """What a programme is: whom it is for, how often, the classes, what is asked, the norm."""
    programme = managed_programme(visit)
    return page(
        visit,
        "programmes/about.html",
        programme=programme,
        counts=count_all(work, [programme])[programme.name],
        form_declared=programme.form(),
        mandatory=[programme.form().field(key).title for key in programme.mandatory],
        indicators=[one.title for one in programme.indicators],
    )


# Who is managed ---------------------------------------------------------------------------------


@PAGES.reads("/programmes/{name}/search", permission=DUE, post=True, action=Action.SEARCH)
def search(visit: Visit, work: ReadWork) -> Response:
    """Narrow the list to a name or number; the text goes on sealed."""
    programme = managed_programme(visit)
    visit.subject = "Patient"
    found = chosen(visit, work, programme)
    end = "/candidates" if visit.field("of") == "candidates" else ""
    state = ListState(f"/programmes/{programme.name}{end}", found.params)
    return see_other(visit, state.href(search=search_token(visit, work)))


@PAGES.reads("/programmes/{name}", permission=DUE, action=Action.SEARCH)
def managed(visit: Visit, work: ReadWork) -> Response:
    """The people in a programme."""
    return _managed(visit, work, FormState())


def _managed_listing(visit: Visit, work: ReadWork, found: Chosen, programme: Programme) -> Listing:
    def read(sort: str, begin: int, size: int) -> Sequence[Row]:
        lines = list_managed(work, programme, found.query, sort=sort, begin=begin, size=size)
        return managed_rows(work, programme, lines)

    total = count_managed(work, programme, found.query)
    path = f"/programmes/{programme.name}"
    return paged(visit, path, found.params, SORTS, total=total, read=read)


def _managed(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    programme = managed_programme(visit)
    found = chosen(visit, work, programme)
    may, said = work.actor.may, visit.translate
    return page(
        visit,
        "programmes/managed.html",
        http_status=422 if export_state.errors else 200,
        programme=programme,
        listing=_managed_listing(visit, work, found, programme),
        filter_state=FormState(found.params),
        states=[(code, said(title)) for code, title in STATE_TITLES.items() if code],
        outcomes=[(one.code, said(one.title)) for one in programme.outcomes],
        may_write=may(WRITE),
        may_export=may(EXPORT),
        export_state=export_state,
        **person_choices(visit, work, found.query.organisation, found.query.sought),
    )


@PAGES.reads("/programmes/{name}/export", permission=EXPORT, post=True, action=Action.EXPORT)
def export_managed(visit: Visit, work: ReadWork) -> Response:
    """The list as an Excel file, for a reason that is recorded."""
    programme = managed_programme(visit)
    found = chosen(visit, work, programme)
    return export(
        visit,
        work,
        title=programme.title,
        headings=_HEADINGS,
        rows=_managed_cells(visit, work, found, programme),
        file=programme.name,
        again=lambda state: _managed(visit, work, state),
    )


def _managed_cells(
    visit: Visit, work: ReadWork, found: Chosen, programme: Programme
) -> Iterator[Sequence[Cell]]:
    said = visit.translate
    for row in _managed_listing(visit, work, found, programme).rows:
        yield (
            *_person_cells(visit, work, row),
            said(row["state"]),
            row["from_on"],
            row["last_on"],
            said(row["outcome"]["text"]) if row["outcome"] else "",
            said(row["measured"]),
            row["due_on"],
            row["to_on"],
            said(row["closed_for"]) if row["closed_for"] else "",
        )


def _person_cells(visit: Visit, work: ReadWork, row: Row) -> tuple[Cell, ...]:
    return (
        row["name"],
        write_sex(row["sex"], visit.language),
        write_age(row["birth_date"], work.today, visit.language),
        row["community"],
        row["doctor"],
    )


# Who should be ----------------------------------------------------------------------------------


@PAGES.reads("/programmes/{name}/candidates", permission=DUE, action=Action.SEARCH)
def candidates(visit: Visit, work: ReadWork) -> Response:
    """应管未管: whom the programme is meant for and who is not in it."""
    return _candidates(visit, work, FormState())


def _candidate_listing(
    visit: Visit, work: ReadWork, found: Chosen, programme: Programme
) -> Listing:
    def read(sort: str, begin: int, size: int) -> Sequence[Row]:
        lines = list_candidates(work, programme, found.query, sort=sort, begin=begin, size=size)
        return candidate_rows(work, lines)

    total = count_candidates(work, programme, found.query)
    path = f"/programmes/{programme.name}/candidates"
    return paged(visit, path, found.params, CANDIDATE_SORTS, total=total, read=read)


def _candidates(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    programme = managed_programme(visit)
    found = chosen(visit, work, programme)
    may = work.actor.may
    return page(
        visit,
        "programmes/candidates.html",
        http_status=422 if export_state.errors else 200,
        programme=programme,
        listing=_candidate_listing(visit, work, found, programme),
        filter_state=FormState(found.params),
        may_enrol=may(ENROL),
        may_export=may(EXPORT),
        export_state=export_state,
        **person_choices(visit, work, found.query.organisation, found.query.sought),
    )


@PAGES.reads(
    "/programmes/{name}/candidates/export", permission=EXPORT, post=True, action=Action.EXPORT
)
def export_candidates(visit: Visit, work: ReadWork) -> Response:
    """The list as an Excel file, for a reason that is recorded."""
    programme = managed_programme(visit)
    found = chosen(visit, work, programme)
    return export(
        visit,
        work,
        title=_("应管未管名单"),
        headings=_CANDIDATE_HEADINGS,
        rows=_candidate_cells(visit, work, found, programme),
        file=f"{programme.name}-candidates",
        again=lambda state: _candidates(visit, work, state),
    )


def _candidate_cells(
    visit: Visit, work: ReadWork, found: Chosen, programme: Programme
) -> Iterator[Sequence[Cell]]:
    said = visit.translate
    for row in _candidate_listing(visit, work, found, programme).rows:
        yield (
            *_person_cells(visit, work, row),
            said(row["diagnoses"]),
            said(programme.eligible_text),
        )
