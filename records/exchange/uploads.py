"""Uploaded lists as rows of text: Excel workbooks (.xlsx) and CSV, within limits.

Nothing here knows what a column means. A cell becomes the text that its reader would see, with two
exceptions: a date is written as 2026-11-23 whatever the cell's format, and a number of more digits
than Excel keeps (15) is written with an exponent, so that nobody takes its end for the truth.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from kernel.errors import Refused, unprocessable
from kernel.web.i18n import _

MOST_BYTES: Final = 10 << 20
MOST_ROWS: Final = 10_000
MOST_COLUMNS: Final = 200
_UNPACKED: Final = 200 << 20
_PARTS: Final = 500
_LONGEST: Final = 2000
_SURE_DIGITS: Final = 10**15
"""From here on Excel has replaced the last digits by zeros."""

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS: Final = ",\t;"

_NOTHING = _("请选择要导入的文件（.xlsx 或 .csv）。")
_TOO_LARGE = _("文件超过 10 MB：请分成几个文件导入。")
_OLD = _("这是旧版 Excel（.xls）或加密的文件：请在 Excel 中另存为不加密的 .xlsx 后再上传。")
_NO_BOOK = _("文件不是可以读取的 .xlsx 工作簿：请在 Excel 中另存为 .xlsx 后再上传。")
_BOMB = _("文件解压后过大，不予读取：请只保留名单所在的工作表，另存后再上传。")
_ENCODING = _("CSV 文件的编码应为 UTF-8 或 GB18030：请在 Excel 中另存为“CSV UTF-8”后再上传。")
_EMPTY = _("文件中没有数据：第一张工作表应有一行列标题，下面每人一行。")
_ROWS = _("文件超过 10000 行：请分成几个文件导入。")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a sheet; `number` is the one that a spreadsheet shows beside it."""

    number: int
    cells: Sequence[str]


def read_upload(name: str, content: bytes) -> list[Line]:
    """The rows of the first sheet that are not empty.

    Raises Refused (422, field `file`) saying in Chinese what kind of file would be right.
    """
    if not content:
        raise _wrong(_NOTHING)
    if len(content) > MOST_BYTES:
        raise _wrong(_TOO_LARGE)
    if content.startswith(_OLD_EXCEL):
        raise _wrong(_OLD)
    if content.startswith(_ZIP) or name.lower().endswith(".xlsx"):
        lines = _limited(_of_workbook(content))
    else:
        lines = _limited(_of_csv(content))
    if not lines:
        raise _wrong(_EMPTY)
    return lines


def _wrong(sentence: str) -> Refused:
    return unprocessable(sentence, "file")


def _limited(rows: Iterable[Sequence[str]]) -> list[Line]:
    lines: list[Line] = []
    for number, cells in enumerate(rows, start=1):
        if any(cells):
            lines.append(Line(number, cells))
        if len(lines) > MOST_ROWS + 10:  # the rows above the headings
            raise _wrong(_ROWS)
    return lines


def _of_workbook(content: bytes) -> Iterator[Sequence[str]]:
    """Rows of the first sheet that is shown. Raises Refused (422)."""
    import openpyxl

    _look_inside(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = [one for one in book.worksheets if one.sheet_state == "visible"]
        for row in sheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True):
            yield _trimmed([_text(value) for value in row])
    except (KeyError, ValueError, TypeError, IndexError, zipfile.BadZipFile, SyntaxError) as error:
        # openpyxl says with any of these that the parts do not make a workbook.
        raise _wrong(_NO_BOOK) from error


def _look_inside(content: bytes) -> None:
    """Refuse an archive that would unpack to more than any list needs, or that declares entities.

    The sizes are those of the directory; zipfile reads no further than they say.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
                raise _wrong(_BOMB)
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as file:
                        if b"<!DOCTYPE" in file.read(1024):
                            raise _wrong(_NO_BOOK)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        # zipfile's words for: no archive, an unknown compression, a password.
        raise _wrong(_NO_BOOK) from error


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value)
    return _clean(str(value))


def _number(value: float) -> str:
    if abs(value) >= _SURE_DIGITS:
        return f"{value:.14E}"
    return str(int(value)) if value == int(value) else repr(value)


def _clean(text: str) -> str:
    """Without blanks around it, NUL, and the apostrophe that our own exports put before signs."""
    text = text.replace("\0", "").replace("\u200b", "").replace("_x000D_", "").strip()
    if text.startswith("'") and text[1:2] in ("=", "+", "-", "@"):
        text = text[1:]
    return text[:_LONGEST]


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _of_csv(content: bytes) -> Iterator[Sequence[str]]:
    text = _decoded(content)
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False):
            yield _trimmed([_clean(cell) for cell in row[:MOST_COLUMNS]])
    except csv.Error as error:
        raise _wrong(_ENCODING) from error


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark (what Excel calls Unicode), GB18030."""
    encodings = ("utf-16",) if content.startswith(_UTF16) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _wrong(_ENCODING)
