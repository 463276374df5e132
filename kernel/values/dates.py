"""Local dates in the ways that people type them."""

import re
from datetime import date
from typing import Final

from kernel.messages import Message, _
from kernel.values.invalid import InvalidValue, half_width

_STYLES: Final = (
    re.compile(r"([0-9]{4})([-./])([0-9]{1,2})\2([0-9]{1,2})"),
    re.compile(r"([0-9]{4})(年)([0-9]{1,2})月([0-9]{1,2})日?"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})"),
)
_BLANKS: Final = re.compile(r"\s+")
_YEARS: Final = range(1800, 2201)


def parse_date(text: str) -> date:
    """The local date of 2026-11-23, 20261123, 2026.11.23, 2026/11/23 or 2026年11月23日.

    Month and day may have one digit where a separator stands between; full-width characters and
    blanks are accepted. Raises InvalidValue with reason `style` when the text is in none of these
    styles, `day` when it is but there is no such day between 1800 and 2200.
    """
    typed = _BLANKS.sub("", half_width(text).replace("。", "."))
    for style in _STYLES:
        if found := style.fullmatch(typed):
            return _real_day(int(found[1]), int(found[3]), int(found[4]))
    raise InvalidValue(
        "style", _("日期应写成 2026-11-23、20261123、2026.11.23、2026/11/23 或 2026年11月23日")
    )


def _real_day(year: int, month: int, day: int) -> date:
    if year not in _YEARS:
        raise InvalidValue("day", _("年份应在1800至2200之间"))
    if not 1 <= month <= 12:
        raise InvalidValue("day", _("月份应在1至12之间"))
    try:
        return date(year, month, day)
    except ValueError:
        none = Message(_("%(year)s年%(month)s月没有%(day)s日"), year=year, month=month, day=day)
        raise InvalidValue("day", none) from None
