"""Workbooks for lists that are filled in and sent back: the template, and the report of a check."""

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from kernel.web.i18n import Language, _, gettext
from kernel.web.spreadsheet import Sheet, excel, sent
from records.exchange.notes import KINDS, Row, shown

CODES: Final = _("代码")
_KEPT_ROWS: Final = 10_000
_REPORT_HEADINGS: Final = (_("行号"), _("姓名"), _("列"), _("类别"), _("问题和正确的写法"))


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a template: `note` is the comment at its heading, `sample` the example's cell.

    `codes` are the choices with their titles, which the sheet of codes lists.
    """

    title: str
    note: str = ""
    sample: str = ""
    required: bool = False
    wide: bool = False
    codes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A list to be filled in: the name of its sheet, its title, how to fill it in, the columns."""

    sheet: str
    title: str
    how: str
    headings: Sequence[Heading]


def template(one: Template, file_name: str) -> Response:
    """Headings with comments in the third line, an example below, and a sheet of codes."""
    handle, path = tempfile.mkstemp(suffix=".xlsx", prefix="station-")
    os.close(handle)
    _write(path, lambda book: _fill(book, one))
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


def _fill(book: Any, one: Template) -> None:
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    text = book.add_format({"num_format": "@"})
    grey = book.add_format({"num_format": "@", "italic": True, "font_color": "#666666"})
    page = book.add_worksheet(one.sheet)
    page.write_string(0, 0, one.title, book.add_format({"bold": True, "font_size": 14}))
    page.write_string(1, 0, one.how)
    for place, heading in enumerate(one.headings):
        page.set_column(place, place, 26 if heading.wide else 14, text)
        page.write_string(2, place, heading.title + ("*" if heading.required else ""), bold)
        if heading.note:
            page.write_comment(2, place, heading.note, {"x_scale": 2})
        page.write_string(3, place, heading.sample, grey)
    page.freeze_panes(3, 1)
    _fill_codes(book, [heading for heading in one.headings if heading.codes], bold, text)


def _fill_codes(book: Any, headings: Sequence[Heading], bold: Any, text: Any) -> None:
    """Two columns a code set: its codes and their names."""
    page = book.add_worksheet(CODES)
    for number, heading in enumerate(headings):
        place = 2 * number
        page.write_string(0, place, heading.title, bold)
        page.write_string(0, place + 1, "", bold)
        page.set_column(place, place, 6, text)
        page.set_column(place + 1, place + 1, 22)
        for row, (code, title) in enumerate(heading.codes, start=1):
            page.write_string(row, place, code, text)
            page.write_string(row, place + 1, title)
    page.freeze_panes(1, 0)


def report(
    heads: tuple[str, str],
    rows: Iterable[Row],
    title_of: Callable[[str], str],
    *,
    language: Language,
    kinds: Mapping[str, str] = KINDS,
) -> Response:
    """What a check has found, a line a note; `heads` are its title and the line below it.

    `title_of` gives a column's title by its key.
    """
    lines = [
        (
            note["row"],
            note["name"],
            *(gettext(said, language) for said in (note["column"], note["title"], note["text"])),
        )
        for note in shown(rows, title_of, kinds)
    ]
    headings = [gettext(heading, language) for heading in _REPORT_HEADINGS]
    return excel(Sheet(*heads, headings, lines[:_KEPT_ROWS]), f"{heads[0]}.xlsx")
