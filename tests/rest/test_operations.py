"""`Patient/$everything` and `$validate`."""

from typing import Any

import pytest

from tests.cast import patient
from tests.support.answers import address_of, entries, link, pages, refusal
from tests.support.house import Client, OpenHouse

RECORD = {
    "Encounter/li-na-visit",
    "Observation/li-na-8480-6",
    "Observation/li-na-8462-4",
    "Condition/li-na-i10",
    "AllergyIntolerance/li-na-allergy",
    "EpisodeOfCare/li-na-kept",
}


def names(resources: list[dict[str, Any]]) -> list[str]:
    return [f"{r['resourceType']}/{r['id']}" for r in resources]


def test_everything_begins_with_the_resident(gp: Client) -> None:
    found = names(entries(gp.get("Patient/li-na/$everything")))
    assert found[0] == "Patient/li-na"
    assert set(found[1:]) == RECORD
    assert len(found) == len(set(found))
    posted = gp.request("POST", "Patient/li-na/$everything", b"")
    assert names(entries(posted)) == found


def test_the_directory_comes_along(gp: Client) -> None:
    included = names(entries(gp.get("Patient/li-na/$everything"), "include"))
    assert included == ["Organization/station-1"]


@pytest.mark.parametrize("count", [1, 2, 4, 100])
def test_everything_is_paged(gp: Client, count: int) -> None:
    found = pages(gp, f"Patient/li-na/$everything?_count={count}")
    shown = [name for page in found for name in names(entries(page))]
    assert len(shown) == len(set(shown))
    assert set(shown) == {"Patient/li-na", *RECORD}
    assert all(len(entries(page)) <= count + 1 for page in found)


def test_everything_may_be_narrowed(house: OpenHouse, gp: Client) -> None:
    types = gp.get("Patient/li-na/$everything?_type=Observation,Condition")
    assert set(names(entries(types))) == {n for n in RECORD if n[0] in "OC"}
    house.clock.advance(days=2)
    changed = gp.get("Condition/li-na-i10").json()
    assert gp.put("Condition/li-na-i10", changed).status_code == 200
    since = gp.get("Patient/li-na/$everything?_since=2026-11-24")
    assert "Condition/li-na-i10" in names(entries(since))
    assert "Encounter/li-na-visit" not in names(entries(since))


REFUSED = [
    ("Patient/nobody/$everything", 404),
    ("Patient/zhao-lei/$everything", 404),
    ("Patient/$everything", 404),
    ("Observation/li-na-8480-6/$everything", 404),
    ("Patient/li-na/$everything?_count=0", 400),
    ("Patient/li-na/$everything?_since=then", 400),
    ("Patient/li-na/$everything?start=2026", 400),
    ("Patient/li-na/$everything?_cursor=abc", 400),
]


@pytest.mark.parametrize(("path", "status"), REFUSED)
def test_everything_that_cannot_be_told(gp: Client, path: str, status: int) -> None:
    answer = gp.get(path)
    assert answer.status_code in (status, 400), answer.text
    refusal(answer, answer.status_code)


def test_the_page_of_one_resident_is_not_anothers(gp: Client) -> None:
    following = link(gp.get("Patient/li-na/$everything?_count=1"), "next")
    assert following is not None
    refusal(gp.get(following.replace("Patient/li-na", "Patient/zhang-wei")), 404)


GOOD = patient("验证", "male", "1999-01-01")
VALIDATED: list[tuple[str, Any, bool]] = [
    ("Patient/$validate", GOOD, True),
    ("Patient/$validate", {**GOOD, "gender": "robot"}, False),
    ("Patient/$validate?mode=create", GOOD, True),
    ("Patient/$validate", {"resourceType": "Observation", "status": "final"}, False),
    (
        "Patient/$validate",
        {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": GOOD}]},
        True,
    ),
    (
        "Patient/$validate",
        {
            "resourceType": "Parameters",
            "parameter": [{"name": "resource", "resource": {**GOOD, "gender": "x"}}],
        },
        False,
    ),
    ("Patient/li-na/$validate", {**GOOD, "id": "li-na"}, True),
    ("Patient/li-na/$validate", {**GOOD, "id": "other"}, False),
]


@pytest.mark.parametrize(("path", "body", "valid"), VALIDATED)
def test_validation_tells_and_stores_nothing(gp: Client, path: str, body: Any, valid: bool) -> None:
    before = gp.get("Patient?_count=0").json()["total"]
    answer = gp.post(path, body)
    assert answer.status_code == 200
    severities = {issue["severity"] for issue in answer.json()["issue"]}
    assert ("error" in severities) == (not valid)
    assert gp.get("Patient?_count=0").json()["total"] == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"resourceType":"Parameters"}'])
def test_validation_needs_something_to_validate(gp: Client, body: bytes) -> None:
    answer = gp.post("Patient/$validate", body)
    if answer.status_code == 200:
        assert answer.json()["issue"][0]["severity"] == "error"
    else:
        refusal(answer, 400)


def test_deleting_may_be_asked_about(house: OpenHouse, gp: Client) -> None:
    at = address_of(gp.post("Patient", GOOD))
    assert gp.get(f"{at}/$validate?mode=delete").status_code == 200
    assert gp.get(at).status_code == 200
    refusal(house.client("coord1").get(f"{at}/$validate?mode=delete"), 403)
