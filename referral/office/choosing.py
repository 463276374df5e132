"""What an address of the hospital's list asks for, and what its filters offer."""

from typing import Any, Final, NamedTuple

from kernel.errors import bad_request
from kernel.messages import _
from kernel.web.sealing import sealed, unsealed
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import Sought, catalogue, understand
from referral.office.departments import list_departments
from referral.office.queries import OfficeQuery, list_communities
from referral.office.tabs import STATES, Tab
from referral.states import STATE_TITLES

UNKNOWN: Final = _("筛选条件无效，请从列表上方重新选择")
_FLAGS: Final = ("late", "risk", "mine")
_SEARCHED: Final = "referral-office"
_URGENCIES: Final = ("emergency", "urgent", "routine")


class Chosen(NamedTuple):
    """The query of an address, and the parameters that lead to the same list again."""

    query: OfficeQuery
    params: dict[str, str]


def chosen(visit: Visit, work: ReadWork) -> Chosen:
    """What the address asks for. Raises Refused (400) for what there is not."""
    visit.subject = "Patient"
    names = ("tab", "state", "urgency", "department", "community", *_FLAGS, "search")
    params = {name: visit.query.get(name, "").strip() for name in names}
    wrong = (
        params["tab"] not in ("", *Tab)
        or params["state"] not in ("", *STATES)
        or params["urgency"] not in ("", *_URGENCIES)
        or any(params[name] not in ("", "1") for name in _FLAGS)
    )
    if wrong:
        raise bad_request(UNKNOWN)
    query = OfficeQuery(
        tab=Tab(params["tab"] or Tab.WAITING),
        state=params["state"],
        urgency=params["urgency"],
        department=params["department"],
        community=params["community"],
        late=bool(params["late"]),
        risk=bool(params["risk"]),
        mine=bool(params["mine"]),
        sought=sought_in(visit, work),
    )
    return Chosen(query, {**params, "tab": query.tab.value})


def search_token(visit: Visit, work: ReadWork) -> str:
    """What was typed into the search box, sealed for an address; "" for nothing."""
    sought = understand(visit.field("q"))
    _tell(visit, sought)
    return sealed(work, _SEARCHED, [sought.typed]) if sought else ""


def sought_in(visit: Visit, work: ReadWork) -> Sought | None:
    """What the address says was typed; it is told to the access audit. Raises Refused (400)."""
    token = visit.query.get("search", "")
    sought = understand(str(unsealed(work, _SEARCHED, token)[0])) if token else None
    _tell(visit, sought)
    return sought


def _tell(visit: Visit, sought: Sought | None) -> None:
    if sought is not None:
        visit.detail["query"] = {"q": sought.typed}


def choices(visit: Visit, work: ReadWork, query: OfficeQuery) -> dict[str, Any]:
    """What the filters offer: pairs of code or id and title; the Chinese is translated here."""
    said, tree = visit.translate, visit.site.authenticator.tree(work.connection)
    return {
        "urgencies": [(code, said(title)) for code, title in catalogue.choices("referral-urgency")],
        "states": [(state.value, said(STATE_TITLES[state])) for state in STATES],
        "departments": list_departments(work, work.actor.organisation_id),
        "communities": [(id_, tree.name(id_) or id_) for id_ in list_communities(work)],
        "search_text": query.sought.typed if query.sought else "",
    }
