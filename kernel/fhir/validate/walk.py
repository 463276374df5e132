"""The one walk over a resource that finds everything that is wrong with it."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kernel.fhir.validate.invariants import RULES
from kernel.fhir.validate.primitives import Fault, json_name, shown
from kernel.fhir.validate.references import Target, target_of
from kernel.fhir.validate.tables import Element, Shape, element_shape, resource_shape

MAX_DEPTH = 128
"""Steps (keys and list indexes) from the root; a form's items nest about twenty deep at most."""

MAX_PROBLEMS = 100
"""More than anybody reads; a body of garbage must not be answered with megabytes."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: becomes an OperationOutcome.issue.

    `code` is FHIR's issue type, `expression` the element (`Observation.component[0].code`),
    `diagnostics` what would be right.
    """

    code: str
    expression: str
    diagnostics: str
    severity: str = "error"


@dataclass(slots=True)
class Walk:
    """The state of one walk: what was found, and where we are."""

    root: str
    problems: list[Problem] = field(default_factory=list)
    references: list[tuple[str, str]] = field(default_factory=list)
    path: list[str | int] = field(default_factory=list)
    faults: int = 0  # how many were found, those beyond MAX_PROBLEMS included
    inside_contained: bool = False
    fragments: dict[str, str] = field(default_factory=dict)  # contained id -> its type

    def resource(self, node: dict[str, Any], shape: Shape) -> None:
        """Check a resource that is not contained in another, and what it contains."""
        outer = self.fragments
        self.fragments = dict(_contained_ids(node))
        self._object(node, shape)
        if "contained" in node:
            self._contained_are_used(node)
        self.fragments = outer

    def add(self, code: str, diagnostics: str, *steps: str | int) -> None:
        """Note a problem at `steps` below the current element."""
        self.faults += 1
        if len(self.problems) < MAX_PROBLEMS:
            expression = self.root
            for step in (*self.path, *steps):
                expression += f"[{step}]" if type(step) is int else f".{step}"
            self.problems.append(Problem(code, expression, diagnostics))

    def _fault(self, fault: Fault | None, *steps: str | int) -> None:
        if fault is not None:
            self.add(fault[0], fault[1], *steps)

    def _object(self, node: dict[str, Any], shape: Shape) -> None:
        path = self.path
        if len(path) > MAX_DEPTH:
            self.add("too-costly", f"is nested deeper than {MAX_DEPTH} levels")
            return
        before = self.faults
        elements = shape.elements
        for key, value in node.items():
            element = elements.get(key)
            if element is None:
                self._unknown(key, shape)
            elif element.many:
                self._list(element, value, node)
            elif element.check is None:
                path.append(key)
                self._complex(element, value, beside_value=key[1:] in node)
                path.pop()
            elif (fault := element.check(value)) is not None:
                self.add(fault[0], fault[1], key)
        self._presence(node, shape)
        rules = RULES.get(shape.name)
        if rules is not None and self.faults == before:
            for rule in rules:
                for key, diagnostics in rule(node):
                    self.add("invariant", diagnostics, *([key] if key else []))

    def _presence(self, node: dict[str, Any], shape: Shape) -> None:
        for name, companion in shape.required:
            if name not in node and companion not in node:
                self.add("required", f"{name} is required", name)
        for choice in shape.choices:
            if choice.keys.isdisjoint(node):
                if choice.required:
                    self.add("required", f"one {choice.name}[x] is required", choice.name)
                continue
            present = {key.lstrip("_") for key in node if key in choice.keys}
            if len(present) > 1:
                listed = ", ".join(sorted(present))
                self.add("structure", f"only one {choice.name}[x] may be given, not {listed}")

    def _unknown(self, key: object, shape: Shape) -> None:
        name = str(key)[:64]
        few = self.faults < MAX_PROBLEMS
        known = difflib.get_close_matches(name, shape.elements, 1) if few else []
        hint = f"; did you mean {known[0]}?" if known else ""
        self.add("structure", f"{shape.name} has no such element{hint}", name)

    def _list(self, element: Element, values: object, node: dict[str, Any]) -> None:
        key = element.name
        if type(values) is not list:
            self.add("structure", f"must be an array, not {json_name(values)}", key)
            return
        if not values:
            self.add("structure", "must not be empty; leave the element out instead", key)
        if element.check is not None or element.companion:
            self._paired_list(element, values, node)
            return
        path = self.path
        path.append(key)
        for index, value in enumerate(values):
            path.append(index)
            self._complex(element, value, beside_value=False)
            path.pop()
        path.pop()

    def _paired_list(self, element: Element, values: list[Any], node: dict[str, Any]) -> None:
        """Check a list of primitives, or of their companions: `null` holds the other's place."""
        key = element.name
        partners = node.get(key[1:] if element.companion else f"_{key}")
        if type(partners) is not list:
            partners = []
        if element.companion and partners and len(values) > len(partners):
            self.add("structure", f"must not be longer than {key[1:]}", key)
        for index, value in enumerate(values):
            beside = index < len(partners) and partners[index] is not None
            if value is None and beside:
                continue
            if element.check is not None:
                self._fault(element.check(value), key, index)
            else:
                self.path += (key, index)
                self._complex(element, value, beside_value=beside)
                del self.path[-2:]

    def _complex(self, element: Element, value: object, *, beside_value: bool) -> None:
        if type(value) is not dict:
            self.add("structure", f"must be an object, not {json_name(value)}")
        elif not value:
            self.add("structure", "must not be empty; leave the element out instead")
        elif element.is_resource:
            self._inner_resource(value)
        else:
            shape = element.shape or element_shape(element)
            self._object(value, shape)
            if len(value) == 1 and "id" in value and not (element.companion and beside_value):
                self.add("invariant", "must have a value or children besides its id (ele-1)")
            if element.is_reference:
                self._reference(value, element)
            elif element.concept is not None:
                self._concept(value, element)

    def _inner_resource(self, node: dict[str, Any]) -> None:
        shape = self.shape_of(node)
        if shape is None:
            return
        if self.path[-2:-1] != ["contained"]:
            self.resource(node, shape)
            return
        if self.inside_contained:
            self.add("invariant", "a contained resource must not contain others (dom-2)")
            return
        self.inside_contained = True
        self._object(node, shape)
        self.inside_contained = False
        if "id" not in node:
            self.add("required", "a contained resource must have an id", "id")
        meta = node.get("meta")
        if type(meta) is dict:
            for name in ("versionId", "lastUpdated", "security"):
                if name in meta:
                    rule = "dom-5" if name == "security" else "dom-4"
                    self.add(
                        "invariant", f"must not be in a contained resource ({rule})", "meta", name
                    )

    def shape_of(self, node: dict[str, Any]) -> Shape | None:
        """Find the shape that a resource's `resourceType` asks for, or note why there is none."""
        name = node.get("resourceType")
        if name is None:
            self.add("required", "resourceType is required", "resourceType")
        elif type(name) is not str:
            self.add("structure", f"must be a string, not {json_name(name)}", "resourceType")
        else:
            shape = resource_shape(name)
            if shape is not None:
                return shape
            diagnostics = f"{shown(name)} is not a resource type of FHIR R4 that can be checked"
            self.add("not-supported", diagnostics, "resourceType")
        return None

    def _reference(self, node: dict[str, Any], element: Element) -> None:
        literal = node.get("reference")
        if type(literal) is not str:
            return
        if not self.inside_contained:
            steps = [step for step in self.path if type(step) is str]
            self.references.append((".".join(steps), literal))
        target = target_of(literal)
        if not isinstance(target, Target):
            self.add("value", f"{target}; not {shown(literal)}", "reference")
            return
        name = target.type
        if target.fragment is not None:
            name = self._fragment(target.fragment)
        declared = node.get("type")
        if name is not None and declared not in (None, name) and type(declared) is str:
            self.add("value", f"must be {name} as in the reference, not {shown(declared)}", "type")
        if name is not None and element.targets and name not in element.targets:
            allowed = ", ".join(sorted(element.targets))
            self.add("value", f"must point at one of {allowed}; not {name}", "reference")

    def _fragment(self, fragment: str) -> str | None:
        if not fragment:
            if not self.inside_contained:
                self.add("value", "'#' may only stand in a contained resource", "reference")
            return None
        if fragment not in self.fragments:
            self.add(
                "invariant", f"no contained resource has the id {fragment!r} (ref-1)", "reference"
            )
        return self.fragments.get(fragment)

    def _concept(self, node: dict[str, Any], element: Element) -> None:
        binding = element.concept
        codings = node.get("coding", [])
        if binding is None or type(codings) is not list:
            return
        for coding in codings:
            if type(coding) is dict and coding.get("system") == binding.system:
                code = coding.get("code")
                if type(code) is str and code in binding.codes:
                    return
        expected = ", ".join(sorted(binding.codes))
        self.add("code-invalid", f"must have a coding of {binding.system}: {expected}")

    def _contained_are_used(self, node: dict[str, Any]) -> None:
        used = set(_fragments_in(node))
        for index, inner in enumerate(node["contained"] if _is_list(node, "contained") else ()):
            if type(inner) is not dict or type(inner.get("id")) is not str:
                continue
            if f"#{inner['id']}" not in used and "#" not in set(_fragments_in(inner)):
                self.add(
                    "invariant",
                    "a contained resource must be referred to from the resource (dom-3)",
                    "contained",
                    index,
                )


def _is_list(node: dict[str, Any], key: str) -> bool:
    return type(node.get(key)) is list


def _contained_ids(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for inner in node["contained"] if _is_list(node, "contained") else ():
        if type(inner) is dict and type(inner.get("id")) is str:
            yield inner["id"], str(inner.get("resourceType"))


def _fragments_in(value: object, depth: int = 0) -> Iterator[str]:
    """Find every string that is a reference within the resource (`#id`)."""
    if depth > MAX_DEPTH:
        return
    if type(value) is str:
        if value.startswith("#"):
            yield value
    elif type(value) is list:
        for item in value:
            yield from _fragments_in(item, depth + 1)
    elif type(value) is dict:
        for item in value.values():
            yield from _fragments_in(item, depth + 1)
