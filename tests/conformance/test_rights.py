"""Roles and scopes: what an account may do, and what its token leaves of that."""

from typing import Any

import pytest

from tests.cast import observation, patient, to
from tests.conformance.samples import SPECS, sampled
from tests.support.answers import ids, refusal
from tests.support.house import OpenHouse

RECORDS = sorted(type_ for type_, spec in SPECS.items() if spec.patient)
ADMINISTRATORS = ("sysadmin", "secadmin", "auditor")


@pytest.mark.parametrize("name", [*ADMINISTRATORS, "bureau", "district"])
@pytest.mark.parametrize("type_", RECORDS)
def test_administrators_and_bureaus_read_no_records(
    house: OpenHouse, name: str, type_: str
) -> None:
    client = house.client(name)
    for path in (type_, f"{type_}/x", f"{type_}/_history", f"{type_}/x/_history/1"):
        refusal(client.get(path), 403)
    if type_ == "Patient":
        refusal(client.get("Patient/li-na/$everything"), 403)
    refusal(client.post(type_, sampled()[type_]), 403)


SEES: list[tuple[str, set[str]]] = [
    ("gp1", {"wang-xiaoming", "li-na", "zhang-wei"}),
    ("nurse1", {"wang-xiaoming", "li-na", "zhang-wei"}),
    ("head1", {"wang-xiaoming", "li-na", "zhang-wei"}),
    ("gp2", {"zhao-lei", "sun-li"}),
    ("centre1", {"wang-xiaoming", "li-na", "zhang-wei", "zhao-lei", "sun-li"}),
    ("coord1", set()),
    ("platform", {"wang-xiaoming", "li-na", "zhang-wei", "zhao-lei", "sun-li"}),
]


@pytest.mark.parametrize(("name", "residents"), SEES)
def test_everybody_sees_their_own_residents(
    house: OpenHouse, name: str, residents: set[str]
) -> None:
    assert set(ids(house.client(name).search("Patient", ("_count", "100")))) == residents


NEW = patient("新人", "male", "2000-01-01")
MEASURE = observation("li-na", "1-1", 1, "1", "2026-01-01")
SCOPES: list[tuple[str, str, str, str, Any, int]] = [
    ("gp1", "user/*.rs", "GET", "Patient/li-na", None, 200),
    ("gp1", "user/*.rs", "GET", "Patient", None, 200),
    ("gp1", "user/*.rs", "POST", "Patient", NEW, 403),
    ("gp1", "user/*.rs", "DELETE", "Patient/li-na", None, 403),
    ("gp1", "user/*.r", "GET", "Patient", None, 403),
    ("gp1", "user/*.s", "GET", "Patient", None, 200),
    ("gp1", "user/*.s", "GET", "Patient/li-na", None, 403),
    ("gp1", "user/*.c", "POST", "Observation", MEASURE, 201),
    ("gp1", "user/*.u", "POST", "Observation", MEASURE, 403),
    ("gp1", "user/*.u", "PUT", "Patient/zhang-wei", {**NEW, "id": "zhang-wei"}, 200),
    ("gp1", "user/*.c", "PUT", "Patient/zhang-wei", {**NEW, "id": "zhang-wei"}, 403),
    ("gp1", "user/*.read", "GET", "Patient/li-na", None, 200),
    ("gp1", "user/*.write", "GET", "Patient/li-na", None, 403),
    ("gp1", "user/Observation.cruds", "GET", "Patient/li-na", None, 403),
    ("gp1", "user/Observation.cruds", "GET", "Observation/li-na-8480-6", None, 200),
    ("gp1", "user/Observation.rs user/Patient.r", "GET", "Patient/li-na", None, 200),
    ("gp1", "system/*.cruds", "GET", "Patient/zhao-lei", None, 404),
    (
        "gp1",
        "system/*.cruds",
        "POST",
        "Organization",
        {"resourceType": "Organization", "name": "x"},
        403,
    ),
    ("coord1", "system/*.cruds", "GET", "Patient/li-na", None, 404),
    ("coord1", "system/*.cruds", "POST", "Observation", MEASURE, 403),
    ("bureau", "system/*.cruds", "GET", "Patient/li-na", None, 403),
    ("sysadmin", "system/*.cruds", "GET", "Patient/li-na", None, 403),
    ("sysadmin", "system/*.rs", "GET", "Organization/station-1", None, 200),
    (
        "sysadmin",
        "system/*.rs",
        "PUT",
        "Organization/none",
        {"resourceType": "Organization", "id": "none", "name": "x"},
        403,
    ),
    ("auditor", "system/*.cruds", "GET", "AuditEvent", None, 200),
    ("auditor", "user/Patient.rs", "GET", "AuditEvent", None, 403),
    ("gp1", "system/*.cruds", "GET", "AuditEvent", None, 403),
    ("platform", "system/*.cruds", "GET", "AuditEvent", None, 403),
    ("platform", "system/*.rs", "POST", "Patient", NEW, 403),
    ("platform", "system/*.cruds", "GET", "Patient/zhao-lei", None, 200),
]


@pytest.mark.parametrize("case", SCOPES, ids=lambda case: " ".join(map(str, case[:4])))
def test_a_scope_narrows_and_never_widens(
    house: OpenHouse, case: tuple[str, str, str, str, Any, int]
) -> None:
    name, scope, method, path, body, status = case
    answer = house.client(name, scope).request(method, path, body)
    assert answer.status_code == status, answer.text
    if status >= 400:
        refusal(answer, status)


@pytest.mark.parametrize("kind", ["batch", "transaction"])
def test_scopes_hold_inside_bundles_and_operations(house: OpenHouse, kind: str) -> None:
    narrow = house.client("gp1", "user/Observation.cruds")
    entry = {"request": {"method": "GET", "url": "Patient/li-na"}}
    answer = narrow.post("", {"resourceType": "Bundle", "type": kind, "entry": [entry]})
    status = answer.status_code if kind == "transaction" else None
    assert status == 403 or answer.json()["entry"][0]["response"]["status"][:3] == "403"
    included = narrow.search(
        "Observation", ("_id", "li-na-8480-6"), ("_include", "Observation:patient")
    )
    assert ids(included, "include") == []
    refusal(narrow.get("Patient/li-na/$everything"), 403)


def test_chains_do_not_look_where_a_scope_does_not_reach(house: OpenHouse) -> None:
    """A chain over what may not be read would tell about it one bit at a time."""
    narrow = house.client("gp1", "user/Observation.cruds")
    answer = narrow.search("Observation", ("patient.name", "李"))
    assert answer.status_code == 403 or ids(answer) == []


def test_a_record_is_not_given_away_to_another_station(house: OpenHouse) -> None:
    gp1 = house.client("gp1")
    for station in ("station-2", "centre-1"):
        body = {**gp1.get("Patient/li-na").json()}
        body["managingOrganization"] = to("Organization", station)
        refusal(gp1.put("Patient/li-na", body), 403)
        refusal(
            gp1.post("Patient", {**NEW, "managingOrganization": to("Organization", station)}), 403
        )


def test_a_moved_record_is_seen_by_the_new_station_only(fresh_house: OpenHouse) -> None:
    house = fresh_house
    centre = house.client("centre1")
    son = {"resourceType": "RelatedPerson", "patient": to("Patient", "li-na")}
    son_id = (
        house.client("gp1")
        .post("RelatedPerson", {**son, "name": [{"text": "单小龙"}]})
        .json()["id"]
    )
    body = centre.get("Patient/li-na").json()
    body["managingOrganization"] = to("Organization", "station-2")
    assert centre.put("Patient/li-na", body).status_code == 200
    gp1, gp2 = house.client("gp1"), house.client("gp2")
    for path in ("Patient/li-na", "Observation/li-na-8480-6", "Patient/li-na/_history/1"):
        refusal(gp1.get(path), 404)
        assert gp2.get(path).status_code == 200
    assert ids(gp1.search("Observation", ("patient", "li-na"))) == []
    assert len(ids(gp2.search("Observation", ("patient", "li-na")))) == 2
    for type_, name, found in (("Patient", "ln", "li-na"), ("RelatedPerson", "sxl", son_id)):
        assert ids(gp1.search(type_, ("name", name))) == []
        assert ids(gp2.search(type_, ("name", name))) == [found]
