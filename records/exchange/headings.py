"""The headings of an uploaded list: in which line they stand, and what each of them means. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kernel.values.invalid import half_width
from records.exchange.uploads import Line

IGNORED: Final = "-"
"""The meaning of a heading that somebody wants left out."""
_SIGNS: Final = re.compile(r"[\s（）()*＊:：]+")


def heading_key(text: str) -> str:
    """A heading as it is compared: without blanks, brackets, stars; letters in capitals."""
    return _SIGNS.sub("", half_width(text)).upper()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list with its headings found: the lines below them."""

    headings: Sequence[str]
    lines: Sequence[Line]


def find_headings(lines: Sequence[Line], known: Collection[str]) -> Sheet:
    """The line of the headings is the one of the first ten in which most are known.

    `known` are headings as `heading_key` compares them.
    """

    def score(place: int) -> tuple[int, int]:
        return sum(heading_key(cell) in known for cell in lines[place].cells), -place

    best = max(range(min(10, len(lines))), key=score)
    return Sheet(_apart(lines[best].cells), lines[best + 1 :])


def _apart(headings: Sequence[str]) -> list[str]:
    """Headings that stand twice are numbered, so that somebody says what the second one means."""
    seen: dict[str, int] = {}
    found = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        again = heading and seen[heading] > 1
        found.append(f"{heading} #{seen[heading]}" if again else heading)
    return found


def meanings_of(headings: Sequence[str], said: Mapping[str, str]) -> dict[str, str]:
    """What each heading means: a column's key, `IGNORED`, or "" where nobody knows yet.

    `said` gives meanings by `heading_key`. A second heading of the same meaning is left open, so
    that somebody decides which one counts.
    """
    found: dict[str, str] = {}
    for heading in filter(None, headings):
        meaning = said.get(heading_key(heading), "")
        taken = meaning not in ("", IGNORED) and meaning in found.values()
        found.setdefault(heading, "" if taken else meaning)
    return found
