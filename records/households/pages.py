"""The pages of households: the list with its search box, one page a family, forms, the sheet."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import not_found
from kernel.ids import uuid7
from kernel.web.acting import Wrong, attempt, day_in
from kernel.web.i18n import _
from kernel.web.listing import Directory, InFull, Listing, Row, asked, paged
from kernel.web.page import FormState, ListState
from kernel.web.pages import Pages
from kernel.web.sealing import sealed, unsealed
from kernel.web.shell import fragment, page, see_other
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.exchange.full import FULL
from records.households import details, problems, queries, services
from records.households.group import active_members
from records.households.living import CODED, MEASURED
from records.households.permissions import EXPORT, READ, WRITE
from records.households.problems import Problem
from records.households.relocation import Along, Living, living_in
from records.households.services import Household, get_household
from records.households.views import (
    header,
    heads_of,
    household_view,
    people_of,
    phone_of,
    summary,
)
from records.life.staff import list_doctors
from records.reading import address_of, id_of, name_of
from records.residents.finding import understand
from records.residents.frame import REVEAL
from records.terminology import catalogue

PAGES = Pages()
_attempt = partial(attempt, resource_type="Group")
_LIST = "households"
_HEADINGS = (
    _("家庭编号"), _("户主"), _("在册人数"), _("家庭地址"), _("电话"), _("责任医生"),
    _("管理机构"), _("状态"),
)  # fmt: skip
_ON_FORM = frozenset(
    {"address", "phone", "book", "doctor", "total", "low-income", "version", *details.PLACE}
    | {"along", "moved_on"}
    | {one.key for one in (*CODED, *MEASURED)}
)


@PAGES.reads("/households/search", permission=READ, post=True, action=Action.SEARCH)
def find_household(visit: Visit, work: ReadWork) -> Response:
    """Understand what was typed; open the one household that is found, or list those that are."""
    visit.subject = "Group"
    sought = understand(visit.field("q"))
    if sought is None:
        return see_other(visit, "/households")
    visit.detail["query"] = {"q": sought.typed}
    found = queries.list_households(work, queries.HouseholdQuery(sought), limit=2)
    if len(found) == 1:
        return see_other(visit, f"/households/{found[0]['id']}")
    token = sealed(work, _LIST, [sought.typed])
    return see_other(visit, ListState("/households", {"search": token}).href())


def _query(visit: Visit, work: ReadWork) -> tuple[queries.HouseholdQuery, dict[str, str]]:
    """What is asked for, and the parameters that lead to the same list again."""
    visit.subject = "Group"
    chosen = asked(visit, "organisation", "state", "search")
    token = chosen["search"]
    sought = understand(str(unsealed(work, _LIST, token)[0])) if token else None
    if sought is not None:
        visit.detail["query"] = {"q": sought.typed}
    return queries.HouseholdQuery(sought, chosen["organisation"], chosen["state"]), chosen


def _listing(visit: Visit, work: ReadWork) -> Listing:
    query, chosen = _query(visit, work)

    def read(sort: str, begin: int, size: int) -> Sequence[Row]:
        found = queries.list_households(work, query, sort=sort, begin=begin, limit=size)
        heads = heads_of(work, [one["body"] for one in found])
        homes = [Household(one["id"], 0, one["body"]) for one in found]
        return [{**summary(visit, work, home, heads), "body": home.body} for home in homes]

    total = queries.count_households(work, query)
    return paged(visit, "/households", chosen, queries.SORTS, total=total, read=read)


def _cells(visit: Visit, row: Row) -> Sequence[Cell]:
    state = _("需更换户主") if row["demand"] else _("正常") if row["open"] else _("已注销")
    return (
        row["number"],
        row["head_name"],
        row["members"],
        row["address"],
        row["phone"],
        row["doctor_name"],
        row["organisation_name"],
        visit.translate(state),
    )


def _full_cells(visit: Visit, row: Row) -> Sequence[Cell]:
    return _cells(visit, {**row, "phone": phone_of(row["body"])})


def _choices(visit: Visit, work: ReadWork) -> Mapping[str, Any]:
    tree = visit.site.authenticator.tree(work.connection)
    scope = [(id_, tree.name(id_) or id_) for id_ in work.actor.organisations]
    query, _chosen = _query(visit, work)
    return {
        "organisations": scope if len(scope) > 1 else [],
        "search_text": query.sought.typed if query.sought else "",
    }


Directory(
    path="/households",
    permission=READ,
    subject="Group",
    title=_("家庭名单"),
    headings=_HEADINGS,
    listing=_listing,
    cells=_cells,
    choices=_choices,
    action=Action.SEARCH,
    export_permission=EXPORT,
    full=InFull(FULL, _full_cells),
).declare(PAGES)


@PAGES.reads("/households/{id}", permission=READ)
def household(visit: Visit, work: ReadWork) -> Response:
    """One page for the family."""
    return _household(visit, work, "", FormState())


def _household(visit: Visit, work: ReadWork, revealed: str, state: FormState) -> Response:
    found = get_household(work, visit.params["id"])
    view = household_view(visit, work, found)
    if revealed:
        view["household"]["phone"] = phone_of(found.body)
    hidden = bool(phone_of(found.body)) and not revealed and work.actor.may(REVEAL)
    return page(
        visit,
        "households/show.html",
        http_status=422 if state.errors else 200,
        **view,
        phone_hidden=hidden,
        may_write=work.actor.may(WRITE),
        register_token=queries.registration_token(work, found.id),
        state=state,
    )


@PAGES.reads("/households/{id}/reveal", permission=READ, post=True, action=Action.REVEAL)
def reveal_phone(visit: Visit, work: ReadWork) -> Response:
    """The household's telephone in full; a part of the page where htmx asks."""
    visit.subject, visit.detail["field"] = "Group", "phone"
    if not visit.is_fragment:
        return _household(visit, work, "phone", FormState())
    found = get_household(work, visit.params["id"])
    work.touched.update(one.patient_id for one in active_members(found.body))
    label, shown = visit.translate(_("电话")), phone_of(found.body)
    return fragment(visit, "components/display.html", "masked", shown=shown, label=label)


@PAGES.reads("/households/{id}/print", permission=READ, action=Action.PRINT)
def sheet(visit: Visit, work: ReadWork) -> Response:
    """The household's record on A4; opening it is recorded as printing."""
    found = get_household(work, visit.params["id"])
    view = household_view(visit, work, found)
    return page(visit, "households/print.html", **view, printed_at=work.now)


@PAGES.reads("/households/{id}/edit", permission=WRITE)
def edit_household(visit: Visit, work: ReadWork) -> Response:
    """Address, telephone, doctor and living conditions as they are now."""
    found = get_household(work, visit.params["id"])
    typed = details.typed_of(details.details_of(found.body))
    along = [one.id for one in living_in(work, found.body).together]
    shown = {**typed, "version": str(found.version), "moved_on": work.today.isoformat()}
    return _edit(visit, work, FormState({**shown, "along": along}))


def _edit(visit: Visit, work: ReadWork, state: FormState) -> Response:
    found = get_household(work, visit.params["id"])
    keeper = id_of(found.body.get("managingEntity"), "Organization")
    return page(
        visit,
        "households/edit.html",
        http_status=422 if state.errors else 200,
        household=header(visit, work, found, people_of(work, found.body)),
        state=state,
        **_movers(living_in(work, found.body)),
        doctors=list(_doctors(work, found).items()),
        committees=queries.committee_choices(work, keeper, state.value("committee")),
        coded={one.key: (one.title, _options(visit, one.codes)) for one in CODED},
        measured={one.key: one for one in MEASURED},
    )


def _movers(living: Living) -> dict[str, Any]:
    """Who is offered to move along, and by name who is not and why."""
    return {
        "together": [(one.id, name_of(one.body)) for one in living.together],
        "apart": [(name_of(one.body), address_of(one.body)) for one in living.apart],
        "kept_elsewhere": [one.name for one in living.kept_elsewhere],
    }


def _options(visit: Visit, codes: str) -> list[tuple[str, str]]:
    return [(code, visit.translate(title)) for code, title in catalogue.choices(codes)]


def _doctors(work: ReadWork, found: Household) -> dict[str, str]:
    """Who can be responsible: the doctors of the institution, and who is so now."""
    keeper = id_of(found.body.get("managingEntity"), "Organization")
    now = details.details_of(found.body)
    doctors = {one.id: one.name for one in list_doctors(work, keeper)}
    return {**({now.doctor: now.doctor_name or now.doctor} if now.doctor else {}), **doctors}


@PAGES.alone("/households/{id}/edit", permission=WRITE, post=True)
def save_household(visit: Visit) -> Response:
    """Keep what the form says; a refused form keeps what was typed."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        found = get_household(work, id_)
        told, errors = details.understand(visit.form, _doctors(work, found))
        if errors:
            raise Wrong({name: visit.translate(text) for name, text in errors.items()})
        version = visit.field("version")
        expect = int(version) if version.isascii() and version.isdigit() else found.version
        along = Along(visit.choices("along"), day_in(visit, "moved_on"))
        moved = services.describe(work, id_, told, expect=expect, along=along)
        flash = "household-moved" if moved else "household-saved"
        return see_other(visit, f"/households/{id_}", flash=flash)

    def again(work: ReadWork, state: FormState) -> Response:
        chosen = {**state.values, "along": visit.choices("along")}
        return _edit(visit, work, FormState(chosen, state.errors))

    return _attempt(visit, act, again, fields=_ON_FORM)


@PAGES.reads("/households/{id}/problems/new", permission=WRITE)
def new_problem(visit: Visit, work: ReadWork) -> Response:
    """The form for a problem of the household."""
    return _problem_form(visit, work, FormState({"on": work.today.isoformat()}))


@PAGES.reads("/households/{id}/problems/{problem}", permission=WRITE)
def edit_problem(visit: Visit, work: ReadWork) -> Response:
    """A problem as it is now: its handling, its result, the day it was solved."""
    found = get_household(work, visit.params["id"])
    problem = _problem(found, visit.params["problem"])
    return _problem_form(visit, work, FormState(problems.typed_of(problem)))


def _problem(found: Household, id_: str) -> Problem:
    known = {one.id: one for one in problems.problems_of(found.body)}
    if not id_ or id_ not in known:
        raise not_found(f"problem {id_}")
    return known[id_]


def _problem_form(visit: Visit, work: ReadWork, state: FormState) -> Response:
    found = get_household(work, visit.params["id"])
    return page(
        visit,
        "households/problem.html",
        http_status=422 if state.errors else 200,
        household=header(visit, work, found, people_of(work, found.body)),
        problem_id=visit.params.get("problem", ""),
        state=state,
    )


@PAGES.alone("/households/{id}/problems/new", permission=WRITE, post=True)
def add_problem(visit: Visit) -> Response:
    """Keep a new problem, recorded by who is signed in."""

    def blank(work: ReadWork, _found: Household) -> Problem:
        actor = work.actor
        doctor = actor.practitioner_id or ""
        return Problem(uuid7(work.now), None, "", doctor=doctor, doctor_name=actor.display)

    return _keep_problem(visit, blank)


@PAGES.alone("/households/{id}/problems/{problem}", permission=WRITE, post=True)
def change_problem(visit: Visit) -> Response:
    """Keep a changed problem."""
    return _keep_problem(visit, lambda _work, found: _problem(found, visit.params["problem"]))


def _keep_problem(visit: Visit, before: Callable[[ReadWork, Household], Problem]) -> Response:
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        known = before(work, get_household(work, id_))
        problem, errors = problems.understand(visit.form, known, work.today)
        if errors:
            raise Wrong({name: visit.translate(text) for name, text in errors.items()})
        services.record_problem(work, id_, problem)
        return see_other(visit, f"/households/{id_}", flash="household-saved")

    return _attempt(visit, act, lambda work, state: _problem_form(visit, work, state))


@PAGES.alone("/households/{id}/close", permission=WRITE, post=True)
def close_household(visit: Visit) -> Response:
    """Cancel the household; every membership ends today."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        services.close(work, id_)
        return see_other(visit, f"/households/{id_}", flash="household-closed")

    return _attempt(visit, act, lambda work, state: _household(visit, work, "", state))


@PAGES.alone("/households/{id}/delete", permission=WRITE, post=True)
def delete_household(visit: Visit) -> Response:
    """Delete a household that nobody is in; with members it is refused and says why."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        services.delete(work, id_)
        return see_other(visit, "/households", flash="household-deleted")

    return _attempt(
        visit, act, lambda work, state: _household(visit, work, "", state), action=Action.DELETE
    )
