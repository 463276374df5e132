"""Pages of teams, of contracts, and of handing many residents to another doctor or team."""

from collections.abc import Sequence
from datetime import timedelta

from starlette.responses import Response

from kernel.web.acting import Wrong, attempt, needed_day
from kernel.web.i18n import _
from kernel.web.listing import Directory, Listing, Row, arrange
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import Cell
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.life import assignment
from records.life.contracts import Terms, end_contract, sign_contract
from records.life.pages import form_page, life_page
from records.life.permissions import ASSIGN, CONTRACT, TEAMS
from records.life.selection import file_query
from records.life.services import get_file
from records.life.staff import list_doctors, list_staff
from records.life.teams import Wanted, get_team, keep_team, list_teams
from records.life.territory import list_committees
from records.life.views import institutions

PAGES = Pages()


def own_institutions(visit: Visit, work: ReadWork) -> list[tuple[str, str]]:
    """The stations and centres that the actor works for: pairs of id and name."""
    seen = frozenset(work.actor.organisations)
    return [pair for pair in institutions(visit, work) if pair[0] in seen]


def _listing(visit: Visit, work: ReadWork) -> Listing:
    visit.subject = "CareTeam"
    names = dict(own_institutions(visit, work))
    rows = []
    for one in list_teams(work, *names, active=False):
        team = get_team(work, one.id)
        rows.append(
            {
                "id": one.id,
                "name": one.name,
                "organisation": names.get(one.organisation_id, ""),
                "members": "、".join(name for _id, name in team.members if name),
                "active": one.active,
            }
        )
    return arrange(visit, "/teams", rows, {}, ("name", "organisation"))


def _cells(visit: Visit, row: Row) -> Sequence[Cell]:
    state = _("在用") if row["active"] else _("已停用")
    return row["name"], row["organisation"], row["members"], visit.translate(state)


Directory(
    path="/teams",
    permission=TEAMS,
    subject="CareTeam",
    title=_("家医团队"),
    headings=(_("团队名称"), _("机构"), _("成员"), _("状态")),
    listing=_listing,
    cells=_cells,
    choices=lambda visit, work: {"several": len(own_institutions(visit, work)) > 1},
).declare(PAGES)


@PAGES.reads("/teams/new", permission=TEAMS)
def new_team(visit: Visit, work: ReadWork) -> Response:
    """The form of a new team."""
    names = own_institutions(visit, work)
    asked = visit.query.get("organisation", "")
    chosen = asked if asked in dict(names) else names[0][0] if names else ""
    return _team(visit, work, FormState({"organisation": chosen, "active": "yes"}), "")


def _team(visit: Visit, work: ReadWork, state: FormState, team_id: str) -> Response:
    visit.subject = "CareTeam"
    organisation = state.value("organisation")
    return page(
        visit,
        "teams/edit.html",
        http_status=422 if state.errors else 200,
        state=state,
        team_id=team_id,
        organisations=own_institutions(visit, work),
        staff=[(one.id, one.name) for one in list_staff(work, organisation)],
        submission=submission_of(visit),
    )


def _wanted(visit: Visit) -> Wanted:
    return Wanted(
        visit.field("organisation"),
        visit.field("name"),
        visit.choices("member"),
        visit.field("active") != "no",
    )


_TEAM_FIELDS = frozenset({"organisation", "name", "member", "active"})


def _typed(visit: Visit, state: FormState) -> FormState:
    """What was typed, with all that was chosen among the members."""
    return FormState({**state.values, "member": visit.choices("member")}, state.errors)


@PAGES.alone("/teams/new", permission=TEAMS, post=True)
def make_team(visit: Visit) -> Response:
    """A new team."""

    def act(work: Work) -> Response:
        _check_own(visit, work)
        keep_team(work, submission_of(visit), _wanted(visit), expect=None)
        return see_other(visit, "/teams", flash="team-saved")

    return attempt(
        visit, act, lambda work, state: _team(visit, work, _typed(visit, state), ""),
        fields=_TEAM_FIELDS, resource_type="CareTeam",
    )  # fmt: skip


_OWN = _("请选择本人所在或管理的机构。")


def _check_own(visit: Visit, work: ReadWork) -> None:
    if visit.field("organisation") not in dict(own_institutions(visit, work)):
        raise Wrong({"organisation": visit.translate(_OWN)})


@PAGES.reads("/teams/{id}", permission=TEAMS)
def team(visit: Visit, work: ReadWork) -> Response:
    """The form of a team that is there."""
    found = get_team(work, visit.params["id"])
    values = {
        "organisation": found.organisation_id,
        "name": found.name,
        "member": [id_ for id_, _name in found.members],
        "active": "yes" if found.active else "no",
        "version": str(found.version),
    }
    return _team(visit, work, FormState(values), found.id)


@PAGES.alone("/teams/{id}", permission=TEAMS, post=True)
def change_team(visit: Visit) -> Response:
    """Change a team: its name, its members, whether it still works."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        found = get_team(work, id_)
        version = visit.field("version")
        expect = int(version) if version.isdigit() else found.version
        wanted = _wanted(visit)._replace(organisation_id=found.organisation_id)
        keep_team(work, id_, wanted, expect=expect)
        return see_other(visit, "/teams", flash="team-saved")

    def again(work: ReadWork, state: FormState) -> Response:
        keeper = get_team(work, id_).organisation_id
        typed = _typed(visit, state)
        values = {**typed.values, "organisation": keeper}
        return _team(visit, work, FormState(values, typed.errors), id_)

    return attempt(visit, act, again, fields=_TEAM_FIELDS, resource_type="CareTeam")


@PAGES.reads("/residents/{id}/file/contract", permission=CONTRACT)
def contract_form(visit: Visit, work: ReadWork) -> Response:
    """With which team, and for how long; a year from today where nobody says otherwise."""
    start = work.today
    end = start.replace(year=start.year + 1, day=min(start.day, 28)) - timedelta(days=1)
    return _contract(
        visit,
        work,
        FormState({"from_on": start.isoformat(), "last_on": end.isoformat(), "household": "no"}),
    )


def _contract(visit: Visit, work: ReadWork, state: FormState) -> Response:
    keeper = get_file(work, visit.params["id"]).keeper
    choices = [(one.id, one.name) for one in list_teams(work, keeper)]
    return form_page(visit, work, "life/contract.html", state, teams=choices)


@PAGES.alone("/residents/{id}/file/contract", permission=CONTRACT, post=True)
def sign(visit: Visit) -> Response:
    """Sign with a team."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        days = needed_day(visit, "from_on"), needed_day(visit, "last_on")
        household = visit.field("household") == "yes"
        sign_contract(work, id_, Terms(visit.field("team"), *days), household=household)
        return see_other(visit, f"/residents/{id_}/file", flash="contract-signed")

    return attempt(
        visit, act, lambda work, state: _contract(visit, work, state),
        fields=frozenset({"team", "from_on", "last_on", "household"}), resource_type="Patient",
    )  # fmt: skip


@PAGES.alone("/residents/{id}/file/contract/end", permission=CONTRACT, post=True)
def end(visit: Visit) -> Response:
    """End the contract that holds, from today."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        end_contract(work, id_, on=work.today)
        return see_other(visit, f"/residents/{id_}/file", flash="contract-ended")

    return attempt(
        visit, act, lambda work, state: life_page(visit, work, state), resource_type="Patient"
    )


@PAGES.reads("/residents/assign", permission=ASSIGN)
def assign_form(visit: Visit, work: ReadWork) -> Response:
    """Choose residents, see how many they are, and choose the new doctor or team."""
    return _assign(visit, work, FormState(dict(visit.query)))


def _assign(visit: Visit, work: ReadWork, state: FormState, *, goes_on: bool = False) -> Response:
    visit.subject = "Patient"
    names = own_institutions(visit, work)
    organisation = _organisation(names, state.value("organisation"))
    query = file_query({name: state.value(name) for name in _FILTERS})
    shown = bool(organisation)
    return page(
        visit,
        "life/assign.html",
        http_status=422 if state.errors else 200,
        state=FormState({**state.values, "organisation": organisation}, state.errors),
        organisations=names,
        committees=[(c.code, c.name) for c in list_committees(work, organisation)],
        doctors=[(d.id, d.name) for d in list_doctors(work, organisation)] if shown else [],
        teams=[(t.id, t.name) for t in list_teams(work, organisation)],
        files=assignment.count_files(work, organisation, query) if shown else 0,
        contracts=assignment.count_contracts(work, organisation, query) if query.team else None,
        slice=assignment.SLICE,
        done=state.value("done"),
        left=state.value("left"),
        goes_on=goes_on,
    )


def _organisation(names: list[tuple[str, str]], asked: str) -> str:
    """The institution that was chosen, or the only one."""
    if asked in dict(names):
        return asked
    return names[0][0] if len(names) == 1 else ""


_FILTERS = ("committee", "grid", "building", "doctor", "team")
_CHOOSE = _("请选择新的责任医生或团队。")
_ONE = _("一次只能更换责任医生或团队中的一项。")


@PAGES.alone("/residents/assign", permission=ASSIGN, post=True)
def assign(visit: Visit) -> Response:
    """Change a slice of the chosen ones; where more are left, say so and go on with them."""

    def act(work: Work) -> Response:
        organisation = _organisation(own_institutions(visit, work), visit.field("organisation"))
        query = file_query(visit.form)
        doctor, team_id = visit.field("to_doctor"), visit.field("to_team")
        if not organisation:
            raise Wrong({"organisation": visit.translate(_OWN)})
        if bool(doctor) == bool(team_id):
            raise Wrong({"to_doctor": visit.translate(_ONE if doctor else _CHOOSE)})
        if doctor:
            done = assignment.assign_doctor(work, organisation, query, doctor)
            left = assignment.count_files(work, organisation, query, without_doctor=doctor)
        else:
            done = assignment.assign_team(work, organisation, query, team_id)
            left = assignment.count_contracts(work, organisation, query)
        before = visit.field("done")
        total = done + (int(before) if before.isdigit() else 0)
        values = {**visit.form, "done": str(total), "left": str(left)}
        return _assign(visit, work, FormState(values), goes_on=done > 0 and left > 0)

    return attempt(
        visit, act, lambda work, state: _assign(visit, work, state),
        fields=frozenset({"organisation", "to_doctor", "to_team", *_FILTERS}),
        resource_type="Patient",
    )  # fmt: skip
