"""Every declared search parameter points at elements that exist, and finds what it should."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from kernel.declare.resource import Kind, ResourceSpec, SearchParam, Storage
from kernel.fhir import json
from kernel.fhir.search.extract import values_of
from tests.conformance.samples import SPECS, WRITTEN, Body, model_of
from tests.support.answers import ids
from tests.support.house import OpenHouse

PARAMS = [(type_, param.name) for type_ in WRITTEN for param in SPECS[type_].params]
PER_PARAM = 3
"""So many resources of the corpus are looked for by each parameter."""


@pytest.mark.parametrize(("type_", "name"), PARAMS)
def test_a_parameter_looks_at_elements_that_exist(type_: str, name: str) -> None:
    param = SPECS[type_].by_name[name]
    for path in param.paths:
        model, _ = model_of(type_, path)[-1]
        name_of_model = model.__name__ if model is not None else None
        if param.kind is Kind.REFERENCE:
            assert name_of_model == "Reference", path
        elif param.kind is Kind.QUANTITY:
            assert name_of_model == "Quantity", path


def queries(param: SearchParam, body: Body) -> Iterator[str]:
    """Searches by which a resource must be found, made from what it holds."""
    for value in values_of(body, param):
        made = _query(param, value)
        if made:
            yield made


def _query(param: SearchParam, value: Any) -> str | None:
    if param.kind is Kind.REFERENCE:
        return _reference(param, value)
    if param.kind is Kind.STRING:
        return _text(value)
    if param.kind is Kind.QUANTITY:
        return str(value["value"]) if "value" in value else None
    if param.kind is Kind.DATE:
        return _date(value)
    if param.kind is Kind.URI:
        return str(value)
    return _token(param, value)


def _reference(param: SearchParam, value: Any) -> str | None:
    text = value.get("reference", "")
    parts = text.split("/")
    if ":" in text or text.startswith("#") or len(parts) not in (2, 4):
        return None
    return text if not param.targets or parts[0] in param.targets else None


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        options = [value.get(n) for n in ("family", "text", "city", "postalCode", "state")]
        value = next((o for o in options if o), None)
    return None if value is None else value.replace("\\", "\\\\").replace(",", "\\,")


def _date(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value.get("start") or value.get("end")
        return None if value is None else f"ap{value}"
    return str(value)


def _token(param: SearchParam, value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, dict):
        return f"{param.system}|{value}" if param.storage is Storage.CODE else str(value)
    if "coding" in value:
        value = next((c for c in value["coding"] if "code" in c), {})
    code = value.get("code", value.get("value"))
    if code is None or (param.only and value.get("system") != param.only):
        return None
    return f"{value['system']}|{code}" if "system" in value else str(code)


@pytest.fixture(scope="module")
def stored(loaded: OpenHouse) -> dict[str, list[Body]]:
    """Everything of each type that the station holds, at most 500."""
    platform = loaded.client("platform")
    found = {}
    for type_ in WRITTEN:
        bundle = json.loads(platform.get(f"{type_}?_count=500").content)
        found[type_] = [entry["resource"] for entry in bundle.get("entry", [])]
    return found


def _cases(spec: ResourceSpec, name: str, bodies: list[Body]) -> list[tuple[str, str]]:
    param = spec.by_name[name]
    made = ((body["id"], query) for body in bodies for query in queries(param, body))
    return list(islice(made, PER_PARAM))


@pytest.mark.parametrize(("type_", "name"), PARAMS)
def test_a_parameter_finds_what_holds_its_value(
    loaded: OpenHouse, stored: dict[str, list[Body]], type_: str, name: str
) -> None:
    platform = loaded.client("platform")
    for id_, query in _cases(SPECS[type_], name, stored[type_]):
        if query.startswith("Patient/") and platform.get(query).status_code == 404:
            continue  # a person who is not there has no compartment (dangling references)
        strict = {"Prefer": "handling=strict"}
        answer = platform.search(type_, (name, query), ("_id", id_), headers=strict)
        assert ids(answer) == [id_], (name, query)
    answer = platform.search(type_, (f"{name}:missing", "true"), ("_count", "0"))
    absent = answer.json()["total"]
    answer = platform.search(type_, (f"{name}:missing", "false"), ("_count", "0"))
    there = answer.json()["total"]
    assert absent + there == platform.search(type_, ("_count", "0")).json()["total"]


def test_the_corpus_exercises_most_parameters(stored: dict[str, list[Body]]) -> None:
    tried = [p for p in PARAMS if _cases(SPECS[p[0]], p[1], stored[p[0]])]
    assert len(tried) > len(PARAMS) / 3
