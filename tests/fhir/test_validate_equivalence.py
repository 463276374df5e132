"""What fhir.resources refuses, our pass refuses: every element of the corpus, spoilt in many ways.

The other direction does not hold and is not meant to: we refuse more (codes, invariants,
references, empty values). Where fhir.resources is wrong, `_is_wrong` says so.
"""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from kernel.fhir.json import Digits, dumps
from kernel.fhir.terminology import RESOURCE_TYPES
from kernel.fhir.validate import problems
from tests.fhir.corpus import resources

SUBSTITUTES: list[Any] = [
    None, "", " ", "x y ", "2020-13-45", "\x01", "a" * 70, 0, -1, 2**40, Digits("1.50"), True,
    [], {}, [None], [{}], {"a": 1},
]  # fmt: skip
EXTENSION = {"extension": [{"url": "http://x", "valueCode": "y"}]}

Place = tuple[Any, Any, tuple[str, ...]]


def _places(node: Any, path: tuple[str, ...] = ()) -> Iterator[Place]:
    if isinstance(node, dict):
        for key in [*node]:
            yield node, key, (*path, key)
            yield from _places(node[key], (*path, key))
    elif isinstance(node, list):
        for index in range(len(node)):
            yield node, index, (*path, "*")
            yield from _places(node[index], (*path, "*"))


def _spoilt(parent: Any, key: Any) -> Iterator[str]:
    """Spoil one element in place in every way; between two steps the body stands spoilt."""
    old = parent[key]
    values = [*SUBSTITUTES, [old], [old, old]]
    if isinstance(old, list):
        values += [old[0], [*old, None]]
    if isinstance(old, str):
        values += [f"{old} ", f"{old}\n"]
    for value in values:
        parent[key] = value
        yield f"replaced by {value!r}"
    parent[key] = old
    if isinstance(parent, dict):
        yield from _spoilt_keys(parent, key)


def _spoilt_keys(parent: dict[str, Any], key: str) -> Iterator[str]:
    before = dict(parent)
    old = parent.pop(key)
    yield "deleted"
    parent[f"{key}X"] = old
    yield "renamed"
    del parent[f"{key}X"]
    parent[f"_{key}"] = EXTENSION
    yield "replaced by an extension"
    parent[key] = old
    yield "extended"
    parent.clear()
    parent.update(before)


def _refusal(body: dict[str, Any]) -> str | None:
    try:
        get_fhir_model_class(body["resourceType"]).model_validate(copy.deepcopy(body))
    except (ValidationError, ValueError, TypeError, AttributeError) as error:
        return str(error)
    return None


def _is_wrong(refusal: str, path: tuple[str, ...], how: str) -> bool:
    """Tell the two cases in which fhir.resources refuses what FHIR R4 allows.

    A primitive has a value or extensions (§2.6.2), so a required choice may be given by its
    extension alone, and `_valueString` may stand in an Extension, too.
    """
    if how not in ("replaced by an extension", "extended"):
        return False
    in_extension = "extension" in path and path[-1].startswith("value")
    return in_extension or "Expect any of field value from this list" in refusal


def _smallest_first() -> list[dict[str, Any]]:
    return sorted(resources(), key=lambda body: len(dumps(body)))


@pytest.mark.slow
def test_whatever_the_model_library_refuses_is_refused() -> None:
    seen: set[tuple[str, ...]] = set()
    tried = 0
    missed: list[str] = []
    for body in _smallest_first():
        kind = body["resourceType"]
        for parent, key, path in [*_places(body)]:
            names = [step for step in path if step != "*"]
            place = (*names[-2:], path[-1]) if len(names) > 1 else (kind, *path)
            if place in seen:
                continue
            seen.add(place)
            for how in _spoilt(parent, key):
                tried += 1
                found, _ = problems(body, types=RESOURCE_TYPES)
                refusal = None if found else _refusal(body)
                if refusal is not None and not _is_wrong(refusal, path, how):
                    missed.append(f"{kind} {path} {how}: {refusal[:200]}")
    assert missed == []
    assert tried > 3_000
