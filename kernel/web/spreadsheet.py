"""Lists as Excel files: row by row, so that memory does not grow with them.

Every cell is text, a number or a date; nothing is ever written as a formula or a link. Text that a
spreadsheet would take for a formula when the file is saved as CSV and opened again gets an
apostrophe in front (OWASP, CSV injection).
"""

import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 10_000
"""One file holds so many rows; who needs more narrows the list down."""

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CHUNK = 1 << 16
_LONGEST = 32_000

Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list to be written: its title, a line that says who took it when, headings and rows."""

    title: str
    note: str
    headings: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def harmless(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_FORMULA) else text


def excel(sheet: Sheet, file_name: str) -> Response:
    """The list as a download. The file is written to disk and removed once it has been sent."""
    return sent(_written(sheet), file_name)


def sent(path: str, file_name: str) -> Response:
    """A workbook that was written to disk as a download; it is removed once it has been sent."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file_name)}",
        "Content-Length": str(os.stat(path).st_size),
    }
    return StreamingResponse(_content(path), media_type=MEDIA_TYPE, headers=headers)


def _content(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        os.unlink(path)
        while part := file.read(_CHUNK):
            yield part


def _written(sheet: Sheet) -> str:
    import xlsxwriter

    handle, path = tempfile.mkstemp(suffix=".xlsx", prefix="station-")
    os.close(handle)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    try:
        with xlsxwriter.Workbook(path, options) as book:
            _fill(book, sheet)
    except BaseException:
        os.unlink(path)
        raise
    return path


def _fill(book: Any, sheet: Sheet) -> None:
    page = book.add_worksheet(sheet.title[:31])
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    page.set_column(0, len(sheet.headings) - 1, 18)
    page.write_string(0, 0, sheet.title, bold)
    page.write_string(1, 0, harmless(sheet.note))
    for column, heading in enumerate(sheet.headings):
        page.write_string(2, column, heading, bold)
    page.freeze_panes(3, 0)
    for number, row in enumerate(sheet.rows, start=3):
        for column, value in enumerate(row):
            _write(page, number, column, value, day)


def _write(page: Any, row: int, column: int, value: Cell, day: Any) -> None:
    if isinstance(value, date):
        page.write_datetime(row, column, value, day)
    elif isinstance(value, int | float):
        page.write_number(row, column, value)
    elif value:
        page.write_string(row, column, harmless(value[:_LONGEST]))
