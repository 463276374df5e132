"""筛查名单: who is suspected, to be measured again, at risk; what was measured, when again."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from health.declare import Programme
from health.followups.queries import loaded
from health.followups.services import FollowUp
from health.lists.choosing import Chosen, chosen
from health.lists.views import persons_of
from health.permissions import DUE, ENROL, EXPORT, WRITE
from health.resident.standing import badge_of
from health.resident.trends import coded_values
from health.screening.queries import SORTS, Screened, count_results, list_screened
from health.screening.risks import SCREENED
from health.searching import person_choices, search_token
from kernel.audit.entry import Action
from kernel.declare.module import NavItem
from kernel.errors import bad_request
from kernel.messages import _, joined
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
NAVIGATION: Final = (NavItem(_("筛查"), "/screening", DUE, 54, "健康管理"),)
_UNKNOWN: Final = _("没有这项筛查，请从列表上方重新选择")
_HEADINGS: Final = (
    _("姓名"), _("性别"), _("年龄"), _("居（村）委会"), _("责任医生"), _("筛查结果"), _("测量日期"),
    _("测量"), _("说明"), _("下次测量"),
)  # fmt: skip


class Asked(NamedTuple):
    """Which screening, and what its list is narrowed to."""

    programme: Programme
    chosen: Chosen


def _asked(visit: Visit, work: ReadWork) -> Asked:
    """`of` names the programme that a screening leads to. Raises Refused (400)."""
    of = visit.query.get("of", "") or SCREENED[0].screens
    programme = next((one for one in SCREENED if one.screens == of), None)
    result = visit.query.get("result", "")
    if programme is None or result not in ("", *(one.code for one in programme.outcomes)):
        raise bad_request(_UNKNOWN)
    found = chosen(visit, work, programme)
    query = found.query.narrowed(result)
    params = {**found.params, "of": of, "result": result}
    return Asked(programme, Chosen(query, {n: v for n, v in params.items() if n not in _UNUSED}))


_UNUSED: Final = frozenset({"state", "outcome"})


@PAGES.reads("/screening/search", permission=DUE, post=True, action=Action.SEARCH)
def search(visit: Visit, work: ReadWork) -> Response:
    """Narrow the list to a name or number; the text goes on sealed."""
    found = _asked(visit, work)
    state = ListState("/screening", found.chosen.params)
    return see_other(visit, state.href(search=search_token(visit, work)))


@PAGES.reads("/screening", permission=DUE, action=Action.SEARCH)
def screening(visit: Visit, work: ReadWork) -> Response:
    """The latest result of everybody who was screened and has not been enrolled since."""
    return _list(visit, work, FormState())


def _listing(visit: Visit, work: ReadWork, found: Asked, counts: dict[str, int]) -> Listing:
    query = found.chosen.query

    def read(sort: str, begin: int, size: int) -> Sequence[Row]:
        lines = list_screened(work, found.programme, query, sort=sort, begin=begin, size=size)
        return _rows(work, found.programme, lines)

    total = counts.get(query.outcome, 0) if query.outcome else sum(counts.values())
    return paged(visit, "/screening", found.chosen.params, SORTS, total=total, read=read)


def _list(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    found = _asked(visit, work)
    counts = count_results(work, found.programme, found.chosen.query)
    state = ListState("/screening", found.chosen.params)
    may = work.actor.may
    query = found.chosen.query
    return page(
        visit,
        "screening/list.html",
        http_status=422 if export_state.errors else 200,
        programme=found.programme,
        kinds=[
            {
                "label": one.title,
                "href": ListState("/screening", {"of": one.screens}).href(),
                "active": one is found.programme,
                "count": None,
            }
            for one in SCREENED
        ],
        results=_results(state, found, counts),
        listing=_listing(visit, work, found, counts),
        filter_state=FormState(found.chosen.params),
        may_write=may(WRITE),
        may_enrol=may(ENROL),
        may_export=may(EXPORT),
        export_state=export_state,
        **person_choices(visit, work, query.organisation, query.sought),
    )


def _results(state: ListState, found: Asked, counts: dict[str, int]) -> list[dict[str, Any]]:
    """The results as tabs, the worst first, with how many each has."""
    outcome = found.chosen.query.outcome
    tabs = [
        {
            "label": one.title,
            "href": state.href(result=one.code),
            "active": one.code == outcome,
            "count": counts.get(one.code, 0),
        }
        for one in reversed(found.programme.outcomes)
    ]
    everybody = {
        "label": _("全部"),
        "href": state.href(result=""),
        "active": not outcome,
        "count": sum(counts.values()),
    }
    return [everybody, *tabs]


def _rows(work: ReadWork, programme: Programme, found: Sequence[Screened]) -> list[Row]:
    persons = persons_of(work, [one.patient_id for one in found])
    answers = {one.id: one for one in loaded(work, [one.answer_id for one in found])}
    rows: list[Row] = []
    for one in found:
        answer = answers.get(one.answer_id)
        decided = answer.decided if answer else None
        rows.append(
            {
                **persons[one.patient_id],
                "answer_id": one.answer_id,
                "on": one.on,
                "outcome": badge_of(programme, one.outcome),
                "measured": _screened_by(answer) if answer else "",
                "why": [text for text, _clause in decided.reasons] if decided else [],
                "due_on": one.due_on,
                "overdue": one.due_on is not None and one.due_on < work.today,
            }
        )
    return rows


def _screened_by(answer: FollowUp) -> str:
    """What the screening is about: the measurements that its form must have."""
    form = answer.asked.form
    wanted = {one.key for one in form.fields if one.required}
    return coded_values(form, {key: v for key, v in answer.values.items() if key in wanted})


@PAGES.reads("/screening/export", permission=EXPORT, post=True, action=Action.EXPORT)
def export_screening(visit: Visit, work: ReadWork) -> Response:
    """The list as an Excel file, for a reason that is recorded."""
    found = _asked(visit, work)
    return export(
        visit,
        work,
        title=found.programme.title,
        headings=_HEADINGS,
        rows=_cells(visit, work, found),
        file="screening",
        again=lambda state: _list(visit, work, state),
    )


def _cells(visit: Visit, work: ReadWork, found: Asked) -> Iterator[Sequence[Cell]]:
    said = visit.translate
    counts = count_results(work, found.programme, found.chosen.query)
    for row in _listing(visit, work, found, counts).rows:
        yield (
            row["name"],
            write_sex(row["sex"], visit.language),
            write_age(row["birth_date"], work.today, visit.language),
            row["community"],
            row["doctor"],
            said(row["outcome"]["text"]),
            row["on"],
            said(row["measured"]),
            said(joined(row["why"])),
            row["due_on"],
        )
