"""What is asked of a station's pages, as by the browser of a doctor who has signed in."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kernel.values.names import name_keys
from tests.bench.browser import Browser, location_of, text_of
from tests.bench.cases import ROWS, Case, Known, number_of
from tests.bench.client import Reply

FIND_AIM = 50.0
WARN_AIM = 100.0
SHOW_AIM = 100.0
_ROOM = re.compile(r"\d+室$")
"""The room, which who is asked for his address may leave out."""

_ROW = re.compile(r'href="/residents/([^/?"]+)"')
"""Somebody in the list."""

_Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Person:
    """What somebody at the counter says of himself."""

    id: str
    name: str
    born: date
    number: str
    phone: str
    address: str

    @property
    def initials(self) -> str:
        """As a clerk types a name: `zwj` for 张文静."""
        keys = (key for key in name_keys(self.name) if key.isascii())
        return next(key for key in keys if len(key) == len(self.name))


def page_cases(browser: Browser, known: Known, ill: Sequence[str]) -> list[Case]:
    """The cases of the pages; `ill` are residents with a history."""
    people = [_person(body) for body in known.registered]
    return [
        _find(browser, "initials", people, lambda person: person.initials),
        _find(browser, "last four digits", people, lambda person: person.number[-4:]),
        _find(browser, "phone", people, lambda person: person.phone),
        _warning(browser, people),
        _first_page(browser, ill or [known.person]),
    ]


def _person(body: _Body) -> _Person:
    return _Person(
        id=body["id"],
        name=body["name"][0]["text"],
        born=date.fromisoformat(body["birthDate"]),
        number=number_of(body),
        phone=body["telecom"][0]["value"],
        address=body["address"][0]["text"],
    )


def _find(
    browser: Browser, name: str, people: Sequence[_Person], typed: Callable[[_Person], str]
) -> Case:
    """The search box: it leads to the one who is found, or to the list of those who are."""

    def found(number: int, reply: Reply) -> str:
        to, id_ = location_of(reply), people[number].id
        if to == f"/residents/{id_}":
            return ""
        rows = set(_ROW.findall(browser.visit("GET", to)[1]))
        return "" if id_ in rows or len(rows) > ROWS else f"it leads to {to!r}, without {id_}"

    asked = [browser.post("/residents/search", {"q": typed(person)}) for person in people]
    return Case(f"find a resident by {name}", asked, (FIND_AIM, FIND_AIM), 303, found=found)


def _warning(browser: Browser, people: Sequence[_Person]) -> Case:
    """The warning while somebody is registered who is in the city already, with typing errors."""

    def found(number: int, reply: Reply) -> str:
        shown = f'href="/residents/{people[number].id}"' in text_of(reply.body)
        return "" if shown else "nobody is warned of the one who is there"

    asked = [
        browser.post("/residents/suspects", _with_errors(person, number), part=True)
        for number, person in enumerate(people)
    ]
    return Case("duplicate warning", asked, (WARN_AIM, WARN_AIM), found=found)


def _with_errors(person: _Person, number: int) -> dict[str, str]:
    """A form in which the name, the day of birth, or all but the address was written wrongly.

    The last is the dearest: what is near by name is compared with every slip of the phone.
    """
    name = person.name if number % 3 == 1 else person.name[:-2] + person.name[:-3:-1]
    born = person.born if number % 3 == 0 else _other_digit(person.born)
    phone = person.phone[:-1] + f"{(int(person.phone[-1]) + 1) % 10}"
    return {
        "name": name,
        "birth_date": born.isoformat(),
        "phone": phone if number % 3 == 2 else person.phone,
        "address": _ROOM.sub("", person.address) if number % 3 == 2 else person.address,
    }


def _other_digit(day: date) -> date:
    """A day whose last digit is another one."""
    near = day + timedelta(days=1)
    return (
        near
        if near.day // 10 == day.day // 10 and near.month == day.month
        else near - timedelta(days=2)
    )


def _first_page(browser: Browser, ill: Sequence[str]) -> Case:
    """What a doctor opens when somebody comes in."""

    def found(number: int, reply: Reply) -> str:
        shown = f"/residents/{ill[number]}/" in text_of(reply.body)
        return "" if shown else "the page is not the resident's"

    asked = [browser.get(f"/residents/{id_}") for id_ in ill]
    return Case("resident's page", asked, (SHOW_AIM, SHOW_AIM), found=found)
