"""`$lookup`, `$validate-code`, `$expand` and `$translate` over the catalogue (R4 4.8.15 ff.)."""

from collections.abc import Iterator, Mapping
from typing import Any

from kernel.clock import iso_instant
from kernel.declare.module import Operation
from kernel.errors import Refused, bad_request, not_found, unprocessable
from kernel.fhir import json
from kernel.fhir.exchange import Answer
from kernel.fhir.operations import OperationCall
from kernel.fhir.store.heads import may_read
from kernel.values.names import normalise_text
from records.terminology.artefacts import Body, artefacts, by_url
from records.terminology.parameters import Asked, Coded, Part, group, parameters

MAX_EXPANDED = 1000
_INVERSE = {"wider": "narrower", "narrower": "wider"}


def lookup(called: OperationCall) -> Answer:
    """`CodeSystem/$lookup`: what a code is called, its English and its properties.

    Raises Refused: 404 (no such system or code).
    """
    asked = _asked(called)
    wanted = asked.codes()[0]
    system = _system(wanted.system, asked.text("version"))
    concept = _concept(system, wanted.code)
    if concept is None:
        raise not_found(f"the code {wanted.code!r} in {system['url']}")
    return parameters(
        ("name", "valueString", system["title"]),
        ("version", "valueString", system["version"]),
        ("display", "valueString", _display(concept, asked.text("displayLanguage"))),
        *(_designation(one) for one in concept["designation"]),
        *(_property(one) for one in concept.get("property", ())),
    )


def validate_in_system(called: OperationCall) -> Answer:
    """`CodeSystem/$validate-code`: whether a code is one of the system's, under this display."""
    asked = _asked(called)
    wanted = asked.codes("")  # a plain code is one of the system that is asked
    if called.id is not None:
        system = _artefact(called, called.id)
    else:
        system = _system(asked.text("url") or wanted[0].system, asked.text("version"))
    return _verdict(system, [one._replace(system=one.system or system["url"]) for one in wanted])


def validate_in_set(called: OperationCall) -> Answer:
    """`ValueSet/$validate-code`: whether a code with its system is in the value set."""
    asked = _asked(called)
    wanted = asked.codes()
    if not all(one.system for one in wanted):
        raise bad_request("a code in a value set is told with its system", code="required")
    return _verdict(_system_of(_value_set(called, asked)), wanted)


def expand(called: OperationCall) -> Answer:
    """`ValueSet/$expand`: the codes of a value set, those that fit `filter`, page by page."""
    asked = _asked(called)
    value_set = _value_set(called, asked)
    system = _system_of(value_set)
    wanted = normalise_text(asked.text("filter"))
    found = [one for one in system["concept"] if _fits(one, wanted)]
    start = asked.number("offset") or 0
    count = asked.number("count")
    page = found[start : start + (MAX_EXPANDED if count is None else count)]
    language, designations = asked.text("displayLanguage"), asked.flag("includeDesignations")
    expansion: dict[str, Any] = {
        "timestamp": iso_instant(called.work.now),
        "total": len(found),
        "offset": start,
    }
    shown = [_contained(system, one, language, designations=designations) for one in page]
    if shown:
        expansion["contains"] = shown
    return Answer(200, json.dumps({**value_set, "expansion": expansion}), subset=True)


def translate(called: OperationCall) -> Answer:
    """`ConceptMap/$translate`: what a code is in another system; `reverse` turns the maps round.

    Without `url` every map of the code's system is asked, narrowed by `targetsystem` or `target`.
    """
    asked = _asked(called)
    reverse = asked.flag("reverse")
    matches = [
        match
        for concept_map in _maps(called, asked)
        for wanted in asked.codes()
        for match in _matches(concept_map, wanted, asked.text("targetsystem"), reverse=reverse)
    ]
    done = any(_is_match(match) for match in matches)
    message = "" if done else "no target is known for this code"
    return parameters(
        ("result", "valueBoolean", done),
        ("message", "valueString", message),
        *matches,
    )


def _asked(called: OperationCall) -> Asked:
    may_read(called.work, called.spec)
    return Asked(called.call)


def _artefact(called: OperationCall, id_: str) -> Body:
    body = artefacts(called.spec.type).get(id_)
    if body is None:
        raise not_found(f"{called.spec.type}/{id_}")
    return body


def _unknown(type_: str, url: str, version: str) -> Refused:
    if not url:
        return bad_request(f"name the {type_} by its url", code="required")
    return not_found(f"the {type_} {url[:200]!r}" + (f" in version {version!r}" if version else ""))


def _system(url: str, version: str = "") -> Body:
    found = by_url("CodeSystem", url, version)
    if found is None:
        raise _unknown("CodeSystem", url, version)
    return found


def _value_set(called: OperationCall, asked: Asked) -> Body:
    if called.id is not None:
        return _artefact(called, called.id)
    url, version = asked.text("url"), asked.text("valueSetVersion")
    found = by_url("ValueSet", url, version)
    if found is None:
        raise _unknown("ValueSet", url, version)
    return found


def _system_of(value_set: Body) -> Body:
    return _system(value_set["compose"]["include"][0]["system"])


def _maps(called: OperationCall, asked: Asked) -> list[Body]:
    if called.id is not None:
        return [_artefact(called, called.id)]
    url, version = asked.text("url"), asked.text("conceptMapVersion")
    if url:
        found = by_url("ConceptMap", url, version)
        if found is None:
            raise _unknown("ConceptMap", url, version)
        return [found]
    if not all(one.system for one in asked.codes()):
        raise unprocessable("name the map by its url, or the system of the code")
    target = asked.text("target")
    every = artefacts("ConceptMap").values()
    return [one for one in every if target in ("", one.get("targetCanonical"))]


def _concept(system: Body, code: str) -> Body | None:
    return next((one for one in system["concept"] if one["code"] == code), None)


def _verdict(system: Body, wanted: list[Coded]) -> Answer:
    """Result, message and display for the first coding that is right, else for the first."""
    told = [(one, _fault(system, one)) for one in wanted]
    coded, fault = next((pair for pair in told if not pair[1]), told[0])
    concept = _concept(system, coded.code) if coded.system == system["url"] else None
    return parameters(
        ("result", "valueBoolean", not fault),
        ("message", "valueString", fault),
        ("display", "valueString", concept["display"] if concept else ""),
    )


def _fault(system: Body, wanted: Coded) -> str:
    if wanted.system != system["url"]:
        return f"the system {wanted.system!r} is not {system['url']}"
    concept = _concept(system, wanted.code)
    if concept is None:
        return f"the code {wanted.code!r} is not in {system['title']} ({system['url']})"
    if wanted.display and wanted.display not in _words(concept):
        return f"the display of {wanted.code} is {concept['display']}, not {wanted.display!r}"
    return ""


def _words(concept: Body) -> list[str]:
    return [concept["display"], *(one["value"] for one in concept["designation"])]


def _display(concept: Body, language: str) -> str:
    """The display in a language (`en`, `en-GB`), where there is none the Chinese one."""
    primary = language.partition("-")[0].lower()
    found = (one["value"] for one in concept["designation"] if one["language"] == primary)
    return str(next(found, concept["display"]))


def _designation(one: Body) -> Part:
    return group(
        "designation",
        ("language", "valueCode", one["language"]),
        ("use", "valueCoding", one.get("use")),
        ("value", "valueString", one["value"]),
    )


def _property(one: Body) -> Part:
    element = next(key for key in one if key.startswith("value"))
    return group("property", ("code", "valueCode", one["code"]), ("value", element, one[element]))


def _fits(concept: Body, wanted: str) -> bool:
    return any(wanted in normalise_text(text) for text in [concept["code"], *_words(concept)])


def _contained(
    system: Body, concept: Body, language: str, *, designations: bool
) -> Mapping[str, Any]:
    found = {
        "system": system["url"],
        "version": system["version"],
        "code": concept["code"],
        "display": _display(concept, language),
    }
    return {**found, "designation": concept["designation"]} if designations else found


def _matches(concept_map: Body, wanted: Coded, target: str, *, reverse: bool) -> Iterator[Part]:
    for group_ in concept_map["group"]:
        source, other = group_["source"], group_["target"]
        if reverse:
            source, other = other, source
        if wanted.system in ("", source) and target in ("", other):
            pairs = _turned(group_, wanted.code) if reverse else _straight(group_, wanted.code)
            for equivalence, found in pairs:
                coding = {"system": other, **found} if found else None
                yield group(
                    "match",
                    ("equivalence", "valueCode", equivalence),
                    ("concept", "valueCoding", coding),
                    ("source", "valueUri", concept_map["url"]),
                )


def _straight(group_: Body, code: str) -> Iterator[tuple[str, dict[str, str]]]:
    for element in group_["element"]:
        if element["code"] == code:
            for one in element["target"]:
                yield one["equivalence"], {k: one[k] for k in ("code", "display") if k in one}


def _turned(group_: Body, code: str) -> Iterator[tuple[str, dict[str, str]]]:
    for element in group_["element"]:
        for one in element["target"]:
            if one.get("code") == code:
                equivalence = _INVERSE.get(one["equivalence"], one["equivalence"])
                yield equivalence, {"code": element["code"], "display": element["display"]}


def _is_match(match: Part) -> bool:
    return any(part["name"] == "concept" for part in match[2])


OPERATIONS = (
    Operation("lookup", "CodeSystem", False, lookup),
    Operation("validate-code", "CodeSystem", True, validate_in_system),
    Operation("validate-code", "ValueSet", True, validate_in_set),
    Operation("expand", "ValueSet", True, expand),
    Operation("translate", "ConceptMap", True, translate),
)
