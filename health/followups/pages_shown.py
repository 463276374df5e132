"""A follow-up is looked at, printed on the official sheet, and taken back."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from starlette.responses import Response

from health.declare import Case, Programme
from health.followups import display
from health.followups.answers import WRONG, patient_in
from health.followups.display_paper import chunks, sheet
from health.followups.facts import person
from health.followups.pages import TAB
from health.followups.proposing import computed
from health.followups.queries import list_follow_ups
from health.followups.services import (
    FollowUp,
    cancel,
    day_of_visit,
    get_follow_up,
    list_versions,
)
from health.permissions import READ, WRITE
from health.programmes import PROGRAMMES
from kernel.audit.entry import Action
from kernel.declare.form import Form
from kernel.errors import not_found
from kernel.messages import _
from kernel.web.acting import Wrong, attempt
from kernel.web.cards import panels_of
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import frame, get_resident, id_of

PAGES = Pages()
SLOT: Final = "follow-up"
"""The slot of a follow-up's page for panels of other modules; their key is the answer's id."""
_REASON: Final = (2, 200)
_WHY: Final = _("请写明作废原因，2 至 200 个字")
_ALL: Final = 400
_SIX_DIGITS: Final = 6


@PAGES.reads("/follow-ups/{id}", permission=READ)
def show(visit: Visit, work: ReadWork) -> Response:
    """A follow-up in words, with what was decided and why."""
    return _shown(visit, work, get_follow_up(work, visit.params["id"]))


@PAGES.reads("/follow-ups/{id}/versions/{version}", permission=READ)
def version(visit: Visit, work: ReadWork) -> Response:
    """A follow-up as it was before a correction. Raises Refused (404)."""
    number = visit.params["version"]
    if not number.isdecimal() or len(number) > _SIX_DIGITS:
        raise not_found(f"version {number}")
    one = get_follow_up(work, visit.params["id"], version=int(number))
    return _shown(visit, work, one, old=True)


def _shown(
    visit: Visit,
    work: ReadWork,
    one: FollowUp,
    *,
    old: bool = False,
    cancelling: FormState | None = None,
) -> Response:
    patient_id = patient_in(one.body)
    get_resident(work, patient_id)
    about, programme = person(work, patient_id), one.asked.programme
    case = Case(day_of_visit(one) or work.today, about.born, about.sex)
    head = get_follow_up(work, one.id) if old else one
    return page(
        visit,
        "followups/show.html",
        http_status=422 if cancelling else 200,
        **frame(visit, work, patient_id, TAB),
        follow_up=display.head_of(one),
        sections=display.answered(one.asked.form, one.values, display.limits((programme,), case)),
        computed=computed(one.asked.form, one.values),
        encounter=id_of(one.body.get("encounter"), "Encounter"),
        versions=[display.head_of(each) for each in list_versions(work, head)],
        old=old,
        may_write=work.actor.may(WRITE) and not old and one.body["status"] != WRONG,
        cancel_state=cancelling or FormState(),
        panels=[] if old else panels_of(work, SLOT, one.id),
    )


@PAGES.alone("/follow-ups/{id}/cancel", permission=WRITE, post=True)
def take_back(visit: Visit) -> Response:
    """Take a follow-up back with all that followed from it; the reason is kept."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        one, reason = get_follow_up(work, id_), visit.field("reason")
        if not _REASON[0] <= len(reason) <= _REASON[1]:
            raise Wrong({"reason": _WHY})
        cancel(work, one, reason=reason)
        return see_other(visit, f"/follow-ups/{id_}", flash="follow-up-cancelled")

    def again(work: ReadWork, state: FormState) -> Response:
        return _shown(visit, work, get_follow_up(work, id_), cancelling=state)

    return attempt(
        visit, act, again, fields=frozenset({"reason"}), resource_type="QuestionnaireResponse"
    )


@PAGES.reads("/residents/{id}/follow-ups/{programme}/print", permission=READ, action=Action.PRINT)
def printed(visit: Visit, work: ReadWork) -> Response:
    """随访服务记录表 of a year (`?year`), on all its sheets or on one of them (`?page`)."""
    id_, name = visit.params["id"], visit.params["programme"]
    programme = next((one for one in PROGRAMMES if one.name == name), None)
    if programme is None:
        raise not_found(name)
    get_resident(work, id_)
    visits = _by_year(_visits(work, id_, programme), programme)
    year = _number(visit.query.get("year", ""), default=max(visits, default=work.today.year))
    parts = list(_sheets(visits.get(year, []), programme))
    chosen = _number(visit.query.get("page", ""), default=0)
    if 1 <= chosen <= len(parts):
        parts = [parts[chosen - 1]]
    return page(
        visit,
        "followups/sheet.html",
        **frame(visit, work, id_, TAB),
        form_title=programme.form().title,
        programme=programme.name,
        sheets=[{"title": form.title, "sections": sheet(form, part)} for form, part in parts],
        columns=programme.paper_columns,
        year=year,
        years=sorted(visits),
        printed_at=work.now,
    )


def _sheets(
    visits: list[FollowUp], programme: Programme
) -> Iterator[tuple[Form, list[FollowUp | None]]]:
    """The visits of a year by sheet, with the edition of the form; a blank one where none is."""
    if not visits:
        yield programme.form(), [None] * programme.paper_columns
    for form, same in groupby(visits, key=lambda one: one.asked.form):
        for part in chunks(list(same), programme.paper_columns):
            yield form, part


def _visits(work: ReadWork, patient_id: str, programme: Programme) -> list[FollowUp]:
    """Among which a programme's are; the outcome of a referral is any programme's."""
    names = [programme.name] if programme.regular else [one.name for one in PROGRAMMES]
    found = [one for name in names for one in list_follow_ups(work, patient_id, name, most=_ALL)]
    return sorted(found, key=lambda one: str(day_of_visit(one)), reverse=True)


def _by_year(found: list[FollowUp], programme: Programme) -> dict[int, list[FollowUp]]:
    """The visits of this very form by their year, the first of a year first."""
    years: dict[int, list[FollowUp]] = {}
    for one in reversed(found):
        on = day_of_visit(one)
        if one.asked.programme is programme and on is not None:
            years.setdefault(on.year, []).append(one)
    return years


def _number(text: str, *, default: int) -> int:
    return int(text) if text.isdecimal() and len(text) <= _SIX_DIGITS else default
