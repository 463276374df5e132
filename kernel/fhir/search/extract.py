"""From a resource to what it is found by: pure functions over the accepted JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from kernel.db.derived import DELIMITER
from kernel.declare.resource import Body, Kind, ResourceSpec, SearchParam, Storage
from kernel.fhir.search.dates import MISSING, interval_of, local_days
from kernel.security.keyring import KeyRing
from kernel.values.names import name_keys, normalise_text, suffix_keys

Row = dict[str, Any]
_ENDINGS = (4, 6)


@dataclass(slots=True)
class Found:
    """The search rows of one resource: the typed columns and the side tables' rows."""

    columns: Row
    identifiers: list[Row] = field(default_factory=list)
    texts: list[Row] = field(default_factory=list)


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def elements(body: Any, path: str) -> list[Any]:
    """All values at a dotted element path; lists on the way are walked."""
    values = [body]
    for name in _steps(path):
        found: list[Any] = []
        for value in values:
            child = value.get(name) if isinstance(value, dict) else None
            if child is None:
                continue
            if isinstance(child, list):
                found.extend(c for c in child if c is not None)
            else:
                found.append(child)
        if not found:
            return found
        values = found
    return values


def values_of(body: Body, param: SearchParam) -> list[Any]:
    """All values that a parameter looks at."""
    if len(param.paths) == 1:
        return elements(body, param.paths[0])
    return [value for path in param.paths for value in elements(body, path)]


def extract(spec: ResourceSpec, body: Body, keys: KeyRing) -> Found:
    """Everything that `body` is found by."""
    found = Found({})
    for param in spec.params:
        if param.kind is Kind.REFERENCE:
            continue
        values = values_of(body, param)
        if param.kind is Kind.TOKEN:
            _token(param, values, found, keys)
        elif param.kind is Kind.STRING:
            spoken = [text for value in values for text in _spoken(value, param.names)]
            found.texts.extend(_texts(param, spoken))
            found.columns[param.column] = _sort_key(spoken[0], param.names) if spoken else None
        else:
            found.columns.update(_COLUMNS[param.kind](param, values))
    return found


def _token(param: SearchParam, values: list[Any], found: Found, keys: KeyRing) -> None:
    if param.storage is Storage.IDENTIFIER:
        found.identifiers.extend(_identifiers(param, values, keys))
    elif param.storage is Storage.CODE:
        found.columns[param.column] = code_text(values[0]) if values else None
    else:
        codings = dict.fromkeys(c for value in values for c in codings_of(value))
        joined = DELIMITER.join(codings)
        found.columns[param.column] = f"{DELIMITER}{joined}{DELIMITER}" if codings else None


def code_text(value: Any) -> str:
    """A code, boolean or number as a token's code."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def codings_of(value: Any) -> Iterator[str]:
    """`system|code` of a CodeableConcept, Coding, Identifier or plain code."""
    if isinstance(value, dict):
        if "coding" in value:
            for coding in value["coding"]:
                yield from codings_of(coding)
        elif "code" in value or "value" in value:
            code = value.get("code", value.get("value"))
            yield f"{value.get('system', '')}|{code}".replace(DELIMITER, " ")
    else:
        yield f"|{code_text(value)}"


def identifier_key(system: str, value: str, part: int = 0) -> str:
    """What is digested for an identifier or telecom: case, width, spaces and hyphens apart."""
    plain = "".join(c for c in normalise_text(value) if c.isalnum() or c in "_./:@")
    if system in ("phone", "sms", "fax") or (plain.isdigit() and len(plain) == 13):
        plain = plain.removeprefix("0086").removeprefix("86") if len(plain) > 11 else plain
    return f"{part}|{plain[-part:] if part else plain}"


def _identifiers(param: SearchParam, values: list[Any], keys: KeyRing) -> Iterator[Row]:
    for value in values:
        text = value.get("value") if isinstance(value, dict) else value
        system = value.get("system", "") if isinstance(value, dict) else ""
        if not isinstance(text, str) or (param.only and system != param.only):
            continue
        whole = identifier_key(system, text)
        for part in (0, *_ENDINGS):
            if part < len(whole) - 2:
                digest = keys.blind(identifier_key(system, text, part))
                yield {"param": param.name, "system": system, "digest": digest, "part": part}


def _texts(param: SearchParam, spoken: list[str]) -> Iterator[Row]:
    seen: set[tuple[str, str | None]] = set()
    for exact in spoken:
        plain = normalise_text(exact)
        keys = name_keys(exact) if param.names else ()
        for key, original in [(plain, exact), *((k, None) for k in keys if k != plain)]:
            if key and (key, original) not in seen:
                seen.add((key, original))
                yield {"param": param.name, "key": key, "exact": original, "part": 0}
        for key in suffix_keys(plain) if param.names else ():
            if (key, None) not in seen:
                seen.add((key, None))
                yield {"param": param.name, "key": key, "exact": None, "part": 1}


def _sort_key(text: str, name: bool) -> str:
    """What a text sorts by: a Chinese name by its full pinyin, anything else as it is written."""
    plain = normalise_text(text)
    if not name or plain.isascii():
        return plain
    return next((key for key in name_keys(text) if key.isascii()), plain)


def _spoken(value: Any, names: bool) -> Iterator[str]:
    """The texts in a string, HumanName or Address."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        given = [g for g in value.get("given", ()) if g]
        family = value.get("family")
        if names and family and given and "text" not in value:
            joined = "".join([family, *given])
            yield joined if not joined.isascii() else " ".join([*given, family])
        for name in ("text", "family", "city", "district", "state", "postalCode", "country"):
            if isinstance(value.get(name), str):
                yield value[name]
        yield from given
        yield from (line for line in value.get("line", ()) if line)


def _date(param: SearchParam, values: list[Any]) -> Row:
    name = param.column
    if param.local:
        days = local_days(str(values[0])[:10]) if values else (None, None)
        return {f"{name}_from": _iso(days[0]), f"{name}_to": _iso(days[1])}
    found = [i for i in map(interval_of, values) if i is not None]
    if not found:
        return {f"{name}_from": MISSING, f"{name}_to": MISSING}
    return {f"{name}_from": min(i[0] for i in found), f"{name}_to": max(i[1] for i in found)}


def _iso(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def _number(param: SearchParam, values: list[Any]) -> Row:
    return {param.column: float(values[0]) if values else None}


def _quantity(param: SearchParam, values: list[Any]) -> Row:
    name = param.column
    first = next((v for v in values if isinstance(v, dict) and "value" in v), None)
    if first is None:
        return {name: None, f"{name}_unit": None}
    coded = f"{first.get('system', '')}|{first.get('code', '')}"
    units = DELIMITER.join(("", coded, f"|{first.get('unit', '')}", ""))
    return {name: float(first["value"]), f"{name}_unit": units}


def _uri(param: SearchParam, values: list[Any]) -> Row:
    return {param.column: str(values[0]) if values else None}


_COLUMNS = {Kind.DATE: _date, Kind.NUMBER: _number, Kind.QUANTITY: _quantity, Kind.URI: _uri}
