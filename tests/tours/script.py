"""Reads docs/demo.md as a script: what is typed and clicked, and what must be on the screen.

A step is a numbered item with a bold title. In its first paragraph (Chinese) all that is in
`code` belongs to one of `VERBS`, and all that is in 「brackets」 must be seen. Both are done in
the order in which they stand there. A date is written as so many days from today.
"""

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto

from tests.docs.documents import Block, blocks_in, section, text

NAME = "docs/demo.md"
_STEP = re.compile(r"^\d+\. \*\*(.+?)。\*\* (.*?)(?=^\d+\. \*\*|\Z)", re.MULTILINE | re.DOTALL)
_TOUR = re.compile(r"^## (.+)$", re.MULTILINE)


class Verb(Enum):
    """What somebody does at the screen."""

    SIGN_IN = auto()
    FIND = auto()
    SWIPE = auto()
    OPEN = auto()
    FILL = auto()
    CHOOSE = auto()
    CHECK = auto()
    CLICK_BESIDE = auto()
    CLICK = auto()
    SEE = auto()


VERBS = {
    Verb.SIGN_IN: r"用(?:户名)? `([^`]+)`(?: 登录)?，密码 `([^`]+)`",
    Verb.FIND: r"按 `/`，输入 `([^`]+)`，回车",
    Verb.SWIPE: r"刷 `([^`]+)` 的身份证",
    Verb.OPEN: r"打开 `(/[^`]*)`",
    Verb.FILL: r"([^，。；：]+)填 `([^`]+)`",
    Verb.CHECK: r"勾选 `([^`]+)`",
    Verb.CHOOSE: r"([^，。；：]+)选 `([^`]+)`",
    Verb.CLICK_BESIDE: r"点([^，。；：`]+)旁的 `([^`]+)`",
    Verb.CLICK: r"点(?:家庭成员)? `([^`]+)`",
    Verb.SEE: r"「([^」]+)」",
}
_DAY = re.compile(r"今天\+(\d+) 天")
_ANY = re.compile("|".join(f"(?P<{verb.name}>{form})" for verb, form in VERBS.items()))


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that is done, with the words that the document gives."""

    verb: Verb
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered item: its title, what is done in order, and what is typed into a terminal."""

    title: str
    actions: tuple[Action, ...]
    blocks: tuple[Block, ...]


def tours() -> list[str]:
    """The headings of the tours, in order."""
    return _TOUR.findall(text(NAME))


def steps(tour: str) -> list[Step]:
    """The steps of a tour. Raises ValueError where something in `code` belongs to no verb."""
    found = [_step(title, body) for title, body in _STEP.findall(section(NAME, f"## {tour}"))]
    if not found:
        raise ValueError(f"{tour} has no steps")
    return found


def _step(title: str, body: str) -> Step:
    chinese, _, rest = body.partition("\n\n")
    sentence = re.sub(r"\n\s*", "", chinese)
    return Step(title, tuple(actions(sentence)), tuple(blocks_in(textwrap.dedent(rest))))


def dated(words: str, today: date) -> str:
    """The words with the date for 今天+14 天, as the page shows it."""
    return _DAY.sub(lambda found: (today + timedelta(days=int(found[1]))).isoformat(), words)


def actions(sentence: str) -> Iterator[Action]:
    """What a sentence says is done and seen. Raises ValueError for `code` without a verb."""
    left = _ANY.sub("", sentence)
    if "`" in left:
        raise ValueError(f"no verb is known for what stands in code: {left}")
    for match in _ANY.finditer(sentence):
        verb = next(verb for verb in VERBS if match[verb.name] is not None)
        words = re.fullmatch(VERBS[verb], match[0])
        assert words is not None
        yield Action(verb, tuple(word.strip() for word in words.groups()))
