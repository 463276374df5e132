"""The referrals behind a figure of the board, for who sees their persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import bad_request, not_found
from kernel.web.i18n import _
from kernel.web.page import FormState, ListState, Pager
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import catalogue, load_all, name_of
from referral.permissions import BOARD_PERSONS
from referral.states import STATE_TITLES, State
from referral.supervision import queries
from referral.supervision.asking import Asked, asked
from referral.supervision.board import lines
from referral.supervision.cases import Behind, list_cases
from referral.supervision.choices import choices
from referral.supervision.labels import disease_title, urgency_title
from referral.supervision.measures import BY_CODE, Measure
from referral.supervision.scope import Scope

PAGES = Pages()
PAGE_SIZE: Final = 20
_PATH: Final = "/referral-board"
_LIST: Final = "referral-board"
_WRONG: Final = _("筛选条件无效，请从列表上方重新选择")
_COUNTED: Final = {"": None, "yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class _Cases:
    """Which referrals of which indicator an address asks for."""

    asked: Asked
    measure: Measure
    counted: str

    @property
    def values(self) -> dict[str, str]:
        return {**self.asked.values, "counted": self.counted}


def _asked_cases(visit: Visit, work: ReadWork) -> _Cases:
    """Raises Refused: 404 for an indicator without referrals behind it, 400 for a wrong filter."""
    measure = BY_CODE.get(visit.params["code"])
    if measure is None or measure.among is None:
        raise not_found("this indicator")
    counted = visit.query.get("counted", "")
    if counted not in _COUNTED:
        raise bad_request(_WRONG, "counted")
    return _Cases(asked(visit, work), measure, counted)


@PAGES.reads(f"{_PATH}/{{code}}", permission=BOARD_PERSONS, action=Action.SEARCH)
def cases(visit: Visit, work: ReadWork) -> Response:
    """The referrals behind a figure: which are counted and which are not."""
    visit.subject = "Patient"
    one = _asked_cases(visit, work)
    cursor = visit.query.get("cursor", "")
    listed = list_cases(
        work,
        one.asked.scope,
        one.measure,
        counted=_COUNTED[one.counted],
        after=unsealed(work, _LIST, cursor) if cursor else None,
        limit=PAGE_SIZE,
    )
    state = ListState(f"{_PATH}/{one.measure.code}", one.values)
    more = state.href(cursor=sealed(work, _LIST, listed.after)) if listed.after else ""
    scope = one.asked.scope
    tally = queries.total(work, scope, wanted=queries.Wanted((one.measure.code,), ()))
    [line] = [found for found in lines(tally) if found.measure is one.measure]
    return page(
        visit,
        "supervision/cases.html",
        asked=one.asked,
        measure=one.measure,
        line=line,
        choices=choices(visit, one.asked),
        filter_state=FormState(one.values),
        rows=_case_rows(work, scope, listed.cases),
        list_state=state,
        pager_state=Pager(len(listed.cases), more, state.href() if cursor else ""),
        board_href=ListState(_PATH, one.asked.values).href(),
    )


def _case_rows(work: ReadWork, scope: Scope, found: Sequence[Behind]) -> list[dict[str, Any]]:
    bodies = load_all(work, "Patient", [one.patient_id for one in found])
    return [
        {
            "href": f"/referrals/{one.request_id}",
            "submitted_at": one.submitted_at,
            "name": name_of(bodies[one.patient_id]),
            "direction": catalogue.title("referral-direction", one.direction),
            "urgency": urgency_title(one.urgency),
            "disease": disease_title(one.disease or ""),
            "community": scope.tree.name(one.community_id) or one.community_id,
            "hospital": scope.tree.name(one.hospital_id or "") or "",
            "state": STATE_TITLES[State(one.state)],
            "counted": one.counted,
        }
        for one in found
    ]
