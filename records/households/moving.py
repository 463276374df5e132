"""Pages on which people come, go and follow one another: join, leave, new head, merge.

Nothing that names a person stands in an address: who is looked for is posted, and found people are
chosen by the id of their record.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import not_found
from kernel.web.acting import Wrong, attempt, day_in
from kernel.web.i18n import _
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.submission import is_saved, submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.households import queries, services
from records.households.codes import DEAD, HEAD, MOVED, SELF
from records.households.group import Body, Member, active_members, head_of, number_of
from records.households.kinship import suggest_relations
from records.households.permissions import WRITE
from records.households.services import Household, get_household
from records.households.views import header, heads_of, kin_of, member_rows, people_of, summary
from records.reading import address_of, death_of, id_of, identity_number_of, name_of
from records.residents.finding import understand
from records.residents.frame import READ as READ_RESIDENT
from records.residents.frame import frame
from records.residents.panels import born_of
from records.residents.queries import ResidentQuery, get_resident, list_residents
from records.terminology import catalogue

PAGES = Pages()
_attempt = partial(attempt, resource_type="Group")
_MOST = 10
_STAYS = ""
_CHOOSE_PERSON = _("请先查找并选择一位居民。")
_CHOOSE_HOME = _("请先查找并选择一个家庭。")
_CHOOSE_LEAVING = _("请选择离开的原因。")
_NOBODY = _("没有找到符合条件的居民。请检查姓名或号码；没有档案的人先建档。")
_NO_HOME = _("没有找到符合条件的家庭。请检查家庭编号、户主姓名或地址。")


def relation_choices(visit: Visit) -> list[tuple[str, str]]:
    """Every relation that somebody can have to a head, with its code for typing it."""
    return [
        (code, f"{code} {visit.translate(title)}")
        for code, title in catalogue.choices("gb-relation")
        if code not in (HEAD, SELF)
    ]


def _on_a_day(visit: Visit, work: ReadWork) -> FormState:
    """What has been typed so far; the day is today where no other one was."""
    return FormState({**visit.form, "on": visit.field("on") or work.today.isoformat()})


def _shown(visit: Visit, work: ReadWork, found: Household) -> dict[str, Any]:
    return {"household": header(visit, work, found, people_of(work, found.body))}


@PAGES.reads("/households/{id}/join", permission=WRITE)
def join_form(visit: Visit, work: ReadWork) -> Response:
    """Look for who comes into the household."""
    return _join(visit, work, _on_a_day(visit, work))


@PAGES.reads("/households/{id}/join/find", permission=WRITE, post=True, action=Action.SEARCH)
def join_find(visit: Visit, work: ReadWork) -> Response:
    """The residents who are found, to choose from."""
    return _join(visit, work, _on_a_day(visit, work))


def _join(visit: Visit, work: ReadWork, state: FormState) -> Response:
    found = get_household(work, visit.params["id"])
    inside = {one.patient_id for one in active_members(found.body)}
    sought = understand(state.value("q"))
    people: Sequence[Body] = []
    if sought is not None:
        visit.detail["query"] = {"q": sought.typed}
        query = ResidentQuery(sought, state="active")
        people = [
            one
            for one in list_residents(work, query, limit=_MOST + len(inside)).bodies
            if one["id"] not in inside
        ]
    return page(
        visit,
        "households/join.html",
        http_status=422 if state.errors else 200,
        **_shown(visit, work, found),
        state=state,
        candidates=[_candidate(work, one) for one in people[:_MOST]],
        nothing=visit.translate(_NOBODY) if sought is not None and not people else "",
        relations=relation_choices(visit),
    )


def _candidate(work: ReadWork, body: Body) -> dict[str, Any]:
    home = queries.find_household_of(work, body["id"])
    return {
        "id": body["id"],
        "name": name_of(body),
        "sex": body.get("gender"),
        "birth_date": born_of(work, body),
        "identity_number": identity_number_of(body),
        "address": address_of(body),
        "household": number_of(home.body) if home else "",
        "household_id": home.id if home else "",
    }


@PAGES.alone("/households/{id}/join", permission=WRITE, post=True)
def join(visit: Visit) -> Response:
    """Take the chosen resident in."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        patient = visit.field("patient")
        if not patient:
            raise Wrong({"q": visit.translate(_CHOOSE_PERSON)})
        relation = visit.field("relation")
        services.join(work, id_, patient, relation=relation, on=day_in(visit, "on"))
        return see_other(visit, f"/households/{id_}", flash="household-joined")

    fields = frozenset({"relation", "on"})
    return _attempt(visit, act, lambda work, state: _join(visit, work, state), fields=fields)


@PAGES.reads("/households/{id}/members/{member}/leave", permission=WRITE)
def leave_form(visit: Visit, work: ReadWork) -> Response:
    """When and why a member leaves; of a head with others, who comes next is asked first."""
    found = get_household(work, visit.params["id"])
    member = _member(found, visit.params["member"])
    if member.is_head and len(active_members(found.body)) > 1:
        return see_other(visit, f"/households/{found.id}/head")
    return _leave(visit, work, FormState({"on": work.today.isoformat(), "left_for": MOVED}))


def _member(found: Household, patient_id: str) -> Member:
    for one in active_members(found.body):
        if one.patient_id == patient_id:
            return one
    raise not_found(f"member {patient_id}")


def _leave(visit: Visit, work: ReadWork, state: FormState) -> Response:
    found = get_household(work, visit.params["id"])
    member = _member(found, visit.params["member"])
    rows = member_rows(work, [member], people_of(work, found.body))
    return page(
        visit,
        "households/leave.html",
        http_status=422 if state.errors else 200,
        **_shown(visit, work, found),
        member=rows[0],
        last=len(active_members(found.body)) == 1,
        state=state,
    )


@PAGES.alone("/households/{id}/members/{member}/leave", permission=WRITE, post=True)
def leave(visit: Visit) -> Response:
    """End a membership."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        reason = visit.field("left_for")
        if reason not in (MOVED, DEAD):
            raise Wrong({"left_for": visit.translate(_CHOOSE_LEAVING)})
        services.leave(work, id_, visit.params["member"], on=day_in(visit, "on"), left_for=reason)
        return see_other(visit, f"/households/{id_}", flash="household-left")

    fields = frozenset({"on", "left_for"})
    return _attempt(visit, act, lambda work, state: _leave(visit, work, state), fields=fields)


@PAGES.reads("/households/{id}/head", permission=WRITE)
def head_form(visit: Visit, work: ReadWork) -> Response:
    """Choose a new head; then everybody's relation to the new one, as far as it can be told."""
    found = get_household(work, visit.params["id"])
    people = people_of(work, found.body)
    chosen = visit.query.get("to", "")
    values = {"to": chosen, "on": work.today.isoformat(), "left_for": _STAYS}
    old = head_of(found.body)
    died, died_on = death_of(people.get(old.patient_id, {})) if old else (False, None)
    if died:
        values |= {"left_for": DEAD, "on": (died_on or work.today).isoformat()}
    if chosen:
        _member(found, chosen)
        kin = kin_of(active_members(found.body), people)
        told = suggest_relations(kin, chosen)
        values |= {f"relation-{id_}": code for id_, code in told.items()}
    return _head(visit, work, FormState(values))


def _head(visit: Visit, work: ReadWork, state: FormState) -> Response:
    found = get_household(work, visit.params["id"])
    people = people_of(work, found.body)
    members = active_members(found.body)
    old = head_of(found.body)
    return page(
        visit,
        "households/head.html",
        http_status=422 if state.errors else 200,
        **_shown(visit, work, found),
        members=member_rows(work, members, people),
        chosen=state.value("to"),
        old_id=old.patient_id if old else "",
        old_died=old is not None and death_of(people.get(old.patient_id, {}))[0],
        state=state,
        relations=relation_choices(visit),
    )


@PAGES.alone("/households/{id}/head", permission=WRITE, post=True)
def change_head(visit: Visit) -> Response:
    """Make another member the head; the old one stays, or leaves with it."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        reason = visit.field("left_for")
        if reason not in (_STAYS, MOVED, DEAD):
            raise Wrong({"left_for": visit.translate(_CHOOSE_LEAVING)})
        services.change_head(
            work, id_, visit.field("to"),
            relations=_relations(visit), on=day_in(visit, "on"), left_for=reason,
        )  # fmt: skip
        return see_other(visit, f"/households/{id_}", flash="household-head")

    fields = frozenset({"on", "left_for", *_names(visit)})
    return _attempt(visit, act, lambda work, state: _head(visit, work, state), fields=fields)


def _names(visit: Visit) -> list[str]:
    return [name for name in visit.form if name.startswith("relation-")]


def _relations(visit: Visit) -> Mapping[str, str]:
    return {name.removeprefix("relation-"): visit.field(name) for name in _names(visit)}


@PAGES.reads("/households/{id}/merge", permission=WRITE)
def merge_form(visit: Visit, work: ReadWork) -> Response:
    """Look for the household whose members come into this one."""
    return _merge(visit, work, FormState())


@PAGES.reads("/households/{id}/merge/find", permission=WRITE, post=True, action=Action.SEARCH)
def merge_find(visit: Visit, work: ReadWork) -> Response:
    """The household that was found, and its members, whose relations are asked."""
    return _merge(visit, work, FormState(visit.form))


def _merge(visit: Visit, work: ReadWork, state: FormState) -> Response:
    found = get_household(work, visit.params["id"])
    homes = _homes(visit, work, state.value("q"), without=found.id)
    other = state.value("other") or (homes[0]["id"] if len(homes) == 1 else "")
    coming: list[dict[str, Any]] = []
    if other:
        body = get_household(work, other).body
        coming = member_rows(work, active_members(body), people_of(work, body))
    return page(
        visit,
        "households/merge.html",
        http_status=422 if state.errors else 200,
        **_shown(visit, work, found),
        homes=homes,
        other=other,
        coming=coming,
        nothing=visit.translate(_NO_HOME) if state.value("q") and not homes else "",
        state=state,
        relations=relation_choices(visit),
        today=work.today,
    )


def _homes(visit: Visit, work: ReadWork, typed: str, *, without: str = "") -> list[dict[str, Any]]:
    """Households in use that are found by what was typed."""
    sought = understand(typed)
    if sought is None:
        return []
    visit.detail["query"] = {"q": sought.typed}
    query = queries.HouseholdQuery(sought, state="active")
    rows = queries.list_households(work, query, limit=_MOST)
    heads = heads_of(work, [one["body"] for one in rows])
    homes = [Household(one["id"], 0, one["body"]) for one in rows if one["id"] != without]
    return [summary(visit, work, home, heads) for home in homes]


@PAGES.alone("/households/{id}/merge", permission=WRITE, post=True)
def merge(visit: Visit) -> Response:
    """Move the members of the other household into this one."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        other = visit.field("other")
        if not other:
            raise Wrong({"q": visit.translate(_CHOOSE_HOME)})
        relations = _relations(visit)
        services.merge_households(work, id_, other, relations=relations, on=day_in(visit, "on"))
        return see_other(visit, f"/households/{id_}", flash="household-merged")

    fields = frozenset({"on", *_names(visit)})
    return _attempt(visit, act, lambda work, state: _merge(visit, work, state), fields=fields)


@PAGES.reads("/residents/{id}/household", permission=READ_RESIDENT)
def household_of(visit: Visit, work: ReadWork) -> Response:
    """The tab 家庭: leads to the household, or offers to found one or to join one."""
    found = queries.find_household_of(work, visit.params["id"])
    if found is not None:
        return see_other(visit, f"/households/{found.id}")
    return _without(visit, work, _on_a_day(visit, work))


@PAGES.reads("/residents/{id}/household/find", permission=WRITE, post=True, action=Action.SEARCH)
def household_find(visit: Visit, work: ReadWork) -> Response:
    """The households that are found for somebody who has none."""
    return _without(visit, work, _on_a_day(visit, work))


def _without(visit: Visit, work: ReadWork, state: FormState) -> Response:
    id_ = visit.params["id"]
    homes = _homes(visit, work, state.value("q"))
    body = get_resident(work, id_)
    keeper = id_of(body.get("managingOrganization"), "Organization")
    return page(
        visit,
        "households/none.html",
        http_status=422 if state.errors else 200,
        **frame(visit, work, id_, "household"),
        state=state,
        homes=homes,
        nothing=visit.translate(_NO_HOME) if state.value("q") and not homes else "",
        relations=relation_choices(visit),
        may_write=work.actor.may(WRITE),
        kept=body.get("active", True) and not death_of(body)[0],
        committees=queries.committee_choices(work, keeper),
        submission=submission_of(visit),
    )


@PAGES.alone("/residents/{id}/household", permission=WRITE, post=True)
def found_household(visit: Visit) -> Response:
    """A new household with this resident as its head, or a place in one that was found."""
    id_ = visit.params["id"]

    def act(work: Work) -> Response:
        if visit.field("how") == "join":
            made = visit.field("household")
            if not made:
                raise Wrong({"q": visit.translate(_CHOOSE_HOME)})
            services.join(work, made, id_, relation=visit.field("relation"), on=day_in(visit, "on"))
            return see_other(visit, f"/households/{made}", flash="household-joined")
        made = submission_of(visit)
        if not is_saved(work, "Group", made):
            committee = visit.field("committee")
            services.new_household(work, id_, id=made, on=day_in(visit, "on"), committee=committee)
        return see_other(visit, f"/households/{made}", flash="household-made")

    fields = frozenset({"relation", "on", "committee"})
    return _attempt(
        visit, act, lambda work, state: _without(visit, work, state),
        fields=fields, resource_type="Patient",
    )  # fmt: skip
