"""What every page is given besides its own values: frozen data, no behaviour beyond look-ups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from urllib.parse import urlencode

from kernel.web.i18n import DEFAULT_LANGUAGE, LANGUAGE_TAGS, Language

FlashKind = Literal["ok", "info", "alert", "error"]
ColumnKind = Literal["text", "number", "date", "action"]


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the navigation. `label` and `group` are Chinese and translated by the page."""

    label: str
    href: str
    active: bool = False
    group: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Flash:
    """A message shown once, at the head of the next page. `text` is already in its language."""

    kind: FlashKind
    text: str


@dataclass(frozen=True, slots=True)
class UserDisplay:
    """Who is signed in, as the header shows it. `role_title` is Chinese and translated there."""

    name: str
    role_title: str
    organisation_name: str


@dataclass(frozen=True, slots=True)
class PageContext:
    """The circumstances of one request.

    `today` is the local date in Asia/Shanghai. `csrf_token` goes into every form. `path` is the
    path of the request without its query. `may_search` shows the resident search in the header.
    """

    today: date
    path: str
    csrf_token: str
    product_version: str
    language: Language = DEFAULT_LANGUAGE
    user: UserDisplay | None = None
    navigation: Sequence[NavItem] = ()
    flashes: Sequence[Flash] = ()
    may_search: bool = False

    @property
    def language_tag(self) -> str:
        """BCP 47 tag for the `lang` attribute: `zh-CN` or `en`."""
        return LANGUAGE_TAGS[self.language]

    @property
    def navigation_groups(self) -> list[tuple[str, list[NavItem]]]:
        """The navigation by group, in the order of first appearance."""
        groups: dict[str, list[NavItem]] = {}
        for item in self.navigation:
            groups.setdefault(item.group, []).append(item)
        return list(groups.items())


@dataclass(frozen=True, slots=True)
class FormState:
    """What was typed into a form and what is wrong with it.

    `values` maps a field's name to its text, or to several texts for a group of checkboxes;
    `errors` maps a field's name to a sentence that says what would be right, which the page
    translates. An empty state is a form that nobody has filled in yet.
    """

    values: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """The text typed into the field, or an empty string."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else (value[0] if value else "")

    def chosen(self, name: str) -> tuple[str, ...]:
        """The choices made in a group."""
        value = self.values.get(name, ())
        return (value,) if isinstance(value, str) else tuple(value)

    def rows(self, name: str) -> int:
        """How many rows of a table of fields were typed: `surgery-2-name` is the third."""
        begin = f"{name}-"
        inside = (key.removeprefix(begin) for key in self.values if key.startswith(begin))
        numbers = (rest.partition("-")[0] for rest in inside)
        return max((int(n) + 1 for n in numbers if n.isascii() and n.isdigit()), default=0)

    def error(self, name: str) -> str:
        """The complaint about the field, or an empty string."""
        return self.errors.get(name, "")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; `sort` is the key to sort by, empty where sorting is not offered."""

    label: str
    kind: ColumnKind = "text"
    unit: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class ListState:
    """Where a list stands: its path, the parameters of its address and its order.

    `params` become part of addresses, so they hold nothing that identifies a person; a search
    text travels as a token that only the server can read. `sort` is a column's key, with a
    leading minus for the descending order.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    sort: str = ""

    def sort_href(self, key: str) -> str:
        """The address of the same list sorted by `key`, the other way round if it already is."""
        chosen = f"-{key}" if self.sort == key else key
        return self.href(sort=chosen, cursor="")

    def href(self, **changes: str) -> str:
        """The address of the same list with `changes`; an empty text removes a parameter."""
        merged: dict[str, str] = {**self.params, "sort": self.sort, **changes}
        query = urlencode({name: text for name, text in merged.items() if text})
        return f"{self.path}?{query}" if query else self.path

    def direction(self, key: str) -> Literal["ascending", "descending", "none"]:
        """How the list is sorted by `key`, in the words of `aria-sort`."""
        if self.sort.lstrip("-") != key or not key:
            return "none"
        return "descending" if self.sort.startswith("-") else "ascending"


@dataclass(frozen=True, slots=True)
class Pager:
    """Paging by cursor: forwards, back to the start, and a total only where one is known."""

    shown: int
    next_href: str = ""
    start_href: str = ""
    total: int | None = None


@dataclass(frozen=True, slots=True)
class PanelView:
    """A slot of a page, filled by a module: its template is included with `panel` in scope.

    `title` is Chinese and translated by the page; `data` is what the template's head comment
    asks for. A wide panel takes the main column, a narrow one the side column.
    """

    key: str
    title: str
    template: str
    data: Any
    count: int | None = None
    more_href: str = ""
    wide: bool = False
