"""The household plan: one line a home, its sheet for the round, and one visit step by step."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from health.due.choosing import choices, chosen
from health.due.households import Home, get_home, list_homes, window
from health.due.pages import MOST_PRINTED, PAGE_SIZE
from health.due.views import views_of
from health.permissions import DUE, WRITE
from kernel.audit.entry import Action
from kernel.web.page import FormState, ListState, Pager
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import page
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import EXPORT_FULL, READ_RESIDENTS, load_all, name_of

PAGES = Pages()
_PATH: Final = "/due/households"
_CURSOR: Final = "due-households"


@PAGES.reads(_PATH, permission=DUE, action=Action.SEARCH)
def households(visit: Visit, work: ReadWork) -> Response:
    """Where one visit serves several: what is due by household, overdue or within the window."""
    query, params = chosen(visit, work)
    homes = list_homes(work, query)
    state, token = ListState(_PATH, {**params, "tab": "", "sort": ""}), visit.query.get("cursor")
    begin = 0
    if token:
        last = unsealed(work, _CURSOR, token)
        begin = sum(home.key <= last for home in homes)
    shown = homes[begin : begin + PAGE_SIZE]
    more = ""
    if begin + PAGE_SIZE < len(homes):
        more = state.href(cursor=sealed(work, _CURSOR, shown[-1].key))
    return page(
        visit,
        "due/households.html",
        homes=_views(work, shown),
        until=window(work.today),
        list_state=state,
        pager_state=Pager(len(shown), more, state.href() if token else "", len(homes)),
        filter_state=FormState(params),
        may_write=work.actor.may(WRITE),
        may_open=work.actor.may(READ_RESIDENTS),
        print_href=ListState(f"{_PATH}/print", state.params).href(),
        **choices(visit, work, query),
    )


def _views(work: ReadWork, homes: Sequence[Home]) -> list[dict[str, Any]]:
    """Homes as pages show them: `title` of the household, `address`, `members` (views of lines)."""
    groups = load_all(work, "Group", (home.id for home in homes))
    rows = [row for home in homes for row in home.rows]
    views = iter(views_of(work, rows))
    found = []
    for home in homes:
        members = [next(views) for _row in home.rows]
        body = groups.get(home.id)
        found.append(
            {
                "id": home.id if body else "",
                "title": body.get("name", "") if body else members[0]["name"],
                "address": members[0]["address"],
                "home": members[0]["home"],
                "place": home.place,
                "members": members,
            }
        )
    return found


@PAGES.reads(f"{_PATH}/print", permission=DUE, action=Action.PRINT)
def household_plan(visit: Visit, work: ReadWork) -> Response:
    """The plan on paper, home by home; numbers in full only for who may export them so."""
    query, params = chosen(visit, work)
    homes = list_homes(work, query)
    full = bool(visit.query.get("full")) and work.actor.may(EXPORT_FULL)
    if full:
        visit.detail["full"] = True
    state = ListState(f"{_PATH}/print", {**params, "tab": "", "sort": ""})
    return page(
        visit,
        "due/household_print.html",
        homes=_views(work, homes[:MOST_PRINTED]),
        left=max(len(homes) - MOST_PRINTED, 0),
        until=window(work.today),
        full=full,
        full_href=state.href(full="1") if work.actor.may(EXPORT_FULL) and not full else "",
        back_href=ListState(_PATH, state.params).href(),
        organisation=visit.organisation_name,
        printed_at=work.now,
    )


@PAGES.reads(f"{_PATH}/{{id}}", permission=DUE)
def household_visit(visit: Visit, work: ReadWork) -> Response:
    """One visit: the forms of everybody for whom something is due, one after another."""
    found = get_home(work, visit.params["id"])
    seen = load_all(work, "Patient", found.seen)
    return page(
        visit,
        "due/household.html",
        household={"id": visit.params["id"], "name": found.body.get("name", "")},
        members=views_of(work, found.rows),
        seen=[{"id": id_, "name": name_of(body)} for id_, body in seen.items()],
        until=window(work.today),
        may_write=work.actor.may(WRITE),
        may_open=work.actor.may(READ_RESIDENTS),
        back_href=_PATH,
    )
