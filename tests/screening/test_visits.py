"""A signed visit that measured what a screening asks for is an answer to it."""

from typing import Any

import pytest

from health.followups.decision import read_decision
from tests.cast import coded, to
from tests.followups.sending import enrolled
from tests.pages.browsing import signed_in
from tests.screening.people import resident, visited
from tests.support.house import FRESH_ON_SQLITE, OpenHouse
from tests.visits.test_pages import resources

PRESSURE = {"left_systolic": "148", "left_diastolic": "92"}
FAMILY = "https://station.example.org/fhir/CodeSystem/nbphs3-family-disease"


def answers(house: OpenHouse, who: str, programme: str) -> list[dict[str, Any]]:
    found = resources(house, "QuestionnaireResponse", patient=who)
    return [body for body in found if f"/Questionnaire/{programme}|" in body["questionnaire"]]


def outcome(body: dict[str, Any]) -> str:
    decided = read_decision(body)
    assert decided is not None
    return decided.outcome


def linked(body: dict[str, Any]) -> dict[str, Any]:
    return {
        item["linkId"]: item["answer"]
        for section in body["item"]
        for item in section["item"]
        if "answer" in item
    }


def test_the_first_pressure_of_somebody_of_35_is_a_screening(fresh_house: OpenHouse) -> None:
    house = fresh_house
    who = resident(house, "liu-ling", "1980-05-01")
    relative = {
        "resourceType": "FamilyMemberHistory",
        "status": "partial",
        "patient": to("Patient", who),
        "relationship": {"text": "父亲"},
        "condition": [{"code": coded(FAMILY, "2", "高血压")}],
    }
    house.save(relative)
    visit = visited(signed_in(house, "gp1"), who, **PRESSURE, weight="70", height="160")
    (answer,) = answers(house, who, "pressure-screening")
    assert answer["encounter"] == to("Encounter", visit)
    assert outcome(answer) == "recheck"
    told = linked(answer)
    assert told["systolic"] == [{"valueInteger": 148}]
    assert told["visit-date"] == [{"valueDate": "2026-11-23"}]
    assert [one["valueCoding"]["code"] for one in told["risk"]] == ["2", "3"]
    pressures = resources(house, "Observation", patient=who, code="85354-9")
    assert len(pressures) == 1, "the visit has measured it, the answer only repeats it"
    places = resources(house, "EpisodeOfCare", patient=who)
    kinds = {one["type"][0]["coding"][0]["code"] for one in places}
    assert kinds == {"record-management", "pressure-screening"}


def test_three_days_above_normal_are_suspected(fresh_house: OpenHouse) -> None:
    house = fresh_house
    who = resident(house, "liu-ling", "1980-05-01")
    found = []
    for _number in range(3):
        doctor = signed_in(house, "gp1")
        visited(doctor, who, **PRESSURE)
        visited(doctor, who, **PRESSURE)  # twice a day is one screening
        house.clock.advance(days=10)
        found = answers(house, who, "pressure-screening")
    by_day = sorted(found, key=lambda body: str(body["authored"]))
    assert [outcome(body) for body in by_day] == ["recheck", "recheck", "suspected"]


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("born", "measured", "programme", "expected"),
    [
        ("1980-05-01", {"left_systolic": "128", "left_diastolic": "76"}, "pressure", "normal"),
        ("1965-05-01", {"left_systolic": "128", "left_diastolic": "76"}, "pressure", "high-risk"),
        ("1980-05-01", {"left_systolic": "182", "left_diastolic": "96"}, "pressure", "emergency"),
        ("1975-05-01", {"fasting": "7.05"}, "glucose", "recheck"),
        ("1975-05-01", {"fasting": "6.1"}, "glucose", "high-risk"),
        ("1995-05-01", {"left_systolic": "148", "left_diastolic": "92"}, "pressure", ""),
        ("1995-05-01", {"fasting": "7.05"}, "glucose", ""),
        ("1980-05-01", {"pulse": "76"}, "pressure", ""),
        ("1975-05-01", {"left_systolic": "148", "left_diastolic": "92"}, "glucose", ""),
    ],
)
def test_what_was_measured_decides(
    fresh_house: OpenHouse, born: str, measured: dict[str, str], programme: str, expected: str
) -> None:
    who = resident(fresh_house, "liu-ling", born)
    visited(signed_in(fresh_house, "gp1"), who, **measured)
    found = answers(fresh_house, who, f"{programme}-screening")
    assert [outcome(body) for body in found] == ([expected] if expected else [])


def test_a_known_patient_is_not_screened(fresh_house: OpenHouse) -> None:
    house = fresh_house
    who = resident(house, "liu-ling", "1980-05-01")
    enrolled(house, who, "hypertension", "2026-01-05")
    doctor = signed_in(house, "gp1")
    visited(doctor, who, **PRESSURE)
    visited(doctor, "li-na", **PRESSURE)  # who has the diagnosis, and is in no programme
    assert answers(house, who, "pressure-screening") == []
    assert answers(house, "li-na", "pressure-screening") == []
