"""One value of a declared form: from the text that was typed, and back to it. No I/O."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.declare.form import Field, FieldKind, Value
from kernel.messages import Message, _
from kernel.values.dates import parse_date
from kernel.values.invalid import InvalidValue, half_width

_MONTH = re.compile(r"(\d{4})[-./年]?(\d{1,2})月?")
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,6})?")
_LONGEST_NUMBER = 12


def read_value(one: Field, text: str) -> Value:
    """The value of a field's text, which is not empty. Raises InvalidValue saying what is right."""
    value: Value = _READ[one.kind](one, text)
    return value


def number_of(text: str) -> Decimal | None:
    """A number as it was typed, full width and all; None where it is none."""
    plain = half_width(text).replace("。", ".")
    if len(plain) > _LONGEST_NUMBER or not _NUMBER.fullmatch(plain):
        return None
    try:
        return Decimal(plain)
    except InvalidOperation:
        return None


def _read_decimal(one: Field, text: str) -> Decimal:
    number = number_of(text)
    if number is None:
        raise _wrong("number", _("应为数字"), one)
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > one.digits:
        fewer = Message(_("最多 %(digits)s 位小数"), digits=one.digits)
        raise _wrong("digits", fewer if one.digits else _("应为整数"), one)
    if one.hard is not None and not one.hard[0] <= number <= one.hard[1]:
        raise _wrong("range", _("超出可能的范围"), one)
    return number


def _wrong(reason: str, why: str, one: Field) -> InvalidValue:
    """A number that is not one of the field's, with the range that is possible."""
    if one.hard is None:
        return InvalidValue(reason, why)
    low, high = one.hard
    between = Message(
        _("%(why)s，应在 %(low)s～%(high)s 之间"),
        why=why,
        low=f"{low:f}",
        high=with_unit(f"{high:f}", one.unit),
    )
    return InvalidValue(reason, between)


def with_unit(number: str, unit: str) -> str:
    """A number with the unit that belongs to it."""
    return Message("%(number)s %(unit)s", number=number, unit=unit) if unit else number


def _read_integer(one: Field, text: str) -> int:
    return int(_read_decimal(one, text))


def _read_choice(one: Field, text: str) -> str:
    if text not in one.by_code:
        raise InvalidValue("code", _("请从列出的选项中选择"))
    return text


def _read_text(one: Field, text: str) -> str:
    if len(text) > one.most:
        long = Message(_("最多 %(most)s 个字，现有 %(n)s 个"), most=one.most, n=len(text))
        raise InvalidValue("length", long)
    return text.replace("\r\n", "\n")


def _read_date(_one: Field, text: str) -> date:
    return parse_date(text)


def _read_month(_one: Field, text: str) -> str:
    """A month, also where somebody typed a whole date or only the year."""
    plain = half_width(text)
    if re.fullmatch(r"\d{4}", plain):
        return plain
    found = _MONTH.fullmatch(plain)
    if found and 1 <= int(found[2]) <= 12:
        return f"{found[1]}-{int(found[2]):02d}"
    try:
        return parse_date(text).isoformat()[:7]
    except InvalidValue:
        raise InvalidValue("month", _("应写成年月，例如 2019-05")) from None


_READ: Mapping[FieldKind, Any] = {
    FieldKind.CHOICE: _read_choice,
    FieldKind.TEXT: _read_text,
    FieldKind.LONG_TEXT: _read_text,
    FieldKind.INTEGER: _read_integer,
    FieldKind.DECIMAL: _read_decimal,
    FieldKind.DATE: _read_date,
    FieldKind.MONTH: _read_month,
}


def written(value: Value) -> str:
    """A value as it is typed: numbers with the digits that they came with, dates as ISO."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)
