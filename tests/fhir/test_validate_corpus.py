"""What others wrote and found valid passes here, and comes out digit for digit."""

import json

import msgspec

from kernel.fhir.json import dumps, loads, loads_unique
from kernel.fhir.terminology import RESOURCE_TYPES
from kernel.fhir.validate import check, problems
from tests.fhir.corpus import bodies, resources


def test_every_resource_of_the_corpus_is_valid() -> None:
    refused = {}
    for name, text in bodies():
        found, _ = problems(loads(text), types=RESOURCE_TYPES)
        if found:
            refused[name] = found
    assert refused == {}


def test_every_resource_in_a_bundle_is_valid_alone() -> None:
    for body in resources():
        assert check(body, types=RESOURCE_TYPES).body is body


def test_checking_and_writing_keeps_every_byte() -> None:
    for name, text in bodies():
        # Indentation and escapes are the writer's choice, digits are not: both sides are made
        # compact by a tool that copies numbers, and escapes are undone by reading once.
        compact = msgspec.json.format(text, indent=-1)
        value = loads_unique(text)
        check(value, types=RESOURCE_TYPES)
        written = dumps(value)
        assert _literals(written) == _literals(compact), name
        assert dumps(loads(written)) == written, name


def _literals(text: bytes) -> object:
    """Read JSON as an independent reader does, keys in order and numbers as they are written."""
    return json.loads(text, parse_float=_number, parse_int=_number, object_pairs_hook=list)


def _number(literal: str) -> str:
    return f"number {literal}"
