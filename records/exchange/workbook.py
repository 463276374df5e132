"""Workbooks that we write: the template to fill in, the report of a check, the full export."""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from starlette.responses import Response

from kernel.web.i18n import Language, _, gettext
from kernel.web.spreadsheet import Sheet, excel, sent
from records.exchange.columns import BY_KEY, COLUMNS, EXPORTED, title_of
from records.exchange.rows import Note, Row, Values
from records.terminology import catalogue

LIST: Final = "居民名单"
CODES: Final = "代码"
_KEPT_ROWS: Final = 10_000
_TITLE: Final = _("居民和家庭导入模板")
_HOW: Final = _(
    "每人一行，带 * 的列必填；证件号码、电话等列已设为文本格式；第 4 行是示例，导入前请删除。"
)
_REPORT_HEADINGS: Final = (_("行号"), _("姓名"), _("列"), _("类别"), _("问题和正确的写法"))
KINDS: Final = {
    "errors": _("错误"),
    "suspects": _("疑似重复"),
    "warnings": _("提醒"),
}
"""What a note of each list is called, the worst first."""


def template(file_name: str) -> Response:
    """The official template: headings with comments, an example, and the lists of codes."""
    handle, path = tempfile.mkstemp(suffix=".xlsx", prefix="station-")
    os.close(handle)
    _write(path, _fill_template)
    return sent(path, file_name)


def _write(path: str, fill: Callable[[Any], None]) -> None:
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    try:
        with xlsxwriter.Workbook(path, options) as book:
            fill(book)
    except BaseException:
        os.unlink(path)
        raise


def _fill_template(book: Any) -> None:
    shown = [column for column in COLUMNS if column.exported or column.key == "head"]
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    grey = book.add_format({"num_format": "@", "italic": True, "font_color": "#666666"})
    page = book.add_worksheet(LIST)
    page.write_string(0, 0, _TITLE, book.add_format({"bold": True, "font_size": 14}))
    page.write_string(1, 0, _HOW)
    for place, column in enumerate(shown):
        page.set_column(place, place, 26 if column.wide else 14, text)
        page.write_string(2, place, column.title + ("*" if column.required else ""), bold)
        if column.note:
            page.write_comment(2, place, column.note, {"x_scale": 2})
        page.write_string(3, place, column.sample, grey)
    page.freeze_panes(3, 1)
    _fill_codes(book, [column for column in shown if column.terms], bold, text)


def _fill_codes(book: Any, columns: Sequence[Any], bold: Any, text: Any) -> None:
    """Two columns a code set: its codes and their names."""
    page = book.add_worksheet(CODES)
    for number, column in enumerate(columns):
        place = 2 * number
        page.write_string(0, place, column.title, bold)
        page.write_string(0, place + 1, "", bold)
        page.set_column(place, place, 6, text)
        page.set_column(place + 1, place + 1, 22)
        concepts = catalogue.code_set(column.terms).concepts.values()
        for row, concept in enumerate(concepts, start=1):
            page.write_string(row, place, concept.code, text)
            page.write_string(row, place + 1, concept.title)
    page.freeze_panes(1, 0)


def notes_of(row: Row) -> Iterable[tuple[str, Note]]:
    """Everything that was said about a row, the worst first, with which list it stands in."""
    for kind in KINDS:
        for note in getattr(row, kind):
            yield kind, note


def report(
    title: str, note: str, rows: Iterable[Row], *, language: Language, file_name: str
) -> Response:
    """What a check has found, a line a note."""
    lines = [
        (
            row.number,
            row.values.get("name", ""),
            gettext(BY_KEY[note_.column].title, language),
            gettext(KINDS[kind], language),
            gettext(note_.text, language),
        )
        for row in rows
        for kind, note_ in notes_of(row)
    ]
    headings = [gettext(heading, language) for heading in _REPORT_HEADINGS]
    return excel(Sheet(title, note, headings, lines[:_KEPT_ROWS]), file_name)


HEADINGS: Final = tuple(column.title for column in EXPORTED)
"""The headings of the full export: those of the template."""


def line_of(values: Values) -> list[str]:
    """A row of the full export, in the order of `HEADINGS`; codes in words."""
    return [title_of(column.key, values.get(column.key, "")) for column in EXPORTED]
