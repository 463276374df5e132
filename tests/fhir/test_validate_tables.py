"""Our tables are those of R4 (4.0.1), as an independent model of exactly that version has them."""

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import fhirclient.models

from kernel.fhir.terminology import RESOURCE_TYPES, words
from kernel.fhir.validate.r4 import UNMODELLED
from kernel.fhir.validate.tables import Element, Shape, element_shape, resource_shape

Facts = dict[str, tuple[str, bool, bool]]
_THEIR_NAMES = {
    "FHIRReference": "Reference",
    "FHIRDateTime": "dateTime",
    "FHIRInstant": "instant",
    "FHIRDate": "date",
    "FHIRTime": "time",
    "bool": "boolean",
    "float": "decimal",
    "int": "integer",
    "str": "string",
}
_STRINGS = words("string code uri url canonical markdown id base64Binary oid uuid xhtml")
_INTEGERS = {"integer", "positiveInt", "unsignedInt"}


def _their_models() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in pkgutil.iter_modules(fhirclient.models.__path__):
        if module.name.endswith("_tests"):
            continue
        loaded = importlib.import_module(f"fhirclient.models.{module.name}")
        for name, model in vars(loaded).items():
            if isinstance(model, type) and hasattr(model, "elementProperties"):
                found[name] = model
    return found


def _their_facts(model: Any) -> Facts:
    facts: Facts = {}
    for _, key, kind, many, choice, needed in model.__new__(model).elementProperties():
        name = _THEIR_NAMES.get(kind.__name__, kind.__name__)
        facts[key] = (name, many, needed and choice is None)
    return facts


def _our_facts(shape: Shape) -> Facts:
    required = {name for name, _ in shape.required}
    is_resource = shape.name in RESOURCE_TYPES
    return {
        key: (_coarse(element), element.many, key in required)
        for key, element in shape.elements.items()
        if not element.companion and not (is_resource and key == "resourceType")
    }


def _coarse(element: Element) -> str:
    name = element.type.rpartition(".")[2]
    return "string" if name in _STRINGS else "integer" if name in _INTEGERS else name


def _shapes() -> Iterator[Shape]:
    waiting = [shape for name in sorted(RESOURCE_TYPES) if (shape := resource_shape(name))]
    seen: set[str] = set()
    while waiting:
        shape = waiting.pop()
        if shape.name in seen:
            continue
        seen.add(shape.name)
        yield shape
        for element in shape.elements.values():
            if element.check is None and not element.is_resource and not element.companion:
                waiting.append(element_shape(element))


def test_every_type_of_r4_is_known_and_all_but_the_rebuilt_ones_can_be_checked() -> None:
    models = _their_models()
    theirs = {
        name
        for name, model in models.items()
        if getattr(model, "resource_type", None) == name
        and issubclass(model, models["Resource"])
        and name not in ("Resource", "DomainResource")
    }
    assert theirs == RESOURCE_TYPES
    assert {name for name in RESOURCE_TYPES if resource_shape(name) is None} == UNMODELLED


def test_elements_types_and_cardinalities_are_those_of_4_0_1() -> None:
    models = _their_models()
    compared = 0
    for shape in _shapes():
        model = models["FHIRReference" if shape.name == "Reference" else shape.name]
        assert _our_facts(shape) == _their_facts(model), shape.name
        compared += 1
    assert compared > 400


def test_choices_are_those_of_4_0_1() -> None:
    models = _their_models()
    for shape in _shapes():
        model = models["FHIRReference" if shape.name == "Reference" else shape.name]
        theirs: dict[str, tuple[set[str], bool]] = {}
        for _, key, _, _, choice, needed in model.__new__(model).elementProperties():
            if choice is not None:
                keys, _ = theirs.get(choice, (set(), False))
                theirs[choice] = (keys | {key, f"_{key}"}, needed)
        ours = {choice.name: (set(choice.keys), choice.required) for choice in shape.choices}
        assert ours == theirs, shape.name


def test_the_model_library_is_not_loaded_before_the_first_check() -> None:
    code = "import sys, kernel.fhir.validate; print('fhir.resources' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
