"""If-Match, If-None-Match, If-None-Exist and conditional updates (R4 3.1.0.4–8)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from kernel.canonical import CITIZEN_ID
from tests.cast import draft, numbered, patient
from tests.support.answers import address_of, ids, refusal
from tests.support.house import BASE, Client

SYSTEM = "http://example.org/records"


def resident(number: str) -> dict[str, Any]:
    numbers = [{"system": SYSTEM, "value": number}]
    return draft(patient("钱进", "male", "1977-07-07", identifier=numbers))


@pytest.fixture
def twice(gp: Client) -> str:
    """The address of a resident at version 2."""
    at = address_of(gp.post("Patient", resident("twice")))
    assert gp.put(at, {**resident("twice"), "id": at.split("/")[1]}).status_code == 200
    return at


MATCHES = [('W/"2"', 200), ('"2"', 200), ("2", 200), ("*", 200), (' W/"2" ', 200)]
MATCHES += [('W/"1"', 412), ('"1"', 412), ("1", 412), ('W/"3"', 412)]
MATCHES += [("two", 400), ('W/"2", W/"3"', 400), ("", 400), ("-2", 400)]


@pytest.mark.parametrize(("match", "status"), MATCHES)
def test_if_match_guards_every_kind_of_change(
    gp: Client, twice: str, match: str, status: int
) -> None:
    headers, body = {"If-Match": match}, {**resident("twice"), "id": twice.split("/")[1]}
    operations = [{"op": "add", "path": "/active", "value": True}]
    changes: dict[str, Callable[[], Any]] = {
        "PUT": lambda: gp.put(twice, body, headers=headers),
        "PATCH": lambda: gp.patch(twice, operations, headers=headers),
        "DELETE": lambda: gp.delete(twice, headers=headers),
    }
    if status == 200:
        assert changes["PUT"]().status_code == 200
        return
    for change in changes.values():
        refusal(change(), status)
    assert gp.get(twice).headers["ETag"] == 'W/"2"'


def test_patch_and_delete_take_a_matching_version(gp: Client, twice: str) -> None:
    headers = {"If-Match": 'W/"2"'}
    operations = [{"op": "add", "path": "/active", "value": True}]
    assert gp.patch(twice, operations, headers=headers).headers["ETag"] == 'W/"3"'
    refusal(gp.delete(twice, headers=headers), 412)
    assert gp.delete(twice, headers={"If-Match": 'W/"3"'}).status_code == 204


def test_if_match_on_what_is_not_there_creates_nothing(gp: Client) -> None:
    body = {**resident("nobody"), "id": "nobody-yet"}
    refusal(gp.put("Patient/nobody-yet", body, headers={"If-Match": 'W/"1"'}), 412)
    refusal(gp.get("Patient/nobody-yet"), 404)


NONE_MATCHES = [('W/"2"', 304), ('"2"', 304), ('W/"1", W/"2"', 304), ("*", 304), ('W/"1"', 200)]


@pytest.mark.parametrize(("tags", "status"), NONE_MATCHES)
def test_what_is_known_already_is_not_sent_again(
    gp: Client, twice: str, tags: str, status: int
) -> None:
    answer = gp.get(twice, headers={"If-None-Match": tags})
    assert answer.status_code == status
    assert answer.headers["ETag"] == 'W/"2"'
    assert bool(answer.content) == (status == 200)


def test_not_modified_since_is_304(gp: Client, twice: str) -> None:
    known = gp.get(twice).headers["Last-Modified"]
    assert gp.get(twice, headers={"If-Modified-Since": known}).status_code == 304
    before = "Sun, 22 Nov 2026 01:05:00 GMT"
    assert gp.get(twice, headers={"If-Modified-Since": before}).status_code == 200


def conditions(number: str) -> dict[str, str]:
    """The same condition as different clients write it."""
    token = quote(f"{SYSTEM}|{number}", safe="")
    return {
        "plain": f"identifier={SYSTEM}|{number}",
        "encoded": f"identifier={token}",
        "with a question mark": f"?identifier={token}",
        "with the type": f"Patient?identifier={token}",
        "absolute": f"{BASE}/Patient?identifier={token}",
    }


@pytest.mark.parametrize("form", list(conditions("")))
def test_if_none_exist_creates_once(gp: Client, form: str) -> None:
    number = f"once-{form.replace(' ', '-')}"
    headers = {"If-None-Exist": conditions(number)[form]}
    first = gp.post("Patient", resident(number), headers=headers)
    second = gp.post("Patient", resident(number), headers=headers)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["Location"] == first.headers["Location"]
    assert second.content == first.content
    assert len(ids(gp.search("Patient", ("identifier", f"{SYSTEM}|{number}")))) == 1


def test_a_condition_that_several_meet_is_refused(gp: Client) -> None:
    for _ in range(2):
        assert gp.post("Patient", resident("several")).status_code == 201
    condition = f"identifier={SYSTEM}|several"
    body = resident("several")
    created = gp.post("Patient", body, headers={"If-None-Exist": condition})
    assert refusal(created, 412)[0]["code"] == "multiple-matches"
    updated = gp.put(f"Patient?{condition}", body)
    assert refusal(updated, 412)[0]["code"] == "multiple-matches"


@pytest.mark.parametrize("condition", ["", "?", "nonsense=1", "_count=1", "identifier="])
def test_a_condition_must_say_something(gp: Client, condition: str) -> None:
    refusal(gp.post("Patient", resident("x"), headers={"If-None-Exist": condition}), 400)
    if condition.strip("?"):
        refusal(gp.put(f"Patient?{condition}", resident("x")), 400)


def test_a_conditional_update_creates_first_and_updates_then(gp: Client) -> None:
    condition = f"Patient?identifier={SYSTEM}|upsert"
    created = gp.put(condition, resident("upsert"))
    assert (created.status_code, created.headers["ETag"]) == (201, 'W/"1"')
    updated = gp.put(condition, {**resident("upsert"), "active": True})
    assert (updated.status_code, updated.headers["ETag"]) == (200, 'W/"2"')
    assert updated.json()["id"] == created.json()["id"]
    stale = gp.put(condition, resident("upsert"), headers={"If-Match": 'W/"1"'})
    refusal(stale, 412)
    other = gp.put(condition, {**resident("upsert"), "id": "somebody-else"})
    assert "Patient.id" in refusal(other, 400)[0]["expression"]


def test_a_conditional_update_may_choose_the_id(gp: Client) -> None:
    body = {**resident("chosen"), "id": "chosen-id"}
    created = gp.put(f"Patient?identifier={SYSTEM}|chosen", body)
    assert (created.status_code, created.json()["id"]) == (201, "chosen-id")


def test_an_identity_number_as_condition_finds_the_resident(gp: Client) -> None:
    body = numbered(patient("王小明", "male", "1985-03-12"), "37990019850312001", "13900010001")
    number = body["identifier"][0]["value"]
    headers = {"If-None-Exist": f"identifier={CITIZEN_ID}|{number}"}
    answer = gp.post("Patient", body, headers=headers)
    assert (answer.status_code, address_of(answer)) == (200, "Patient/wang-xiaoming")
