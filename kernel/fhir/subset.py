"""`_summary` and `_elements`: a resource with some of its elements (R4 3.1.1.5.8–9)."""

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from kernel.fhir import json

_ALWAYS = ("resourceType", "id", "meta")
_TAG = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
}


def subset(body: bytes, summary: str, elements: Collection[str]) -> bytes:
    """The bytes to show for a stored resource: all of it, or what was asked for, tagged."""
    if not summary and not elements:
        return body
    resource: dict[str, Any] = json.loads(body)
    type_ = resource["resourceType"]
    if elements:
        wanted = {*elements, *_required(type_)}
    elif summary == "true":
        wanted = set(_summary_elements(type_))
    elif summary == "text":
        wanted = {"text", *_required(type_)}
    else:  # data
        wanted = set(resource) - {"text"}
    wanted.update(_ALWAYS)
    kept = {k: v for k, v in resource.items() if k.removeprefix("_") in wanted}
    meta = dict(kept.get("meta", {}))
    meta["tag"] = [*meta.get("tag", []), _TAG]
    kept["meta"] = meta
    return json.dumps(kept)


def _fields(type_: str) -> dict[str, Any]:
    from fhir.resources.R4B import get_fhir_model_class

    return dict(get_fhir_model_class(type_).model_fields)


@lru_cache(maxsize=256)
def _summary_elements(type_: str) -> frozenset[str]:
    """The elements that the specification marks Σ."""
    names = set()
    for name, info in _fields(type_).items():
        extra = info.json_schema_extra or {}
        if isinstance(extra, dict) and extra.get("summary_element_property"):
            names.add(info.alias or name)
    return frozenset(names | _required(type_))


@lru_cache(maxsize=256)
def _required(type_: str) -> frozenset[str]:
    """The mandatory elements, which every subset keeps."""
    names = set()
    for name, info in _fields(type_).items():
        extra = info.json_schema_extra or {}
        if info.is_required() or (isinstance(extra, dict) and extra.get("element_required")):
            names.add(info.alias or name)
    return frozenset(names)
