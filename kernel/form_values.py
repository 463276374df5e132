"""One value of a declared form: from the text that was typed, and back to it. No I/O."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from kernel.declare.form import Field, FieldKind, Value
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
        raise InvalidValue("number", f"应为数字{_allowed(one)}")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > one.digits:
        kind = f"最多 {one.digits} 位小数" if one.digits else "应为整数"
        raise InvalidValue("digits", f"{kind}{_allowed(one)}")
    if one.hard is not None and not one.hard[0] <= number <= one.hard[1]:
        raise InvalidValue("range", f"超出可能的范围{_allowed(one)}")
    return number


def _allowed(one: Field) -> str:
    if one.hard is None:
        return ""
    unit = f" {one.unit}" if one.unit else ""
    return f"，应在 {one.hard[0]:f}～{one.hard[1]:f}{unit} 之间"


def _read_integer(one: Field, text: str) -> int:
    return int(_read_decimal(one, text))


def _read_choice(one: Field, text: str) -> str:
    if text not in one.by_code:
        raise InvalidValue("code", "请从列出的选项中选择")
    return text


def _read_text(one: Field, text: str) -> str:
    if len(text) > one.most:
        raise InvalidValue("length", f"最多 {one.most} 个字，现有 {len(text)} 个")
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
        raise InvalidValue("month", "应写成年月，例如 2019-05") from None


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
