"""Pages in English: nothing that the pages say themselves is left in Chinese.

Whatever is Chinese on them is data: names, addresses, what was recorded. It carries `lang`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest

from demo.cast import CAST
from demo.directory import directory
from kernel.declare.form import Field, FieldKind
from kernel.forms import read_form
from kernel.web.i18n import gettext
from records.examinations.form import examination_form
from records.examinations.person import Person
from records.examinations.references import findings
from records.examinations.rules import change, contradictions, missing, said
from records.exchange.columns import COLUMNS
from records.information.form import FORM
from tests.cast import everything_seeded
from tests.exchange.lists import uploaded
from tests.pages.browsing import Visitor, signed_in
from tests.pages.conftest import spare_account
from tests.pages.test_accessibility import WALKS
from tests.pages.test_routes import SAMPLES
from tests.support.house import OpenHouse

CHINESE = re.compile("[㐀-鿿]")
READ_OUT = ("aria-label", "title", "placeholder", "alt")
"""Attributes that a page speaks with."""
NO_END = frozenset({"input", "br", "meta", "link", "img", "hr", "col", "path", "line", "circle"})


@dataclass
class Sent:
    """A form as a browser sees it: where it goes, and its fields with the values to choose from."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)


class Reader(HTMLParser):
    """What a page says, whether it is marked as Chinese, and its forms."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.said: list[str] = []
        self.unmarked: list[str] = []
        self.forms: list[Sent] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.said += [told[name] for name in READ_OUT if CHINESE.search(told.get(name, ""))]
        if tag not in NO_END:
            inside = bool(self.open) and self.open[-1][1]
            self.open.append((tag, told.get("lang", "").startswith("zh") or inside))
        if tag == "form" and told.get("method") == "post":
            self.forms.append(Sent(told["action"]))
        elif self.forms and told.get("name"):
            self._field(tag, told)
        elif self.forms and tag == "option" and told.get("value"):
            next(reversed(self.forms[-1].fields.values()), []).append(told["value"])

    def _field(self, tag: str, told: dict[str, str]) -> None:
        form, name = self.forms[-1], told["name"]
        if told.get("type") == "hidden":
            form.hidden[name] = told.get("value", "")
        elif told.get("type") == "file":
            return
        elif tag == "button" or told.get("type") in ("radio", "checkbox"):
            form.fields.setdefault(name, []).append(told.get("value", ""))
        else:
            form.fields.setdefault(name, [])

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        where, marked = self.open[-1] if self.open else ("", False)
        if where in ("script", "style") or not CHINESE.search(data):
            return
        self.said.append(data.strip())
        if not marked and not any(tag == "title" for tag, _ in self.open):
            self.unmarked.append(data.strip())


def strings(value: Any) -> Iterator[str]:
    """Every Chinese text in a resource, but for the halves of names."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in ("family", "given"):
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str) and CHINESE.search(value):
        yield value


def recorded() -> list[str]:
    """The data of the seeded house, the longest first; what has an English name is none."""
    bodies = [*directory().resources(), *everything_seeded()]
    found = {text for body in bodies for text in strings(body)}
    found |= {account.display_name for account in CAST} | {"备用账号"}
    others = {text for text in found if len(text) > 1 and gettext(text, "en") == text}
    return sorted({*others, "中文"}, key=len, reverse=True)


DATA = recorded()


_SPAN = re.compile(r'<span lang="zh-CN">(.*?)</span>', re.DOTALL)


def own_words(html: str) -> list[str]:
    """What a page says in Chinese that is no data."""
    left = []
    for text in Reader(_SPAN.sub(r"\1", html)).said:
        rest = text
        for known in DATA:
            rest = rest.replace(known, "")
        if CHINESE.search(rest):
            left.append(text)
    return left


def in_english(house: OpenHouse, name: str) -> Visitor:
    """Somebody whose account speaks English."""
    visitor = signed_in(house, name)
    answer = visitor.post("/language", {"language": "en", "return_to": "/"})
    assert answer.status_code == 303
    visitor.get("/account/password")
    return visitor


def paths_of(house: OpenHouse, name: str) -> list[str]:
    """The pages that somebody is walked through."""
    others = {"gp1": list(SAMPLES.values()), "secadmin": [f"/accounts/{spare_account(house)}"]}
    return [*WALKS[name], *others.get(name, ())]


ON_ONE = pytest.mark.parametrize("fresh_house", ["sqlite"], indirect=True)
"""What a page says does not depend on the database."""


def is_page(answer: httpx2.Response) -> bool:
    return "text/html" in answer.headers.get("content-type", "")


@ON_ONE
def test_no_page_speaks_chinese_to_who_reads_english(fresh_house: OpenHouse) -> None:
    left: dict[str, Any] = {}
    for name in WALKS:
        visitor = in_english(fresh_house, name)
        for path in paths_of(fresh_house, name):
            answer = visitor.get(path)
            html = answer.text if is_page(answer) else ""
            left |= dict.fromkeys(own_words(html), (name, path))
            left |= {f"no lang: {text}": (name, path) for text in Reader(html).unmarked}
    assert left == {}


BAD = {
    "nothing": "", "letters": "abc", "far too much": "999999", "less than nothing": "-1",
    "too precise": "5.12345", "one": "1", "a day to come": "2199-12-31", "no day": "2026-02-30",
    "long ago": "1801-01-01", "far too long": "x" * 3000, "no number": "33010619570308001X",
}  # fmt: skip
"""What is typed into every field of every form."""
ALL_CHOSEN = "every choice"
_LEFT_ALONE = ("/sign-out", "/language", "/account/password", "/imports")


def filled(form: Sent, turn: int) -> dict[str, Any]:
    """A form with something else that is wrong in each of its fields, and other things each turn.

    Of choices all are chosen in the first turn, and later one that there is not.
    """
    values: dict[str, Any] = dict(form.hidden)
    typed = list(BAD.values())
    for place, (name, choices) in enumerate(form.fields.items()):
        values[name] = typed[(place + turn) % len(typed)]
        if choices and turn == 0:
            values[name] = choices
        if choices and name == "do":
            values[name] = choices[turn % len(choices)]
    return values


def answers(
    visitor: Visitor, paths: Iterable[str], turn: int
) -> Iterator[tuple[str, httpx2.Response]]:
    """Every form of some pages, each sent once: its address, and what came of it."""
    sent: set[str] = set()
    for path in paths:
        page = visitor.get(path)
        for form in Reader(page.text).forms if is_page(page) else ():
            to = form.action
            if to in sent or not to.startswith("/") or to.startswith(_LEFT_ALONE):
                continue
            sent.add(to)
            answer = visitor.request("POST", to, data=filled(form, turn))
            if answer.status_code == 303:
                answer = visitor.get(answer.headers["location"])
            yield to, answer


@ON_ONE
@pytest.mark.parametrize("turn", range(6))
def test_no_form_complains_in_chinese_to_who_reads_english(
    fresh_house: OpenHouse, turn: int
) -> None:
    left: dict[str, str] = {}
    refused = 0
    for name in WALKS:
        visitor = in_english(fresh_house, name)
        for to, answer in answers(visitor, paths_of(fresh_house, name), turn):
            assert answer.status_code < 500, (to, answer.text)
            refused += answer.status_code == 422
            left |= dict.fromkeys(own_words(answer.text if is_page(answer) else ""), to)
    assert left == {}
    assert refused > 10


@ON_ONE
def test_the_report_of_a_list_is_told_in_english(fresh_house: OpenHouse) -> None:
    """What was found is stored between the check and the reader."""
    columns = [column for column in COLUMNS if column.title not in ("姓名", "建档日期")]
    rows = [[typed] * len(columns) for typed in BAD.values()]
    lines = [["姓名", *(column.title for column in columns)], *(["Ann", *row] for row in rows)]
    visitor = in_english(fresh_house, "gp1")
    address = uploaded(visitor, "\n".join(",".join(line) for line in lines).encode(), "list.csv")
    page = visitor.get(address).text
    assert page.count("badge-overdue") > 20, "there is a lot wrong with it"
    assert own_words(page) == []


def wrongly(form_fields: Iterable[Field], typed: str, prefix: str = "") -> dict[str, list[str]]:
    """Every field of a declared form filled in wrongly; of choices all of them or none."""
    texts: dict[str, list[str]] = {}
    for one in form_fields:
        name = prefix + one.key
        if one.kind is FieldKind.ROWS:
            texts |= wrongly(one.columns, typed, f"{name}-0-")
        elif one.kind is FieldKind.CHOICES and typed == ALL_CHOSEN:
            texts[name] = list(one.by_code)
        elif one.options and typed == ALL_CHOSEN:
            texts[name] = [next((o.code for o in one.options if o.words), one.options[0].code)]
        else:
            texts[name] = ["5" if typed == ALL_CHOSEN else typed]
    return texts


@pytest.mark.parametrize("typed", [*BAD.values(), ALL_CHOSEN], ids=[*BAD, ALL_CHOSEN])
def test_every_complaint_of_the_form_engine_has_its_english(typed: str) -> None:
    for form in (FORM, examination_form()):
        answer = read_form(form, wrongly(form.fields, typed))
        told = {**answer.errors, **answer.doubts}
        for name, sentence in told.items():
            assert CHINESE.search(sentence), name
            assert not CHINESE.search(gettext(sentence, "en")), (name, sentence)
    assert told, "nothing was wrong with it"


def extreme(one: Field, *, highest: bool) -> Any:
    """The least or the most that a field takes; of choices the last one."""
    if one.options:
        codes = [option.code for option in one.options]
        return (codes[-1],) if one.kind is FieldKind.CHOICES else codes[-1]
    if one.hard is None:
        return None
    number = one.hard[highest]
    return int(number) if one.kind is FieldKind.INTEGER else number


@pytest.mark.parametrize("highest", [False, True])
@pytest.mark.parametrize("sex", ["male", "female"])
def test_what_an_examination_is_told_has_its_english(sex: str, *, highest: bool) -> None:
    """What is abnormal, what contradicts itself, and how a value is written and has changed."""
    form, today = examination_form(), date(2026, 11, 23)
    found = {one.key: extreme(one, highest=highest) for one in form.fields}
    values = {key: value for key, value in found.items() if value is not None}
    values |= {"exam-date": date(2030, 1, 1), "diastolic-left": 300, "systolic-left": 90}
    person = Person(sex, date(1950, 1, 1), 76)
    texts = [one.text for one in findings(form, values, person)]
    told = contradictions(values, person, today)
    texts += [*told.values(), *missing({})]
    texts += [text for one in form.fields if (text := said(one, values.get(one.key)))]
    texts += [step.text for now in (Decimal(1), Decimal(2)) if (step := change(now, Decimal(1)))]
    assert len(texts) > 80
    assert len(told) > 3
    assert [text for text in texts if CHINESE.search(gettext(text, "en"))] == []
