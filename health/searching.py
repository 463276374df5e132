"""What was typed into the search box of a list: it goes on sealed, never readable in an address."""

from typing import Any, Final

from kernel.messages import _
from kernel.web.sealing import sealed, unsealed
from kernel.web.visit import Visit
from kernel.work import ReadWork
from records.api import Sought, filter_choices, understand

UNKNOWN: Final = _("筛选条件无效，请从列表上方重新选择")
_SEARCHED: Final = "health-search"


def search_token(visit: Visit, work: ReadWork) -> str:
    """What was typed into the search box, sealed for an address; "" for nothing."""
    sought: Sought | None = understand(visit.field("q"))
    _tell(visit, sought)
    return sealed(work, _SEARCHED, [sought.typed]) if sought else ""


def sought_in(visit: Visit, work: ReadWork) -> Sought | None:
    """What the address says was typed; it is told to the access audit. Raises Refused (400)."""
    token = visit.query.get("search", "")
    sought: Sought | None = None
    if token:
        sought = understand(str(unsealed(work, _SEARCHED, token)[0]))
    _tell(visit, sought)
    return sought


def _tell(visit: Visit, sought: Sought | None) -> None:
    if sought is not None:
        visit.detail["query"] = {"q": sought.typed}


def person_choices(
    visit: Visit, work: ReadWork, organisation: str, sought: Sought | None
) -> dict[str, Any]:
    """What the filters on the person offer: pairs of code or id and title."""
    tree = visit.site.authenticator.tree(work.connection)
    scope = [(id_, tree.name(id_) or id_) for id_ in work.actor.organisations]
    return {
        **filter_choices(work, organisation),
        "organisations": scope if len(scope) > 1 else [],
        "search_text": sought.typed if sought else "",
    }
