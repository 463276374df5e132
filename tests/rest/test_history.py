"""The histories of a resource and of a type (R4 3.1.0.12)."""

from typing import Any

import pytest

from tests.cast import draft, patient
from tests.support.answers import address_of, link, refusal
from tests.support.house import Client, OpenHouse


@pytest.fixture
def changed(house: OpenHouse, gp: Client) -> str:
    """The address of a resident with four versions, an hour apart, and a deletion."""
    at = address_of(gp.post("Patient", draft(patient("郑一", "male", "1960-06-06"))))
    for number in range(2, 5):
        house.clock.advance(hours=1)
        body = draft(patient(f"郑{number}", "male", "1960-06-06", id=at.split("/")[1]))
        assert gp.put(at, body).status_code == 200
    house.clock.advance(hours=1)
    assert gp.delete(at).status_code == 204
    return at


def versions(bundle: Any) -> list[str]:
    return [entry["response"]["etag"] for entry in bundle.get("entry", [])]


def test_every_version_is_told_newest_first(gp: Client, changed: str) -> None:
    bundle = gp.get(f"{changed}/_history").json()
    assert bundle["type"] == "history"
    assert versions(bundle) == ['W/"5"', 'W/"4"', 'W/"3"', 'W/"2"', 'W/"1"']
    requests = [(e["request"]["method"], e["response"]["status"][:3]) for e in bundle["entry"]]
    assert requests == [("DELETE", "204"), *[("PUT", "200")] * 3, ("POST", "201")]
    assert "resource" not in bundle["entry"][0]
    for entry in bundle["entry"][1:]:
        version = entry["resource"]["meta"]["versionId"]
        assert gp.get(f"{changed}/_history/{version}").json() == entry["resource"]
        assert entry["response"]["lastModified"]
        assert entry["fullUrl"].endswith(changed)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_a_history_is_paged(gp: Client, changed: str, count: int) -> None:
    found, url = [], f"{changed}/_history?_count={count}"
    while url:
        page = gp.get(url)
        found += versions(page.json())
        assert len(versions(page.json())) <= count
        url = link(page, "next") or ""
    assert found == ['W/"5"', 'W/"4"', 'W/"3"', 'W/"2"', 'W/"1"']


def test_since_leaves_out_what_was_before(gp: Client, changed: str) -> None:
    stamps = [e["response"]["lastModified"] for e in gp.get(f"{changed}/_history").json()["entry"]]
    since = gp.get(f"{changed}/_history", params={"_since": stamps[1]}).json()
    assert versions(since) == ['W/"5"', 'W/"4"']


def test_a_types_history_holds_the_versions_of_all(gp: Client, changed: str) -> None:
    bundle = gp.get("Patient/_history?_count=500").json()
    mine = [e for e in bundle["entry"] if e["fullUrl"].endswith(changed)]
    assert [e["response"]["etag"] for e in mine] == [f'W/"{n}"' for n in (5, 4, 3, 2, 1)]
    seeded = {e["fullUrl"].rpartition("/")[2] for e in bundle["entry"]}
    assert {"wang-xiaoming", "li-na", "zhang-wei"} <= seeded
    stamps = [e["response"]["lastModified"] for e in bundle["entry"]]
    assert stamps == sorted(stamps, reverse=True)


def test_a_types_history_is_paged_without_gap_or_repetition(gp: Client, changed: str) -> None:
    def of(bundle: Any) -> list[tuple[str, str]]:
        return [(e["fullUrl"], e["response"]["etag"]) for e in bundle.get("entry", [])]

    whole = of(gp.get("Patient/_history?_count=500").json())
    found, url = [], "Patient/_history?_count=3"
    while url:
        page = gp.get(url)
        found += of(page.json())
        url = link(page, "next") or ""
    assert found == whole


REFUSED = [
    ("Patient/nobody/_history", 404),
    ("Patient/li-na/_history?_count=many", 400),
    ("Patient/li-na/_history?_since=yesterday", 400),
    ("Patient/li-na/_history?_cursor=AAAA", 400),
    ("Patient/li-na/_history/0", 404),
    ("Patient/li-na/_history/x", 400),
    ("Patient/li-na/_history/1/2", 404),
    ("Patient/li-na/_past", 404),
]


@pytest.mark.parametrize(("path", "status"), REFUSED)
def test_histories_that_cannot_be_told(gp: Client, path: str, status: int) -> None:
    refusal(gp.get(path), status)
