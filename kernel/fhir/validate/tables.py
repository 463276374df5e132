"""What each type consists of, compiled from fhir.resources' own metadata when first needed.

fhir.resources models R4B; `r4` holds the corrections that make it R4 (4.0.1), and
`kernel.fhir.terminology` the required value sets that its metadata has not or only in part.
"""

import importlib
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any

from kernel.fhir import terminology
from kernel.fhir.validate import r4
from kernel.fhir.validate.primitives import CHECKS, Check, media_type, one_of

_MODELS = "fhir.resources.R4B."
_COMPANION = "FHIRPrimitiveExtension"
_PRIMITIVES = {name.lower(): name for name in CHECKS} | {"uuidversion": "uuid", "bool": "boolean"}


@dataclass(slots=True, eq=False)
class Element:
    """One key that an object may have.

    A primitive has a `check`, anything else a `type` whose shape is compiled on first use.
    `companion` marks the `_name` of a primitive, which holds its id and extensions. `targets` are
    the types that a Reference may point at; empty means any.
    """

    name: str
    type: str
    many: bool = False
    check: Check | None = None
    companion: bool = False
    targets: frozenset[str] = frozenset()
    concept: terminology.ConceptBinding | None = None
    is_reference: bool = False
    is_resource: bool = False
    shape: "Shape | None" = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A `value[x]`: of `keys` (companions included) at most one may be there."""

    name: str
    keys: frozenset[str]
    required: bool


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A complex type: its elements by JSON key, what must be there, and its choices.

    `required` holds pairs of a name and its companion: one of both must be there.
    """

    name: str
    elements: dict[str, Element]
    required: tuple[tuple[str, str], ...]
    choices: tuple[Choice, ...]


_shapes: dict[str, Shape] = {}


def resource_shape(name: str) -> Shape | None:
    """Find the shape of a resource type of R4, or None for what cannot be checked."""
    known = _shapes.get(name)
    if known is not None:
        return known
    if name not in terminology.RESOURCE_TYPES or name in r4.UNMODELLED:
        return None
    return _shape_of(f"{name.lower()}.{name}")


def element_shape(element: Element) -> Shape:
    """Find the shape of a complex element, and keep it there for the next time."""
    if element.shape is None:
        element.shape = _shape_of(element.type)
    return element.shape


def _shape_of(path: str) -> Shape:
    module, _, name = path.rpartition(".")
    known = _shapes.get(name)
    if known is None:
        _build_validators_late()
        model = getattr(importlib.import_module(_MODELS + module), name)
        known = _shapes[name] = _compile(name, model)
    return known


@cache
def _build_validators_late() -> None:
    """Let pydantic build a model's own validator when somebody uses it, not when it is imported.

    Only the models' fields are read here; without this the first ExplanationOfBenefit would wait
    twice as long.
    """
    from fhir_core.fhirabstractmodel import FHIRAbstractModel

    FHIRAbstractModel.model_config["defer_build"] = True


def _compile(name: str, model: Any) -> Shape:
    elements: dict[str, Element] = {}
    required: list[str] = []
    choices: dict[str, set[str]] = {}
    needed: set[str] = set()
    for field_name, field in model.model_fields.items():
        key = field.alias or field_name
        if key == "fhir_comments" or (name, key.lstrip("_")) in r4.ADDED_IN_R4B:
            continue
        facts: dict[str, Any] = field.json_schema_extra or {}
        elements[key] = _element(name, key, field.annotation, facts)
        if field.is_required() or facts.get("element_required") or (name, key) in r4.REQUIRED_IN_R4:
            required.append(key)
        if "one_of_many" in facts:
            choices.setdefault(facts["one_of_many"], set()).add(key)
            if facts.get("one_of_many_required"):
                needed.add(facts["one_of_many"])
    for key, type_name, choice in r4.DROPPED_IN_R4B.get(name, ()):
        elements[key] = Element(key, f"{type_name.lower()}.{type_name}")
        choices[choice].add(key)
    if name == "Extension":
        _complete_companions(elements)
    _share_multiplicity(elements)
    if name in terminology.RESOURCE_TYPES:
        elements["resourceType"] = Element("resourceType", "code", check=CHECKS["code"])
    return Shape(
        name,
        elements,
        tuple((key, f"_{key}") for key in required),
        tuple(
            Choice(key, frozenset(keys | {f"_{one}" for one in keys}), key in needed)
            for key, keys in choices.items()
        ),
    )


def _complete_companions(elements: dict[str, Element]) -> None:
    """Add the `_valueString` and so on, which fhir.resources' Extension has not."""
    for key, element in [*elements.items()]:
        if element.check is not None and key.startswith("value"):
            companion = Element(f"_{key}", f"{_COMPANION.lower()}.{_COMPANION}", companion=True)
            elements.setdefault(companion.name, companion)


def _share_multiplicity(elements: dict[str, Element]) -> None:
    for key, element in elements.items():
        if element.companion:
            element.many = elements[key[1:]].many


def _element(owner: str, key: str, annotation: object, facts: dict[str, Any]) -> Element:
    many, kind = _unwrap(annotation)
    model = getattr(kind, "_model_klass", None)
    if model is None:
        return _primitive(owner, key, kind, facts, many=many)
    path = model.removeprefix(_MODELS)
    name = path.rpartition(".")[2]
    targets = r4.TARGETS_IN_R4.get(f"{owner}.{key}") or frozenset(
        facts.get("enum_reference_types", ())
    )
    return Element(
        key,
        path,
        many,
        companion=name == _COMPANION,
        is_reference=name == "Reference",
        is_resource=name == "Resource",
        targets=frozenset() if "Resource" in targets or "Any" in targets else targets,
        concept=terminology.CONCEPTS.get(f"{owner}.{key}"),
    )


def _primitive(owner: str, key: str, kind: object, facts: dict[str, Any], *, many: bool) -> Element:
    name = _PRIMITIVES[getattr(kind, "__name__", type(kind).__name__).lower()]
    return Element(key, name, many, check=_bound(f"{owner}.{key}", facts) or CHECKS[name])


def _bound(element: str, facts: dict[str, Any]) -> Check | None:
    if element in terminology.MIME_TYPES:
        return media_type
    if element in terminology.NOT_REQUIRED:
        return None
    codes = terminology.CODES.get(element) or frozenset(facts.get("enum_values", ()))
    # A list that ends in "+" is abbreviated: it names only the first codes of its value set.
    return one_of(codes) if codes and "+" not in codes else None


def _unwrap(annotation: Any) -> tuple[bool, Any]:
    """Take `Optional[List[Annotated[str, Code()]]]` apart: (is it a list, Code())."""
    many = False
    while True:
        origin = typing.get_origin(annotation)
        if origin is list:
            many = True
            annotation = typing.get_args(annotation)[0]
        elif origin in (typing.Union, types.UnionType):
            annotation = next(one for one in typing.get_args(annotation) if one is not type(None))
        elif origin is typing.Annotated:
            return many, annotation.__metadata__[-1]
        else:
            return many, annotation
