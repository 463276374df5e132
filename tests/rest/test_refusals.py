"""What cannot be done is told with status, issue and element (R4 3.1.0.1.5, 2.33)."""

from typing import Any

import pytest

from tests.cast import observation, patient
from tests.support.answers import expressions, refusal
from tests.support.house import Client

SUN = patient("孙阳", "male", "1988-08-08")
METHODS: list[tuple[str, str, int, str]] = [
    ("DELETE", "Patient", 405, "GET, POST, PUT"),
    ("PATCH", "Patient", 405, "GET, POST, PUT"),
    ("POST", "Patient/li-na", 405, "GET, PUT, PATCH, DELETE"),
    ("GET", "", 405, "POST"),
    ("PUT", "", 405, "POST"),
    ("GET", "Patient/_search", 405, "POST"),
    ("POST", "Patient/_history", 405, "GET"),
    ("DELETE", "Patient/li-na/_history", 405, "GET"),
    ("DELETE", "Patient/li-na/_history/1", 405, "GET"),
    ("PUT", "Patient/li-na/$everything", 405, "GET, POST"),
    ("OPTIONS", "Patient/li-na", 405, "GET, PUT, PATCH, DELETE"),
    ("POST", "metadata", 405, "GET"),
    ("POST", "AuditEvent", 405, "GET"),
    ("PUT", "AuditEvent/1", 405, "GET"),
    ("DELETE", "AuditEvent/1", 405, "GET"),
]


@pytest.mark.parametrize(("method", "path", "status", "allowed"), METHODS)
def test_a_method_that_is_not_allowed_names_those_that_are(
    gp: Client, method: str, path: str, status: int, allowed: str
) -> None:
    body: Any = None
    if method in ("POST", "PUT"):
        body = {"resourceType": path.split("/", maxsplit=1)[0] or "Bundle", "id": "1"}
    if method == "PATCH":
        body = []
    answer = gp.request(method, path, body)
    refusal(answer, status)
    assert answer.headers["Allow"] == allowed


UNKNOWN = [
    "Patient/nobody",
    "Patient/nobody/_history/1",
    "Nothing",
    "Nothing/1",
    "patient/li-na",
    "Patient/li-na/extra",
    "Patient/li-na/$nothing",
    "Patient/$nothing",
    "$nothing",
    "Patient/li-na/_history/1/x",
    "Patient/_nothing",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_unknown_addresses_are_404(gp: Client, path: str) -> None:
    refusal(gp.get(path), 404)


INVALID: list[tuple[dict[str, Any], str]] = [
    ({**SUN, "gender": "robot"}, "Patient.gender"),
    ({**SUN, "birthDate": "1988-13-01"}, "Patient.birthDate"),
    ({**SUN, "birthDate": 1988}, "Patient.birthDate"),
    ({**SUN, "surname": "孙"}, "Patient.surname"),
    ({**SUN, "name": []}, "Patient.name"),
    ({**SUN, "name": [{"txt": "孙"}]}, "Patient.name[0].txt"),
    ({**SUN, "active": "yes"}, "Patient.active"),
    ({**SUN, "contact": [{"gender": "male"}, {"gender": "robot"}]}, "Patient.contact[1].gender"),
    (
        {**SUN, "generalPractitioner": [{"reference": "Patient/li-na"}]},
        "Patient.generalPractitioner",
    ),
    (
        {**SUN, "generalPractitioner": [{"reference": "Practitioner/no"}]},
        "Patient.generalPractitioner",
    ),
]


@pytest.mark.parametrize(
    ("body", "element"), INVALID, ids=lambda v: v if isinstance(v, str) else ""
)
def test_the_element_that_is_wrong_is_named(gp: Client, body: Any, element: str) -> None:
    assert any(path.startswith(element) for path in expressions(gp.post("Patient", body)))
    put = gp.put("Patient/li-na", {**body, "id": "li-na"})
    assert any(path.startswith(element) for path in expressions(put))


def test_all_faults_are_told_at_once(gp: Client) -> None:
    body = {**SUN, "gender": "robot", "birthDate": "soon", "nickname": "x"}
    found = expressions(gp.post("Patient", body))
    assert {"Patient.gender", "Patient.birthDate", "Patient.nickname"} <= found


def test_a_missing_element_is_named(gp: Client) -> None:
    body = observation("li-na", "1", 1, "1", "2026-01-01")
    del body["status"]
    assert expressions(gp.post("Observation", body)) == {"Observation.status"}


BODIES: list[tuple[bytes, int]] = [
    (b"", 400),
    (b"   ", 400),
    (b"{", 400),
    (b"[]", 400),
    (b"null", 400),
    (b'"Patient"', 400),
    (b"{}", 400),
    (b'{"resourceType":"Observation"}', 400),
    (b'{"resourceType":"Patient"}\x00', 400),
    (b'\xff{"resourceType":"Patient"}', 400),
    (b'{"resourceType":"Patient","gender":"male","gender":"female"}', 400),
    (b'{"resourceType":"Patient","name":[{"text":"\\ud800"}]}', 400),
    (b"[" * 100_000, 400),
    (b'{"resourceType":"Patient","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
]


@pytest.mark.parametrize(("body", "status"), BODIES, ids=[str(n) for n in range(len(BODIES))])
def test_what_is_no_resource_is_refused(gp: Client, body: bytes, status: int) -> None:
    refusal(gp.post("Patient", body), status)
    refusal(gp.put("Patient/li-na", body), status)


IDS = ["has space", "under_score", "x" * 65, "中文", "a%2Fb", "per%cent"]


@pytest.mark.parametrize("id_", IDS)
def test_ids_that_fhir_does_not_know_are_refused(gp: Client, id_: str) -> None:
    answer = gp.put(f"Patient/{id_}", {**SUN, "id": id_})
    assert 400 <= answer.status_code < 500
    refusal(answer, answer.status_code)


@pytest.mark.parametrize("id_", [None, "other", 5, ["li-na"]])
def test_the_id_in_the_body_must_be_that_of_the_address(gp: Client, id_: Any) -> None:
    body = SUN if id_ is None else {**SUN, "id": id_}
    assert refusal(gp.put("Patient/li-na", body), 400)[0]["expression"] == ["Patient.id"]


def test_a_body_that_is_too_large_is_413(gp: Client) -> None:
    refusal(gp.post("Patient", b'{"x":"' + b"x" * (50 << 20) + b'"}'), 413)
