"""Lists of residents for tests: people made up, as workbooks and as CSV, and their upload."""

import io
import re
import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import httpx2
import openpyxl

from kernel.jobs import run_job
from kernel.values.identity_number import check_character
from records.module import MODULE
from tests.pages.browsing import Visitor
from tests.support.house import OpenHouse

COMMITTEE = "379901001001"
HEADINGS = (
    "姓名", "性别", "出生日期", "身份证号", "联系电话", "居委会代码", "现住址", "家庭编号",
    "与户主关系",
)  # fmt: skip
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
_GIVEN = "一丽伟敏静强磊洋艳勇军杰娟涛明超秀霞平刚桂英华玉兰建国文斌志鹏晓红春梅海燕冬雪"
_DAYS = 30_000


def number_of(place: int, born: date, *, male: bool) -> str:
    """A citizen number in a region that was never assigned."""
    first17 = f"379900{born:%Y%m%d}{2 * (place % 400) + (1 if male else 2):03d}"
    return first17 + check_character(first17)


def person(place: int, *, household: bool = False) -> list[Any]:
    """The cells of somebody under `HEADINGS`; every third one is the head of a household."""
    born = date(1935, 1, 1) + timedelta(days=place * 7919 % _DAYS)
    male = place % 2 == 0
    name = (
        _SURNAMES[place % len(_SURNAMES)]
        + _GIVEN[place // 7 % len(_GIVEN)]
        + _GIVEN[place // 3 % len(_GIVEN)]
    )
    family = [f"T{place // 3:06d}", ("户主", "配偶", "长子")[place % 3]] if household else ["", ""]
    return [
        name,
        "男" if male else "女",
        born.isoformat(),
        number_of(place, born, male=male),
        f"154{place:08d}",
        COMMITTEE,
        f"滨海市海阳区花园小区{place // 60 + 1}号楼{place % 60 // 10 + 1}单元{place % 10 + 101}室",
        *family,
    ]


def workbook(rows: Sequence[Sequence[Any]], headings: Sequence[str] = HEADINGS) -> bytes:
    """The rows below their headings, as Excel writes them."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(list(headings))
    for row in rows:
        page.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def upload(
    visitor: Visitor, content: bytes, name: str = "名单.xlsx", path: str = "/imports", **data: str
) -> httpx2.Response:
    """Send a file with the page's form."""
    return visitor.request(
        "POST",
        path,
        data={"csrf_token": visitor.token, **data},
        files={"file": (name, content, "application/octet-stream")},
    )


def uploaded(visitor: Visitor, content: bytes, name: str = "名单.xlsx") -> str:
    """The address of the list that was uploaded."""
    visitor.get("/imports")
    answer = upload(visitor, content, name)
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    assert re.fullmatch(r"/imports/[0-9a-f-]{36}", address)
    visitor.get(address)
    return str(address)


def confirmed(visitor: Visitor, address: str, how: str = "right", **more: str) -> httpx2.Response:
    """Confirm a checked list."""
    visitor.get(address)
    return visitor.post(f"{address}/confirm", {"how": how, **more})


def worked_off(house: OpenHouse) -> int:
    """Run the job until nothing is left, with nobody else at it; how many slices it took."""
    house.house.jobs.close()
    job = next(one for one in MODULE.jobs if one.name == "records:import")
    slices = 0
    while run_job(house.station, job):
        slices += 1
    return slices


def wait_for(visitor: Visitor, address: str, words: str) -> str:
    """The page once the job is over."""
    for _ in range(200):
        text = visitor.get(address).text
        if words in text:
            return text
        time.sleep(0.05)
    raise AssertionError(f"{words} does not stand on the page")
