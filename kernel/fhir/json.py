"""JSON as FHIR needs it: what goes in comes out, digit for digit.

FHIR R4 §2.24.0.1 (decimal): "the precision of the decimal value has significance", so `6.30` must
never come out as `6.3`. Numbers with a fraction or an exponent are read as `Digits`, a Decimal that
remembers how it was written.
"""

import json as _stdlib_json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, Self, TypeAlias

import msgspec

# A JSON value as Python has it; what is inside is known only after validation.
Json: TypeAlias = Any


class JsonError(ValueError):
    """What was sent is not JSON that we accept.

    `message` says what is wrong, in English; `position` is the offset of the fault in bytes, or
    None where it is not known.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message if position is None else f"{message} (at byte {position})")
        self.message = message
        self.position = position


class Digits(Decimal):
    """A decimal that is written exactly as it was read (`6.30`, `1e2`, `1.10E5`).

    It calculates, compares and hashes as the Decimal of its value; the result of a calculation is
    a plain Decimal.
    """

    __slots__ = ("literal",)
    literal: str

    def __new__(cls, literal: str) -> Self:
        """Read a JSON number; raises `decimal.InvalidOperation` where Decimal cannot hold it."""
        self = super().__new__(cls, literal)
        self.literal = literal
        return self

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object, /) -> Self:
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[str]]:
        return type(self), (self.literal,)


def _encode(value: object) -> msgspec.Raw | str:
    """What msgspec does not know: digits as they were read, a `Message` as the text that it is."""
    if isinstance(value, Digits):
        return msgspec.Raw(value.literal.encode())
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_decoder = msgspec.json.Decoder(float_hook=Digits)
_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_encode)
_AT_BYTE = re.compile(r"\s*\(byte (\d+)\)$")


def loads(data: bytes | str) -> Json:
    """Read JSON text; objects are dicts, integers int, other numbers `Digits`.

    Where an object has a key twice the last one counts: finding that out costs about half as much
    again as reading, so only what comes from outside is read with `loads_unique`. An integer `-0`
    comes out as `0`.

    Raises JsonError where the text is not JSON, not UTF-8, nested too deeply for the interpreter's
    stack, or holds a number that Decimal cannot represent.
    """
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError as error:
        text = str(error)
        at = _AT_BYTE.search(text)
        message = text.removeprefix("JSON is malformed: ")
        position = int(at.group(1)) if at else None
        raise JsonError(_AT_BYTE.sub("", message), position) from error
    except UnicodeError as error:
        raise JsonError("text is not valid UTF-8", getattr(error, "start", None)) from error
    except RecursionError as error:
        raise JsonError("nested too deeply") from error
    except InvalidOperation as error:
        raise JsonError("a number is too large or too small to be represented") from error


def loads_unique(data: bytes | str) -> Json:
    """Read JSON text as `loads` does, and refuse objects that have the same key twice.

    For everything that a client sends: of two values one would be lost silently, and which one is
    a matter of the reader's taste (RFC 8259 §4). Raises JsonError.
    """
    value = loads(data)
    # Every key brings a colon, and colons inside strings are written as they were read; so a key
    # was lost exactly where writing gives fewer of them. Only an escaped colon blurs the count.
    raw = data.encode() if isinstance(data, str) else data
    if b"\\u003" in raw or raw.count(b":") != dumps(value).count(b":"):
        _refuse_repeated_keys(raw)
    return value


def _refuse_repeated_keys(data: bytes) -> None:
    try:
        # Numbers stay text: only the keys matter here, and huge ones must cost nothing.
        _stdlib_json.loads(data, object_pairs_hook=_unique, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise JsonError("nested too deeply") from error


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            _raise_repeated(key)
        found[key] = value
    return found


def _raise_repeated(key: str) -> NoReturn:
    raise JsonError(f"the key {key[:100]!r} occurs more than once in the same object")


def dumps(value: object) -> bytes:
    """Write compact UTF-8 JSON; `Digits` as they were read, plain Decimals as numbers.

    Keys keep their order. Raises JsonError where the value is nested too deeply or holds text that
    UTF-8 cannot express (lone surrogates), TypeError for what has no JSON form. NaN and infinities
    are the caller's fault and are not looked for: `loads` never yields them.
    """
    try:
        return _encoder.encode(value)
    except RecursionError as error:
        raise JsonError("nested too deeply") from error
    except UnicodeError as error:
        raise JsonError("text cannot be written as UTF-8") from error


def dumps_pretty(value: object) -> bytes:
    """Write JSON as `dumps` does, indented by two spaces, for people."""
    return msgspec.json.format(dumps(value), indent=2)
