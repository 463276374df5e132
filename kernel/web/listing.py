"""Institutions, staff and accounts: searched, sorted, paged and exported in one way.

A list is read in portions (`paged`), or lies in memory whole (`arrange`). Residents and the audit
log go on from a key instead, because counting a city's is too dear.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.responses import Response

from kernel.audit.entry import Action
from kernel.errors import bad_request
from kernel.values.names import name_keys, search_key
from kernel.web.exports import Full, export
from kernel.web.i18n import _
from kernel.web.page import FormState, ListState, Pager
from kernel.web.pages import Pages
from kernel.web.shell import page
from kernel.web.spreadsheet import Cell
from kernel.web.visit import Visit
from kernel.work import ReadWork

PAGE_SIZE = 50
PORTION = 500
"""Rows of a file that are read at a time."""
Row = Mapping[str, Any]
Cells = Callable[[Visit, Row], Sequence[Cell]]
"""A row as the cells of a file."""


@dataclass(frozen=True, slots=True)
class Listing:
    """All rows in the order that was asked for, read as they are used, and the page shown."""

    rows: Iterable[Row]
    shown: Sequence[Row]
    state: ListState
    pager: Pager
    export_href: str


@dataclass(frozen=True, slots=True)
class InFull:
    """The cells with numbers in full, under the same headings, for those who have `permission`."""

    permission: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class Directory:
    """A list at `path`, as a page (`<path>/list.html`) and as an Excel file (`<path>/export`).

    `title` and `headings` are Chinese; `choices` are what the page's filters offer. The file needs
    `export_permission`, where there is one, instead of `permission`.
    """

    path: str
    permission: str
    subject: str
    title: str
    headings: Sequence[str]
    listing: Callable[[Visit, ReadWork], Listing]
    cells: Cells
    choices: Callable[[Visit, ReadWork], Mapping[str, Any]]
    action: Action = Action.READ
    export_permission: str = ""
    full: InFull | None = None

    def declare(self, pages: Pages) -> None:
        """Add both to a module's pages."""
        pages.reads(self.path, permission=self.permission, action=self.action)(self.show)
        taking = self.export_permission or self.permission
        to_file = pages.reads(
            f"{self.path}/export", permission=taking, post=True, action=Action.EXPORT
        )
        to_file(self.export)

    def show(self, visit: Visit, work: ReadWork) -> Response:
        """A page of the list."""
        return self._show(visit, work, FormState())

    def export(self, visit: Visit, work: ReadWork) -> Response:
        """The whole list as an Excel file."""
        visit.subject = self.subject
        full = None
        if self.full is not None:
            rows = partial(self._rows, visit, work, self.full.cells)
            full = Full(self.full.permission, self.headings, rows)
        return export(
            visit,
            work,
            title=self.title,
            headings=self.headings,
            rows=self._rows(visit, work, self.cells),
            file=self.path.strip("/"),
            again=lambda state: self._show(visit, work, state),
            full=full,
        )

    def _rows(self, visit: Visit, work: ReadWork, cells: Cells) -> Iterator[Sequence[Cell]]:
        for row in self.listing(visit, work).rows:
            yield cells(visit, row)

    def _show(self, visit: Visit, work: ReadWork, export_state: FormState) -> Response:
        listing, may = self.listing(visit, work), work.actor.may
        return page(
            visit,
            f"{self.path.strip('/')}/list.html",
            http_status=422 if export_state.errors else 200,
            listing=listing,
            export_state=export_state,
            may_export=may(self.export_permission or self.permission),
            export_full=self.full is not None and may(self.full.permission),
            filter_state=FormState(listing.state.params),
            **self.choices(visit, work),
        )


def institution_choices(visit: Visit, work: ReadWork) -> list[tuple[str, str]]:
    """Every institution's id and name, for a filter or a form."""
    tree = visit.site.authenticator.tree(work.connection)
    return [(one.id, one.name) for one in tree.organisations.values()]


def asked(visit: Visit, *names: str) -> dict[str, str]:
    """The filters of an address, without blanks around them."""
    return {name: visit.query.get(name, "").strip() for name in names}


def matches(typed: str, *texts: str) -> bool:
    """Whether a part of a text was typed: its characters, its pinyin or their initials.

    Nothing typed is in every text, signs alone are in none.
    """
    word = search_key(typed)
    keys = (key for text in texts for key in name_keys(text))
    return not typed or (word != "" and any(word in key for key in keys))


def paged(
    visit: Visit,
    path: str,
    chosen: Mapping[str, str],
    sorts: Sequence[str],
    *,
    total: int,
    read: Callable[[str, int, int], Sequence[Row]],
) -> Listing:
    """The page that the address asks for by `sort` (one of `sorts`, or with a minus) and `page`.

    `read(sort, begin, size)` gives a portion; an empty `sort` is its own order. Raises Refused
    (400) for an unknown order.
    """
    sort = visit.query.get("sort", "")
    if sort.removeprefix("-") not in ("", *sorts):
        raise bad_request(_("筛选条件无效，请从列表上方重新选择"))
    state = ListState(path, chosen, sort)
    typed = visit.query.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1
    begin = (max(number, 1) - 1) * PAGE_SIZE
    shown = read(sort, begin, PAGE_SIZE)
    more = state.href(page=str(number + 1)) if begin + PAGE_SIZE < total else ""
    pager = Pager(len(shown), more, state.href() if begin else "", total)
    rows = (row for at in range(0, total, PORTION) for row in read(sort, at, PORTION))
    return Listing(rows, shown, state, pager, ListState(path + "/export", chosen, sort).href())


def arrange(
    visit: Visit, path: str, rows: Sequence[Row], chosen: Mapping[str, str], sorts: Sequence[str]
) -> Listing:
    """`paged` for rows in memory; without `sort` they stay as they are."""

    def read(sort: str, begin: int, size: int) -> Sequence[Row]:
        key, ordered = sort.removeprefix("-"), rows
        if key:
            ordered = sorted(rows, key=lambda row: _order(row[key]), reverse=sort.startswith("-"))
        return ordered[begin : begin + size]

    return paged(visit, path, chosen, sorts, total=len(rows), read=read)


def _order(value: Any) -> tuple[bool, Any]:
    """Chinese by its pinyin, which is the longest key; what is missing comes last."""
    if value is None or value == "":
        return True, ""
    return False, max(name_keys(value), key=len, default="") if isinstance(value, str) else value
