"""The catalogue as FHIR serves it: CodeSystem, ValueSet and ConceptMap, read-only (R4 4.7 to 4.10).

A ValueSet stands for each code system and holds all its codes; it is made here, not kept. Who is
signed in may read them: they say nothing about anybody.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from kernel.declare.resource import ResourceSpec, Scope, View
from kernel.declare.roles import EVERYBODY
from kernel.errors import bad_request, not_found
from kernel.fhir import bundles, json
from kernel.fhir.exchange import Answer, Call, Pairs
from kernel.fhir.search.query import DEFAULT_COUNT
from kernel.fhir.search.run import read_cursor, write_cursor
from kernel.fhir.store.heads import Version, may_read
from kernel.fhir.subset import subset
from kernel.values.names import normalise_text
from kernel.work import ReadWork
from records.terminology import catalogue

Body = Mapping[str, Any]
_SHARED = (
    "url", "version", "name", "title", "_title", "status", "experimental", "publisher",
    "description", "copyright",
)  # fmt: skip


@cache
def artefacts(type_: str) -> Mapping[str, Body]:
    """All resources of a type by their ids, in the order of their names."""
    bodies: list[dict[str, Any]]
    if type_ == "ConceptMap":
        bodies = [catalogue.map_resource(name) for name in catalogue.map_names()]
    else:
        bodies = [catalogue.system_resource(name) for name in catalogue.system_names()]
    if type_ == "ValueSet":
        bodies = [_value_set(body) for body in bodies]
    return {body["id"]: body for body in bodies}


def by_url(type_: str, canonical: str, version: str = "") -> Body | None:
    """The resource of a canonical address, `url` or `url|version`, or None."""
    url, _, told = canonical.partition("|")
    wanted = told or version
    for body in artefacts(type_).values():
        if body["url"] == url and wanted in ("", body["version"]):
            return body
    return None


def _value_set(system: Body) -> dict[str, Any]:
    """The ValueSet of all codes of a CodeSystem, which its `valueSet` names."""
    shared = {name: system[name] for name in _SHARED if name in system}
    include = {"system": system["url"], "version": system["version"]}
    return {
        "resourceType": "ValueSet",
        "id": system["id"],
        **shared,
        "url": system["valueSet"],
        "compose": {"include": [include]},
    }


def _answer(type_: str) -> Callable[[ReadWork, Call, str | None], Answer]:
    def answer(work: ReadWork, call: Call, id_: str | None) -> Answer:
        spec = work.registry.specs[type_]
        may_read(work, spec, "s" if id_ is None else "r")
        if id_ is None:
            return _search(work, spec, call)
        body = artefacts(type_).get(id_)
        if body is None:
            raise not_found(f"{type_}/{id_}")
        return Answer(200, json.dumps(body), subset=True)

    return answer


def _search(work: ReadWork, spec: ResourceSpec, call: Call) -> Answer:
    """One page of the resources that fit; the total is always known."""
    pairs: Pairs = call.query
    start = 0
    cursor = call.param("_cursor")
    if cursor is not None:
        pairs, (start,) = read_cursor(work, spec, cursor)
    found = _found(spec.type, pairs, strict=call.prefers("handling") == "strict")
    asked = dict(pairs)
    count = _count(asked, work.settings.max_page)
    shown = [] if asked.get("_summary") == "count" else found[start : start + count]
    links = [("self", bundles.link(call.base, spec.type, call.query))]
    if shown and start + count < len(found):
        token = write_cursor(work, spec, pairs, [start + count])
        links.append(("next", bundles.link(call.base, spec.type, [("_cursor", token)])))
    body = bundles.searchset(
        call.base,
        work.now,
        matches=[(_version(one), _subset(one, asked)) for one in shown],
        links=links,
        total=len(found),
    )
    return Answer(200, body)


def _found(type_: str, pairs: Pairs, *, strict: bool) -> list[Body]:
    found: Sequence[Body] = list(artefacts(type_).values())
    for parameter, text in pairs:
        name, _, modifier = parameter.partition(":")
        if name in _TESTS:
            fits = _TESTS[name].get(modifier)
            if fits is None:
                raise bad_request(f"{name}: the modifier {modifier[:20]!r} is not supported")
            values = text.split(",")
            found = [one for one in found if any(fits(one, name, value) for value in values)]
        elif strict and not name.startswith("_"):
            raise bad_request(f"search parameter {name[:60]!r} is not known for {type_}")
    return list(found)


def _count(asked: Mapping[str, str], limit: int) -> int:
    text = asked.get("_count", str(DEFAULT_COUNT))
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise bad_request(f"_count is a whole number, not {text[:20]!r}")
    return min(int(text), limit)


def _version(body: Body) -> Version:
    return Version(body["resourceType"], body["id"], 1, 0, False, None, b"")


def _subset(body: Body, asked: Mapping[str, str]) -> bytes:
    elements = [name for name in asked.get("_elements", "").split(",") if name]
    summary = asked.get("_summary", "")
    wanted = summary if summary in ("true", "text", "data") else ""
    return subset(json.dumps(body), wanted, elements)


def _is(body: Body, name: str, value: str) -> bool:
    return bool(body[name.removeprefix("_")] == value)


def _begins(body: Body, name: str, value: str) -> bool:
    return normalise_text(body[name]).startswith(normalise_text(value))


def _contains(body: Body, name: str, value: str) -> bool:
    return normalise_text(value) in normalise_text(body[name])


_TEXT = {"": _begins, "exact": _is, "contains": _contains}
_TESTS: Mapping[str, Mapping[str, Callable[[Body, str, str], bool]]] = {
    "_id": {"": _is},
    "url": {"": _is},
    "version": {"": _is},
    "name": _TEXT,
    "title": _TEXT,
}
_PARAMS = (
    ("_id", "token"),
    ("url", "uri"),
    ("version", "token"),
    ("name", "string"),
    ("title", "string"),
)


def _spec(type_: str, title: str) -> ResourceSpec:
    return ResourceSpec(
        type_,
        (),
        Scope.DIRECTORY,
        title=title,
        readers=EVERYBODY,
        writers=frozenset(),
        view=View(_PARAMS, _answer(type_)),
    )


RESOURCES = (
    _spec("CodeSystem", "代码表"),
    _spec("ValueSet", "值集"),
    _spec("ConceptMap", "代码对照"),
)
