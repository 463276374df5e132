"""Search keys for names: what a clerk types, computed once when the name is written.

A Chinese name is found by its characters, by its pinyin (`wangwei`) and by its initials (`ww`).
Some surnames are read unlike the ordinary word (单 is shan, not dan); the right reading comes
first, and the ordinary one is kept too because clerks type it. ü is typed v, u or yu.

The characters' readings come from pypinyin, loaded on first use and without its phrase tables:
names are no phrases, and the tables would cost 40 MiB.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

MAX_KEYS: Final = 16

_COMBINING: Final = re.compile("[\u0300-\u036f]")
_LETTERS: Final = str.maketrans(
    {"đ": "d", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}
    | dict.fromkeys("•・‧∙･", "·")
    | dict.fromkeys("’‘`´", "'")
)
_CJK: Final = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_JOINTS: Final = re.compile(r"[\s·.'\-]+")

# Surnames whose reading differs from the character's ordinary one, or is disputed between
# families: the right reading first.
_SURNAMES: Final[dict[str, tuple[str, ...]]] = {
    "单": ("shan", "dan"), "單": ("shan", "dan"), "曾": ("zeng", "ceng"),
    "仇": ("qiu", "chou"), "解": ("xie", "jie"), "查": ("zha", "cha"),
    "盖": ("ge", "gai"), "蓋": ("ge", "gai"), "乐": ("yue", "le"), "樂": ("yue", "le"),
    "区": ("ou", "qu"), "區": ("ou", "qu"), "朴": ("piao", "pu"), "任": ("ren",),
    "华": ("hua",), "翟": ("zhai", "di"), "缪": ("miao", "mou"), "繆": ("miao", "mou"),
    "宓": ("mi", "fu"), "折": ("she", "zhe"), "黑": ("he", "hei"), "洗": ("xian", "xi"),
    "冼": ("xian",), "员": ("yun", "yuan"), "員": ("yun", "yuan"), "贠": ("yun",),
    "种": ("chong", "zhong"), "秘": ("bi", "mi"), "费": ("fei", "bi"), "隗": ("wei", "kui"),
    "郇": ("xun", "huan"), "郗": ("xi", "chi"), "那": ("na", "nuo"), "能": ("nai", "neng"),
    "祭": ("zhai", "ji"), "牟": ("mu", "mou"), "纪": ("ji",), "葛": ("ge",), "宁": ("ning",),
    "召": ("shao", "zhao"), "柏": ("bai", "bo"), "薄": ("bo", "bao"), "谌": ("chen", "shen"),
    "都": ("du", "dou"), "句": ("gou", "ju"), "勾": ("gou",), "角": ("jue", "jiao"),
    "阚": ("kan",), "万": ("wan",), "长": ("chang", "zhang"), "么": ("yao", "me"),
    "应": ("ying",), "宿": ("su", "xiu"), "盛": ("sheng", "cheng"), "瞿": ("qu", "ju"),
    "覃": ("qin", "tan"), "冒": ("mao", "mo"), "莘": ("shen", "xin"), "隽": ("juan", "jun"),
    "车": ("che", "ju"), "車": ("che", "ju"), "藏": ("zang", "cang"), "乜": ("nie", "mie"),
    "俞": ("yu", "shu"), "强": ("qiang", "jiang"), "相": ("xiang",), "沈": ("shen", "chen"),
    "繁": ("po", "fan"), "贾": ("jia", "gu"), "谷": ("gu", "yu"), "番": ("pan", "fan"),
    "粘": ("nian", "zhan"), "陆": ("lu", "liu"), "叶": ("ye", "xie"), "石": ("shi", "dan"),
    "逄": ("pang",), "嵇": ("ji",), "眭": ("sui",), "褚": ("chu", "zhu"), "佴": ("nai", "er"),
    "令": ("ling",), "曲": ("qu",), "行": ("xing", "hang"), "尉": ("wei", "yu"),
    "撒": ("sa",), "重": ("chong", "zhong"), "干": ("gan",), "钭": ("tou", "dou"),
    "尉迟": ("yu chi", "wei chi"), "尉遲": ("yu chi", "wei chi"), "万俟": ("mo qi", "wan si"),
    "澹台": ("tan tai", "dan tai"), "长孙": ("zhang sun", "chang sun"),
    "单于": ("chan yu", "shan yu", "dan yu"), "令狐": ("ling hu",), "亓官": ("qi guan",),
    "鲜于": ("xian yu",), "宰父": ("zai fu",), "中行": ("zhong hang", "zhong xing"),
}  # fmt: skip

# Characters of given names that families read in more than one way, the likelier first.
_GIVEN: Final[dict[str, tuple[str, ...]]] = {
    "乐": ("le", "yue"), "行": ("xing", "hang"), "长": ("chang", "zhang"),
    "朝": ("chao", "zhao"), "晟": ("sheng", "cheng"), "盛": ("sheng", "cheng"),
    "茜": ("qian", "xi"), "重": ("zhong", "chong"), "传": ("chuan", "zhuan"),
    "强": ("qiang", "jiang"), "莎": ("sha", "suo"), "柏": ("bai", "bo"),
    "曾": ("zeng", "ceng"), "娜": ("na", "nuo"), "蔓": ("man", "wan"), "调": ("diao", "tiao"),
    "还": ("huan", "hai"), "禅": ("chan", "shan"), "隽": ("jun", "juan"),
    "参": ("shen", "can"), "厦": ("xia", "sha"), "筠": ("yun", "jun"),
}  # fmt: skip

# Characters whose ordinary reading is another one than in the words of medicine.
_WORDS: Final[dict[str, str]] = {"膀": "pang", "调": "tiao", "枸": "ju"}


def normalise_text(text: str) -> str:
    """The text as search compares it.

    Compatibility forms unified (NFKC), case folded, accents of Latin letters stripped, the kinds
    of middle dot and apostrophe unified, blanks collapsed. Applying it twice changes nothing.
    """
    if text.isascii():
        return " ".join(text.casefold().replace("`", "'").split())
    folded = unicodedata.normalize("NFD", text).casefold()
    folded = unicodedata.normalize("NFKC", folded).casefold()
    plain = _COMBINING.sub("", unicodedata.normalize("NFD", folded)).translate(_LETTERS)
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def search_key(typed: str) -> str:
    """A typed query as one word, comparable with `name_keys`: `Wáng Wěi` becomes `wangwei`."""
    return _JOINTS.sub("", normalise_text(typed))


@lru_cache(maxsize=32_768)
def name_keys(name: str) -> tuple[str, ...]:
    """The keys under which a whole name is found, at most `MAX_KEYS`, the likeliest first.

    Chinese: the normalised text, full pinyin and initials for every reading of the surname,
    with v, u and yu for ü, then the other readings of the given name one at a time.
    Latin: the normalised text, the text as one word, each word.
    """
    text = normalise_text(name)
    keys = _chinese_keys(text) if _CJK.search(text) else _latin_keys(text)
    return tuple(_first_distinct(keys, MAX_KEYS))


def syllables(text: str) -> tuple[str, ...]:
    """How a word that is no name is spelt: one part a character, ü as v; signs are left out.

    `2型糖尿病` gives 2 xing tang niao bing.
    """
    plain = _JOINTS.sub("", normalise_text(text))
    return tuple(_WORDS.get(one) or _reading(one) for one in plain if one.isalnum())


def suffix_keys(text: str) -> tuple[str, ...]:
    """All proper suffixes that begin a character or word, for finding by what a key contains."""
    return tuple(text[i:] for i in range(1, len(text)) if text[i] != " ")


def mask_name(name: str) -> str:
    """For lists: 王*伟, 王*; Latin words keep their first letter (`J*** S****`)."""
    name = name.strip()
    if not _CJK.search(name):
        return " ".join(word[0] + "*" * (len(word) - 1) for word in name.split())
    if len(name) <= 2:
        return name[0] + "*" if len(name) == 2 else "*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def _first_distinct(keys: Iterable[str], limit: int) -> Iterator[str]:
    seen: set[str] = set()
    for key in keys:
        if key and key not in seen:
            seen.add(key)
            yield key
            if len(seen) == limit:
                return


def _latin_keys(text: str) -> Iterator[str]:
    yield text
    yield _JOINTS.sub("", text)
    yield from (word for word in re.split(r"[\s·]+", text) if word)


def _chinese_keys(text: str) -> Iterator[str]:
    bare = _JOINTS.sub("", text)
    surname = bare[:2] if len(bare) > 2 and bare[:2] in _SURNAMES else bare[:1]
    readings = _SURNAMES.get(surname) or (_reading(surname),)
    given = [_given_readings(character) for character in bare[len(surname) :]]
    usual = [options[0] for options in given]
    yield bare
    yield text
    for reading in readings:
        yield from _spellings([*reading.split(), *usual])
    first = readings[0].split()
    for place, options in enumerate(given):
        for other in options[1:]:
            yield from _spellings([*first, *usual[:place], other, *usual[place + 1 :]])


def _spellings(syllables: list[str]) -> Iterator[str]:
    """Full pinyin, initials, and the other ways to type ü (nv, lv, nve, lve)."""
    yield "".join(syllables)
    yield "".join([syllable[0] for syllable in syllables])
    for umlaut in ("u", "yu"):
        yield "".join([_UMLAUT.sub(umlaut, syllable) for syllable in syllables])


_UMLAUT: Final = re.compile(r"(?<=^[nl])v")


def _given_readings(character: str) -> tuple[str, ...]:
    return _GIVEN.get(character) or (_reading(character),)


@lru_cache(maxsize=32_768)
def _reading(character: str) -> str:
    """The ordinary reading of one character without tone, ü as v; itself if it has none."""
    if not _CJK.match(character):
        return character
    # Documented switch of pypinyin; it is read at the first import only.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    import pypinyin

    found = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL)[0][0]
    return normalise_text(found) or character
