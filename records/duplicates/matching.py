"""Whether two entries mean one person: weighed evidence, each piece of it with its words.

After Fellegi and Sunter (1969): what agrees counts for, what differs against, and the sum is
compared with one threshold. The weights are few and named. A family lives at one address with one
phone, so both together say little more than one of them; a name of which another character differs
counts against, because twins and generations are named so. Nothing here reads a database.
"""

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Final

from kernel.values.identity_number import check_character
from kernel.values.invalid import compact
from kernel.web.i18n import _
from records.duplicates.addresses import address_key, same_door
from records.duplicates.names import Alike, alike

WARN_FROM: Final = 12
"""The sum from which somebody is warned."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who is being registered, as far as is known while it is typed.

    `sex` is an administrative-gender or empty, `numbers` are of documents or records, `phones` as
    typed, `address` in one line; `id` is that of the Patient where there is one already.
    """

    name: str = ""
    sex: str = ""
    born: date | None = None
    numbers: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    address: str = ""
    id: str = ""


class Same(Enum):
    """Whether something that is only kept as a digest agrees."""

    UNKNOWN = "one of them is not known"
    SAME = "the same"
    SLIP = "one character is another, or two neighbours are swapped"
    OTHER = "both are known and differ"


class Dates(Enum):
    """How two days of birth fit."""

    UNKNOWN = "one of them is not known"
    SAME = "the same day"
    SWAPPED = "day and month, or two neighbouring digits, are swapped"
    DIGIT = "one digit is another"
    NEAR = "some weeks apart, as the calendars of moon and sun are"
    OTHER = "another day"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about two entries, compared piece by piece."""

    name: Alike = Alike.UNKNOWN
    born: Dates = Dates.UNKNOWN
    sex: Same = Same.UNKNOWN
    number: Same = Same.UNKNOWN
    phone: Same = Same.UNKNOWN
    address: Same = Same.UNKNOWN


@dataclass(frozen=True, slots=True)
class Match:
    """The sum of the evidence, and the words for what agrees and what differs."""

    score: int
    reasons: tuple[str, ...]
    certain: bool
    """Whether a number of a document is the same."""

    @property
    def warned(self) -> bool:
        """Whether it is enough to be told."""
        return self.score >= WARN_FROM


_NAME: Final[Mapping[Alike, int]] = {
    Alike.SAME: 10,
    Alike.SOUND: 8,
    Alike.SWAPPED: 7,
    Alike.SHAPE: 7,
    Alike.SHORT: 3,
    Alike.PART: -6,
    Alike.OTHER: -20,
}
_BORN: Final[Mapping[Dates, int]] = {
    Dates.SAME: 9,
    Dates.SWAPPED: 5,
    Dates.DIGIT: 2,
    Dates.NEAR: 2,
    Dates.OTHER: -4,
}
_NUMBER: Final[Mapping[Same, int]] = {Same.SAME: 40, Same.SLIP: 8, Same.OTHER: -12}
_PHONE: Final[Mapping[Same, int]] = {Same.SAME: 6, Same.SLIP: 4}
_ADDRESS: Final[Mapping[Same, int]] = {Same.SAME: 6}
MOST_OF_A_SLIP: Final = _NUMBER[Same.SLIP]
"""The most that one wrong digit anywhere can add."""
_BOTH_CONTACTS: Final = 1
"""What the weaker of phone and address adds: who shares the one mostly shares the other."""
_OTHER_SEX: Final = -5

_WORDS: Final[Mapping[str, Mapping[Enum, str]]] = {
    "number": {
        Same.SAME: _("证件号码相同"),
        Same.SLIP: _("证件号码只差一位"),
        Same.OTHER: _("证件号码不同"),
    },
    "name": {
        Alike.SAME: _("姓名相同"),
        Alike.SOUND: _("姓名读音相近"),
        Alike.SWAPPED: _("姓名用字顺序不同"),
        Alike.SHAPE: _("姓名字形相近"),
        Alike.SHORT: _("姓名少一个字"),
        Alike.PART: _("姓名有一个字不同"),
        Alike.OTHER: _("姓名不同"),
    },
    "born": {
        Dates.SAME: _("出生日期相同"),
        Dates.SWAPPED: _("出生日期数字颠倒"),
        Dates.DIGIT: _("出生日期有一位不同"),
        Dates.NEAR: _("出生日期相近"),
        Dates.OTHER: _("出生日期不同"),
    },
    "phone": {Same.SAME: _("电话相同"), Same.SLIP: _("电话只差一位")},
    "address": {Same.SAME: _("住址相同")},
    "sex": {Same.OTHER: _("性别不同")},
}
_NEAR: Final = timedelta(days=60)
_YEARS: Final = range(1850, 2150)
_CITIZEN: Final = re.compile("[0-9]{17}[0-9X]|[0-9]{15}")


def weigh(evidence: Evidence) -> Match:
    """Add up the evidence.

    The same number is always told of, and so are the same name and day of birth, whatever else
    differs.
    """
    score = _NAME.get(evidence.name, 0) + _BORN.get(evidence.born, 0)
    score += _NUMBER.get(evidence.number, 0)
    score += _OTHER_SEX if evidence.sex is Same.OTHER else 0
    contacts = sorted((_PHONE.get(evidence.phone, 0), _ADDRESS.get(evidence.address, 0)))
    score += contacts[1] + (_BOTH_CONTACTS if contacts[0] else 0)
    certain = evidence.number is Same.SAME
    if certain or (evidence.name is Alike.SAME and evidence.born is Dates.SAME):
        score = max(score, WARN_FROM)
    return Match(score, _reasons(evidence), certain)


def _reasons(evidence: Evidence) -> tuple[str, ...]:
    found = (_WORDS[part].get(getattr(evidence, part)) for part in _WORDS)
    return tuple(words for words in found if words)


def compare(one: Candidate, other: Candidate) -> Evidence:
    """Compare two entries of which everything is known in clear."""
    return Evidence(
        name=alike(one.name, other.name),
        born=dates_fit(one.born, other.born),
        sex=sexes_fit(one.sex, other.sex),
        number=_numbers_fit(one.numbers, other.numbers),
        phone=_texts_fit(map(_digits, one.phones), map(_digits, other.phones)),
        address=doors_fit(address_key(one.address), address_key(other.address)),
    )


def sexes_fit(one: str, other: str) -> Same:
    """Men and women differ; whatever else is written for a sex is not known."""
    if {one, other} == {"male", "female"}:
        return Same.OTHER
    return Same.SAME if one == other and one in ("male", "female") else Same.UNKNOWN


def doors_fit(one: str, other: str) -> Same:
    """Whether two keys of `address_key` mean the same door."""
    if not one or not other:
        return Same.UNKNOWN
    return Same.SAME if same_door(one, other) else Same.OTHER


def _numbers_fit(some: Iterable[str], others: Iterable[str]) -> Same:
    """Numbers differ only where both have a citizen's: a passport's is always another one."""
    first, second = [[twin(compact(text)) for text in texts] for texts in (some, others)]
    fit = _texts_fit(first, second)
    comparable = any(map(is_citizen_number, first)) and any(map(is_citizen_number, second))
    return fit if fit is not Same.OTHER or comparable else Same.UNKNOWN


def is_citizen_number(number: str) -> bool:
    """Whether a number has the form of a citizen's: 18 characters, or 15 of the old kind."""
    return bool(_CITIZEN.fullmatch(number))


def _digits(phone: str) -> str:
    return "".join(character for character in compact(phone) if character.isdigit())[-11:]


def _texts_fit(some: Iterable[str], others: Iterable[str]) -> Same:
    first, second = set(some), set(others)
    if not first or not second:
        return Same.UNKNOWN
    if first & second:
        return Same.SAME
    near = any(slip in second for text in first for slip in slips(text))
    return Same.SLIP if near else Same.OTHER


def dates_fit(one: date | None, other: date | None) -> Dates:
    """How two days of birth fit, the best that is true of them."""
    if one is None or other is None:
        return Dates.UNKNOWN
    if one == other:
        return Dates.SAME
    first, second = f"{one:%Y%m%d}", f"{other:%Y%m%d}"
    if first in _swaps(second) or second in _swaps(first):
        return Dates.SWAPPED
    if sum(a != b for a, b in zip(first, second, strict=True)) == 1:
        return Dates.DIGIT
    return Dates.NEAR if abs(one - other) <= _NEAR else Dates.OTHER


def _swaps(text: str) -> set[str]:
    year, month, day = text[:4], text[4:6], text[6:]
    neighbours = {text[:n] + text[n + 1] + text[n] + text[n + 2 :] for n in range(len(text) - 1)}
    return {year + day + month, *neighbours}


def near_dates(born: date) -> list[date]:
    """The days that `dates_fit` takes for a swapped or a wrong digit of this one."""
    text = f"{born:%Y%m%d}"
    wrong = {text[:n] + d + text[n + 1 :] for n in range(len(text)) for d in "0123456789"}
    found = {day for written in wrong | _swaps(text) if (day := _day(written)) is not None}
    return sorted(found)


def near_days(born: date) -> tuple[date, date]:
    """The first and the last day that `dates_fit` takes for near."""
    return born - min(_NEAR, born - date.min), born + min(_NEAR, date.max - born)


def _day(text: str) -> date | None:
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:])
    if year not in _YEARS or not 1 <= month <= 12:
        return None
    real = 1 <= day <= calendar.monthrange(year, month)[1]
    return date(year, month, day) if real else None


def slips(text: str) -> Iterator[str]:
    """Every text in which one digit is another one, or two neighbouring digits are swapped.

    None of a citizen's number of 18 characters: its check character tells every such slip, so that
    a slip of a right one is never a number that anybody has.
    """
    if len(text) == 18 and is_citizen_number(text.upper()):
        return
    for place, character in enumerate(text):
        if not character.isdigit():
            continue
        before, behind = text[:place], text[place + 1 :]
        yield from (f"{before}{digit}{behind}" for digit in "0123456789" if digit != character)
        if behind[:1].isdigit() and behind[0] != character:
            yield f"{before}{behind[0]}{character}{behind[1:]}"


def twin(number: str) -> str:
    """The form in which a citizen's number of 15 and one of 18 characters are equal.

    GB 11643: the old one lacks the century and the check character.
    """
    if len(number) == 18 and number[:17].isdigit() and number[6:8] == "19":
        return number[:6] + number[8:17]
    return number


def longer(number: str) -> str:
    """The 18 characters of a citizen's number of 15; any other number as it is."""
    if len(number) == 15 and number.isdigit():
        whole = f"{number[:6]}19{number[6:]}"
        return whole + check_character(whole)
    return number
