"""Reading the extensions of a FHIR element (R4 2.4.0), and of our addresses: pure functions."""

from collections.abc import Mapping
from typing import Any, Final

from kernel.canonical import structure_definition

Body = Mapping[str, Any]

GRID_ADDRESS: Final = structure_definition("grid-address")
"""The extension of an Address with `grid`, `committee`, `building`, `unit` and `room`."""


def extensions(element: Body, url: str) -> list[Body]:
    """The extensions with this url, as they stand."""
    return [one for one in element.get("extension", ()) if one.get("url") == url]


def extension_value(element: Body, url: str, name: str) -> Any:
    """The value (`name` is `valueString`, …) of the first extension that has one, or None."""
    found = (one.get(name) for one in extensions(element, url))
    return next((value for value in found if value is not None), None)


def parts_of(extension: Body) -> dict[str, str]:
    """The texts in an extension of extensions, by the url of each."""
    told = (one for one in extension.get("extension", ()) if one.get("valueString"))
    return {one["url"]: str(one["valueString"]) for one in told}


def home_address(person: Body) -> Body:
    """The Address of a person's home, else the first one; empty where there is none."""
    homes = sorted(person.get("address", ()), key=lambda one: one.get("use") != "home")
    return homes[0] if homes else {}


def grid_of(address: Body) -> dict[str, str]:
    """Where a home lies: the parts of `grid-address` that an Address tells."""
    return {k: v for one in extensions(address, GRID_ADDRESS) for k, v in parts_of(one).items()}
