"""Names of the synthetic city: random combinations of characters, of nobody.

Surnames are drawn by their rough frequency in Shandong, with a few that are read unlike the
ordinary word, so that the name search has something to prove. Given names follow the fashion of
the decade of birth and the sex.
"""

from collections.abc import Callable
from typing import Final

Draw = Callable[[], float]
"""The `random` method of a `random.Random`: a float in [0, 1)."""

_FREQUENCIES: Final = (
    (90, "王"), (76, "张"), (70, "李"), (66, "刘"), (30, "孙"), (26, "于"), (24, "徐"),
    (24, "赵"), (22, "杨"), (22, "陈"), (18, "宋"), (16, "姜"), (15, "马"), (14, "高"),
    (13, "林"), (12, "曲"), (12, "郭"), (11, "吕"), (10, "朱"), (10, "周"), (9, "胡"),
    (9, "丁"), (8, "吴"), (8, "韩"), (7, "邹"), (7, "邵"), (7, "董"), (6, "隋"), (6, "迟"),
    (6, "宫"), (6, "孔"), (5, "丛"), (5, "鞠"), (5, "慕"), (5, "柳"), (5, "范"), (5, "唐"),
    (4, "冷"), (4, "衣"), (4, "初"), (4, "辛"), (4, "任"), (4, "牟"), (4, "曹"), (4, "许"),
    (4, "冯"), (3, "战"), (3, "矫"), (3, "滕"), (3, "蔡"), (3, "魏"), (3, "潘"), (3, "袁"),
    (2, "单"), (2, "曾"), (2, "解"), (2, "逄"), (2, "乔"), (2, "程"), (2, "薛"), (2, "卢"),
    (1, "仇"), (1, "查"), (1, "盖"), (1, "翟"), (1, "朴"), (1, "华"), (1, "欧阳"), (1, "尉迟"),
)  # fmt: skip
_SURNAMES: Final = tuple(name for weight, name in _FREQUENCIES for _ in range(weight))

_Fashion = tuple[str, str, int]

# Per generation: first year of birth, then for each sex the characters of two-character given
# names (first, second) and how many in a hundred have only one character.
_GENERATIONS: Final[tuple[tuple[int, _Fashion, _Fashion], ...]] = (
    (
        1900,
        ("德福永玉文世广长振洪", "海山田仁林贵昌才堂义", 8),
        ("秀桂玉淑素凤兰翠", "英兰珍花芝香荣云", 4),
    ),
    (
        1950,
        ("建国志永庆玉新长洪卫", "国军民平华生东明成林", 15),
        ("秀桂玉淑丽爱凤春", "英兰华芳珍梅荣玲", 10),
    ),
    (
        1966,
        ("晓海文志建永洪春立俊", "东波涛峰军明强刚杰辉", 40),
        ("晓海丽艳春秀玉红", "红霞梅玲萍燕娟敏", 38),
    ),
    (
        1982,
        ("海晓文志明俊振家云雪", "洋涛鹏超磊龙飞宁伟斌", 45),
        ("晓婷雪海梦美慧莉", "婷静娜倩丽燕慧琳", 42),
    ),
    (
        1996,
        ("子浩宇俊明泽嘉天文晨", "轩宇豪然阳涵杰辰凯鑫", 22),
        ("雨佳欣梦思雅诗晓", "婷怡涵彤琪雯萱妍", 18),
    ),
    (
        2010,
        ("子梓浩沐宇泽奕晨一承", "轩辰睿泽宸铭航煜安言", 8),
        ("梓欣雨诗一沐可语", "涵萱彤妍诺汐晴瑶", 8),
    ),
)
_SINGLE_MALE: Final = "伟强勇军磊涛斌鹏飞刚杰超亮浩宁辉波健"
_SINGLE_FEMALE: Final = "敏静丽芳燕娜霞娟艳玲莉婷雪倩琳颖慧璐"

FOREIGN_NAMES: Final = (
    ("Müller", "Anna", "female"),
    ("Novák", "Petr", "male"),
    ("Kim", "Minseo", "female"),
    ("O'Brien", "Liam", "male"),
    ("Tanaka", "Haruto", "male"),
    ("Silva", "José", "male"),
)
PERMIT_SURNAMES: Final = "陳黃林鄭何梁"


def surname(draw: Draw) -> str:
    """A surname by its frequency."""
    return _SURNAMES[int(draw() * len(_SURNAMES))]


def given_name(draw: Draw, sex: str, year: int) -> str:
    """A given name in the fashion of the year of birth; `sex` is `male` or `female`."""
    generation = _GENERATIONS[0]
    for candidate in _GENERATIONS:
        if year < candidate[0]:
            break
        generation = candidate
    _, men, women = generation
    first, second, single = men if sex == "male" else women
    if draw() * 100 < single:
        pool = _SINGLE_MALE if sex == "male" else _SINGLE_FEMALE
        return pool[int(draw() * len(pool))]
    return first[int(draw() * len(first))] + second[int(draw() * len(second))]
