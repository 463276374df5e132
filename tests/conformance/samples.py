"""One resource or more of every registered type, written by nobody here where that is possible."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from kernel.declare.resource import ResourceSpec, Scope
from kernel.fhir import json
from tests.cast import everything_seeded
from tests.conformance.own import OWN
from tests.fhir.corpus import shared_data
from tests.support.house import registry

Body = dict[str, Any]
SPECS: Mapping[str, ResourceSpec] = registry().specs
WRITTEN = [type_ for type_, spec in SPECS.items() if spec.view is None]
"""The types that clients may write."""


@cache
def examples() -> tuple[Body, ...]:
    """HL7's examples of the registered types; none where the folder is absent.

    Their Subscriptions send to hosts of HL7's, with a password: no station does.
    """
    taken = frozenset(WRITTEN) - {"Subscription"}
    found = (json.loads(p.read_bytes()) for p in sorted(shared_data().glob("hl7-r4-examples/*")))
    return tuple(body for body in found if body["resourceType"] in taken)


@cache
def transactions() -> tuple[Body, ...]:
    """Synthea's patients, one transaction each; none where the folder is absent."""
    paths = sorted(shared_data().glob("synthea-r4-transactions/*"))
    return tuple(json.loads(path.read_bytes()) for path in paths)


def samples() -> Iterator[Body]:
    """Resources with ids: HL7's examples, ours, and the records of our residents."""
    yield from examples()
    yield from OWN
    yield from everything_seeded()


@cache
def sampled() -> Mapping[str, Body]:
    """A resource of each type of which there is one, without contained ones where that may be."""
    found: dict[str, Body] = {}
    for body in sorted(samples(), key=lambda b: "contained" in b):
        found.setdefault(body["resourceType"], body)
    return found


def exact(value: Any) -> Any:
    """A value in which numbers compare by how they are written."""
    if isinstance(value, dict):
        return {k: exact(v) for k, v in value.items()}
    if isinstance(value, list):
        return [exact(v) for v in value]
    return f"number {value.literal}" if isinstance(value, json.Digits) else value


def without_server_meta(body: Body) -> Body:
    """A resource without what the server owns."""
    owned = ("versionId", "lastUpdated")
    meta = {k: v for k, v in body.get("meta", {}).items() if k not in owned}
    rest = {k: v for k, v in body.items() if k != "meta"}
    return {**rest, "meta": meta} if meta else rest


def model_of(type_: str, path: str) -> list[tuple[Any, bool]]:
    """Of every element on a path: its model class (None for a primitive) and whether it repeats.

    Raises KeyError where there is no such element.
    """
    model: Any = get_fhir_model_class(type_)
    found = []
    for name in path.split("."):
        fields = {info.alias or n: info for n, info in model.model_fields.items()}
        text = str(fields[name].annotation)
        match = re.search(r"(\w+)Type\b", text)
        model = _model(match[1]) if match else None
        found.append((model, "List[" in text))
    return found


def _model(name: str) -> Any:
    try:
        return get_fhir_model_class(name)
    except (KeyError, ValueError):
        return None


def kept_by_station_1(body: Body, id_: str) -> Body:
    """A copy of a resource that belongs to 李娜's record (or to station-1), marked as secret."""
    spec = SPECS[body["resourceType"]]
    copy = {**body, "id": id_, "meta": {"source": "urn:secret:station-1"}}
    path, target = spec.patient, "Patient/li-na"
    if spec.patient == "id" or spec.scope is Scope.ORGANISATION:
        path, target = spec.organisation[0], "Organization/station-1"
    repeats = model_of(spec.type, path)[-1][1]
    reference = {"reference": target}
    outer, _dot, inner = path.partition(".")
    if inner:  # Appointment.participant.actor
        return {**copy, outer: [{**copy[outer][0], inner: reference}]}
    return {**copy, path: [reference] if repeats else reference}
