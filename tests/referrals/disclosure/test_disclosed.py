"""What a referral shows its hospital: the summary, from its submission to some days after it."""

from typing import Final

import pytest

from kernel.clock import DAY
from kernel.declare.resource import Scope
from kernel.fhir.store import Draft, save_all
from referral.parameters import GRANT_DAYS
from referral.states import Event, State
from tests.conformance.samples import SPECS, WRITTEN, kept_by_station_1, sampled
from tests.pages.browsing import signed_in, words
from tests.referrals.playing import Players, departments
from tests.support.answers import entries, ids
from tests.support.house import FRESH_ON_SQLITE, Client, OpenHouse

WHO: Final = "li-na"
SEEN: Final = frozenset(
    {
        "AllergyIntolerance", "Appointment", "Binary", "Communication", "Composition",
        "Condition", "Consent", "Coverage", "DiagnosticReport", "DocumentReference", "Encounter",
        "ImagingStudy", "MedicationRequest", "MedicationStatement", "Observation",
        "Patient", "Procedure", "QuestionnaireResponse", "RelatedPerson", "ServiceRequest", "Task",
    }
)  # fmt: skip
"""What travels with a referral (referral.md §4). Not the household, the family's diseases, the
vaccinations, who signed up with whom, or where anything came from."""
ITS_OWN: Final = frozenset({"Task", "ServiceRequest", "Appointment"})
"""What the referral itself is made of; its tests are elsewhere."""
KEPT: Final = [
    type_
    for type_ in WRITTEN
    if (SPECS[type_].scope is Scope.PATIENT or SPECS[type_].organisation) and type_ not in ITS_OWN
]
OTHERS: Final = sorted(set(KEPT) - SEEN)


def kept_id(type_: str) -> str:
    """The id of what station-1 keeps of a type; 李娜 herself is a Patient already."""
    return WHO if type_ == "Patient" else f"kept-{type_.lower()}"


@pytest.fixture(scope="module")
def players(house: OpenHouse) -> Players:
    """A station that keeps something of every type of 李娜, whom it has referred."""
    departments(house)
    bodies = [kept_by_station_1(sampled()[t], kept_id(t)) for t in KEPT if t != "Patient"]
    with house.station.write() as work:
        save_all(work, [Draft(body, body["id"]) for body in bodies])
    made = Players(house)
    made.refer("disclosed", WHO)
    return made


@pytest.fixture
def hospital(players: Players) -> Client:
    return players.house.client("coord1")


def test_the_types_are_these() -> None:
    """Adding one is a decision, not an accident."""
    disclosed = {type_ for type_ in WRITTEN if SPECS[type_].disclosed}
    assert disclosed == SEEN


@pytest.mark.parametrize("type_", KEPT)
def test_by_read_and_search(hospital: Client, type_: str) -> None:
    seen, id_ = type_ in SEEN, kept_id(type_)
    assert hospital.get(f"{type_}/{id_}").status_code == (200 if seen else 404)
    assert hospital.get(f"{type_}/{id_}/_history").status_code == (200 if seen else 404)
    found = ids(hospital.search(type_, ("_id", id_)))
    assert found == ([id_] if seen else [])
    if not seen:
        assert entries(hospital.search(type_, ("_count", "500"))) == []


def test_by_everything(hospital: Client) -> None:
    answer = hospital.get(f"Patient/{WHO}/$everything?_count=500")
    assert answer.status_code == 200
    types = {one["resource"]["resourceType"] for one in answer.json()["entry"]}
    assert not types & set(OTHERS)
    assert {"Patient", "Observation", "Condition"} <= types


def test_a_third_hospital_and_another_station_see_nothing(players: Players) -> None:
    for name in ("coord2", "gp2"):
        stranger = players.house.client(name)
        assert stranger.get(f"Patient/{WHO}").status_code == 404
        assert ids(stranger.search("ServiceRequest", ("_id", "disclosed"))) == []
        assert stranger.get("Task/disclosed-task").status_code == 404
        visitor = signed_in(players.house, name)
        for path in ("", "/print", "/letter", "/disclosure"):
            assert visitor.get(f"/referrals/disclosed{path}").status_code in (403, 404), path


def test_nobody_else_of_the_station_is_seen(hospital: Client) -> None:
    assert hospital.get("Patient/zhang-wei").status_code == 404
    assert ids(hospital.get("Patient")) == [WHO]


@pytest.mark.parametrize("fresh_house", ["sqlite"], indirect=True)
def test_nothing_before_submission_and_nothing_when_the_days_are_over(
    fresh_house: OpenHouse,
) -> None:
    players = Players(fresh_house)
    departments(fresh_house)
    hospital = fresh_house.client("coord1")

    def seen() -> bool:
        got = hospital.get(f"Patient/{WHO}").status_code == 200
        assert got == (hospital.get("Condition/li-na-i10").status_code == 200)
        return got

    players.refer("r", WHO, status="draft")
    assert not seen()
    players.play("gp1", "r", Event.SUBMIT, State.SUBMITTED)
    assert seen()
    players.play("gp1", "r", Event.CANCEL, State.CANCELLED)
    days = GRANT_DAYS.on(fresh_house.clock.today())
    fresh_house.clock.instant += days * DAY - 1
    assert seen()
    fresh_house.clock.instant += 2
    assert not seen()
    assert ids(hospital.get("Task")) == []


@FRESH_ON_SQLITE
def test_whoever_is_passed_on_is_seen_by_the_other_and_a_while_by_the_first(
    fresh_house: OpenHouse,
) -> None:
    players = Players(fresh_house)
    departments(fresh_house)
    players.bring(players.refer("r", WHO), State.IN_CARE)
    assert fresh_house.client("coord2").get(f"Patient/{WHO}").status_code == 404
    players.play("coord1", "r", Event.TRANSFER, State.SUBMITTED)
    assert fresh_house.client("coord2").get(f"Patient/{WHO}").status_code == 200
    assert fresh_house.client("coord1").get(f"Patient/{WHO}").status_code == 200
    fresh_house.clock.advance(days=GRANT_DAYS.on(fresh_house.clock.today()) + 1)
    assert fresh_house.client("coord1").get(f"Patient/{WHO}").status_code == 404
    shown = words(signed_in(fresh_house, "gp1").get("/referrals/r/disclosure"))
    assert "已结束" in shown
    assert "转诊期间" in shown
