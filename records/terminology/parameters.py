"""What a terminology operation is asked and what it answers: Parameters (R4 3.4)."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kernel.errors import bad_request
from kernel.fhir import json
from kernel.fhir.exchange import Answer, Call

Part = tuple[str, str, Any]
"""Name, element (`valueString`, `part`) and value of a parameter."""


class Coded(NamedTuple):
    """A code that is asked about: its system and display are empty where they were not told."""

    system: str
    code: str
    display: str


class Asked:
    """The parameters of a call: of its address, or of the Parameters resource that was posted."""

    def __init__(self, call: Call) -> None:
        """Raises Refused (400) where what was posted are no Parameters."""
        self._values: dict[str, Any] = {}
        for name, value in reversed(call.query):
            self._values[name] = value
        for name, value in _posted(call.parsed):
            self._values.setdefault(name, value)

    def text(self, name: str) -> str:
        """A parameter that is one word or address; empty where it is not there."""
        value = self._values.get(name, "")
        if not isinstance(value, str):
            raise bad_request(f"the parameter {name} is a text", code="value")
        return value

    def flag(self, name: str) -> bool:
        """Whether a boolean parameter is true."""
        return self._values.get(name) in (True, "true")

    def number(self, name: str) -> int | None:
        """A whole number from 0 on, or None where it is not there."""
        text = str(self._values.get(name, ""))
        if text and (not text.isascii() or not text.isdigit() or len(text) > 9):
            raise bad_request(f"the parameter {name} is a whole number", code="value")
        return int(text) if text else None

    def codes(self, system: str = "system") -> list[Coded]:
        """The code asked about: `code`, `coding`, or every coding of `codeableConcept`.

        `system` is the parameter that tells the system of a plain `code`; empty for none.
        Raises Refused (400) where there is no code.
        """
        found = list(self._codes(system))
        if not found:
            raise bad_request("name a code, a coding or a codeableConcept", code="required")
        return found

    def _codes(self, system: str) -> Iterator[Coded]:
        if self.text("code"):
            yield Coded(self.text(system), self.text("code"), self.text("display"))
        concept = self._structure("codeableConcept").get("coding", [])
        for body in [self._structure("coding"), *(concept if isinstance(concept, list) else [])]:
            if isinstance(body, dict) and body.get("code"):
                yield Coded(*(str(body.get(name, "")) for name in Coded._fields))

    def _structure(self, name: str) -> Mapping[str, Any]:
        value = self._values.get(name, {})
        if not isinstance(value, dict):
            raise bad_request(f"the parameter {name} is posted, as value{name.title()}")
        return value


def _posted(body: Any) -> Iterator[tuple[str, Any]]:
    if body is None:
        return
    entries = body.get("parameter", []) if isinstance(body, dict) else None
    if not isinstance(entries, list) or body.get("resourceType") != "Parameters":
        raise bad_request("post a Parameters resource", code="structure")
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise bad_request("every parameter has a name", "Parameters.parameter.name")
        values = (value for key, value in entry.items() if key.startswith("value"))
        yield entry["name"], next(values, entry.get("resource", ""))


def parameters(*parts: Part) -> Answer:
    """The answer of an operation; parts without a value (None, empty) are left out."""
    return Answer(200, json.dumps({"resourceType": "Parameters", "parameter": _written(parts)}))


def group(name: str, *parts: Part) -> Part:
    """A parameter that consists of parts."""
    return name, "part", _written(parts)


def _written(parts: tuple[Part, ...]) -> list[dict[str, Any]]:
    return [
        {"name": name, element: value}
        for name, element, value in parts
        if value is not None and value not in ("", [])
    ]
