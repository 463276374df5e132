"""Several clients at the same moment, at a served station."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.cast import patient
from tests.support.serving import ServedHouse

RACERS = 8
SYSTEM = "http://example.org/races"
HEADERS = {"Content-Type": "application/fhir+json"}


def resident(number: str) -> dict[str, Any]:
    return patient("赛跑", "male", "1990-01-01", identifier=[{"system": SYSTEM, "value": number}])


@pytest.mark.parametrize("round_", range(3))
def test_of_eight_racing_conditional_creates_one_creates(served: ServedHouse, round_: int) -> None:
    condition = f"identifier={SYSTEM}|race-{round_}"
    with served.client() as client, ThreadPoolExecutor(RACERS) as pool:

        def race(_: int) -> Any:
            headers = {**HEADERS, "If-None-Exist": condition}
            return client.post("Patient", json=resident(f"race-{round_}"), headers=headers)

        answers = list(pool.map(race, range(RACERS)))
        assert sorted(a.status_code for a in answers) == [200] * (RACERS - 1) + [201]
        assert len({a.json()["id"] for a in answers}) == 1
        found = client.get("Patient", params={"identifier": f"{SYSTEM}|race-{round_}"}).json()
        assert len(found["entry"]) == 1


def test_of_eight_racing_conditional_updates_one_creates(served: ServedHouse) -> None:
    with served.client() as client, ThreadPoolExecutor(RACERS) as pool:

        def race(_: int) -> Any:
            path = f"Patient?identifier={SYSTEM}|upsert"
            return client.put(path, json=resident("upsert"), headers=HEADERS)

        answers = list(pool.map(race, range(RACERS)))
        assert sorted(a.status_code for a in answers) == [200] * (RACERS - 1) + [201]
        versions = sorted(int(a.json()["meta"]["versionId"]) for a in answers)
        assert versions == list(range(1, RACERS + 1))


def test_of_eight_racing_updates_with_the_same_version_one_wins(served: ServedHouse) -> None:
    with served.client() as client, ThreadPoolExecutor(RACERS) as pool:
        at = "Patient/zhang-wei"
        current = client.get(at)
        headers = {**HEADERS, "If-Match": current.headers["ETag"]}

        def race(n: int) -> int:
            body = {**current.json(), "multipleBirthInteger": n + 1}
            return client.put(at, json=body, headers=headers).status_code

        statuses = sorted(pool.map(race, range(RACERS)))
        assert statuses == [200] + [412] * (RACERS - 1)
        assert client.get(at).headers["ETag"] == 'W/"2"'


def test_updates_without_a_version_all_succeed_or_say_so(served: ServedHouse) -> None:
    """A lost race without If-Match may be answered by 412 or 409, never by a lost version."""
    with served.client() as client, ThreadPoolExecutor(RACERS) as pool:

        def race(n: int) -> int:
            body = {**resident("free"), "id": "free", "multipleBirthInteger": n + 1}
            return client.put("Patient/free", json=body, headers=HEADERS).status_code

        statuses = list(pool.map(race, range(RACERS)))
        assert set(statuses) <= {200, 201, 409, 412}
        done = sum(status < 300 for status in statuses)
        history = client.get("Patient/free/_history").json()
        assert [e["response"]["etag"] for e in history["entry"]] == [
            f'W/"{n}"' for n in range(done, 0, -1)
        ]


@pytest.mark.parametrize("round_", range(3))
def test_of_three_racing_updates_without_a_version_all_are_kept(
    served: ServedHouse, round_: int
) -> None:
    """The last write wins: who is overtaken writes again behind the other."""
    with served.client() as client, ThreadPoolExecutor(3) as pool:
        at = f"Patient/last-wins-{round_}"
        first = {**resident(f"last-wins-{round_}"), "id": at.split("/")[1]}
        assert client.put(at, json=first, headers=HEADERS).status_code == 201

        def race(n: int) -> Any:
            return client.put(at, json={**first, "multipleBirthInteger": n + 1}, headers=HEADERS)

        answers = list(pool.map(race, range(3)))
        assert [a.status_code for a in answers] == [200] * 3
        assert {a.headers["ETag"] for a in answers} == {f'W/"{n}"' for n in (2, 3, 4)}
        last = max(answers, key=lambda a: str(a.headers["ETag"]))
        assert client.get(at).json() == last.json()
