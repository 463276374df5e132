"""/referral-office/out: what the hospital sent back, declined or passed on, and what has ended.

Names are shown while the grant holds, and no longer.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import bad_request
from kernel.messages import _
from kernel.security.directory import Tree
from kernel.web.exports import export
from kernel.web.filters import write_age, write_datetime, write_sex
from kernel.web.listing import Listing, Row, asked, paged
from kernel.web.page import FormState, ListState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import catalogue, load_all
from referral.office.choosing import UNKNOWN, search_token, sought_in
from referral.office.sent import (
    KIND_TITLES,
    SORTS,
    Kind,
    Sent,
    SentQuery,
    count_sent,
    list_sent,
    list_sent_communities,
)
from referral.office.views import department_name, person_of, reason_of
from referral.permissions import EXPORT, OFFICE
from referral.states import State
from referral.wording import state_words, urgency_words

PAGES = Pages()
PATH: Final = "/referral-office/out"
ENDED: Final = _("授权已结束")
_HEADINGS: Final = (
    _("姓名"), _("性别"), _("年龄"), _("转出机构"), _("科室"), _("紧急程度"), _("状态"),
    _("原因"), _("提交时间"), _("反馈时间"), _("状态时间"),
)  # fmt: skip


class _Chosen(NamedTuple):
    """The query of an address, and the parameters that lead to the same list again."""

    query: SentQuery
    params: dict[str, str]


def _chosen(visit: Visit, work: ReadWork) -> _Chosen:
    visit.subject = "Patient"
    params = asked(visit, "kind", "urgency", "community", "search")
    urgencies = dict(catalogue.choices("referral-urgency"))
    if params["kind"] not in ("", *Kind) or params["urgency"] not in ("", *urgencies):
        raise bad_request(UNKNOWN)
    sought = sought_in(visit, work)
    query = SentQuery(params["kind"], params["urgency"], params["community"], sought)
    return _Chosen(query, params)


@PAGES.reads(f"{PATH}/search", permission=OFFICE, post=True, action=Action.SEARCH)
def search_sent(visit: Visit, work: ReadWork) -> Response:
    """Narrow the list to a name or number; the text goes on sealed."""
    params = _chosen(visit, work).params
    return see_other(visit, ListState(PATH, params).href(search=search_token(visit, work)))


@PAGES.reads(PATH, permission=OFFICE, action=Action.SEARCH)
def sent(visit: Visit, work: ReadWork) -> Response:
    """What has left the hospital's list, the last first."""
    return _list(visit, work, FormState())


def _listing(visit: Visit, work: ReadWork, found: _Chosen) -> Listing:
    tree = visit.site.authenticator.tree(work.connection)

    def read(sort: str, begin: int, size: int) -> Sequence[Row]:
        return _rows(work, tree, list_sent(work, found.query, sort=sort, begin=begin, size=size))

    total = count_sent(work, found.query)
    return paged(visit, PATH, found.params, SORTS, total=total, read=read)


def _rows(work: ReadWork, tree: Tree, lines: Sequence[Sent]) -> list[dict[str, Any]]:
    patients = load_all(work, "Patient", (one.patient_id for one in lines))
    requests = load_all(work, "ServiceRequest", (one.request_id for one in lines))
    named = [one.department_id for one in lines if one.department_id]
    departments = load_all(work, "HealthcareService", named)
    return [
        {
            "id": one.request_id,
            **person_of(patients.get(one.patient_id)),
            "href": f"/referrals/{one.request_id}" if one.request_id in requests else "",
            "community": tree.name(one.community_id) or one.community_id,
            "department": department_name(departments, one.department_id),
            "hospital": _elsewhere(work, tree, one),
            "urgency": dict(zip(("text", "kind"), urgency_words(one.urgency), strict=True)),
            "state": dict(zip(("text", "kind"), state_words(State(one.state)), strict=True)),
            "reason": _why(one) or reason_of(requests.get(one.request_id, {})),
            "since_at": one.since_at,
            "submitted_at": one.submitted_at,
            "feedback_at": one.feedback_at,
        }
        for one in lines
    ]


def _elsewhere(work: ReadWork, tree: Tree, one: Sent) -> str:
    """The hospital that it was passed on to; empty where it stayed."""
    other = one.hospital_id or ""
    return "" if other == work.actor.organisation_id else tree.name(other) or other


def _why(one: Sent) -> str:
    """Why it was declined or cancelled."""
    if one.state == State.REJECTED:
        return catalogue.title("referral-reject-reason", one.reject_reason or "")
    if one.state == State.CANCELLED:
        return catalogue.title("referral-cancel-reason", one.cancel_reason or "")
    return ""


def _list(visit: Visit, work: ReadWork, export_state: FormState) -> Response:
    found = _chosen(visit, work)
    listing, said = _listing(visit, work, found), visit.translate
    tree = visit.site.authenticator.tree(work.connection)
    return page(
        visit,
        "referral_office/sent.html",
        http_status=422 if export_state.errors else 200,
        listing=listing,
        narrowed=any(found.params.values()),
        filter_state=FormState(found.params),
        kinds=[(kind.value, said(title)) for kind, title in KIND_TITLES.items()],
        urgencies=[(code, said(title)) for code, title in catalogue.choices("referral-urgency")],
        communities=[(id_, tree.name(id_) or id_) for id_ in list_sent_communities(work)],
        search_text=found.query.sought.typed if found.query.sought else "",
        search_href=listing.state.href().replace(PATH, f"{PATH}/search", 1),
        may_export=work.actor.may(EXPORT),
        export_state=export_state,
    )


@PAGES.reads(f"{PATH}/export", permission=EXPORT, post=True, action=Action.EXPORT)
def export_sent(visit: Visit, work: ReadWork) -> Response:
    """The list that is shown as an Excel file, for a reason that is recorded."""
    found = _chosen(visit, work)
    return export(
        visit,
        work,
        title=_("已转回和已拒绝"),
        headings=_HEADINGS,
        rows=_cells(visit, work, found),
        file="referral-office-out",
        again=lambda state: _list(visit, work, state),
    )


def _cells(visit: Visit, work: ReadWork, found: _Chosen) -> Iterator[Sequence[Cell]]:
    said = visit.translate
    for row in _listing(visit, work, found).rows:
        yield (
            row["name"] or said(ENDED),
            write_sex(row["sex"], visit.language) if row["name"] else "",
            write_age(row["birth_date"], work.today, visit.language) if row["name"] else "",
            row["community"],
            row["hospital"] or row["department"],
            said(row["urgency"]["text"]),
            said(row["state"]["text"]),
            said(row["reason"]),
            write_datetime(row["submitted_at"]),
            write_datetime(row["feedback_at"]),
            write_datetime(row["since_at"]),
        )
