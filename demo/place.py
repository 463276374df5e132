"""The imaginary place: a coastal city of Shandong that is on no map.

Province 37 is real; city 18 and the districts below it are not assigned in GB/T 2260, so that no
address and no identity number made here can belong to anybody.
"""

from dataclasses import dataclass
from typing import Final

PROVINCE: Final = "山东省"
CITY: Final = "蓬澜市"
DISTRICTS: Final = (("371802", "望潮区"), ("371803", "东麓区"), ("371804", "澄湾区"))
COUNTY_CODES: Final = ("371802", "371803", "371804", "371821", "371822", "371881")
"""Where registered residents' numbers come from: the districts and the counties around."""
ELSEWHERE_CODES: Final = ("239901", "229902", "419903", "349904", "219905", "379906")
"""Counties of other provinces, unassigned too, of residents registered elsewhere."""

_STREETS: Final = (
    "听涛", "银帆", "松月", "望海楼", "青屿", "锦澜", "凤栖", "云台", "碧湾", "桃源里",
    "南浦", "东篱", "鹿鸣", "金沙嘴", "北辰", "春晖", "龙泉口", "白鹭", "翠屏", "西山口",
)  # fmt: skip
_FIRST: Final = "海银松青云锦金春凤玉兰碧翠文和祥安泰丰康"
_SECOND: Final = "棠杏月湾港霞绣桥晖梧苑园波亭峰林"


@dataclass(frozen=True, slots=True)
class Committee:
    """A residents' committee (居委会): `code` is the 12 digits that begin a record number."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Street:
    """A street office (街道) of a district; `code` has 9 digits (GB/T 2260 and GB/T 10114)."""

    code: str
    name: str
    district: str


def street(number: int, district: int) -> Street:
    """The street with this number, from 0, in the district with that number, from 0."""
    code, name = DISTRICTS[district]
    label = _STREETS[number % len(_STREETS)]
    ring = number // len(_STREETS)
    suffix = f"{'东西南北'[ring - 1]}街道" if ring else "街道"
    return Street(f"{code}{number + 1:03d}", label + suffix, name)


def committee(of: Street, number: int, overall: int) -> Committee:
    """The committee with this number, from 0, in a street; `overall` counts through the city."""
    first, second = overall % len(_FIRST), (overall * 7 + overall // len(_FIRST)) % len(_SECOND)
    return Committee(f"{of.code}{number + 1:03d}", _FIRST[first] + _SECOND[second])
