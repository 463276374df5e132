"""Nobody sees anything of a record that is not theirs, by whatever route they come."""

from collections.abc import Iterator
from typing import Any

import pytest

from kernel.declare.resource import Scope
from kernel.fhir.store import Draft, save_all
from tests.cast import RESIDENTS, draft, observation, to
from tests.conformance.samples import SPECS, WRITTEN, kept_by_station_1, sampled
from tests.support.answers import entries, ids, refusal
from tests.support.house import Client, OpenHouse

KEPT = [
    type_
    for type_ in WRITTEN
    if SPECS[type_].scope is not Scope.DIRECTORY and type_ != "Subscription"
]
"""A Subscription is its author's alone, and no doctor's to read: tests/subscriptions."""
STRANGERS = ("gp2", "coord1")
NUMBER = RESIDENTS["li-na"]["identifier"][0]["value"]
SECRETS = ("urn:secret", "李娜", NUMBER, "13900010002", "青霉素过敏 li-na")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def secret_id(type_: str) -> str:
    return f"kept-{type_.lower()}"


@pytest.fixture(scope="module")
def kept(house: OpenHouse) -> OpenHouse:
    """A station-1 that keeps something of every type, in two versions."""
    bodies = [kept_by_station_1(sampled()[type_], secret_id(type_)) for type_ in KEPT]
    for _ in range(2):
        with house.station.write() as work:
            save_all(work, [Draft(body, body["id"]) for body in bodies])
    gp1 = house.client("gp1")
    for type_ in KEPT:
        shown = gp1.get(f"{type_}/{secret_id(type_)}")
        assert "urn:secret" in shown.text, type_
    return house


@pytest.fixture(params=STRANGERS)
def stranger(request: pytest.FixtureRequest, kept: OpenHouse) -> Client:
    return kept.client(request.param)


def reads(type_: str) -> Iterator[str]:
    id_ = secret_id(type_)
    yield from (f"{type_}/{id_}", f"{type_}/{id_}/_history/1", f"{type_}/{id_}/_history/2")
    yield f"{type_}/{id_}/_history"


@pytest.mark.parametrize("type_", KEPT)
def test_by_address(stranger: Client, type_: str) -> None:
    unknown = stranger.get(f"{type_}/nobody-has-this").text
    for path in reads(type_):
        answer = stranger.get(path)
        refusal(answer, 404)
        assert not any(secret in answer.text for secret in SECRETS)
    shown = stranger.get(f"{type_}/{secret_id(type_)}").text
    assert shown.replace(secret_id(type_), "nobody-has-this") == unknown


def searches(type_: str) -> Iterator[list[tuple[str, str]]]:
    id_ = secret_id(type_)
    yield [("_count", "500")]
    yield [("_id", id_)]
    yield [("_lastUpdated", "gt2000")]
    if SPECS[type_].patient != "id":
        names = {"patient", "subject", "managing-entity", "target"} & set(SPECS[type_].by_name)
        for name in sorted(names):
            target = "Organization/station-1" if name == "managing-entity" else "Patient/li-na"
            yield [(name, target)]
    if "patient" in SPECS[type_].by_name:
        yield [("patient.name", "李娜")]
        yield [("patient.identifier", NUMBER)]
        yield [("patient._id", "li-na")]


@pytest.mark.parametrize("type_", KEPT)
def test_by_search_and_count(stranger: Client, type_: str) -> None:
    for query in searches(type_):
        for more in ([("_sort", "-_lastUpdated")], [("_total", "accurate")]):
            answer = stranger.search(type_, *query, *more)
            found = entries(answer)
            assert not {r["id"] for r in found} & {secret_id(type_), "li-na", "wang-xiaoming"}
            assert not any(secret in answer.text for secret in SECRETS if secret not in str(query))
            if more[0][0] == "_total" and ("_count", "500") not in query:
                assert answer.json()["total"] == len(found)
        if query[0][0] not in ("_count", "_lastUpdated"):
            assert stranger.search(type_, *query, ("_count", "0")).json()["total"] == 0
            posted = "&".join(f"{n}={v}" for n, v in query).encode()
            assert ids(stranger.post(f"{type_}/_search", posted, headers=FORM)) == []


@pytest.mark.parametrize("type_", KEPT)
def test_by_the_history_of_a_type(stranger: Client, type_: str) -> None:
    answer = stranger.get(f"{type_}/_history?_count=500")
    assert answer.status_code == 200
    assert not any(secret in answer.text for secret in (*SECRETS, secret_id(type_)))


REVERSE = [
    ("_revinclude", f"{type_}:{param.name}")
    for type_ in KEPT
    for param in SPECS[type_].params
    if str(param.kind) == "reference"
]


@pytest.mark.parametrize("type_", ["Organization", "Practitioner", "Medication", "Patient"])
def test_by_reverse_includes_from_what_everybody_sees(stranger: Client, type_: str) -> None:
    for start in range(0, len(REVERSE), 40):
        answer = stranger.search(type_, ("_count", "100"), *REVERSE[start : start + 40])
        assert answer.status_code == 200
        assert not any(secret in answer.text for secret in SECRETS)


def test_by_include_from_an_own_record(kept: OpenHouse) -> None:
    """A reference of one's own record to a stranger's brings nothing along."""
    body = {**observation("zhao-lei", "1-1", 1, "1", "2026-01-01"), "id": "pointing"}
    body["derivedFrom"] = [to("Observation", "li-na-8480-6")]
    with kept.station.write() as work:
        save_all(work, [Draft(body, "pointing")])
    gp2 = kept.client("gp2")
    answer = gp2.search(
        "Observation", ("_id", "pointing"), ("_include", "Observation:derived-from")
    )
    assert (ids(answer), entries(answer, "include")) == (["pointing"], [])
    chained = gp2.search("Observation", ("derived-from:Observation.code", "8480-6"))
    assert ids(chained) == []


def test_by_everything(stranger: Client) -> None:
    for method in ("GET", "POST"):
        refusal(stranger.request(method, "Patient/li-na/$everything"), 404)


def bundled(kind: str, method: str, url: str, resource: Any = None, **more: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"request": {"method": method, "url": url, **more}}
    if resource is not None:
        entry["resource"] = resource
    return {"resourceType": "Bundle", "type": kind, "entry": [entry]}


@pytest.mark.parametrize("kind", ["batch", "transaction"])
@pytest.mark.parametrize(
    "url",
    [
        "Patient/li-na",
        "Patient/li-na/_history/1",
        "Patient/li-na/_history",
        "Patient?_id=li-na",
        "Patient/li-na/$everything",
        "Patient/_history?_count=100",
        "Observation?patient=li-na&_include=Observation:patient",
    ],
)
def test_by_bundles(stranger: Client, kind: str, url: str) -> None:
    answer = stranger.post("", bundled(kind, "GET", url))
    assert not any(secret in answer.text for secret in SECRETS)
    if answer.status_code == 200:
        shown = answer.json()["entry"][0]
        assert (
            shown["response"]["status"][:3] == "404"
            or not shown["resource"].get("entry")
            or "li-na" not in str(shown["resource"]["entry"])
        )


TRIES: list[tuple[str, str, Any, dict[str, str]]] = [
    ("PUT", "Patient/li-na", {**RESIDENTS["zhao-lei"], "id": "li-na"}, {}),
    ("PATCH", "Patient/li-na", [{"op": "test", "path": "/gender", "value": "male"}], {}),
    ("DELETE", "Patient/li-na", None, {}),
    ("DELETE", "Observation/li-na-8480-6", None, {}),
    ("POST", "Observation", observation("li-na", "1-2", 1, "1", "2026-01-01"), {}),
    ("PUT", "Patient/li-na", {**RESIDENTS["li-na"], "id": "li-na"}, {"If-Match": 'W/"1"'}),
]


@pytest.mark.parametrize(("method", "path", "body", "headers"), TRIES)
def test_by_writing(
    kept: OpenHouse, method: str, path: str, body: Any, headers: dict[str, str]
) -> None:
    before = kept.client("gp1").get("Patient/li-na").content
    answer = kept.client("gp2").request(method, path, body, headers=headers)
    assert answer.status_code in (404, 422), answer.text
    assert "Location" not in answer.headers
    assert "ETag" not in answer.headers
    assert not any(secret in answer.text for secret in SECRETS)
    assert kept.client("gp1").get("Patient/li-na").content == before


def test_by_conditions(kept: OpenHouse) -> None:
    """A condition that a stranger's record meets finds nothing, and says nothing about it."""
    gp2 = kept.client("gp2")
    mine = {
        **draft(RESIDENTS["li-na"]),
        "name": [{"text": "同号"}],
        "managingOrganization": to("Organization", "station-2"),
    }
    condition = f"identifier={NUMBER}"
    created = gp2.post("Patient", mine, headers={"If-None-Exist": condition})
    assert created.status_code == 201
    assert "li-na" not in created.headers["Location"]
    assert gp2.delete(f"Patient/{created.json()['id']}").status_code == 204
    updated = gp2.put(f"Patient?{condition}", mine)
    assert updated.status_code == 201
    assert gp2.delete(f"Patient/{updated.json()['id']}").status_code == 204
    body = observation("x", "1-3", 1, "1", "2026-01-01")
    body["subject"] = {"reference": f"Patient?{condition}"}
    answer = gp2.post("", bundled("transaction", "POST", "Observation", body))
    refusal(answer, 412)
    assert not any(secret in answer.text for secret in SECRETS if secret != NUMBER)


def test_the_grant_of_one_record_shows_exactly_that_until_it_ends(kept: OpenHouse) -> None:
    coordinator = kept.client("coord1")
    assert ids(coordinator.search("Patient")) == []
    kept.grant("wang-xiaoming", "hospital-1", days=30)
    assert ids(coordinator.search("Patient")) == ["wang-xiaoming"]
    assert coordinator.get("Patient/wang-xiaoming").status_code == 200
    seen = entries(coordinator.get("Patient/wang-xiaoming/$everything"))
    assert len(seen) == 6
    shown = {one["resourceType"] for one in seen}
    assert "EpisodeOfCare" not in shown, "what was disclosed, not the whole file"
    measured = entries(coordinator.search("Observation", ("_count", "500")))
    assert {m["subject"]["reference"] for m in measured} == {"Patient/wang-xiaoming"}
    assert coordinator.get("Observation/wang-xiaoming-8480-6/_history").status_code == 200
    refusal(coordinator.get("Patient/li-na"), 404)
    assert ids(kept.client("coord2").search("Patient")) == []
    refusal(
        coordinator.put(
            "Patient/wang-xiaoming", {**RESIDENTS["wang-xiaoming"], "id": "wang-xiaoming"}
        ),
        403,
    )
    kept.clock.advance(days=31)
    kept.known_tokens.clear()
    coordinator = kept.client("coord1")
    assert ids(coordinator.search("Patient")) == []
    for path in ("Patient/wang-xiaoming", "Patient/wang-xiaoming/$everything"):
        refusal(coordinator.get(path), 404)
