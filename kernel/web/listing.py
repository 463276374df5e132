"""Lists that fit into memory (staff, institutions, accounts): filtered, sorted, paged in one way.

Residents and the audit log have lists of their own, because a city's do not fit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.errors import bad_request
from kernel.values.names import name_keys, search_key
from kernel.web.i18n import _
from kernel.web.page import ListState, Pager
from kernel.web.visit import Visit

PAGE_SIZE = 50
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows in the order that was asked for, and the page of them that is shown."""

    rows: Sequence[Row]
    shown: Sequence[Row]
    state: ListState
    pager: Pager
    export_href: str


def asked(visit: Visit, *names: str) -> dict[str, str]:
    """The filters of an address, without blanks around them."""
    return {name: visit.query.get(name, "").strip() for name in names}


def matches(typed: str, *texts: str) -> bool:
    """Whether a part of a text was typed: its characters, its pinyin or their initials."""
    word = search_key(typed)
    return not word or any(word in key for text in texts for key in name_keys(text))


def arrange(
    visit: Visit, path: str, rows: Sequence[Row], chosen: Mapping[str, str], sorts: Sequence[str]
) -> Listing:
    """The rows by the address's `sort` (one of `sorts`, with a minus for descending) and `page`.

    Without `sort` they stay as they are. Raises Refused (400) for an unknown order.
    """
    sort = visit.query.get("sort", "")
    key = sort.removeprefix("-")
    if key not in ("", *sorts):
        raise bad_request(_("筛选条件无效，请从列表上方重新选择"))
    if key:
        rows = sorted(rows, key=lambda row: _order(row[key]), reverse=sort.startswith("-"))
    state = ListState(path, chosen, sort)
    typed = visit.query.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
    begin = (max(number, 1) - 1) * PAGE_SIZE
    shown = rows[begin : begin + PAGE_SIZE]
    more = state.href(page=str(number + 1)) if begin + PAGE_SIZE < len(rows) else ""
    pager = Pager(len(shown), more, state.href() if begin else "", len(rows))
    return Listing(rows, shown, state, pager, ListState(path + "/export", chosen, sort).href())


def _order(value: Any) -> tuple[bool, Any]:
    """Chinese by its pinyin, which is the longest key; what is missing comes last."""
    if value is None or value == "":
        return True, ""
    return False, max(name_keys(value), key=len, default="") if isinstance(value, str) else value
