"""How the households of the synthetic city live, and what troubles some of them.

Every household has an address, a responsible doctor and a telephone where its head has one; about
two in three were asked how they live, one in nine has a problem on record.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from demo.directory import Resource
from kernel.canonical import UCUM, code_system, structure_definition

_ADDRESS: Final = structure_definition("household-address")
_PHONE: Final = structure_definition("household-phone")
_DOCTOR: Final = structure_definition("household-doctor")
_PROBLEM: Final = structure_definition("household-problem")
_KIND: Final = code_system("household-characteristic")

_Chances = Sequence[tuple[int, str, str]]
_CODED: Final[Sequence[tuple[str, str, str, _Chances]]] = (
    ("housing", "住房类型", "housing", ((88, "2", "楼房"), (12, "1", "平房"))),
    (
        "income", "家庭年人均收入", "income-band",
        ((90, "5", "8000元及以上"), (7, "4", "4000～7999元"), (3, "3", "2000～3999元")),
    ),
    (
        "residence", "居住状况", "residence-status",
        ((84, "1", "本地户籍常住"), (16, "3", "外地户籍常住")),
    ),
    ("vent", "厨房排风设施", "env-vent", ((90, "2", "油烟机"), (6, "3", "换气扇"), (4, "1", "无"))),
    (
        "fuel", "燃料类型", "env-fuel",
        ((80, "3", "天然气"), (14, "1", "液化气"), (4, "6", "其他"), (2, "2", "煤")),
    ),
    ("water", "饮水", "env-water", ((86, "1", "自来水"), (14, "2", "经净化过滤的水"))),
    ("toilet", "厕所", "env-toilet", ((96, "1", "卫生厕所"), (4, "2", "一格或二格粪池式"))),
    ("livestock", "禽畜栏", "env-livestock", ((98, "1", "无"), (2, "2", "单设"))),
)  # fmt: skip
"""Key, title, code set and what is chosen how often (of a hundred): code and display."""
_ASKED: Final = 0.66
_TROUBLED: Final = 0.11
_TROUBLES: Final = (
    (
        "空巢老人照护",
        "老人独居，子女在外地。",
        "每月上门随访一次，与居委会志愿者结对。",
        "情况平稳。",
    ),
    ("家庭口味偏咸", "全家用盐偏多。", "发放限盐勺，讲解每人每天不超过 5 克盐。", "月用盐减少。"),
    (
        "家中有人吸烟",
        "同住儿童和老人受二手烟影响。",
        "戒烟劝导，建议不在室内吸烟。",
        "已不在室内吸烟。",
    ),
    ("楼道堆放杂物", "老人有跌倒危险。", "联系物业清理，指导居家防跌倒。", "已清理。"),
    ("药品存放不当", "多种药品混放，有过期药。", "帮助清理，发放分药盒。", "已按日分放。"),
)


def lived_in(
    group: Resource,
    *,
    number: int,
    chance: Random,
    address: Resource,
    phone: str | None,
    doctor: Resource,
    living: int,
    today: date,
    since: date,
) -> Resource:
    """The household's Group with its address, and how it lives where that is known.

    `chance` is this household's own; `living` are those who are there now; `since` is the day when
    the record was begun.
    """
    extensions: list[Resource] = [{"url": _ADDRESS, "valueAddress": address}]
    if phone:
        extensions.append({"url": _PHONE, "valueContactPoint": {"system": "phone", "value": phone}})
    extensions.append({"url": _DOCTOR, "valueReference": doctor})
    if chance.random() < _TROUBLED and (today - since).days > 60:
        extensions.append(_trouble(chance, number, doctor, today, since))
    made = {**group, "extension": extensions}
    if living and chance.random() < _ASKED:
        made["characteristic"] = list(_characteristics(chance, living))
    return made


def _trouble(chance: Random, number: int, doctor: Resource, today: date, since: date) -> Resource:
    name, description, handling, result = chance.choice(_TROUBLES)
    on = since + timedelta(days=chance.randint(1, (today - since).days - 30))
    parts: list[Resource] = [
        {"url": "on", "valueDate": on.isoformat()},
        {"url": "name", "valueString": name},
        {"url": "description", "valueString": description},
        {"url": "handling", "valueString": handling},
    ]
    if chance.random() < 0.5:
        solved = min(on + timedelta(days=chance.randint(10, 120)), today)
        parts.append({"url": "result", "valueString": result})
        parts.append({"url": "solved-on", "valueDate": solved.isoformat()})
    parts.append({"url": "doctor", "valueReference": doctor})
    return {"id": f"problem-{number}", "url": _PROBLEM, "extension": parts}


def _characteristics(chance: Random, living: int) -> Iterator[Resource]:
    for key, title, codes, choices in _CODED:
        code, display = _chosen(chance, choices)
        coding = {"system": code_system(f"nbphs3-{codes}"), "code": code, "display": display}
        yield _trait(key, title, {"valueCodeableConcept": {"coding": [coding], "text": display}})
    yield _trait("low-income", "低保户", {"valueBoolean": chance.random() < 0.02})
    area = Decimal(chance.randint(45, 140))
    for key, title, value, unit, code in (
        ("living", "现住人口数", Decimal(living), "人", "{person}"),
        ("area", "居住面积", area, "㎡", "m2"),
        ("salt", "月食用盐", Decimal(living * chance.randint(15, 30) * 10), "克", "g/mo"),
        ("oil", "月食用油", Decimal(living * chance.randint(10, 25)) / 10, "斤", "500.g/mo"),
    ):
        quantity = {"value": value, "unit": unit, "system": UCUM, "code": code}
        yield _trait(key, title, {"valueQuantity": quantity})


def _chosen(chance: Random, choices: _Chances) -> tuple[str, str]:
    at = chance.randrange(sum(share for share, _code, _display in choices))
    for share, code, display in choices:
        if at < share:
            return code, display
        at -= share
    raise AssertionError("the shares add up")


def _trait(key: str, title: str, value: Mapping[str, object]) -> Resource:
    code = {"coding": [{"system": _KIND, "code": key, "display": title}], "text": title}
    return {"code": code, **value, "exclude": False}
