"""What is read from an uploaded file, and what is refused with a sentence that helps."""

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest

from kernel.errors import Refused
from records.exchange.uploads import MOST_BYTES, read_upload

ROWS = (("姓名", "性别"), ("张三", "男"), ("李四", "女"))
CSV = "\r\n".join(",".join(row) for row in ROWS)


def cells(name: str, content: bytes) -> list[tuple[str, ...]]:
    return [tuple(line.cells) for line in read_upload(name, content)]


def book_of(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def refusal(name: str, content: bytes) -> str:
    with pytest.raises(Refused) as refused:
        read_upload(name, content)
    assert refused.value.status == 422
    assert [issue.expression for issue in refused.value.issues] == ["file"]
    return refused.value.issues[0].diagnostics


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode("utf-8"),
        CSV.encode("utf-8-sig"),
        CSV.encode("gb18030"),
        CSV.encode("gbk"),
        CSV.encode("utf-16"),
        CSV.replace(",", "\t").encode("utf-16"),
        CSV.replace(",", ";").encode("utf-8"),
        CSV.replace("\r\n", "\n").encode("utf-8"),
    ],
)
def test_csv_of_every_encoding_and_separator(content: bytes) -> None:
    assert cells("名单.csv", content) == list(ROWS)


def test_a_workbook_says_the_same_whatever_it_is_called() -> None:
    assert cells("名单.xlsx", book_of(*ROWS)) == list(ROWS)
    assert cells("名单", book_of(*ROWS)) == list(ROWS)


def test_dates_numbers_and_what_excel_has_rounded() -> None:
    day = datetime.combine(date(1985, 3, 12), time())
    row = (day, date(2001, 2, 28), 31118, 15400001234, 1.5, 379900198503120011)
    shown = cells("a.xlsx", book_of(("h",) * 6, row))[1]
    assert shown[:5] == ("1985-03-12", "2001-02-28", "31118", "15400001234", "1.5")
    assert shown[5] == "3.79900198503120E+17"


def test_rows_keep_the_numbers_that_a_spreadsheet_shows() -> None:
    lines = read_upload("a.xlsx", book_of(("标题",), (None,), ("姓名",), ("张三",)))
    assert [line.number for line in lines] == [1, 3, 4]


def test_our_own_apostrophes_are_taken_off() -> None:
    assert cells("a.csv", "电话\n'+85212345678\n'名".encode())[1:] == [("+85212345678",), ("'名",)]


def bomb() -> bytes:
    """Two hundred megabytes of nothing in two hundred kilobytes."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(201):
            part.write(b"\0" * (1 << 20))
    return file.getvalue()


def with_entities() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>')
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("", b"", "请选择"),
        ("a.csv", b"x" * (MOST_BYTES + 1), "10 MB"),
        ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 100, ".xlsx"),
        ("a.xlsx", b"PK\x03\x04" + b"\0" * 100, "另存为 .xlsx"),
        ("a.xlsx", b"no archive", "另存为 .xlsx"),
        ("a.csv", b"\x81\xff\xfe\x00", "GB18030"),
        ("a.csv", b"\n\n\n", "没有数据"),
        ("a.csv", b"name\n" + b"x\n" * 10_020, "10000 行"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(name: str, content: bytes, words: str) -> None:
    assert words in refusal(name, content)


def test_a_bomb_and_declared_entities_are_not_unpacked() -> None:
    assert len(bomb()) < 1 << 20
    assert "解压后过大" in refusal("a.xlsx", bomb())
    assert "另存为 .xlsx" in refusal("a.xlsx", with_entities())
