"""Validation against FHIR R4 (4.0.1): one walk over a resource that finds every fault at once.

Structure, cardinality, primitive forms, required codes, references, narratives and the invariants
that matter here. What a resource means, and whether its references exist, is for others to say.
The tables come from fhir.resources, which is imported with the first resource that is checked;
see docs/decisions/0002-validation.md.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from kernel.fhir.validate.primitives import json_name, shown
from kernel.fhir.validate.tables import resource_shape
from kernel.fhir.validate.walk import MAX_DEPTH, MAX_PROBLEMS, Problem, Walk

__all__ = [
    "MAX_DEPTH",
    "MAX_PROBLEMS",
    "Checked",
    "Invalid",
    "Problem",
    "check",
    "problems",
    "warm",
]


@dataclass(frozen=True, slots=True)
class Checked:
    """A resource that was found valid.

    `body` is the very object that came in. `references` holds, in order, every literal
    Reference.reference outside contained resources, those in extensions included, with the path of
    its element without indexes (`participant.individual`).
    """

    type: str
    body: dict[str, Any]
    references: tuple[tuple[str, str], ...]


class Invalid(ValueError):
    """A body that is not a valid resource, with everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{one.expression}: {one.diagnostics}" for one in problems))
        self.problems = problems


def check(body: object, *, types: Collection[str]) -> Checked:
    """Check a body against R4; `types` are the resource types that this server stores.

    Raises Invalid with all problems at once (at most MAX_PROBLEMS).
    """
    found, checked = problems(body, types=types)
    if checked is None:
        raise Invalid(tuple(found))
    return checked


def problems(body: object, *, types: Collection[str]) -> tuple[list[Problem], Checked | None]:
    """Check a body and tell: the problems, and the checked resource if none is an error."""
    if type(body) is not dict:
        what = f"a resource must be a JSON object, not {json_name(body)}"
        return [Problem("structure", "Resource", what)], None
    name = body.get("resourceType")
    walk = Walk(name[:64] if type(name) is str else "Resource")
    shape = walk.shape_of(body)
    if shape is None:
        return walk.problems, None
    if shape.name not in types:
        walk.add("not-supported", f"resources of type {shown(name)} are not kept here")
        return walk.problems, None
    walk.resource(body, shape)
    if walk.problems:
        return walk.problems, None
    return [], Checked(shape.name, body, tuple(walk.references))


def warm(types: Collection[str]) -> None:
    """Compile the tables of these types now instead of with the first request."""
    for name in types:
        resource_shape(name)
