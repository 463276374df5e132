"""The pages of residents: the list with its one search box, a resident's first page, the export."""

from collections.abc import Iterator, Sequence
from typing import Any

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import bad_request
from kernel.security.actor import Reach
from kernel.web.cards import panels_of
from kernel.web.exports import Full, export
from kernel.web.filters import write_age, write_sex
from kernel.web.i18n import _
from kernel.web.page import FormState, ListState, Pager
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import fragment, page, see_other
from kernel.web.spreadsheet import MOST_ROWS, Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.exchange.full import FULL, FULL_HEADINGS, full_lines
from records.information.pages import WRITE, register_href
from records.life.selection import NAMES as FILE_FILTERS
from records.life.selection import file_query
from records.life.territory import filter_choices
from records.reading import (
    Body,
    community_of,
    death_of,
    display_of,
    identity_number_of,
    name_of,
    numbers_of,
    phone_of,
    record_number_of,
)
from records.residents import panels, queries, vitals
from records.residents.finding import Sought, What, understand
from records.residents.frame import READ, REVEAL, frame, labels_of
from records.residents.panels import born_of
from records.residents.queries import AGES, SORTS, ResidentQuery
from records.visits.permissions import REGISTER

PAGES = Pages()
SEARCH = "records:resident:search"
EXPORT = "records:resident:export"
PAGE_SIZE = 20
_LIST = "residents"
_SEXES = ("male", "female")
_STATES = ("active", "closed")
_REVEALED = {"identity_number": identity_number_of, "phone": phone_of}
_LABELS = {"identity_number": _("身份证号"), "phone": _("电话")}
_FILTERS = ("organisation", "sex", "age", "state")
_HEADINGS = (
    _("姓名"), _("性别"), _("出生日期"), _("年龄"), _("身份证号"), _("电话"),
    _("档案编号"), _("居（村）委会"), _("责任医生"), _("人群"), _("最近就诊"),
)  # fmt: skip


@PAGES.reads("/residents/search", permission=SEARCH, post=True, action=Action.SEARCH)
def find(visit: Visit, work: ReadWork) -> Response:
    """Understand what was typed; open the one who is found, or list those who are.

    The text goes on sealed, so that no number stands in an address (TRUST 33).
    """
    visit.subject = "Patient"
    sought = understand(visit.field("q"))
    if sought is None:
        return see_other(visit, "/residents")
    visit.detail["query"] = {"q": sought.typed}
    found = queries.list_residents(work, ResidentQuery(sought), limit=2).bodies
    if len(found) == 1 and work.actor.may(READ):
        return see_other(visit, f"/residents/{found[0]['id']}")
    if not found and sought.what is What.IDENTITY and work.actor.may(WRITE):
        return see_other(visit, register_href(work, sought.text), flash="card-unknown")
    state = ListState("/residents", {"search": sealed(work, _LIST, [sought.typed])})
    return see_other(visit, state.href())


@PAGES.reads("/residents", permission=SEARCH, action=Action.SEARCH)
def residents(visit: Visit, work: ReadWork) -> Response:
    """The residents whom the actor sees: numbers masked, names not, within the own scope."""
    return _list(visit, work, FormState())


def _list(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    query, chosen = _query(visit, work)
    cursor = visit.query.get("cursor", "")
    after = unsealed(work, _LIST, cursor) if cursor else None
    found = queries.list_residents(work, query, after=after, limit=PAGE_SIZE)
    state = ListState("/residents", chosen, query.sort)
    more = state.href(cursor=sealed(work, _LIST, found.after)) if found.after else ""
    tree = visit.site.authenticator.tree(work.connection)
    scope = [(id_, tree.name(id_) or id_) for id_ in work.actor.organisations]
    return page(
        visit,
        "residents/list.html",
        http_status=422 if export_state.errors else 200,
        search_text=query.sought.typed if query.sought else "",
        rows=_rows(work, found.bodies),
        list_state=state,
        pager_state=Pager(len(found.bodies), more, state.href() if cursor else ""),
        names_shown=True,
        register_href=register_href(work) if work.actor.may(WRITE) else "",
        filter_state=FormState(chosen),
        **filter_choices(work, query.organisation),
        more_filters=query.file.restricts,
        organisations=scope if len(scope) > 1 else [],
        by_grant=work.actor.reach is Reach.GRANTS,
        export_href=ListState("/residents/export", chosen, query.sort).href()
        if work.actor.may(EXPORT)
        else "",
        export_state=export_state,
        export_full=work.actor.may(FULL),
    )


def _query(visit: Visit, work: ReadWork) -> tuple[ResidentQuery, dict[str, str]]:
    """What is asked for, and the parameters that lead to the same list again."""
    visit.subject = "Patient"
    chosen = {name: visit.query.get(name, "").strip() for name in _FILTERS}
    if chosen["sex"] not in ("", *_SEXES) or chosen["state"] not in ("", *_STATES):
        raise bad_request(_("筛选条件无效，请从列表上方重新选择"))
    sort = visit.query.get("sort", "")
    if sort.removeprefix("-") not in ("", *SORTS) or chosen["age"] not in ("", *AGES):
        raise bad_request(_("筛选条件无效，请从列表上方重新选择"))
    token = visit.query.get("search", "")
    sought: Sought | None = understand(str(unsealed(work, _LIST, token)[0])) if token else None
    if sought is not None:
        visit.detail["query"] = {"q": sought.typed}
    file = {name: visit.query.get(name, "").strip() for name in FILE_FILTERS}
    query = ResidentQuery(sought, **chosen, file=file_query(file), sort=sort)
    return query, {**chosen, **file, "search": token}


def _rows(work: ReadWork, bodies: Sequence[Body]) -> list[dict[str, Any]]:
    """Rows of the list; what does not stand in the Patient is read for all of them together."""
    ids = [body["id"] for body in bodies]
    visits, codes = queries.last_visits(work, ids), queries.active_codes(work, ids)
    return [
        {
            "id": body["id"],
            "name": name_of(body),
            "sex": body.get("gender"),
            "birth_date": born_of(work, body),
            "identity_number": identity_number_of(body),
            "phone": phone_of(body),
            "record_number": record_number_of(body),
            "community": community_of(body),
            "labels": labels_of(work, body, codes.get(body["id"], {})),
            "deceased": death_of(body)[0],
            "last_visit_on": visits.get(body["id"]),
        }
        for body in bodies
    ]


@PAGES.reads("/residents/export", permission=EXPORT, post=True, action=Action.EXPORT)
def export_residents(visit: Visit, work: ReadWork) -> Response:
    """The list as an Excel file with masked numbers, for a reason that is recorded."""
    query, _chosen = _query(visit, work)
    return export(
        visit,
        work,
        title=_("居民名单"),
        headings=_HEADINGS,
        rows=_cells(visit, work, query),
        file="residents",
        again=lambda state: _list(visit, work, state),
        full=Full(FULL, FULL_HEADINGS, lambda: full_lines(work, query)),
    )


def _cells(visit: Visit, work: ReadWork, query: ResidentQuery) -> Iterator[Sequence[Cell]]:
    for bodies in queries.each_resident(work, query, most=MOST_ROWS):
        for body, row in zip(bodies, _rows(work, bodies), strict=True):
            yield (
                row["name"],
                write_sex(row["sex"], visit.language),
                row["birth_date"],
                write_age(row["birth_date"], work.today, visit.language),
                *numbers_of(body),
                row["record_number"],
                row["community"],
                "、".join(map(display_of, body.get("generalPractitioner", ()))),
                "、".join(visit.translate(label["text"]) for label in row["labels"]),
                row["last_visit_on"],
            )


@PAGES.reads("/residents/{id}", permission=READ)
def resident(visit: Visit, work: ReadWork) -> Response:
    """A resident's first page."""
    return _resident(visit, work, "")


@PAGES.reads("/residents/{id}/print", permission=READ, action=Action.PRINT)
def sheet(visit: Visit, work: ReadWork) -> Response:
    """What the first page tells, on a sheet of A4; opening it is recorded as printing."""
    id_ = visit.params["id"]
    return page(
        visit,
        "residents/print.html",
        **frame(visit, work, id_, "overview"),
        problems=panels.problems(work, id_),
        medications=panels.medications(work, id_),
        measures=vitals.vitals(work, id_)["latest"],
        visits=panels.visits(work, id_),
        printed_at=work.now,
    )


def _resident(visit: Visit, work: ReadWork, revealed: str) -> Response:
    id_ = visit.params["id"]
    values = frame(visit, work, id_, "overview", revealed=revealed)
    offered = (
        (_("登记就诊"), "visits/new", values["resident"]["kept"] and work.actor.may(REGISTER)),
        (_("打印"), "print", True),
        (_("导出档案"), "document", work.actor.may(EXPORT)),
    )
    return page(
        visit,
        "residents/show.html",
        **values,
        panels=panels_of(work, "resident", id_),
        actions=[
            {"label": label, "href": f"/residents/{id_}/{end}", "primary": end == "visits/new"}
            for label, end, may in offered
            if may
        ],
    )


@PAGES.reads("/residents/{id}/reveal", permission=REVEAL, post=True, action=Action.REVEAL)
def reveal(visit: Visit, work: ReadWork) -> Response:
    """One number in full, recorded with which it was; a part of the page where htmx asks."""
    chosen = visit.field("field")
    if chosen not in _REVEALED:
        raise bad_request(_("只能显示身份证号或电话"), "field")
    visit.detail["field"] = chosen
    if not visit.is_fragment:
        return _resident(visit, work, chosen)
    body = queries.get_resident(work, visit.params["id"])
    label = visit.translate(_LABELS[chosen])
    shown = _REVEALED[chosen](body)
    return fragment(visit, "components/display.html", "masked", shown=shown, label=label)
