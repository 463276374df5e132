"""Reading a search: parameters become a shape (what the SQL looks like) and values.

The shape is hashable and holds no value, so that searches of the same form share one compiled
statement. FHIR R4 3.1.1 (search), 3.1.1.4 (parameter types), 3.1.1.5 (results).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kernel.clock import Instant
from kernel.declare.resource import Kind, ResourceSpec, SearchParam, Storage, code, day
from kernel.errors import Issue, Refused, bad_request
from kernel.fhir.search import terms
from kernel.fhir.search.terms import Term, Values
from kernel.registry import Registry
from kernel.security.keyring import KeyRing

ID = code("_id", "id")
LAST_UPDATED = day("_lastUpdated", "meta.lastUpdated")
RESULT_PARAMS = frozenset(
    (
        "_count",
        "_sort",
        "_total",
        "_summary",
        "_elements",
        "_include",
        "_revinclude",
        "_format",
        "_pretty",
        "_cursor",
    )
)
_NAME = re.compile(r"([^:.]+)(?::([^.]+))?(?:\.(.+))?")
_PLAIN = re.compile("[:.]")
DEFAULT_COUNT = 20


@dataclass(frozen=True, slots=True)
class Condition:
    """One parameter: any of its terms must hold. With `chain`, of the resource it refers to."""

    param: SearchParam
    modifier: str
    terms: tuple[Term, ...]
    chain: "tuple[str, Condition] | None" = None


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort key."""

    param: SearchParam
    descending: bool


@dataclass(frozen=True, slots=True)
class Include:
    """`_include` or `_revinclude`: `source:param[:target]`."""

    source: str
    param: SearchParam
    target: str
    reverse: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """What a search's SQL depends on, values apart."""

    type: str
    conditions: tuple[Condition, ...]
    sort: tuple[Sort, ...]


@dataclass(slots=True)
class Query:
    """A search that has been read."""

    shape: Shape
    values: dict[str, Any]
    count: int = DEFAULT_COUNT
    total: bool = False
    summary: str = ""
    elements: tuple[str, ...] = ()
    includes: tuple[Include, ...] = ()
    used: list[tuple[str, str]] = field(default_factory=list)
    """The parameters that were understood, for the self link."""


@dataclass(slots=True)
class Reader:
    """What reading a search needs to know; `strict` refuses unknown parameters."""

    registry: Registry
    keys: KeyRing
    now: Instant
    max_count: int
    strict: bool = False


def read_query(reader: Reader, spec: ResourceSpec, pairs: Sequence[tuple[str, str]]) -> Query:
    """Read the parameters of a search on `spec`. Raises Refused (400) with every fault."""
    reading = _Reading(reader, spec)
    issues: list[Issue] = []
    for name, text in pairs:
        try:
            understood = reading.take(name, text)
        except Refused as refused:
            issues.extend(refused.issues)
            continue
        if understood:
            reading.query.used.append((name, text))
        elif reader.strict:
            what = f"search parameter {name[:60]!r} is not known for {spec.type}"
            issues.append(Issue("not-supported", what))
    if issues:
        raise Refused(400, issues)
    return reading.done()


class _Reading:
    """A query being read, parameter by parameter."""

    def __init__(self, reader: Reader, spec: ResourceSpec) -> None:
        self.reader = reader
        self.spec = spec
        self.values = Values(reader.keys, reader.now)
        self.query = Query(Shape(spec.type, (), ()), self.values.bound)
        self.conditions: list[Condition] = []

    def take(self, name: str, text: str) -> bool:
        """Read one parameter; False where it is not known."""
        if name.partition(":")[0] in RESULT_PARAMS:
            _result_param(self.reader, self.spec, self.query, name, text)
            return True
        condition = self.condition(self.spec, name, text) if text != "" else None
        if condition is None:
            return False
        self.conditions.append(condition)
        return True

    def done(self) -> Query:
        """The query with all that was read."""
        shape = self.query.shape
        self.query.shape = Shape(shape.type, tuple(self.conditions), shape.sort)
        return self.query

    def condition(self, spec: ResourceSpec, name: str, text: str) -> Condition | None:
        """One parameter as a condition on `spec`; None where it is not known."""
        param = find_param(spec, _PLAIN.split(name, maxsplit=1)[0])
        if param is None:
            return None
        match = _NAME.fullmatch(name)
        if match is None:
            shown = f"{param.name}, {param.name}:modifier or {param.name}.parameter"
            raise bad_request(f"{name[:60]!r} is cut short: write {shown}")
        modifier, rest = match[2] or "", match[3]
        if rest is not None:
            return self._chain(spec, param, modifier, f"{rest}={text}")
        if modifier == "missing":
            if text not in ("true", "false"):
                raise bad_request(f"{name} is true or false, not {text[:20]!r}")
            return Condition(param, "missing", (Term(text, ()),))
        if not terms.knows(param, modifier, self.reader.registry.specs):
            raise bad_request(
                f"modifier :{modifier[:40]} is not supported on {spec.type}.{param.name}",
                code="not-supported",
            )
        parts = terms.split(text, ",")
        found = tuple(terms.read(param, modifier, part, self.values) for part in parts)
        return Condition(param, modifier, found)

    def _chain(
        self, spec: ResourceSpec, param: SearchParam, modifier: str, assignment: str
    ) -> Condition:
        """`param:modifier.rest=text`, with `assignment` = `rest=text`."""
        rest, _, text = assignment.partition("=")
        if param.kind is not Kind.REFERENCE:
            raise bad_request(f"{spec.type}.{param.name} is no reference and cannot be chained")
        if "." in rest:
            what = f"chains of one step are supported, not {param.name}.{rest[:60]}"
            raise bad_request(what, code="not-supported")
        target = modifier or (param.targets[0] if param.targets else _only_target(spec, param))
        target_spec = self.reader.registry.spec(target)
        if target_spec is None:
            raise bad_request(f"name the type to chain to: {param.name}:Patient.{rest[:60]}")
        inner = self.condition(target_spec, rest, text)
        if inner is None:
            raise bad_request(f"search parameter {rest[:60]!r} is not known for {target}")
        return Condition(param, "", (), (target, inner))


def find_param(spec: ResourceSpec, name: str) -> SearchParam | None:
    """A parameter of the type, or one that every type has."""
    return {"_id": ID, "_lastUpdated": LAST_UPDATED}.get(name) or spec.by_name.get(name)


_OBVIOUS = {
    "patient": "Patient",
    "subject": "Patient",
    "encounter": "Encounter",
    "practitioner": "Practitioner",
    "organization": "Organization",
    "location": "Location",
    "partof": "Organization",
    "beneficiary": "Patient",
    "medication": "Medication",
}


def _only_target(spec: ResourceSpec, param: SearchParam) -> str:
    return _OBVIOUS.get(param.name, "" if spec.patient not in param.paths else "Patient")


def _result_param(reader: Reader, spec: ResourceSpec, query: Query, name: str, text: str) -> None:
    plain, _, modifier = name.partition(":")
    if plain == "_count":
        query.count = min(_whole(name, text), reader.max_count)
    elif plain == "_total":
        _among(name, text, ("none", "estimate", "accurate"))
        query.total = text != "none"
    elif plain == "_summary":
        _among(name, text, ("true", "false", "text", "data", "count"))
        query.summary = "" if text == "false" else text
    elif plain == "_elements":
        query.elements = tuple(e.strip() for e in text.split(",") if e.strip())
    elif plain == "_sort":
        query.shape = Shape(spec.type, (), tuple(_sorts(spec, text)))
    elif plain in ("_include", "_revinclude"):
        if modifier:
            raise bad_request(f"{name}: the modifier is not supported", code="not-supported")
        query.includes += (_include(reader, spec, text, reverse=plain == "_revinclude"),)


def _whole(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise bad_request(f"{name} is a whole number of at least 0, not {text!r}")
    return int(text)


def _among(name: str, text: str, allowed: tuple[str, ...]) -> None:
    if text not in allowed:
        raise bad_request(f"{name} is one of {', '.join(allowed)}; not {text!r}")


def _sorts(spec: ResourceSpec, text: str) -> Iterable[Sort]:
    for part in text.split(","):
        name = part.strip().removeprefix("-")
        param = find_param(spec, name)
        if param is None or not _sortable(param):
            raise bad_request(f"_sort: {spec.type} cannot be sorted by {name!r}")
        yield Sort(param, part.strip().startswith("-"))


def _sortable(param: SearchParam) -> bool:
    if param.kind is Kind.TOKEN:
        return param.storage is Storage.CODE
    return param.kind is not Kind.REFERENCE


def _include(reader: Reader, spec: ResourceSpec, text: str, *, reverse: bool) -> Include:
    word = "_revinclude" if reverse else "_include"
    source, _, rest = text.partition(":")
    name, _, target = rest.partition(":")
    source_spec = reader.registry.spec(source)
    param = source_spec.by_name.get(name) if source_spec else None
    if param is None or param.kind is not Kind.REFERENCE:
        raise bad_request(f"{word}={text} names no reference parameter; write Type:parameter")
    if not reverse and source != spec.type:
        raise bad_request(f"{word}={text}: the type must be {spec.type}")
    return Include(source, param, target, reverse)
