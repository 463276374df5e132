"""What an address of a programme's list asks for, and what its filters offer."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from health.declare import Programme
from health.lists.managed import STATES
from health.lists.people import ListQuery
from health.programmes import MANAGED
from health.searching import UNKNOWN, sought_in
from kernel.errors import bad_request, not_found
from kernel.messages import _
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import file_query

FILE_NAMES: Final = ("committee", "grid", "doctor", "team")
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
        raise bad_request(UNKNOWN)
    sought = sought_in(visit, work)
    file = file_query({name: params[name] for name in FILE_NAMES})
    query = ListQuery(params["state"], params["outcome"], params["organisation"], sought, file)
    return Chosen(query, params)
