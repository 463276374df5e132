"""Provenance: `target` is what stands in the element, `patient` whose record it belongs to."""

from typing import Any

import pytest

from tests.cast import to
from tests.support.answers import ids, refusal
from tests.support.house import Client, OpenHouse

WHEN = "2026-11-20T10:00:00+08:00"


@pytest.fixture(scope="module")
def gp(house: OpenHouse) -> Client:
    """gp1, with provenances of 李娜 herself, of her visit, of both, and of 张伟's visit."""
    client = house.client("gp1")
    visit, person = to("Encounter", "li-na-visit"), to("Patient", "li-na")
    for id_, targets in {
        "of-person": [person],
        "of-visit": [visit],
        "of-both": [visit, person],
        "of-other": [to("Encounter", "zhang-wei-visit")],
        "of-two": [to("Patient", "zhang-wei"), person],
    }.items():
        body: dict[str, Any] = {
            "resourceType": "Provenance",
            "id": id_,
            "target": targets,
            "recorded": WHEN,
            "agent": [{"who": to("Practitioner", "practitioner-station-1-gp")}],
        }
        assert client.put(f"Provenance/{id_}", body).status_code == 201
    return client


SEARCHES: list[tuple[str, str, set[str]]] = [
    ("target", "Patient/li-na", {"of-person", "of-both", "of-two"}),
    ("target:Patient", "li-na", {"of-person", "of-both", "of-two"}),
    ("target", "li-na", {"of-person", "of-both", "of-two"}),
    ("target", "Encounter/li-na-visit", {"of-visit", "of-both"}),
    ("target", "Patient/zhang-wei", {"of-two"}),
    ("target:Patient.name", "李娜", {"of-person", "of-both", "of-two"}),
    ("target:Encounter.patient", "li-na", {"of-visit", "of-both"}),
    ("target:missing", "false", {"of-person", "of-visit", "of-both", "of-other", "of-two"}),
    ("target:missing", "true", set()),
    ("patient", "li-na", {"of-person", "of-visit", "of-both"}),
    ("patient", "Patient/zhang-wei", {"of-other", "of-two"}),
    ("patient.name", "李娜", {"of-person", "of-visit", "of-both"}),
]


@pytest.mark.parametrize(("name", "value", "found"), SEARCHES)
def test_target_is_literal_and_patient_is_the_record(
    gp: Client, name: str, value: str, found: set[str]
) -> None:
    assert set(ids(gp.search("Provenance", (name, value)))) == found


@pytest.mark.parametrize(
    ("param", "found"),
    [
        ("target", {"of-person", "of-both", "of-two"}),
        ("patient", {"of-person", "of-visit", "of-both"}),
    ],
)
def test_included_in_both_directions(gp: Client, param: str, found: set[str]) -> None:
    back = gp.search("Patient", ("_id", "li-na"), ("_revinclude", f"Provenance:{param}"))
    assert (ids(back), set(ids(back, "include"))) == (["li-na"], found)
    there = gp.search("Provenance", ("_id", "of-visit"), ("_include", f"Provenance:{param}"))
    included = "li-na-visit" if param == "target" else "li-na"
    assert ids(there, "include") == [included]


def test_a_person_with_a_provenance_cannot_be_deleted(gp: Client) -> None:
    refusal(gp.delete("Patient/li-na"), 422)
    refusal(gp.delete("Encounter/li-na-visit"), 409)
