"""Numbers of identity documents: the citizen number of GB 11643-1999 and its relatives.

Reference: GB 11643 (structure, MOD 11-2 check character), GB/T 2260 (the first six digits),
CV02.01.101 (kinds of document). Residence permits of Hong Kong, Macao and Taiwan residents and
the new foreigner's permanent residence card share the 18 characters and the check.

A region that is not in the list is a warning and never an error: revoked codes stay valid on the
cards that carry them. Nothing here asks for the time: `today` is handed in.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kernel.messages import Message, _
from kernel.values.invalid import InvalidValue, compact


class DocumentKind(StrEnum):
    """What kind of document a number is printed on. `CV_CODES` maps it to CV02.01.101."""

    CITIZEN_ID = "citizen-id"
    HMT_RESIDENCE_PERMIT = "hmt-residence-permit"
    FOREIGNER_RESIDENCE_CARD = "foreigner-residence-card"
    HOUSEHOLD_BOOK = "household-book"
    PASSPORT = "passport"
    MILITARY_ID = "military-id"
    DRIVING_LICENCE = "driving-licence"
    HK_MACAO_PERMIT = "hk-macao-permit"
    TAIWAN_PERMIT = "taiwan-permit"
    BIRTH_CERTIFICATE = "birth-certificate"
    OTHER = "other"


CV_CODES: Final[dict[DocumentKind, str]] = {
    DocumentKind.CITIZEN_ID: "01",
    DocumentKind.HMT_RESIDENCE_PERMIT: "99",
    DocumentKind.FOREIGNER_RESIDENCE_CARD: "99",
    DocumentKind.HOUSEHOLD_BOOK: "02",
    DocumentKind.PASSPORT: "03",
    DocumentKind.MILITARY_ID: "04",
    DocumentKind.DRIVING_LICENCE: "05",
    DocumentKind.HK_MACAO_PERMIT: "06",
    DocumentKind.TAIWAN_PERMIT: "07",
    DocumentKind.BIRTH_CERTIFICATE: "99",
    DocumentKind.OTHER: "99",
}


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A number that was understood, and what it says about its holder.

    `birth_date`, `sex` (`male` or `female`, FHIR administrative-gender) and `region_code` (six
    digits, GB/T 2260) are None where the kind of document does not carry them.
    """

    value: str
    kind: DocumentKind
    birth_date: date | None = None
    sex: str | None = None
    region_code: str | None = None
    warnings: tuple[str, ...] = ()

    @property
    def cv_code(self) -> str:
        """The code of this kind of document in CV02.01.101 (身份证件类别)."""
        return CV_CODES[self.kind]


_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_EIGHTEEN: Final = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_FIFTEEN: Final = re.compile(r"[0-9]{15}", re.ASCII)
_OLD_FOREIGNER: Final = re.compile(r"[A-Z]{3}[0-9]{12}", re.ASCII)
_OLDEST: Final = date(1850, 1, 1)
_PROVINCES: Final = frozenset(
    str(code)
    for codes in (
        range(11, 16),
        range(21, 24),
        range(31, 38),
        range(41, 47),
        range(50, 55),
        range(61, 66),
        (71, 81, 82, 83),
    )
    for code in codes
)
_PERMIT_REGIONS: Final = {"81": "810000", "82": "820000", "83": "830000"}

_OTHER_SHAPES: Final[dict[DocumentKind, tuple[re.Pattern[str], str]]] = {
    DocumentKind.PASSPORT: (
        re.compile(r"(?=.*[0-9])[A-Z0-9]{5,17}"),
        _("护照号码应为5至17位字母和数字，例如 E12345678"),
    ),
    DocumentKind.HK_MACAO_PERMIT: (
        re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),
        _("港澳居民来往内地通行证号码应为H或M加8位数字，例如 H12345678"),
    ),
    DocumentKind.TAIWAN_PERMIT: (
        re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?"),
        _("台湾居民来往大陆通行证号码应为8位数字，旧版为10位数字，可再带1位字母"),
    ),
    DocumentKind.BIRTH_CERTIFICATE: (
        re.compile(r"[A-Z][0-9]{9}"),
        _("出生医学证明编号应为1位字母加9位数字，例如 K370000001"),
    ),
}
_ANY_SHAPE: Final = (
    re.compile(r"[0-9A-Z\u4e00-\u9fff()]{3,30}"),
    _("证件号码应为3至30位汉字、字母或数字"),
)


def check_character(first17: str) -> str:
    """The 18th character for the first 17 digits: MOD 11-2 of ISO 7064, as in GB 11643."""
    total = sum(weight * (ord(c) - 48) for weight, c in zip(_WEIGHTS, first17, strict=True))
    return _CHECKS[total % 11]


def parse_identity_number(text: str, *, today: date, legacy: bool = False) -> IdentityNumber:
    """Understand a number of the citizen family as typed, scanned or imported.

    Citizen number, residence permit of Hong Kong (81), Macao (82) and Taiwan (83) residents,
    foreigner's permanent residence card (9…; old style three letters and twelve digits).
    Full-width characters, lower-case x, blanks and hyphens are accepted. A 15-digit number is
    accepted only with `legacy`, for importing history, and becomes the 18-character one.

    Raises InvalidValue with reason `length`, `character`, `birth-date`, `sequence` or `check`.
    """
    number = compact(text)
    if _OLD_FOREIGNER.fullmatch(number):
        return IdentityNumber(number, DocumentKind.FOREIGNER_RESIDENCE_CARD)
    if legacy and _FIFTEEN.fullmatch(number):
        number = number[:6] + "19" + number[6:]
        number += check_character(number)
    _check_shape(number)
    birth_date = _birth_date(number, today)
    if number[14:17] == "000":
        raise InvalidValue("sequence", _("第15至17位是顺序码，应为001至999，不能为000"))
    expected = check_character(number[:17])
    if number[17] != expected:
        last = _("校验码不符：按前17位计算，最后一位应为%(expected)s，请逐位核对")
        raise InvalidValue("check", Message(last, expected=expected))
    kind = _kind(number)
    return IdentityNumber(
        value=number,
        kind=kind,
        birth_date=birth_date,
        sex="male" if int(number[16]) % 2 else "female",
        region_code=None if kind is DocumentKind.FOREIGNER_RESIDENCE_CARD else number[:6],
        warnings=_region_warnings(number, kind),
    )


def _check_shape(number: str) -> None:
    if _FIFTEEN.fullmatch(number):
        raise InvalidValue("length", _("15位旧号码只在导入历史数据时接受；请录入18位公民身份号码"))
    if len(number) != 18:
        wrong = Message(_("公民身份号码应为18位，现为%(n)s位"), n=len(number))
        raise InvalidValue("length", wrong)
    if not _EIGHTEEN.fullmatch(number):
        raise InvalidValue("character", _("公民身份号码前17位应为数字，最后一位应为数字或X"))


def _birth_date(number: str, today: date) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise InvalidValue(
            "birth-date", _("第7至14位应为真实存在的出生日期（年4位、月2位、日2位）")
        ) from None
    if not _OLDEST <= born <= today:
        raise InvalidValue("birth-date", _("第7至14位的出生日期应在1850年1月1日至今天之间"))
    return born


def _kind(number: str) -> DocumentKind:
    if number[0] == "9":
        return DocumentKind.FOREIGNER_RESIDENCE_CARD
    if number[:2] in _PERMIT_REGIONS:
        return DocumentKind.HMT_RESIDENCE_PERMIT
    return DocumentKind.CITIZEN_ID


def _region_warnings(number: str, kind: DocumentKind) -> tuple[str, ...]:
    if kind is DocumentKind.HMT_RESIDENCE_PERMIT:
        expected = _PERMIT_REGIONS[number[:2]]
        if number[:6] != expected:
            usual = _("港澳台居民居住证号码通常以%(expected)s开头，请核对前6位")
            return (Message(usual, expected=expected),)
        return ()
    province = number[1:3] if kind is DocumentKind.FOREIGNER_RESIDENCE_CARD else number[:2]
    if province not in _PROVINCES:
        unknown = _("省级代码%(province)s不在行政区划代码表中，请核对；确认无误可以保存")
        return (Message(unknown, province=province),)
    return ()


def upgrade_legacy_number(fifteen: str, *, today: date) -> str:
    """The 18-character number of a 15-digit one: `19` before the year, check character after.

    Raises InvalidValue when it is not 15 digits or the result is no valid number.
    """
    number = compact(fifteen)
    if not _FIFTEEN.fullmatch(number):
        raise InvalidValue("length", _("旧身份证号码应为15位数字"))
    return parse_identity_number(number, today=today, legacy=True).value


def parse_document_number(text: str, kind: DocumentKind, *, today: date) -> IdentityNumber:
    """Understand a number of the given kind of document.

    The 18-character kinds are checked as `parse_identity_number` does and must be of that kind
    (reason `kind` otherwise); of the others only the shape is known (reason `character`).
    """
    if kind in (
        DocumentKind.CITIZEN_ID,
        DocumentKind.HMT_RESIDENCE_PERMIT,
        DocumentKind.FOREIGNER_RESIDENCE_CARD,
    ):
        found = parse_identity_number(text, today=today)
        if found.kind is not kind:
            raise InvalidValue("kind", _("号码与所选证件类别不符，请核对证件类别"))
        return found
    number = compact(text)
    shape, message = _OTHER_SHAPES.get(kind, _ANY_SHAPE)
    if not shape.fullmatch(number):
        raise InvalidValue("character", message)
    return IdentityNumber(number, kind)


def mask_identity_number(number: str) -> str:
    """For lists: first 6 and last 4 of 18 characters, first 3 and last 4 of other lengths.

    Numbers shorter than eight characters show only their first and last.
    """
    if len(number) == 18:
        return f"{number[:6]}********{number[-4:]}"
    if len(number) >= 8:
        return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
    return f"{number[:1]}{'*' * (len(number) - 2)}{number[-1:]}" if len(number) > 1 else "*"
