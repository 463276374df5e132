"""Addresses that are written differently and mean the same door."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_NUMERALS: Final = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_SPOKEN: Final = re.compile(
    r"[〇零一二两三四五六七八九十]+(?=号|栋|幢|座|单元|室|楼|层|组|排|弄|巷|[-#])"
)
_NOISE: Final = re.compile(r"[\s,，。.、;；:：()（）\u200b\ufeff]+")
_REGION: Final = re.compile(
    r".*(?:自治区|自治州|省|市|(?<![小社校厂院园])区|县|旗|街道(?:办事处)?|镇|乡|社区|"
    r"居委会|村委会|居民委员会|村民委员会)"
)
_NUMBER: Final = re.compile(r"[0-9]+")
_BARE_ENDINGS: Final = ("小区", "第")
_LONGEST: Final = 40


@lru_cache(maxsize=32_768)
def address_key(text: str) -> str:
    """Where a door is: `海棠花园|5-2-301`; empty where the text names none.

    What stands before the place (province to residents' committee) and the words between the
    numbers (号楼, 栋, 单元, 室, hyphens) differ from clerk to clerk and are left out; numbers in
    characters are read.
    """
    plain = _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())
    plain = _SPOKEN.sub(lambda found: str(_spoken(found[0])), plain)
    first = _NUMBER.search(plain)
    if first is None:
        return ""
    place = _place(plain[: first.start()])
    numbers = [str(int(number)) for number in _NUMBER.findall(plain[first.start() :])]
    if not place and len(numbers) < 2:
        return ""
    return f"{place}|{'-'.join(numbers)}"[:_LONGEST]


def _place(text: str) -> str:
    region = _REGION.match(text)
    place = text[region.end() :] if region else text
    for ending in _BARE_ENDINGS:
        place = place.removesuffix(ending)
    return place[-16:]


def _spoken(numeral: str) -> int:
    """二十三 → 23, 十 → 10, 三〇一 → 301."""
    if "十" not in numeral:
        return int("".join(str(_NUMERALS[c]) for c in numeral))
    tens, _, units = numeral.partition("十")
    return (_spoken(tens) if tens else 1) * 10 + (_spoken(units.replace("十", "")) if units else 0)


def same_door(one: str, other: str) -> bool:
    """Whether two keys mean the same door: equal, or the building's unit or estate left out."""
    if not one or not other:
        return False
    if one == other:
        return True
    (place, numbers), (place2, numbers2) = (_parts(key) for key in (one, other))
    if place and place2 and place != place2:
        return False
    if numbers == numbers2:
        return len(numbers) > 2 or place == place2
    ends = (numbers[0], numbers[-1]) == (numbers2[0], numbers2[-1])
    return place == place2 and {len(numbers), len(numbers2)} == {2, 3} and ends


def _parts(key: str) -> tuple[str, list[str]]:
    place, _, numbers = key.partition("|")
    return place, numbers.split("-")
