"""What an address of a programme's list asks for, and what its filters offer."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from health.declare import Programme
from health.lists.managed import STATES
from health.lists.people import ListQuery
from health.programmes import MANAGED
from kernel.errors import bad_request, not_found
from kernel.messages import _
from kernel.web.sealing import sealed, unsealed
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import Sought, file_query, filter_choices, understand

SEARCHED: Final = "programmes"
FILE_NAMES: Final = ("committee", "grid", "doctor", "team")
_WRONG: Final = _("筛选条件无效，请从列表上方重新选择")
STATE_TITLES: Final = {
    "": _("在管和暂时失访"),
    "active": _("在管"),
    "onhold": _("暂时失访"),
    "applied": _("申请中"),
    "ended": _("已结束"),
}


def managed_programme(visit: Visit) -> Programme:
    """The programme of the address, one that people are enrolled in. Raises Refused (404)."""
    name = visit.params["name"]
    found = next((one for one in MANAGED if one.name == name), None)
    if found is None:
        raise not_found(f"programme {name}")
    return found


class Chosen(NamedTuple):
    """What is asked for, and the parameters that lead to the same list again."""

    query: ListQuery
    params: Mapping[str, str]


def chosen(visit: Visit, work: ReadWork, programme: Programme) -> Chosen:
    """The filters of the address. Raises Refused (400) for one that does not exist."""
    visit.subject = "Patient"
    names = ("state", "outcome", "organisation", "search", *FILE_NAMES)
    params = {name: visit.query.get(name, "").strip() for name in names}
    outcomes = {"", *(one.code for one in programme.outcomes)}
    if params["state"] not in STATES or params["outcome"] not in outcomes:
        raise bad_request(_WRONG)
    sought: Sought | None = None
    if params["search"]:
        sought = understand(str(unsealed(work, SEARCHED, params["search"])[0]))
    if sought is not None:
        visit.detail["query"] = {"q": sought.typed}
    file = file_query({name: params[name] for name in FILE_NAMES})
    query = ListQuery(params["state"], params["outcome"], params["organisation"], sought, file)
    return Chosen(query, params)


def search_token(visit: Visit, work: ReadWork) -> str:
    """What was typed into the search box, sealed for an address; "" for nothing."""
    sought = understand(visit.field("q"))
    if sought is None:
        return ""
    visit.detail["query"] = {"q": sought.typed}
    return sealed(work, SEARCHED, [sought.typed])


def choices(visit: Visit, work: ReadWork, query: ListQuery) -> dict[str, Any]:
    """What the filters on the person offer: pairs of code or id and title."""
    tree = visit.site.authenticator.tree(work.connection)
    scope = [(id_, tree.name(id_) or id_) for id_ in work.actor.organisations]
    return {
        **filter_choices(work, query.organisation),
        "organisations": scope if len(scope) > 1 else [],
        "search_text": query.sought.typed if query.sought else "",
    }
