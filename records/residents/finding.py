"""What somebody typed into the one search box: pure detection, no database.

A whole identity number, its last four or six, a phone or its last four, a record number, a
household number, a name in characters, pinyin or initials, a part of an address: nobody chooses
which, he just types.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum

LONGEST = 100
CARD = "CARD/"
"""What the code on an information card begins with; the id of the file follows."""
_IDENTITY = re.compile(r"[0-9]{17}[0-9X]|[0-9]{15}")
_ENDING = re.compile(r"[0-9]{3}[0-9X]|[0-9]{5}[0-9X]")
_NUMBER = re.compile(r"\+?[0-9]{5,}")
_DOCUMENT = re.compile(r"[A-Z]{1,3}[0-9]{6,}")
_PLACE = re.compile(r"[0-9]|[路街巷村里弄庄镇乡园苑城区楼栋幢座室号户院]$|小区|社区|单元|花园|公寓")
"""What an address has and a name seldom; who is called so is found by the name as well."""
_CARD = re.compile(rf"(?i:{CARD})([A-Za-z0-9\-.]{{1,64}})")
_JOINTS = re.compile(r"[\s\u200b\ufeff\-\u2010-\u2015\u2212()]+")
_BLANK = re.compile(r"[\s\u200b\ufeff]*")
_CHINESE = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


class What(Enum):
    """How the text is looked for."""

    IDENTITY = "a whole identity number"
    ENDING = "the last four or six of an identity number, or the last four of a phone"
    NUMBER = "a whole number of any kind: phone, record, household, another document"
    CARD = "the code of an information card"
    NAME = "the beginning of a name, in characters, pinyin or initials"
    PART = "characters anywhere in a name"
    ADDRESS = "characters anywhere in an address, or in a name"


@dataclass(frozen=True, slots=True)
class Sought:
    """A search: `text` is what is compared, `typed` what stands in the box again."""

    what: What
    text: str
    typed: str


def understand(typed: str) -> Sought | None:
    """What was typed; None for nothing. Full-width digits, blanks and a small x are accepted.

    Signs alone are a name that nobody has.
    """
    shown = typed.strip()[:LONGEST]
    if _BLANK.fullmatch(shown):
        return None
    if card := _CARD.fullmatch(unicodedata.normalize("NFKC", shown)):
        return Sought(What.CARD, card[1], shown)
    plain = _JOINTS.sub("", unicodedata.normalize("NFKC", shown)).upper()
    for pattern, what in (
        (_IDENTITY, What.IDENTITY),
        (_ENDING, What.ENDING),
        (_NUMBER, What.NUMBER),
        (_DOCUMENT, What.NUMBER),
    ):
        if pattern.fullmatch(plain):
            return Sought(what, plain, shown)
    if not _CHINESE.search(shown):
        return Sought(What.NAME, shown, shown)
    place = _PLACE.search(unicodedata.normalize("NFKC", shown))
    return Sought(What.ADDRESS if place else What.PART, shown, shown)
