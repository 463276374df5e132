"""The rules of the warning, case by case: typos, families, twins, documents, addresses."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kernel.values.identity_number import check_character, upgrade_legacy_number
from records.duplicates.addresses import address_key, same_door
from records.duplicates.matching import (
    Candidate,
    Dates,
    Match,
    compare,
    dates_fit,
    longer,
    near_dates,
    slips,
    twin,
    weigh,
)
from records.duplicates.names import Alike, alike, name_key

NUMBER = "37990019850312001" + check_character("37990019850312001")
OTHER_NUMBER = "37990119850312003" + check_character("37990119850312003")
PERSON = Candidate(
    "王小明", "male", date(1985, 3, 12), (NUMBER,), ("13900010001",),
    "山东省蓬澜市望潮区听涛街道海棠社区海棠花园5号楼2单元301室",
)  # fmt: skip
BARE = replace(PERSON, numbers=(), phones=(), address="")
NOT_HIS = replace(PERSON, numbers=(), phones=("13800000000",), address="新海家园9号楼1单元101室")


def match(one: Candidate, **changes: Any) -> Match:
    """What is said of the person and an entry that differs from `one` as told."""
    return weigh(compare(PERSON, replace(one, **changes)))


@pytest.mark.parametrize(
    "entered",
    [
        Candidate(numbers=(NUMBER,)),
        Candidate(numbers=(NUMBER[:6] + NUMBER[8:17],)),
        Candidate(name="李四", born=date(1950, 1, 1), numbers=(f" {NUMBER[:6]} {NUMBER[6:]} ",)),
        BARE,
        replace(BARE, numbers=(OTHER_NUMBER,)),
        replace(BARE, sex="female"),
        replace(NOT_HIS, name="王晓明"),
        replace(NOT_HIS, name="王小朋"),
        replace(NOT_HIS, name="王明小"),
        replace(NOT_HIS, name="王明"),
        replace(NOT_HIS, born=date(1985, 12, 3)),
        replace(NOT_HIS, born=date(1958, 3, 12)),
        replace(NOT_HIS, born=date(1985, 3, 17)),
        Candidate(name="王小明", phones=("13900010001",)),
        Candidate(name="王晓明", phones=("13900010001",)),
        Candidate(name="王小明", sex="male", phones=("13900010007",)),
        Candidate(name="王晓明", address="海棠花园5-2-301"),
        Candidate("王晓明", "male", date(1985, 12, 3), (), (), "海棠花园小区五号楼二单元301"),
        Candidate("王小明", "male", date(1985, 4, 28), (), ("13900010001",)),
    ],
)
def test_the_same_person_is_told_of(entered: Candidate) -> None:
    found = weigh(compare(PERSON, entered))
    assert found.warned, found
    assert found.reasons


FAMILY = replace(PERSON, numbers=())


@pytest.mark.parametrize(
    "entered",
    [
        replace(FAMILY, name="王建国", born=date(1958, 7, 1)),
        replace(FAMILY, name="王小红", sex="female", born=date(2010, 7, 1)),
        replace(FAMILY, name="王小朋", born=date(1987, 9, 30)),
        replace(FAMILY, name="王晓明", born=date(2009, 11, 2)),
        replace(FAMILY, name="王小亮"),
        replace(FAMILY, name="王大明", sex="male"),
        replace(FAMILY, name="王小丽", sex="female"),
        replace(FAMILY, name="李梅", sex="female", born=date(1986, 2, 2)),
        replace(FAMILY, name="王明", born=date(2011, 5, 4)),
        replace(BARE, name="王小亮"),
        replace(BARE, name="张伟"),
        replace(BARE, name="王晓明", numbers=(OTHER_NUMBER,)),
        Candidate(name="王小明"),
        Candidate(born=date(1985, 3, 12)),
        Candidate(name="王小明", born=date(1964, 8, 20)),
        Candidate(phones=("13900010001",), address=PERSON.address),
        Candidate(),
    ],
)
def test_families_twins_and_strangers_are_not(entered: Candidate) -> None:
    found = weigh(compare(PERSON, entered))
    assert not found.warned, found


def test_reasons_say_what_agrees_and_what_differs() -> None:
    assert match(NOT_HIS, name="王晓明").reasons == ("姓名读音相近", "出生日期相同")
    found = match(BARE, numbers=(OTHER_NUMBER,), sex="female")
    assert found.reasons == ("证件号码不同", "姓名相同", "出生日期相同", "性别不同")
    assert match(Candidate(numbers=(NUMBER,))).certain
    assert not found.certain


def test_a_number_of_another_document_says_nothing_against() -> None:
    assert match(NOT_HIS, name="王晓明", numbers=("E12345678",)).warned
    passport = replace(PERSON, numbers=("E12345678",))
    assert weigh(compare(passport, replace(NOT_HIS, numbers=("e1234 5678",)))).certain
    near = weigh(compare(passport, Candidate(name="王小明", numbers=("E12345687",))))
    assert near.warned
    assert "证件号码只差一位" in near.reasons


def test_twins_of_numbers() -> None:
    """GB 11643: 15 digits are the 18 without century and check character."""
    old = "379900850312001"
    assert twin(NUMBER) == old == twin(old)
    assert longer(old) == upgrade_legacy_number(old, today=date(2026, 1, 1)) == NUMBER
    young = "37990020100312001" + check_character("37990020100312001")
    assert twin(young) == young, "nobody of this century has an old number"
    assert twin("E12345678") == longer("E12345678") == "E12345678"


def test_slips() -> None:
    found = set(slips("12A4"))
    assert {"02A4", "13A4", "12A5", "21A4"} <= found
    assert not found & {"12A4", "124A", "12B4"}
    assert not list(slips(NUMBER)), "the check character tells them"


@pytest.mark.parametrize(
    ("other", "fit"),
    [
        (date(1985, 3, 12), Dates.SAME), (date(1985, 12, 3), Dates.SWAPPED),
        (date(1958, 3, 12), Dates.SWAPPED), (date(1985, 3, 21), Dates.SWAPPED),
        (date(1986, 3, 12), Dates.DIGIT), (date(1985, 3, 17), Dates.DIGIT),
        (date(1985, 4, 30), Dates.NEAR), (date(1985, 1, 20), Dates.NEAR),
        (date(1985, 6, 30), Dates.OTHER), (None, Dates.UNKNOWN),
    ],
)  # fmt: skip
def test_days_of_birth(other: date | None, fit: Dates) -> None:
    assert dates_fit(date(1985, 3, 12), other) is fit
    assert dates_fit(other, date(1985, 3, 12)) is fit


def test_near_dates_are_those_that_fit() -> None:
    born = date(1985, 3, 12)
    near = set(near_dates(born))
    for day in (date(y, m, d) for y in range(1980, 1990) for m in range(1, 13) for d in (1, 12)):
        fits = dates_fit(born, day) in (Dates.SAME, Dates.SWAPPED, Dates.DIGIT)
        assert fits is (day in near), day
    assert near_dates(date(2024, 2, 29)), "a leap day has neighbours too"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("王小明", "王 小明", Alike.SAME), ("阿依·古丽", "阿依古丽", Alike.SAME),
        ("王小明", "王晓明", Alike.SOUND), ("陈静", "程静", Alike.SOUND),
        ("陳靜", "陈静", Alike.SOUND), ("单晓", "陕小", Alike.SOUND),
        ("李明华", "李华明", Alike.SWAPPED),
        ("张晴", "张睛", Alike.SHAPE), ("张晴", "章睛", Alike.SHAPE),
        ("王小明", "王明", Alike.SHORT), ("王建国", "王建军", Alike.PART),
        ("王建国", "李建国", Alike.PART), ("王伟", "王强", Alike.OTHER),
        ("王伟", "李娜", Alike.OTHER),
        ("王伟", "", Alike.UNKNOWN), ("Anna Müller", "MULLER Anna", Alike.SWAPPED),
        ("Liam O'Brien", "Liam O’Brian", Alike.SHAPE), ("Kim", "Kin", Alike.OTHER),
        ("Anna Müller", "王小明", Alike.OTHER), ("王梅", "梅", Alike.OTHER),
    ],
)  # fmt: skip
def test_names(one: str, other: str, expected: Alike) -> None:
    assert alike(one, other) is expected
    assert alike(other, one) is expected


def test_names_read_alike_share_a_key() -> None:
    assert name_key("王小明") == name_key("王晓明") == name_key("汪明晓")
    assert name_key("Anna Müller") == name_key("muller anna")
    assert name_key("") == ""


@pytest.mark.parametrize(
    "written",
    [
        "山东省蓬澜市望潮区听涛街道海棠社区海棠花园5号楼2单元301室", "海棠花园5-2-301",
        "海棠花园5栋2单元301", "海棠花园小区 五号楼二单元301室",
        "听涛街道海棠花园５号楼２单元３０１室",
        "蓬澜市海棠社区居委会海棠花园05幢2单元301", "海棠花园5#2-301",
    ],
)  # fmt: skip
def test_one_door_written_differently(written: str) -> None:
    assert address_key(written) == "海棠花园|5-2-301"


def test_other_doors() -> None:
    door = address_key("海棠花园5号楼2单元301室")
    assert same_door(door, address_key("海棠花园5号楼301室")), "the unit is left out"
    assert same_door(door, address_key("5号楼2单元301室")), "the estate is left out"
    for other in ("海棠花园5号楼2单元302室", "银杏花园5号楼2单元301室", "海棠花园", ""):
        assert not same_door(door, address_key(other)), other
    assert address_key("李家村二十三号") == "李家村|23"
    assert address_key("12号") == address_key("") == address_key("幸福小区") == ""
    assert not same_door("", "")
