"""JSON Patch (RFC 6902) on resources (R4 3.1.0.5)."""

from typing import Any

import pytest

from tests.cast import observation, patient
from tests.support.answers import address_of, expressions, refusal
from tests.support.house import Client


@pytest.fixture
def at(gp: Client) -> str:
    """The address of a fresh resident."""
    return address_of(gp.post("Patient", patient("吴刚", "male", "1980-01-01")))


Operations = list[dict[str, Any]]
GOOD: list[tuple[Operations, str, Any]] = [
    ([{"op": "add", "path": "/active", "value": True}], "active", True),
    ([{"op": "replace", "path": "/gender", "value": "unknown"}], "gender", "unknown"),
    ([{"op": "remove", "path": "/gender"}], "gender", None),
    (
        [
            {"op": "test", "path": "/birthDate", "value": "1980-01-01"},
            {"op": "replace", "path": "/birthDate", "value": "1980-01-02"},
        ],
        "birthDate",
        "1980-01-02",
    ),
    (
        [{"op": "add", "path": "/name/0/given/-", "value": "二"}],
        "name",
        [{"use": "official", "text": "吴刚", "family": "吴", "given": ["刚", "二"]}],
    ),
    (
        [
            {"op": "copy", "from": "/birthDate", "path": "/deceasedDateTime"},
            {"op": "move", "from": "/deceasedDateTime", "path": "/birthDate"},
        ],
        "deceasedDateTime",
        None,
    ),
]


@pytest.mark.parametrize(("operations", "element", "value"), GOOD)
def test_a_patch_changes_what_it_names(
    gp: Client, at: str, operations: Operations, element: str, value: Any
) -> None:
    patched = gp.patch(at, operations)
    assert (patched.status_code, patched.headers["ETag"]) == (200, 'W/"2"')
    assert patched.json().get(element) == value
    assert gp.get(at).content == patched.content


BAD: list[tuple[Any, int]] = [
    ([{"op": "test", "path": "/gender", "value": "female"}], 422),
    ([{"op": "remove", "path": "/nothing"}], 422),
    ([{"op": "replace", "path": "/name/9/text", "value": "x"}], 422),
    ([{"op": "replace", "path": "/id", "value": "other"}], 422),
    ([{"op": "replace", "path": "/resourceType", "value": "Group"}], 422),
    ([{"op": "replace", "path": "", "value": []}], 422),
    ([{"op": "replace", "path": "/gender", "value": "robot"}], 422),
    ([{"op": "fly", "path": "/gender"}], 400),
    ([{"path": "/gender"}], 400),
    ([{"op": "add", "path": "gender", "value": 1}], 422),
    ([{"op": "add", "path": 5, "value": 1}], 400),
    ([{"op": "add", "path": "/name/x", "value": 1}], 422),
    ({"op": "remove", "path": "/gender"}, 400),
    ([1], 400),
    ("text", 400),
]


@pytest.mark.parametrize(("operations", "status"), BAD)
def test_a_patch_that_does_not_fit_changes_nothing(
    gp: Client, at: str, operations: Any, status: int
) -> None:
    refusal(gp.patch(at, operations), status)
    assert gp.get(at).headers["ETag"] == 'W/"1"'


def test_the_element_that_a_patch_spoils_is_named(gp: Client, at: str) -> None:
    spoilt = gp.patch(at, [{"op": "replace", "path": "/gender", "value": "robot"}])
    assert expressions(spoilt) == {"Patient.gender"}


def test_a_patch_keeps_the_digits_of_what_it_does_not_touch(gp: Client) -> None:
    body = b'{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":'
    body += b'{"reference":"Patient/li-na"},"valueQuantity":{"value":6.30,"unit":"mmol/L"}}'
    at = address_of(gp.post("Observation", body))
    patched = gp.patch(at, [{"op": "replace", "path": "/status", "value": "amended"}])
    assert b'"value":6.30' in patched.content
    added = gp.patch(
        at,
        b'[{"op":"add","path":"/component","value":[{"code":{"text":"y"},'
        b'"valueQuantity":{"value":1.50}}]}]',
    )
    assert b'"value":1.50' in added.content


def test_what_is_not_there_cannot_be_patched(gp: Client) -> None:
    operations = [{"op": "add", "path": "/active", "value": True}]
    refusal(gp.patch("Patient/nobody", operations), 404)
    at = address_of(gp.post("Observation", observation("li-na", "1-8", 1, "a", "2026-01-01")))
    assert gp.delete(at).status_code == 204
    refusal(gp.patch(at, operations), 410)
