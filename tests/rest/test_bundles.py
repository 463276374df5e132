"""Batches and transactions (R4 3.1.0.11)."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.cast import draft, encounter, observation, patient, to
from tests.support.answers import address_of, ids, refusal
from tests.support.house import BASE, Client, OpenHouse

SYSTEM = "http://example.org/bundles"
NINE = "2026-11-23T09:00:00+08:00"


def entry(method: str, url: str, resource: Any = None, full_url: str = "", **more: Any) -> Any:
    """An entry of a Bundle."""
    found: dict[str, Any] = {"request": {"method": method, "url": url, **more}}
    if resource is not None:
        found["resource"] = resource
    if full_url:
        found["fullUrl"] = full_url
    return found


def bundle(kind: str, *entries: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": kind, "entry": list(entries)}


def statuses(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [e["response"]["status"][:3] for e in answer.json()["entry"]]


def locations(answer: Any) -> list[str]:
    """`Type/id` of every entry's location."""
    found = [urlsplit(e["response"]["location"]).path for e in answer.json()["entry"]]
    return ["/".join(path.split("/")[3:5]) for path in found]


def resident(number: str, name: str = "冯远") -> dict[str, Any]:
    numbers = [{"system": SYSTEM, "value": number}]
    return draft(patient(name, "male", "1971-01-01", identifier=numbers))


def known(gp: Client, number: str) -> list[str]:
    return ids(gp.search("Patient", ("identifier", f"{SYSTEM}|{number}")))


def visit(number: str) -> dict[str, Any]:
    """A new resident with a visit and six measurements, which refer to each other."""
    person, seen = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    measured = [
        {
            **observation("x", f"code-{n}", n, "1", NINE),
            "subject": {"reference": person},
            "encounter": {"reference": seen},
        }
        for n in range(6)
    ]
    return bundle(
        "transaction",
        *(entry("POST", "Observation", body) for body in measured),
        entry(
            "POST", "Encounter", {**encounter("x", NINE), "subject": {"reference": person}}, seen
        ),
        entry("POST", "Patient", resident(number), person),
    )


def test_a_transaction_links_its_entries_whatever_their_order(gp: Client) -> None:
    answer = gp.post("", visit("linked"))
    assert answer.json()["type"] == "transaction-response"
    assert statuses(answer) == ["201"] * 8
    *measured, seen, person = locations(answer)
    assert [at.split("/")[0] for at in measured] == ["Observation"] * 6
    for at in measured:
        body = gp.get(at).json()
        assert (body["subject"]["reference"], body["encounter"]["reference"]) == (person, seen)
    found = gp.search("Observation", ("encounter", seen), ("_count", "50"))
    assert sorted(ids(found)) == sorted(at.split("/")[1] for at in measured)
    assert answer.json()["entry"][0]["response"]["etag"] == 'W/"1"'
    assert answer.json()["entry"][7]["resource"]["resourceType"] == "Patient"


def test_urls_of_entries_may_be_absolute(gp: Client) -> None:
    answer = gp.post("", bundle("transaction", entry("GET", f"{BASE}/Patient/li-na")))
    assert answer.json()["entry"][0]["resource"]["id"] == "li-na"


BAD_ENTRIES: list[tuple[Any, int, str]] = [
    (entry("POST", "Patient", {**resident("x"), "gender": "robot"}), 422, ".resource.gender"),
    (
        entry("POST", "Observation", observation("nobody", "1", 1, "1", NINE)),
        422,
        "",
    ),
    (entry("PUT", "Patient/li-na", {**resident("x"), "id": "li-na"}, ifMatch='W/"9"'), 412, ""),
    (entry("DELETE", "Patient/nobody"), 404, ""),
    (entry("GET", "Patient/nobody"), 404, ""),
    (entry("GET", "Nothing/1"), 404, ""),
    (entry("PATCH", "Patient/li-na", [{"op": "remove", "path": "/none"}]), 422, ""),
    (entry("POST", "Patient/li-na", resident("x")), 400, ""),
    (entry("PUT", "Patient/zhao-lei", {**resident("x"), "id": "zhao-lei"}), 404, ""),
    (entry("POST", "Organization", {"resourceType": "Organization", "name": "x"}), 403, ""),
    (entry("FLY", "Patient"), 400, ""),
    (entry("GET", ""), 400, ""),
    ({"resource": resident("x")}, 400, ""),
    ("text", 400, ""),
]


@pytest.mark.parametrize(("bad", "status", "path"), BAD_ENTRIES)
@pytest.mark.parametrize("first", [True, False])
def test_one_bad_entry_undoes_a_transaction(
    gp: Client, bad: Any, status: int, path: str, first: bool
) -> None:
    good = [
        entry("POST", "Patient", resident("undone"), f"urn:uuid:{uuid4()}"),
        entry("DELETE", "Patient/li-na/") if status == 0 else entry("GET", "Patient/li-na"),
    ]
    position = 0 if first else len(good)
    good.insert(position, bad)
    before = gp.get("Patient/li-na").content
    issue = refusal(gp.post("", bundle("transaction", *good)), status)[0]
    assert issue.get("expression", [""])[0].startswith(f"Bundle.entry[{position}]{path}"), issue
    assert known(gp, "undone") == []
    assert gp.get("Patient/li-na").content == before


def test_a_transaction_deletes_then_creates_then_updates_then_reads(gp: Client) -> None:
    """R4 3.1.0.11.2: the order of the entries does not matter, that of the verbs does."""
    old = address_of(gp.post("Patient", resident("order")))
    stays = address_of(gp.post("Patient", resident("stays")))
    body = {**resident("stays", "新名"), "id": stays.split("/")[1]}
    answer = gp.post(
        "",
        bundle(
            "transaction",
            entry("GET", f"Patient?identifier={SYSTEM}|order"),
            entry("GET", stays),
            entry("PUT", stays, body),
            entry("POST", "Patient", resident("order"), ifNoneExist=f"identifier={SYSTEM}|order"),
            entry("DELETE", old),
        ),
    )
    assert statuses(answer) == ["200", "200", "200", "201", "204"]
    found, read, updated, created, _ = answer.json()["entry"]
    new = created["resource"]["id"]
    assert [e["resource"]["id"] for e in found["resource"]["entry"]] == [new]
    assert read["resource"] == updated["resource"]
    assert read["resource"]["name"][0]["text"] == "新名"
    refusal(gp.get(old), 410)


def test_a_patch_in_a_transaction_is_a_binary_or_refused_clearly(gp: Client) -> None:
    at = address_of(gp.post("Patient", resident("patched")))
    operations = [{"op": "add", "path": "/active", "value": True}]
    answer = gp.post("", bundle("transaction", entry("PATCH", at, operations)))
    assert statuses(answer) == ["200"]
    assert gp.get(at).json()["active"] is True


def test_conditional_references_are_resolved(gp: Client) -> None:
    assert gp.post("Patient", resident("sought")).status_code == 201
    body = observation("x", "1-1", 1, "1", NINE)
    body["subject"] = {"reference": f"Patient?identifier={SYSTEM}|sought"}
    answer = gp.post("", bundle("transaction", entry("POST", "Observation", body)))
    assert statuses(answer) == ["201"]
    reference = answer.json()["entry"][0]["resource"]["subject"]["reference"]
    assert reference == f"Patient/{known(gp, 'sought')[0]}"


@pytest.mark.parametrize("number", ["nobody", "double"])
def test_a_conditional_reference_must_find_exactly_one(gp: Client, number: str) -> None:
    if number == "double":
        for _ in range(2):
            assert gp.post("Patient", resident("double")).status_code == 201
    body = observation("x", "1-2", 1, "1", NINE)
    body["subject"] = {"reference": f"Patient?identifier={SYSTEM}|{number}"}
    refusal(gp.post("", bundle("transaction", entry("POST", "Observation", body))), 412)


def conditional(number: str) -> dict[str, str]:
    return {"reference": f"Patient?identifier={SYSTEM}|{number}"}


def measured(number: str, code: str) -> dict[str, Any]:
    """A measurement of the resident who has that number, whoever it is."""
    return {**observation("x", code, 1, "1", NINE), "subject": conditional(number)}


def test_a_conditional_reference_finds_what_the_same_transaction_creates(gp: Client) -> None:
    """R4 3.1.0.11.2: conditional references are resolved after everything else."""
    seen = f"urn:uuid:{uuid4()}"
    visited = {**encounter("x", NINE), "subject": conditional("new-1")}
    first = {**measured("new-1", "first"), "encounter": {"reference": seen}}
    relative = {**resident("new-2"), "id": "linked"}
    relative["link"] = [{"other": conditional("new-1"), "type": "seealso"}]
    answer = gp.post(
        "",
        bundle(
            "transaction",
            entry("POST", "Observation", first),
            entry("POST", "Encounter", visited, seen),
            entry("POST", "Patient", resident("new-1")),
            entry("PUT", "Patient/linked", relative),
            entry("POST", "Observation", measured("new-2", "second")),
        ),
    )
    assert statuses(answer) == ["201"] * 5
    observed, visit_at, person, linked, second = locations(answer)
    found = [e["resource"] for e in answer.json()["entry"]]
    assert found[0]["subject"] == found[1]["subject"] == {"reference": person}
    assert found[0]["encounter"] == {"reference": visit_at}
    assert found[3]["link"][0]["other"] == {"reference": person}
    assert (linked, found[4]["subject"]) == ("Patient/linked", {"reference": linked})
    assert ids(gp.search("Observation", ("patient", person))) == [observed.split("/")[1]]
    assert gp.get(second).json() == found[4]


@pytest.mark.parametrize(
    "others",
    [
        [("POST", "Patient", resident("twice-1")), ("POST", "Patient", resident("twice-1"))],
        [("POST", "Patient", resident("wang"))],
        [("PUT", "Patient/renumbered", {**resident("another"), "id": "renumbered"})],
    ],
    ids=["two created", "one there and one created", "its number was changed"],
)
def test_a_conditional_reference_finds_one_when_all_is_done(gp: Client, others: Any) -> None:
    for id_ in ("renumbered", "wang"):
        assert gp.put(f"Patient/{id_}", {**resident(id_), "id": id_}).status_code in (200, 201)
    number = {"Patient/renumbered": "renumbered"}.get(
        others[0][1], others[0][2]["identifier"][0]["value"]
    )
    before = known(gp, number)
    entries = [
        entry("POST", "Observation", measured(number, "never")),
        *(entry(*o) for o in others),
    ]
    issue = refusal(gp.post("", bundle("transaction", *entries)), 412)[0]
    assert issue["expression"] == ["Bundle.entry[0]"]
    assert known(gp, number) == before
    assert ids(gp.search("Observation", ("code", "never"))) == []


def test_conditional_references_that_wait_for_each_other(gp: Client) -> None:
    """What each needs is there only when the other is: refused, and nothing is kept."""
    one = {**resident("round-1"), "link": [{"other": conditional("round-2"), "type": "seealso"}]}
    two = {**resident("round-2"), "link": [{"other": conditional("round-1"), "type": "seealso"}]}
    sent = bundle("transaction", entry("POST", "Patient", one), entry("POST", "Patient", two))
    assert refusal(gp.post("", sent), 412)[0]["code"] == "not-found"
    assert known(gp, "round-1") == known(gp, "round-2") == []


def test_conditional_entries_use_what_is_there(gp: Client) -> None:
    at = address_of(gp.post("Patient", resident("there")))
    person = f"urn:uuid:{uuid4()}"
    measured = {**observation("x", "1-3", 1, "1", NINE), "subject": {"reference": person}}
    answer = gp.post(
        "",
        bundle(
            "transaction",
            entry("POST", "Observation", measured),
            entry(
                "POST",
                "Patient",
                resident("there"),
                person,
                ifNoneExist=f"identifier={SYSTEM}|there",
            ),
        ),
    )
    assert statuses(answer) == ["201", "200"]
    assert answer.json()["entry"][0]["resource"]["subject"]["reference"] == at
    assert known(gp, "there") == [at.split("/")[1]]


def test_a_conditional_update_in_a_transaction(gp: Client) -> None:
    url = f"Patient?identifier={SYSTEM}|upserted"
    for status, version in (("201", "1"), ("200", "2")):
        answer = gp.post("", bundle("transaction", entry("PUT", url, resident("upserted"))))
        assert statuses(answer) == [status]
        assert answer.json()["entry"][0]["response"]["etag"] == f'W/"{version}"'
    assert len(known(gp, "upserted")) == 1


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_same_condition_twice_in_a_transaction_is_refused(gp: Client, method: str) -> None:
    """Both would find nothing and both create."""
    condition = f"identifier={SYSTEM}|same"
    one = entry("POST", "Patient", resident("same"), ifNoneExist=condition)
    if method == "PUT":
        one = entry("PUT", f"Patient?{condition}", resident("same"))
    issue = refusal(gp.post("", bundle("transaction", one, one)), 400)[0]
    assert issue["expression"] == ["Bundle.entry[1]"]
    assert known(gp, "same") == []


def test_an_unknown_urn_is_refused(gp: Client) -> None:
    body = {**encounter("x", NINE), "subject": {"reference": f"urn:uuid:{uuid4()}"}}
    refusal(gp.post("", bundle("transaction", entry("POST", "Encounter", body))), 400)


def test_the_same_resource_twice_in_a_transaction_is_refused(gp: Client) -> None:
    body = {**resident("twin"), "id": "twin"}
    entries = [entry("PUT", "Patient/twin", body), entry("PUT", "Patient/twin", body)]
    assert gp.post("", bundle("transaction", *entries)).status_code in (400, 422)
    refusal(gp.get("Patient/twin"), 404)


def test_a_batch_does_what_it_can(gp: Client) -> None:
    at = address_of(gp.post("Patient", resident("batch")))
    answer = gp.post(
        "",
        bundle(
            "batch",
            entry("POST", "Patient", resident("batched")),
            entry("GET", "Patient/nobody"),
            entry("POST", "Patient", {**resident("bad"), "gender": "robot"}),
            entry("GET", "Patient?_id=li-na"),
            entry("DELETE", at),
            entry("GET", at),
            entry("GET", "Patient/zhao-lei"),
        ),
    )
    assert answer.json()["type"] == "batch-response"
    assert statuses(answer) == ["201", "404", "422", "200", "204", "410", "404"]
    outcome = answer.json()["entry"][2]["response"]["outcome"]
    assert outcome["issue"][0]["expression"] == ["Patient.gender"]
    assert answer.json()["entry"][3]["resource"]["entry"][0]["resource"]["id"] == "li-na"
    assert len(known(gp, "batched")) == 1


def test_prefer_minimal_holds_inside_a_bundle(gp: Client) -> None:
    body = bundle("transaction", entry("POST", "Patient", resident("short")))
    answer = gp.post("", body, headers={"Prefer": "return=minimal"})
    assert "resource" not in answer.json()["entry"][0]
    assert answer.json()["entry"][0]["response"]["location"]


def test_if_none_match_holds_inside_a_bundle(gp: Client) -> None:
    answer = gp.post("", bundle("batch", entry("GET", "Patient/li-na", ifNoneMatch='W/"1"')))
    assert statuses(answer) == ["304"]


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_an_empty_bundle_is_answered_by_an_empty_one(gp: Client, kind: str) -> None:
    answer = gp.post("", {"resourceType": "Bundle", "type": kind})
    assert answer.json() == {"resourceType": "Bundle", "type": f"{kind}-response"}


REFUSED: list[Any] = [
    {"resourceType": "Bundle", "type": "searchset"},
    {"resourceType": "Bundle"},
    {"resourceType": "Bundle", "type": "transaction", "entry": {}},
    {"resourceType": "Bundle", "type": "batch", "entry": "x"},
    resident("x"),
    [],
    None,
]


@pytest.mark.parametrize("body", REFUSED)
def test_what_is_no_batch_or_transaction_is_refused(gp: Client, body: Any) -> None:
    sent = b"null" if body is None else body
    refusal(gp.post("", sent), 400)


def test_all_faults_of_a_transaction_are_told_at_once(gp: Client) -> None:
    entries = [
        entry("POST", "Patient", {**resident("x"), "gender": "robot"}),
        entry("POST", "Observation", {"resourceType": "Observation", "status": "final"}),
    ]
    issues = refusal(gp.post("", bundle("transaction", *entries)), 422)
    paths = {path for issue in issues for path in issue["expression"]}
    assert {"Bundle.entry[0].resource.gender", "Bundle.entry[1].resource.code"} <= paths


def test_references_to_others_in_the_bundle_need_no_order(house: OpenHouse) -> None:
    """`Type/id` of an entry that is PUT in the same transaction resolves too."""
    gp = house.client("gp1")
    body = {**observation("put-later", "1-4", 1, "1", NINE), "id": "put-first"}
    person = {**resident("later"), "id": "put-later", "generalPractitioner": []}
    del person["generalPractitioner"]
    answer = gp.post(
        "",
        bundle(
            "transaction",
            entry("PUT", "Observation/put-first", body),
            entry("PUT", "Patient/put-later", person),
        ),
    )
    assert statuses(answer) == ["201", "201"]
    assert ids(gp.search("Observation", ("patient", "put-later"))) == ["put-first"]
    assert to("Patient", "put-later") == gp.get("Observation/put-first").json()["subject"]
