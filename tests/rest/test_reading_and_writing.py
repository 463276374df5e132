"""Create, read, vread, update, delete: what every FHIR client begins with (R4 3.1.0)."""

import email.utils
from typing import Any

import pytest

from tests.cast import draft, patient
from tests.support.answers import address_of, refusal
from tests.support.house import BASE, MORNING, Client, OpenHouse

ZHOU = draft(patient("周涛", "male", "1970-05-06"))


def test_what_is_created_can_be_read(gp: Client) -> None:
    created = gp.post("Patient", ZHOU)
    assert created.status_code == 201
    id_ = created.json()["id"]
    assert created.json() == {
        **ZHOU,
        "id": id_,
        "meta": {"versionId": "1", "lastUpdated": "2026-11-23T01:05:00.000Z"},
    }
    assert created.headers["Location"] == f"{BASE}/Patient/{id_}/_history/1"
    assert created.headers["ETag"] == 'W/"1"'
    modified = email.utils.parsedate_to_datetime(created.headers["Last-Modified"])
    assert modified.timestamp() * 1_000_000 == MORNING
    read = gp.get(f"Patient/{id_}")
    assert (read.status_code, read.content) == (200, created.content)
    assert read.headers["ETag"] == 'W/"1"'
    assert read.headers["Last-Modified"] == created.headers["Last-Modified"]
    assert read.headers["Content-Type"].startswith("application/fhir+json")


def test_a_clients_id_and_meta_do_not_decide_what_is_created(gp: Client) -> None:
    meta = {"versionId": "77", "lastUpdated": "1999-01-01T00:00:00Z", "source": "http://his/1"}
    created = gp.post("Patient", {**ZHOU, "id": "mine", "meta": meta}).json()
    assert created["id"] != "mine"
    assert created["meta"]["versionId"] == "1"
    assert created["meta"]["lastUpdated"] == "2026-11-23T01:05:00.000Z"
    assert created["meta"]["source"] == "http://his/1"


def test_an_update_makes_a_version_and_keeps_the_one_before(gp: Client) -> None:
    first = gp.post("Patient", ZHOU).json()
    at = f"Patient/{first['id']}"
    updated = gp.put(at, {**first, "active": True})
    assert updated.status_code == 200
    assert updated.headers["ETag"] == 'W/"2"'
    assert updated.headers["Location"] == f"{BASE}/{at}/_history/2"
    assert gp.get(at).json()["active"] is True
    assert gp.get(f"{at}/_history/1").json() == first
    assert gp.get(f"{at}/_history/2").content == updated.content
    refusal(gp.get(f"{at}/_history/3"), 404)


def test_an_update_of_what_is_not_there_creates_it(gp: Client) -> None:
    created = gp.put("Patient/zhou-tao", {**ZHOU, "id": "zhou-tao"})
    assert created.status_code == 201
    assert created.headers["Location"] == f"{BASE}/Patient/zhou-tao/_history/1"
    assert gp.get("Patient/zhou-tao").status_code == 200


def test_what_is_deleted_is_gone_and_its_history_stays(gp: Client) -> None:
    created = gp.post("Patient", ZHOU)
    at = address_of(created)
    deleted = gp.delete(at)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert refusal(gp.get(at), 410)[0]["code"] == "deleted"
    assert gp.get(f"{at}/_history/1").content == created.content
    refusal(gp.get(f"{at}/_history/2"), 410)
    assert gp.delete(at).status_code == 204
    methods = [e["request"]["method"] for e in gp.get(f"{at}/_history").json()["entry"]]
    assert methods == ["DELETE", "POST"]
    again = gp.put(at, {**ZHOU, "id": at.split("/")[1]})
    assert (again.status_code, again.headers["ETag"]) == (201, 'W/"3"')


def test_what_others_refer_to_is_not_deleted(gp: Client) -> None:
    refusal(gp.delete("Encounter/li-na-visit"), 409)
    assert gp.get("Encounter/li-na-visit").status_code == 200


def test_a_confirmed_record_is_closed_and_never_deleted(gp: Client) -> None:
    issue = refusal(gp.delete("Patient/li-na"), 422)[0]
    assert "结案" in issue["diagnostics"]
    assert gp.get("Patient/li-na").status_code == 200


PREFERENCES: list[tuple[str | None, str | None]] = [
    (None, "Patient"),
    ("return=representation", "Patient"),
    ("return=OperationOutcome", "OperationOutcome"),
    ("return=minimal", None),
    ("handling=strict; return=minimal", None),
    ("respond-async, return=minimal", None),
]


@pytest.mark.parametrize(("prefer", "shown"), PREFERENCES)
def test_prefer_decides_what_a_write_shows(gp: Client, prefer: str | None, shown: str) -> None:
    headers = {"Prefer": prefer} if prefer else {}
    created = gp.post("Patient", ZHOU, headers=headers)
    at = address_of(created)
    sent = {**ZHOU, "id": at.split("/")[1]}
    answers = {
        201: created,
        200: gp.put(at, sent, headers=headers),
    }
    patched = gp.patch(at, [{"op": "add", "path": "/active", "value": True}], headers=headers)
    for status, answer in [*answers.items(), (200, patched)]:
        assert answer.status_code == status
        assert answer.headers["ETag"]
        assert answer.headers["Location"]
        assert (answer.json()["resourceType"] if answer.content else None) == shown


def test_head_is_a_read_without_a_body(gp: Client) -> None:
    read, head = gp.get("Patient/li-na"), gp.request("HEAD", "Patient/li-na")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("ETag", "Last-Modified", "Content-Length", "Content-Type"):
        assert head.headers[name] == read.headers[name]


DIGITS = ["6.30", "0.10", "1E2", "1.10e-3", "100", "-0.0", "12345678901234567890.123456789"]


@pytest.mark.parametrize("written", DIGITS)
def test_a_number_comes_out_as_it_was_written(gp: Client, written: str) -> None:
    body = (
        b'{"resourceType":"Observation","status":"final","code":{"text":"x"},'
        b'"subject":{"reference":"Patient/li-na"},"valueQuantity":{"value":%s}}'
    ) % written.encode()
    created = gp.post("Observation", body)
    assert created.status_code == 201, created.text
    assert b'"value":%s}' % written.encode() in created.content
    assert gp.get(address_of(created)).content == created.content


def test_answers_are_not_kept_by_caches_or_guessed_at(gp: Client) -> None:
    headers = gp.get("Patient/li-na").headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


STRANGERS: list[tuple[dict[str, str], str]] = [
    ({}, "no token"),
    ({"Authorization": "Bearer station_unknown"}, "an unknown token"),
    ({"Authorization": "Basic Z3AxOng="}, "another scheme"),
    ({"Authorization": "Bearer "}, "an empty token"),
]


@pytest.mark.parametrize(
    ("headers", "_what"), STRANGERS, ids=lambda v: v if isinstance(v, str) else ""
)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "Patient/li-na", None),
        ("GET", "Patient", None),
        ("POST", "Patient", ZHOU),
        ("POST", "", {"resourceType": "Bundle", "type": "batch"}),
        ("DELETE", "Patient/li-na", None),
    ],
)
def test_without_a_token_there_is_nothing(
    house: OpenHouse, headers: dict[str, str], _what: str, method: str, path: str, body: Any
) -> None:
    answer = house.client(None).request(method, path, body, headers=headers)
    assert refusal(answer, 401)[0]["code"] == "login"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_what_the_server_can_do_is_told_without_a_token(house: OpenHouse) -> None:
    statement = house.client(None).get("metadata")
    assert statement.status_code == 200
    assert statement.json()["fhirVersion"] == "4.0.1"
