"""/referral-agreements: which department takes what from whom, and the slots of a department."""

from collections.abc import Container, Sequence
from datetime import date, time
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select
from starlette.responses import Response

from kernel.clock import SHANGHAI, as_datetime
from kernel.declare.module import NavItem
from kernel.declare.roles import Role
from kernel.messages import Message, _, joined
from kernel.security.directory import OrganisationKind, Tree
from kernel.web.acting import Wrong, attempt, day_in, needed_day
from kernel.web.listing import Directory, Listing, Row, arrange, asked, matches
from kernel.web.page import FormState
from kernel.web.pages import Pages
from kernel.web.shell import page, see_other
from kernel.web.spreadsheet import Cell
from kernel.web.submission import submission_of
from kernel.web.visit import Visit
from kernel.work import ReadWork, Work
from records.api import catalogue, id_of, load_all, name_of
from referral.agreements.bodies import Agreement, agreements_of
from referral.agreements.rules import may_keep
from referral.agreements.services import (
    Plan,
    get_department,
    keep_agreement,
    make_department,
    make_slots,
)
from referral.moving.owners import list_staff
from referral.office.slots import WEEKDAYS, FreeSlot, list_free_slots
from referral.permissions import AGREEMENTS, KEEP_AGREEMENTS
from referral.request import DISEASES
from referral.supervision.labels import disease_title
from referral.tables import referral_department

PAGES = Pages()
PATH: Final = "/referral-agreements"
NAVIGATION: Final = (NavItem("转诊协议", PATH, AGREEMENTS, 66, "双向转诊"),)
_PARTNERS: Final = frozenset(
    {
        OrganisationKind.CITY_BUREAU, OrganisationKind.DISTRICT_BUREAU,
        OrganisationKind.CENTRE, OrganisationKind.STATION,
    }
)  # fmt: skip
_FIELDS: Final = frozenset(
    {
        "hospital", "department", "partner", "from", "to", "direction", "disease", "conditions",
        "capacity", "contact",
    }
)  # fmt: skip
_NO_NAME: Final = _("请填写科室名称，例如：心血管内科。")
_NO_PARTNER: Final = _("请选择协议机构。")
_NO_WAY: Final = _("请选择转诊方向。")
_NUMBER: Final = _("每天名额应是 0 到 999 的整数，0 表示不限。")
_MOST: Final = 999
_NO_CONTACT: Final = _("联络人应是这家医院的转诊联络员，请重新选择。")
_NO_HOSPITAL: Final = _("请选择医院。")
_TIME: Final = _("请填写时间，例如 08:00。")
_MINUTES: Final = _("每个号的时间应是 5 到 240 分钟的整数。")
_DAYS: Final = _("请选择星期。")
_SLOTS: Final = frozenset({"from", "to", "weekday", "begin", "end", "minutes"})
_WEEKDAYS: Final = tuple((str(number), title) for number, title in enumerate(WEEKDAYS))


def _tree(visit: Visit, work: ReadWork) -> Tree:
    return visit.site.authenticator.tree(work.connection)


def hospitals(visit: Visit, work: ReadWork) -> list[tuple[str, str]]:
    """The hospitals whose agreements the actor keeps: pairs of id and name."""
    tree = _tree(visit, work)
    return [
        (id_, one.name)
        for id_, one in sorted(tree.organisations.items())
        if one.kind is OrganisationKind.HOSPITAL and may_keep(work, id_)
    ]


def _concerned(visit: Visit, work: ReadWork) -> set[str] | None:
    """The partners whose agreements the actor sees; None for everybody's."""
    actor = work.actor
    if actor.roles & {Role.BUREAU_OFFICER, Role.REFERRAL_COORDINATOR}:
        return None
    return set(_tree(visit, work).path(actor.organisation_id)) | set(actor.organisations)


def _listing(visit: Visit, work: ReadWork) -> Listing:
    visit.subject = "HealthcareService"
    rows = [row for row in _rows(visit, work) if _fits(visit, row)]
    sorts = ("hospital", "department", "partner", "from_on")
    return arrange(visit, PATH, rows, asked(visit, "q", "state"), sorts)


def _fits(visit: Visit, row: Row) -> bool:
    wanted = asked(visit, "q", "state")
    found = not wanted["q"] or matches(
        wanted["q"], row["hospital"], row["department"], row["partner"]
    )
    return found and wanted["state"] in ("", row["state"])


def _rows(visit: Visit, work: ReadWork) -> list[Row]:
    tree, concerned = _tree(visit, work), _concerned(visit, work)
    own = work.actor.organisation_id if Role.REFERRAL_COORDINATOR in work.actor.roles else ""
    table = referral_department.c
    ids = list(work.connection.scalars(select(table.source_id)))
    rows: list[Row] = []
    for id_, body in load_all(work, "HealthcareService", ids).items():
        hospital = id_of(body.get("providedBy"), "Organization")
        if own and hospital != own:
            continue
        for one in agreements_of(body):
            if concerned is None or one.partner_id in concerned:
                rows.append(_row(work, tree, id_, body, one))
    return sorted(rows, key=lambda row: _in_order(tree, row))


def _in_order(tree: Tree, row: Row) -> tuple[Any, ...]:
    """By hospital and department, then by partner and age."""
    hospital = _as_told(tree, row["hospital_id"])
    return hospital, row["department"], _as_told(tree, row["partner_id"]), row["from_on"]


def _row(work: ReadWork, tree: Tree, id_: str, body: Any, one: Agreement) -> Row:
    hospital = id_of(body.get("providedBy"), "Organization")
    return {
        "id": f"{id_}/{one.id}",
        "department_id": id_,
        "hospital_id": hospital,
        "hospital": tree.name(hospital) or "",
        "department": str(body.get("name", "")),
        "partner_id": one.partner_id,
        "partner": tree.name(one.partner_id) or "",
        "directions": joined(catalogue.title("referral-direction", c) for c in one.directions),
        "diseases": joined(disease_title(code) for code in one.diseases),
        "conditions": one.conditions,
        "capacity": one.capacity,
        "from_on": one.from_on,
        "to_on": one.to_on,
        "state": state_of(one, work.today),
        "may_keep": may_keep(work, hospital),
    }


def state_of(one: Agreement, today: date) -> str:
    """Whether an agreement holds: `now`, `later` or `over`."""
    if one.holds(today):
        return "now"
    return "later" if today < one.from_on else "over"


STATES: Final = {"now": _("生效中"), "later": _("未生效"), "over": _("已结束")}


def _cells(visit: Visit, row: Row) -> Sequence[Cell]:
    said = visit.translate
    return (
        row["hospital"],
        row["department"],
        row["partner"],
        said(row["directions"]),
        said(row["diseases"] or _("不限")),
        row["conditions"],
        row["capacity"] or said(_("不限")),
        row["from_on"],
        row["to_on"],
        said(STATES[row["state"]]),
    )


def _choices(_visit: Visit, work: ReadWork) -> dict[str, Any]:
    return {
        "states": list(STATES.items()),
        "state_titles": STATES,
        "may_make": work.actor.may(KEEP_AGREEMENTS),
    }


Directory(
    path=PATH,
    permission=AGREEMENTS,
    subject="HealthcareService",
    title=_("转诊协议"),
    headings=(
        _("医院"), _("科室"), _("协议机构"), _("方向"), _("病种"), _("条件"), _("每天名额"),
        _("开始日期"), _("结束日期"), _("状态"),
    ),
    listing=_listing,
    cells=_cells,
    choices=_choices,
).declare(PAGES)  # fmt: skip


# Slots come first: their address would also be that of an agreement.


@PAGES.reads(f"{PATH}/{{id}}/slots", permission=KEEP_AGREEMENTS)
def slots(visit: Visit, work: ReadWork) -> Response:
    """The free slots of a department, and a form that makes more."""
    today = work.today.isoformat()
    values = {
        "from": today, "to": today, "begin": "08:00", "end": "12:00", "minutes": "30",
        "weekday": [str(day) for day in range(5)],
    }  # fmt: skip
    return _slots(visit, work, FormState(values))


def _slots(visit: Visit, work: ReadWork, state: FormState) -> Response:
    body, _version = get_department(work, visit.params["id"])
    hospital = id_of(body.get("providedBy"), "Organization")
    named = load_all(work, "Organization", [hospital]).get(hospital, {})
    free = list_free_slots(work, [visit.params["id"]], most=_SHOWN)
    return page(
        visit,
        "referral-agreements/slots.html",
        http_status=422 if state.errors else 200,
        state=state,
        department={"id": visit.params["id"], "name": str(body.get("name", ""))},
        hospital=name_of(named) if "name" not in named else str(named["name"]),
        days=_days(free),
        free=len(free),
        weekdays=[(code, visit.translate(title)) for code, title in _WEEKDAYS],
        back_href=PATH,
        more=Message(_FIRST, n=_SHOWN) if len(free) == _SHOWN else "",
    )


def _days(free: Sequence[FreeSlot]) -> list[dict[str, Any]]:
    """The slots of each day: the times at which they begin and end."""
    spans = [[as_datetime(at).astimezone(SHANGHAI) for at in one[2:]] for one in free]
    return [
        {
            "day": day,
            "weekday": WEEKDAYS[day.weekday()],
            "times": [f"{begin:%H:%M}–{end:%H:%M}" for begin, end in several],
        }
        for day, several in groupby(spans, key=lambda span: span[0].date())
    ]


_SHOWN: Final = 60
_FIRST: Final = _("只列出最近的 %(n)s 个。")


def _plan(visit: Visit) -> Plan:
    """The slots that were asked for. Raises Wrong."""
    minutes = visit.field("minutes")
    if not minutes.isdecimal() or not _SHORTEST <= int(minutes) <= _LONGEST:
        raise Wrong({"minutes": visit.translate(_MINUTES)})
    days = frozenset(int(day) for day in visit.choices("weekday") if day in dict(_WEEKDAYS))
    if not days:
        raise Wrong({"weekday": visit.translate(_DAYS)})
    return Plan(
        needed_day(visit, "from"),
        needed_day(visit, "to"),
        days,
        _time(visit, "begin"),
        _time(visit, "end"),
        int(minutes),
    )


_SHORTEST, _LONGEST = 5, 240


def _time(visit: Visit, name: str) -> time:
    try:
        return time.fromisoformat(visit.field(name).replace("：", ":"))
    except ValueError:
        raise Wrong({name: visit.translate(_TIME)}) from None


@PAGES.alone(f"{PATH}/{{id}}/slots", permission=KEEP_AGREEMENTS, post=True)
def add_slots(visit: Visit) -> Response:
    """Make free slots of a department."""

    def act(work: Work) -> Response:
        make_slots(work, visit.params["id"], _plan(visit))
        return see_other(visit, f"{PATH}/{visit.params['id']}/slots", flash="slots-made")

    def again(work: ReadWork, state: FormState) -> Response:
        days = {"weekday": visit.choices("weekday")}
        return _slots(visit, work, FormState({**state.values, **days}, state.errors))

    return attempt(visit, act, again, fields=_SLOTS, resource_type="Slot")


@PAGES.reads(f"{PATH}/new", permission=KEEP_AGREEMENTS)
def new_agreement(visit: Visit, work: ReadWork) -> Response:
    """The form of a new agreement."""
    mine = hospitals(visit, work)
    values = {
        "hospital": visit.query.get("hospital") or (mine[0][0] if len(mine) == 1 else ""),
        "from": work.today.isoformat(),
        "direction": ["up"],
        "capacity": "0",
    }
    return _form(visit, work, FormState(values), "")


def _form(visit: Visit, work: ReadWork, state: FormState, at: str) -> Response:
    tree = _tree(visit, work)
    hospital = state.value("hospital")
    return page(
        visit,
        "referral-agreements/edit.html",
        http_status=422 if state.errors else 200,
        state=state,
        at=at,
        hospitals=hospitals(visit, work),
        partners=_partners(tree),
        directions=[(c, visit.translate(t)) for c, t in catalogue.choices("referral-direction")],
        diseases=[(key, visit.translate(disease_title(key))) for key in DISEASES],
        contacts=_contacts(visit, work, hospital),
        submission=submission_of(visit),
    )


def _partners(tree: Tree) -> list[tuple[str, str]]:
    """With whom an agreement can be made, each bureau and centre above those that belong to it."""
    return [
        (id_, f"{_DEEPER * (len(tree.path(id_)) - 1)}{tree.name(id_)}")
        for id_ in sorted(tree.organisations, key=lambda id_: _as_told(tree, id_))
        if tree.kind(id_) in _PARTNERS
    ]


def _contacts(visit: Visit, work: ReadWork, hospital: str) -> list[tuple[str, str]]:
    """The coordinators of a hospital; with the hospital's name where none is chosen yet."""
    role = Role.REFERRAL_COORDINATOR
    if hospital:
        return list_staff(work, hospital, role)
    return [
        (id_, Message(_STANDS, name=name, hospital=title))
        for one, title in hospitals(visit, work)
        for id_, name in list_staff(work, one, role)
    ]


_STANDS: Final = _("%(name)s（%(hospital)s）")
_DEEPER: Final = "\u3000"


def _as_told(tree: Tree, id_: str) -> list[tuple[int, str]]:
    """The order of institutions: a bureau before its centres, a centre before its stations."""
    path = tree.path(id_)
    return [(len(one), one) for one in path]


def _typed(visit: Visit, state: FormState) -> FormState:
    several = {name: visit.choices(name) for name in ("direction", "disease")}
    return FormState({**state.values, **several}, state.errors)


def _wanted(visit: Visit, work: ReadWork, id_: str, hospital: str) -> Agreement:
    """The agreement of a hospital that was typed. Raises Wrong."""
    errors = {}
    capacity = visit.field("capacity") or "0"
    if not capacity.isdecimal() or int(capacity) > _MOST:
        errors["capacity"] = visit.translate(_NUMBER)
    if visit.field("partner") not in dict(_partners(_tree(visit, work))):
        errors["partner"] = visit.translate(_NO_PARTNER)
    directions = _chosen(visit, "direction", dict(catalogue.choices("referral-direction")))
    if not directions:
        errors["direction"] = visit.translate(_NO_WAY)
    if not visit.field("department") and not id_:
        errors["department"] = visit.translate(_NO_NAME)
    if visit.field("contact") not in ("", *dict(_contacts(visit, work, hospital))):
        errors["contact"] = visit.translate(_NO_CONTACT)
    if errors:
        raise Wrong(errors)
    return Agreement(
        id_,
        visit.field("partner"),
        needed_day(visit, "from"),
        day_in(visit, "to"),
        directions,
        _chosen(visit, "disease", DISEASES),
        visit.field("conditions"),
        int(capacity),
        visit.field("contact"),
    )


def _chosen(visit: Visit, name: str, known: Container[str]) -> tuple[str, ...]:
    return tuple(code for code in visit.choices(name) if code in known)


@PAGES.alone(f"{PATH}/new", permission=KEEP_AGREEMENTS, post=True)
def make_agreement(visit: Visit) -> Response:
    """A new agreement, of a department that is there or of a new one."""

    def act(work: Work) -> Response:
        hospital = visit.field("hospital")
        if hospital not in dict(hospitals(visit, work)):
            raise Wrong({"hospital": visit.translate(_NO_HOSPITAL)})
        wanted = _wanted(visit, work, "", hospital)
        department = make_department(work, hospital, visit.field("department"))
        keep_agreement(work, department, wanted)
        return see_other(visit, PATH, flash="agreement-saved")

    return attempt(
        visit, act, lambda work, state: _form(visit, work, _typed(visit, state), ""),
        fields=_FIELDS, resource_type="HealthcareService",
    )  # fmt: skip


@PAGES.reads(f"{PATH}/{{id}}/{{agreement}}", permission=KEEP_AGREEMENTS)
def agreement(visit: Visit, work: ReadWork) -> Response:
    """The form of an agreement that is there."""
    body, _version = get_department(work, visit.params["id"])
    found = [one for one in agreements_of(body) if one.id == visit.params["agreement"]]
    if not found or not may_keep(work, id_of(body.get("providedBy"), "Organization")):
        return see_other(visit, PATH)
    one = found[0]
    values = {
        "hospital": id_of(body.get("providedBy"), "Organization"),
        "department": str(body.get("name", "")),
        "partner": one.partner_id,
        "from": one.from_on.isoformat(),
        "to": one.to_on.isoformat() if one.to_on else "",
        "direction": list(one.directions),
        "disease": list(one.diseases),
        "conditions": one.conditions,
        "capacity": str(one.capacity),
        "contact": one.contact_id,
    }
    return _form(visit, work, FormState(values), f"{visit.params['id']}/{one.id}")


@PAGES.alone(f"{PATH}/{{id}}/{{agreement}}", permission=KEEP_AGREEMENTS, post=True)
def change_agreement(visit: Visit) -> Response:
    """Change an agreement, or end it by its last day."""
    id_, own = visit.params["id"], visit.params["agreement"]

    def act(work: Work) -> Response:
        body, _version = get_department(work, id_)
        hospital = id_of(body.get("providedBy"), "Organization")
        keep_agreement(work, id_, _wanted(visit, work, own, hospital))
        return see_other(visit, PATH, flash="agreement-saved")

    def again(work: ReadWork, state: FormState) -> Response:
        body, _version = get_department(work, id_)
        typed = _typed(visit, state)
        told = {
            "hospital": id_of(body.get("providedBy"), "Organization"),
            "department": str(body.get("name", "")),
        }
        return _form(visit, work, FormState({**typed.values, **told}, typed.errors), f"{id_}/{own}")

    return attempt(visit, act, again, fields=_FIELDS, resource_type="HealthcareService")
