"""How alike two names are: by sight, by sound, by what is lost or swapped in writing them down."""

import re
from enum import Enum
from functools import lru_cache

from kernel.values.names import name_keys, normalise_text, search_key
from records.duplicates.lookalikes import look_alike

_CHINESE = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_NASAL = re.compile(r"(?<=[aei]n)g$")


class Alike(Enum):
    """How two names fit, the best that is true of them."""

    UNKNOWN = "one of them is not known"
    SAME = "the same characters"
    SOUND = "read alike, however written"
    SWAPPED = "the same characters or syllables in another order"
    SHAPE = "one character is taken for one that looks like it, or one letter differs"
    SHORT = "one character of the given name is left out"
    PART = "one character is another one, as brothers' and sisters' names have it"
    OTHER = "another name"


@lru_cache(maxsize=32_768)
def _syllable(character: str) -> str:
    """How a character is read, without what speakers of Chinese often do not tell apart."""
    if not _CHINESE.match(character):
        return character
    read = next((key for key in name_keys(character) if key.isascii()), character)
    for written, heard in _FOLDS:
        if read.startswith(written):
            read = heard + read[len(written) :]
    return _NASAL.sub("", read)


def plain_name(name: str) -> str:
    """A name as it is compared: without blanks, dots, width, case and accents."""
    return search_key(name)


@lru_cache(maxsize=32_768)
def name_key(name: str) -> str:
    """Equal for names that are read alike or have their characters swapped; empty for none.

    Chinese: the syllables of the whole name in alphabetical order, one reading a character.
    Others: their words in alphabetical order.
    """
    if _CHINESE.search(name):
        return " ".join(sorted(_syllable(character) for character in plain_name(name)))
    return " ".join(sorted(normalise_text(name).replace("-", " ").split()))


def alike(one: str, other: str) -> Alike:
    """How two names fit."""
    first, second = plain_name(one), plain_name(other)
    if not first or not second:
        return Alike.UNKNOWN
    if first == second:
        return Alike.SAME
    if name_key(one) == name_key(other):
        return _same_syllables(first, second)
    if _CHINESE.search(first) and _CHINESE.search(second):
        return _characters(first, second)
    return _letters(first, second)


def _same_syllables(first: str, second: str) -> Alike:
    in_order = [_syllable(c) for c in first] == [_syllable(c) for c in second]
    return Alike.SOUND if in_order and _CHINESE.search(first) else Alike.SWAPPED


def _characters(first: str, second: str) -> Alike:
    if len(first) == len(second):
        differing = [(a, b) for a, b in zip(first, second, strict=True) if a != b]
        unheard = [pair for pair in differing if _syllable(pair[0]) != _syllable(pair[1])]
        if len(unheard) != 1:
            return Alike.OTHER
        return Alike.SHAPE if look_alike(*unheard[0]) else _partly(len(first), differing)
    short, long = sorted((first, second), key=len)
    if len(long) - len(short) == 1 and len(short) > 1 and short[0] == long[0]:
        return Alike.SHORT if _is_part(short, long) else Alike.OTHER
    return Alike.OTHER


def _partly(length: int, differing: list[tuple[str, str]]) -> Alike:
    return Alike.PART if length > 2 and len(differing) == 1 else Alike.OTHER


def _is_part(short: str, long: str) -> bool:
    return any(long[:place] + long[place + 1 :] == short for place in range(1, len(long)))


def _letters(first: str, second: str) -> Alike:
    """Names in letters: one letter more, less, another or swapped with its neighbour."""
    if min(len(first), len(second)) < 5 or not (first.isascii() and second.isascii()):
        return Alike.OTHER
    return Alike.SHAPE if one_slip(first, second) else Alike.OTHER


def one_slip(first: str, second: str) -> bool:
    """Whether one character more, less, another, or two neighbours swapped make them equal."""
    start = 0
    while start < min(len(first), len(second)) and first[start] == second[start]:
        start += 1
    one, other = first[start:], second[start:]
    if len(one) == len(other):
        return one[1:] == other[1:] or (
            one[:2] == other[1::-1] and len(one) > 1 and one[2:] == other[2:]
        )
    return one[1:] == other or one == other[1:]
