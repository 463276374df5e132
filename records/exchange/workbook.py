"""Workbooks of residents: the template to fill in, the report of a check, the full export."""

from collections.abc import Iterable
from typing import Final

from starlette.responses import Response

from kernel.web.i18n import Language, _
from records.exchange import sheets
from records.exchange.columns import BY_KEY, COLUMNS, EXPORTED, Column, title_of
from records.exchange.notes import Row, Values
from records.exchange.sheets import Heading, Template
from records.terminology import catalogue

_SHEET: Final = "居民名单"
_TITLE: Final = _("居民和家庭导入模板")
_HOW: Final = _(
    "每人一行，带 * 的列必填；证件号码、电话等列已设为文本格式；第 4 行是示例，导入前请删除。"
)


def template(file_name: str) -> Response:
    """The official template: headings with comments, an example, and the lists of codes."""
    shown = [column for column in COLUMNS if column.exported or column.key == "head"]
    return sheets.template(Template(_SHEET, _TITLE, _HOW, list(map(_heading, shown))), file_name)


def _heading(column: Column) -> Heading:
    terms = catalogue.code_set(column.terms).concepts.values() if column.terms else ()
    return Heading(
        column.title,
        column.note,
        column.sample,
        column.required,
        column.wide,
        [(one.code, one.title) for one in terms],
    )


def report(title: str, note: str, rows: Iterable[Row], *, language: Language) -> Response:
    """What a check has found, a line a note."""
    return sheets.report((title, note), rows, lambda key: BY_KEY[key].title, language=language)


HEADINGS: Final = tuple(column.title for column in EXPORTED)
"""The headings of the full export: those of the template."""


def line_of(values: Values) -> list[str]:
    """A row of the full export, in the order of `HEADINGS`; codes in words."""
    return [title_of(column.key, values.get(column.key, "")) for column in EXPORTED]
