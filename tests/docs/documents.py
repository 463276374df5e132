"""The documents, as the tests look at them: text, headings, code blocks, links, tables."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_FENCE = re.compile(r"^(```+)(\w*)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A fenced block of code: its language and text."""

    language: str
    text: str


@functools.cache
def text(name: str) -> str:
    """A document, by its path from the root of the project."""
    return (ROOT / name).read_text("utf-8")


def all_documents() -> list[str]:
    """Every document: README, NOTICE, and what lies in docs."""
    found = [path.relative_to(ROOT).as_posix() for path in sorted(DOCS.rglob("*.md"))]
    return ["README.md", "NOTICE", *found]


def blocks(name: str) -> Iterator[Block]:
    """The fenced blocks of a document."""
    yield from blocks_in(text(name))


def blocks_in(written: str) -> Iterator[Block]:
    """The fenced blocks of a text."""
    for match in _FENCE.finditer(written):
        yield Block(match[2], match[3])


def links(name: str) -> list[str]:
    """Where the links of a document lead, blocks of code apart."""
    return _LINK.findall(_FENCE.sub("", text(name)))


def section(name: str, heading: str) -> str:
    """What stands under a heading of a document, up to the next of its level or above."""
    level = heading.partition(" ")[0]
    _, found, rest = text(name).partition(f"\n{heading}\n")
    assert found, f"{name} has no heading {heading!r}"
    return re.split(rf"^#{{1,{len(level)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]
