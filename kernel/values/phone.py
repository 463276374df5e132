"""Telephone numbers as they are typed in China.

Mobile numbers have eleven digits beginning 13 to 19; fixed lines have an area code (010, 02x or
0xxx) and seven or eight digits, perhaps an extension; numbers from abroad keep their E.164 form.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kernel.messages import _
from kernel.values.invalid import InvalidValue, half_width


class PhoneKind(StrEnum):
    """What kind of line a number is."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    SERVICE = "service"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number in its one normal form, for example `13800001234`, `0532-85551234`."""

    value: str
    kind: PhoneKind

    @property
    def digits(self) -> str:
        """Only the digits: what a search by the last four compares."""
        return re.sub("[^0-9]", "", self.value)


_NOISE: Final = re.compile("[\\s\u200b\ufeff().\u2010-\u2015\u2212/-]")
_EXTENSION: Final = re.compile(r"(?:转|分机|EXT|X|#)[:：]?([0-9]{1,6})$", re.IGNORECASE)
_CHINA: Final = re.compile(r"(?:\+|00)86")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))?([2-8][0-9]{6,7})")
_SERVICE: Final = re.compile(r"[48]00[0-9]{7}")
_FOREIGN: Final = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})")


def parse_phone(text: str) -> Phone:
    """Understand a number as typed: +86, blanks, hyphens, brackets, full width, 转 + extension.

    Raises InvalidValue with reason `phone` saying what would be right.
    """
    number = _NOISE.sub("", half_width(text))
    extension = _EXTENSION.search(number)
    if extension:
        number = number[: extension.start()]
    mainland = bool(_CHINA.match(number))
    number = _CHINA.sub("", number, count=1) if mainland else number
    if len(number) == 13 and number.startswith("86"):
        number = number[2:]
    tail = f"-{extension[1]}" if extension else ""
    found = _mainland(number, tail, add_zero=mainland)
    if found is None and not mainland and (foreign := _FOREIGN.fullmatch(number)):
        found = Phone(f"+{foreign[1]}{tail}", PhoneKind.FOREIGN)
    if found is None:
        raise InvalidValue(
            "phone", _("电话应为11位手机号码，或区号加7至8位固定电话，例如 0532-85551234")
        )
    return found


def _mainland(number: str, tail: str, *, add_zero: bool) -> Phone | None:
    if _MOBILE.fullmatch(number) and not tail:
        return Phone(number, PhoneKind.MOBILE)
    if _SERVICE.fullmatch(number):
        return Phone(number + tail, PhoneKind.SERVICE)
    # Behind +86 the area code has lost its zero.
    if add_zero and not number.startswith("0"):
        number = f"0{number}"
    line = _LANDLINE.fullmatch(number)
    if line is None:
        return None
    area = f"{line[1]}-" if line[1] else ""
    return Phone(f"{area}{line[2]}{tail}", PhoneKind.LANDLINE)


def mask_phone(number: str) -> str:
    """For lists: `138****1234`; shorter numbers keep only their last two characters."""
    if len(number) >= 8:
        return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
    return "*" * max(len(number) - 2, 1) + number[-2:] if len(number) > 2 else "*" * len(number)
