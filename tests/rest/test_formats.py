"""How answers look: formats, summaries, elements, compression (R4 3.1.0.1, 3.1.1.5)."""

import gzip
import json
from typing import Any

import pytest

from tests.support.answers import entries, refusal
from tests.support.house import BASE, Client

PLACES = [
    "Patient/li-na",
    "Patient/li-na/_history/1",
    "Patient/li-na/_history",
    "Patient/_history",
    "Patient",
    "Patient/li-na/$everything",
    "metadata",
]
JSON_NAMES = ["json", "application/json", "application/fhir+json", "application/fhir json"]


@pytest.mark.parametrize("name", JSON_NAMES)
@pytest.mark.parametrize("place", PLACES)
def test_json_may_be_asked_for_anywhere(gp: Client, place: str, name: str) -> None:
    answer = gp.get(place, params={"_format": name})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/fhir+json")


@pytest.mark.parametrize("name", ["xml", "application/fhir+xml", "ttl", "text/html", ""])
@pytest.mark.parametrize("place", PLACES)
def test_other_formats_are_406(gp: Client, place: str, name: str) -> None:
    refusal(gp.get(place, params={"_format": name}), 406)


ACCEPTS = [
    ("application/fhir+json", 200),
    ("application/json", 200),
    ("*/*", 200),
    ("application/*", 200),
    ("application/fhir+xml, application/fhir+json", 200),
    ("application/fhir+xml;q=1.0, application/fhir+json;q=1.0, application/xml;q=0.9", 200),
    ("application/fhir+xml;q=1.0, */*;q=0.1", 200),
    ("APPLICATION/FHIR+JSON; fhirVersion=4.0", 200),
    ("text/html,application/xhtml+xml,*/*;q=0.8", 200),
    ("application/fhir+xml", 406),
    ("text/turtle, text/html", 406),
]


@pytest.mark.parametrize(("accept", "status"), ACCEPTS)
def test_accept_is_heeded(gp: Client, accept: str, status: int) -> None:
    answer = gp.get("Patient/li-na", headers={"Accept": accept})
    assert answer.status_code == status, answer.text


def test_format_outranks_accept(gp: Client) -> None:
    headers = {"Accept": "application/fhir+xml"}
    assert gp.get("Patient/li-na?_format=json", headers=headers).status_code == 200


@pytest.mark.parametrize("place", PLACES)
def test_pretty_answers_say_the_same_in_more_lines(gp: Client, place: str) -> None:
    plain, pretty = gp.get(place), gp.get(place, params={"_pretty": "true"})
    assert b"\n  " in pretty.content
    assert b"\n" not in plain.content
    if "_history" not in place and place not in ("Patient", "metadata"):
        assert "entry" in plain.json() or pretty.json() == plain.json()


def test_pretty_keeps_digits(gp: Client) -> None:
    body = b'{"resourceType":"Observation","id":"digits","status":"final","code":{"text":"x"},'
    body += b'"subject":{"reference":"Patient/li-na"},"valueQuantity":{"value":6.30}}'
    assert gp.put("Observation/digits", body).status_code in (200, 201)
    assert b'"value": 6.30' in gp.get("Observation/digits?_pretty=true").content


SUBSETS: list[tuple[dict[str, str], set[str], set[str]]] = [
    ({"_summary": "true"}, {"name", "gender", "birthDate", "identifier"}, {"text", "contact"}),
    ({"_summary": "text"}, {"text"}, {"name", "gender", "contact"}),
    ({"_summary": "data"}, {"name", "gender", "contact"}, {"text"}),
    ({"_elements": "gender,birthDate"}, {"gender", "birthDate"}, {"name", "text", "contact"}),
    ({"_elements": "gender"}, {"gender"}, {"birthDate", "name"}),
    ({"_summary": "false"}, {"text", "name", "contact", "gender"}, set()),
]


@pytest.fixture(scope="module")
def narrated() -> dict[str, Any]:
    """A resident with a narrative and a contact."""
    div = '<div xmlns="http://www.w3.org/1999/xhtml">陈晨</div>'
    return {
        "resourceType": "Patient",
        "id": "narrated",
        "text": {"status": "generated", "div": div},
        "identifier": [{"system": "http://example.org/x", "value": "1"}],
        "name": [{"text": "陈晨"}],
        "gender": "female",
        "birthDate": "1999-09-09",
        "contact": [{"name": {"text": "陈父"}}],
        "managingOrganization": {"reference": "Organization/station-1"},
    }


@pytest.mark.parametrize(("params", "there", "absent"), SUBSETS)
def test_a_resource_can_be_shown_in_part(
    gp: Client,
    narrated: dict[str, Any],
    params: dict[str, str],
    there: set[str],
    absent: set[str],
) -> None:
    assert gp.put("Patient/narrated", narrated).status_code in (200, 201)
    read = gp.get("Patient/narrated", params=params).json()
    found = entries(gp.search("Patient", ("_id", "narrated"), *params.items()))[0]
    old = gp.get("Patient/narrated/_history/1", params=params).json()
    for body in (read, found, old):
        assert there <= set(body)
        assert not absent & set(body)
        assert (body["resourceType"], body["id"]) == ("Patient", "narrated")
        tags = [tag["code"] for tag in body["meta"].get("tag", [])]
        assert tags == ([] if params == {"_summary": "false"} else ["SUBSETTED"])


def test_mandatory_elements_stay_in_every_part(gp: Client) -> None:
    shown = gp.get("Observation/li-na-8480-6?_elements=subject").json()
    assert {"status", "code", "subject"} <= set(shown)
    assert "valueQuantity" not in shown


def test_a_count_shows_no_resource(gp: Client) -> None:
    bundle = gp.search("Observation", ("patient", "zhang-wei"), ("_summary", "count")).json()
    assert bundle["total"] == 2
    assert "entry" not in bundle


def test_large_answers_are_compressed_for_those_who_understand_it(gp: Client) -> None:
    plain = gp.get("Observation?_count=50", headers={"Accept-Encoding": "identity"})
    packed = gp.get("Observation?_count=50", headers={"Accept-Encoding": "gzip, deflate"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 2
    same = (answer.json()["entry"] for answer in (plain, packed))
    assert next(same) == next(same)


def test_caches_are_told_that_the_encoding_varies(gp: Client) -> None:
    for encoding in ("identity", "gzip"):
        answer = gp.get("metadata", headers={"Accept-Encoding": encoding})
        assert "accept-encoding" in answer.headers.get("Vary", "").lower()


def test_gzip_may_be_refused_by_weight(gp: Client) -> None:
    answer = gp.get("metadata", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in answer.headers


def test_a_compressed_body_is_refused_clearly(gp: Client) -> None:
    body = json.dumps(
        {
            "resourceType": "Patient",
            "name": [{"text": "压缩"}],
            "managingOrganization": {"reference": "Organization/station-1"},
        }
    ).encode()
    answer = gp.post("Patient", gzip.compress(body), headers={"Content-Encoding": "gzip"})
    refusal(answer, 415)
    refusal(gp.post("Patient", body, headers={"Content-Encoding": "br"}), 415)


CONTENTS: list[tuple[str, str, int]] = [
    ("POST", "application/fhir+json", 201),
    ("POST", "application/json; charset=utf-8", 201),
    ("POST", "text/json", 201),
    ("POST", "application/fhir+xml", 415),
    ("POST", "text/plain", 415),
    ("POST", "", 415),
    ("PUT", "application/xml", 415),
    ("PATCH", "application/json-patch+json", 200),
    ("PATCH", "application/json", 415),
    ("PATCH", "application/fhir+json", 415),
    ("PATCH", "application/merge-patch+json", 415),
]


@pytest.mark.parametrize(("method", "content", "status"), CONTENTS)
def test_what_is_sent_must_be_json(gp: Client, method: str, content: str, status: int) -> None:
    resident = {
        "resourceType": "Patient",
        "name": [{"text": "内容"}],
        "managingOrganization": {"reference": "Organization/station-1"},
    }
    body: Any = [{"op": "add", "path": "/active", "value": True}] if method == "PATCH" else resident
    path = "Patient" if method == "POST" else "Patient/zhang-wei"
    answer = gp.request(method, path, body, headers={"Content-Type": content})
    assert answer.status_code == status, answer.text
    if status == 415:
        refusal(answer, 415)


def test_the_answers_addresses_are_those_that_were_asked(gp: Client) -> None:
    answer = gp.get("Patient?_id=li-na")
    assert answer.json()["entry"][0]["fullUrl"] == f"{BASE}/Patient/li-na"
    assert answer.json()["link"][0]["url"] == f"{BASE}/Patient?_id=li-na"
