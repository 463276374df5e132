"""The primitive types of FHIR R4 (§2.24.0.1), one check each.

A check takes a JSON value and answers None where it is good, else the issue type and a sentence
that says what would be right. Checks are called for every value of every resource, so the usual
case comes first and costs a comparison or two.
"""

import binascii
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from kernel.fhir.json import Digits
from kernel.fhir.validate.narrative import narrative_fault

Fault: TypeAlias = tuple[str, str]
Check: TypeAlias = Callable[[object], Fault | None]

MAX_STRING = 1024 * 1024  # characters; FHIR R4 §2.24.0.1, string
MAX_DECIMAL_EXPONENT = 308  # what an IEEE double can hold, so that no projection overflows
MAX_DECIMAL_LITERAL = 100
MAX_INTEGER = 2**31 - 1
_TOO_LARGE = 10**MAX_DECIMAL_EXPONENT

# Everything below a space but tab, line feed and carriage return; halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_SPACE = re.compile(r"\s")
_CODE = re.compile(r"\S+(?:\s\S+)*")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{1,20})?"
_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_YEAR_MONTH_DAY = r"(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_PARTIAL_DAY = r"(?!0000)[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?"
_DATE = re.compile(_PARTIAL_DAY)
_DATE_TIME = re.compile(f"{_YEAR_MONTH_DAY}T{_CLOCK}{_ZONE}|{_PARTIAL_DAY}")
_INSTANT = re.compile(f"{_YEAR_MONTH_DAY}T{_CLOCK}{_ZONE}")
_TIME = re.compile(_CLOCK)
# RFC 6838 §4.2: restricted names; parameters may follow (charset=utf-8).
_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}(?: ?;[ -~]*)?", re.ASCII)

_JSON_NAMES = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    Digits: "a number",
    Decimal: "a number",
    float: "a binary floating point number",
    type(None): "null",
}


def json_name(value: object) -> str:
    """Say what a value is in JSON's words ("an object", "null"), for messages."""
    return _JSON_NAMES.get(type(value), type(value).__name__)


def shown(value: object) -> str:
    """Quote a value for a message, cut to what a reader can take in."""
    if isinstance(value, int) and value.bit_length() > 200:
        return "a very large number"  # Python refuses to print integers of thousands of digits
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _not_a(expected: str, value: object) -> Fault:
    return "structure", f"must be {expected}, not {json_name(value)}"


def _text_fault(value: object) -> Fault | None:
    """Refuse what no string-like type may be; the caller checks its own form afterwards."""
    if type(value) is not str:
        return _not_a("a string", value)
    if not value:
        return "value", "must not be empty; leave the element out instead"
    if not value.isprintable() and _UNPRINTABLE.search(value):
        return "value", "must not hold control characters"
    if len(value) > MAX_STRING:
        return "too-long", f"must not be longer than {MAX_STRING} characters"
    return None


def _string(value: object) -> Fault | None:
    fault = _text_fault(value)
    if fault is None and isinstance(value, str) and value[0].isspace() and not value.strip():
        return "value", "must not be only spaces; leave the element out instead"
    return fault


def _boolean(value: object) -> Fault | None:
    return None if value is True or value is False else _not_a("true or false", value)


def _whole(lowest: int, name: str) -> Check:
    def check(value: object) -> Fault | None:
        if type(value) is not int:
            return _not_a(f"a whole number ({name})", value)
        if lowest <= value <= MAX_INTEGER:
            return None
        return "value", f"must be between {lowest} and {MAX_INTEGER} ({name}), not {shown(value)}"

    return check


def _decimal(value: object) -> Fault | None:
    if type(value) is int:
        return None if abs(value) < _TOO_LARGE else ("value", "is too large a number")
    if not isinstance(value, Decimal):
        return _not_a("a decimal number", value)
    literal = value.literal if isinstance(value, Digits) else str(value)
    if len(literal) > MAX_DECIMAL_LITERAL:
        return "too-long", f"must not have more than {MAX_DECIMAL_LITERAL} digits"
    if not _DECIMAL.fullmatch(literal):
        return "value", f"must be a decimal number, not {shown(literal)}"
    if abs(value.adjusted()) > MAX_DECIMAL_EXPONENT:
        return "value", f"must have an exponent of at most {MAX_DECIMAL_EXPONENT}"
    return None


def _real_day(text: str) -> bool:
    if len(text) < 10 or text[8:10] < "29":
        return True
    try:
        date(int(text[:4]), int(text[5:7]), int(text[8:10]))
    except ValueError:
        return False
    return True


def _calendar(pattern: re.Pattern[str], expected: str) -> Check:
    def check(value: object) -> Fault | None:
        if type(value) is not str:
            return _not_a("a string", value)
        if not pattern.fullmatch(value):
            return "value", f"must be {expected}, not {shown(value)}"
        if not _real_day(value):
            return "value", f"{value[:10]} is not a day of the calendar"
        return None

    return check


def _matching(pattern: re.Pattern[str], expected: str) -> Check:
    def check(value: object) -> Fault | None:
        if type(value) is str and pattern.fullmatch(value):
            return None
        return _text_fault(value) or ("value", f"must be {expected}, not {shown(value)}")

    return check


def _uri(value: object) -> Fault | None:
    if type(value) is str and value and value.isprintable() and " " not in value:
        return None if len(value) <= MAX_STRING else _text_fault(value)
    fault = _text_fault(value)
    if fault is None and _SPACE.search(str(value)):
        return "value", f"must be a URI without spaces, not {shown(value)}"
    return fault


def _code(value: object) -> Fault | None:
    fault = _text_fault(value)
    if fault is None and not _CODE.fullmatch(str(value)):
        return "value", f"must be a code without outer or double spaces, not {shown(value)}"
    return fault


def _base64(value: object) -> Fault | None:
    if type(value) is not str:
        return _not_a("a string", value)
    packed = value if value.isascii() and value.isprintable() else "".join(value.split())
    try:
        if packed:
            binascii.a2b_base64(packed.replace(" ", ""), strict_mode=True)
            return None
    except ValueError:
        pass  # the sentence below says it better than binascii does
    return "value", "must be base64 (RFC 4648 §4) and not empty"


def _xhtml(value: object) -> Fault | None:
    fault = _text_fault(value)
    if fault is not None:
        return fault
    message = narrative_fault(str(value))
    return None if message is None else ("invariant", message)


CHECKS: dict[str, Check] = {
    "boolean": _boolean,
    "string": _string,
    "markdown": _string,
    "integer": _whole(-MAX_INTEGER - 1, "integer"),
    "unsignedInt": _whole(0, "unsignedInt"),
    "positiveInt": _whole(1, "positiveInt"),
    "decimal": _decimal,
    "date": _calendar(_DATE, "a date (YYYY, YYYY-MM or YYYY-MM-DD)"),
    "dateTime": _calendar(
        _DATE_TIME, "a date or a date with time and zone (2024-05-06T07:08:09+08:00)"
    ),
    "instant": _calendar(
        _INSTANT, "an instant with seconds and zone (2024-05-06T07:08:09.123+08:00)"
    ),
    "time": _matching(_TIME, "a time (hh:mm:ss)"),
    "code": _code,
    "id": _matching(_ID, "an id (1 to 64 of A-Z, a-z, 0-9, - and .)"),
    "oid": _matching(_OID, "an OID (urn:oid:1.2.3)"),
    "uuid": _matching(_UUID, "a UUID in lower case (urn:uuid:...)"),
    "uri": _uri,
    "url": _uri,
    "canonical": _uri,
    "base64Binary": _base64,
    "xhtml": _xhtml,
}
"""FHIR's name of a primitive type -> its check."""


media_type: Check = _matching(_MEDIA_TYPE, "a media type (text/plain)")
"""The check of a code that is bound to BCP 13."""


def one_of(codes: frozenset[str], limit: int = 12) -> Check:
    """Make the check of a code that is bound (strength `required`) to exactly these codes."""
    listed = sorted(codes)
    expected = ", ".join(listed[:limit]) + (", ..." if len(listed) > limit else "")

    def check(value: object) -> Fault | None:
        if type(value) is not str:
            return _not_a("a string", value)
        if value in codes:
            return None
        return _code(value) or ("code-invalid", f"must be one of {expected}; not {shown(value)}")

    return check
