"""Reading one value of a search parameter: an operation on its columns, and the operation's values.

`Term.op` says what to do, `Term.names` under which names its values are bound. The SQL for each
operation stands in `kernel.fhir.search.compile`.
"""

import math
from collections.abc import Container
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from kernel.clock import Instant, as_datetime, local_date
from kernel.db.derived import DELIMITER
from kernel.declare.resource import Kind, SearchParam, Storage
from kernel.errors import bad_request
from kernel.fhir.search.dates import interval, local_days
from kernel.fhir.search.extract import identifier_key
from kernel.security.keyring import KeyRing
from kernel.values.names import normalise_text, search_key

PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
_END = "\U0010ffff"


class Term(NamedTuple):
    """An operation and the names of its bound values."""

    op: str
    names: tuple[str, ...]


class Values:
    """Hands out names for bound values, in the order in which they are read."""

    def __init__(self, keys: KeyRing, now: Instant) -> None:
        self.keys = keys
        self.now = now
        self.bound: dict[str, Any] = {}

    def term(self, op: str, *values: Any) -> Term:
        """A term whose values are bound under fresh names."""
        names = tuple(f"v{len(self.bound) + n}" for n in range(len(values)))
        self.bound.update(zip(names, values, strict=True))
        return Term(op, names)


_MODIFIERS = {
    Kind.STRING: ("exact", "contains"),
    Kind.TOKEN: ("not",),
}


def knows(param: SearchParam, modifier: str, types: Container[str]) -> bool:
    """Whether a parameter understands a modifier (`:missing` apart)."""
    if not modifier or modifier in _MODIFIERS.get(param.kind, ()):
        return True
    return param.kind is Kind.REFERENCE and modifier in types


def split(text: str, separator: str) -> list[str]:
    """Split at unescaped separators and undo the escapes (R4 3.1.1.4.3)."""
    parts, part, escaped = [], "", False
    for character in text:
        if escaped:
            part += character if character in ",$|\\" else "\\" + character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == separator:
            parts.append(part)
            part = ""
        else:
            part += character
    parts.append(part + ("\\" if escaped else ""))
    return parts


def read(param: SearchParam, modifier: str, text: str, values: Values) -> Term:
    """One value of a parameter. Raises Refused (400) saying what would be right."""
    if "\x00" in text:
        raise bad_request(f"{param.name}: a NUL character is not allowed")
    if param.kind is Kind.TOKEN:
        return _token(param, text, values)
    if param.kind is Kind.STRING:
        return _string(param, modifier, text, values)
    if param.kind is Kind.DATE:
        return _date(param, text, values)
    if param.kind in (Kind.NUMBER, Kind.QUANTITY):
        return _number(param, text, values)
    if param.kind is Kind.REFERENCE:
        return _reference(param, modifier, text, values)
    return values.term("is", text)


def _token(param: SearchParam, text: str, values: Values) -> Term:
    system, bar, code = text.rpartition("|")
    if param.storage is Storage.IDENTIFIER:
        return _identifier(system, bool(bar), code, values)
    if param.storage is Storage.CODE:
        if bar and system != param.system:
            return values.term("never")
        return values.term("is", code) if code else values.term("any")
    if not bar:
        return values.term("holds", f"|{code}{DELIMITER}")
    if not code:
        return values.term("holds", f"{DELIMITER}{system}|")
    return values.term("holds", f"{DELIMITER}{system}|{code}{DELIMITER}")


def _identifier(system: str, bar: bool, code: str, values: Values) -> Term:
    if not code:
        return values.term("system", system)
    digests = values.keys.blinds(identifier_key(system, code))
    if bar:
        return values.term("digest-system", system, *digests)
    return values.term("digest", *digests)


def _string(param: SearchParam, modifier: str, text: str, values: Values) -> Term:
    """A text as a range of keys; a name also as one word, which pinyin with blanks is stored as."""
    if modifier == "exact":
        return values.term("exact", normalise_text(text), text)
    keys = [normalise_text(text)]
    joined = search_key(text) if param.names else ""
    if joined and joined not in keys:
        keys.append(joined)
    bounds = [bound for key in keys for bound in (key, key + _END)]
    return values.term("contains" if modifier == "contains" else "starts", *bounds)


def _prefix(text: str) -> tuple[str, str]:
    return (text[:2], text[2:]) if text[:2] in PREFIXES else ("eq", text)


def _date(param: SearchParam, text: str, values: Values) -> Term:
    prefix, value = _prefix(text)
    try:
        if param.local:
            first, after = local_days(value[:10])
            if prefix == "ap":
                first, after = _approximate_days(first, after, values.now)
            return values.term(prefix, first.isoformat(), after.isoformat())
        low, high = interval(value.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise bad_request(f"{param.name}: {error}", code="value") from None
    if prefix == "ap":
        margin = abs(values.now - low) // 10
        low, high = low - margin, high + margin
    return values.term(prefix, low, high)


def _approximate_days(first: date, after: date, now: Instant) -> tuple[date, date]:
    margin = abs(local_date(now) - first) / 10
    year = as_datetime(now).year
    return max(first - margin, date(1, 1, 1)), min(after + margin, date(year + 200, 1, 1))


def _number(param: SearchParam, text: str, values: Values) -> Term:
    prefix, value = _prefix(text)
    amount, *unit = split(value, "|") if param.kind is Kind.QUANTITY else [value]
    exact = _decimal(amount)
    if exact is None:
        raise bad_request(f"{param.name}: {amount[:40]!r} is not a number", code="value")
    exponent = exact.as_tuple().exponent
    half = Decimal(5).scaleb(int(exponent) - 1)
    if prefix == "ap":
        half = abs(exact) / 10
    high = max(float(exact + half), math.nextafter(float(exact), math.inf))
    bounds = (float(exact), float(exact - half), high)
    if not unit:
        return values.term(prefix, *bounds)
    system, code = unit[0], unit[-1]
    needle = f"{DELIMITER}{system}|{code}{DELIMITER}" if system else f"|{code}{DELIMITER}"
    return values.term(f"{prefix}-unit", *bounds, needle)


def _decimal(text: str) -> Decimal | None:
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return None
    return exact if exact.is_finite() and abs(exact.adjusted()) <= 300 else None


def _reference(param: SearchParam, modifier: str, text: str, values: Values) -> Term:
    parts = text.rstrip("/").split("/")
    if len(parts) >= 4 and parts[-2] == "_history":
        parts = parts[:-2]
    if len(parts) == 1:
        type_ = modifier or (param.targets[0] if param.targets else "")
        return _to_type(type_, text, values) if type_ else values.term("to", text)
    type_, id_ = parts[-2], parts[-1]
    wrong = (modifier and modifier != type_) or (param.targets and type_ not in param.targets)
    return values.term("never") if wrong else _to_type(type_, id_, values)


def _to_type(type_: str, id_: str, values: Values) -> Term:
    """A reference of known type; one to a Patient has a column of its own in most tables."""
    if type_ == "Patient":
        return values.term("to-patient", id_)
    return values.term("to-type", type_, id_)
