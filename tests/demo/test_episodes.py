"""The days of the synthetic city's records, and its family doctors' contracts."""

from demo.person import CLOSED_ON, OPENED_ON, STATE
from tests.demo.test_content import CITY, TODAY, sample, sample_patients


def test_every_confirmed_record_has_its_days() -> None:
    drafts = 0
    for household in sample():
        days = {
            e["patient"]["reference"].removeprefix("Patient/"): e
            for e in household.episodes
            if e["id"].startswith("kept-")
        }
        for patient in household.patients:
            told = {e["url"]: e for e in patient["extension"]}
            state = told[STATE["active"]["url"]]["valueCodeableConcept"]["coding"][0]["code"]
            assert patient["active"] is (state in ("active", "draft"))
            opened, closed = told[OPENED_ON]["valueDate"], told.get(CLOSED_ON, {}).get("valueDate")
            drafts += state == "draft"
            episode = days.get(patient["id"])
            if state == "draft" or opened == closed:
                assert episode is None
                continue
            assert episode is not None
            assert episode["managingOrganization"] == patient["managingOrganization"]
            assert episode["period"]["start"] == opened
            assert ("end" in episode["period"]) is (closed is not None)
            if closed:
                assert opened <= episode["period"]["end"] < closed
    assert drafts > 3


def test_some_have_a_contract_with_a_team_of_their_station() -> None:
    teams = {team["id"]: team for team in CITY.teams}
    signed = 0
    for household in sample():
        kept = {p["id"] for p in household.patients if p["active"]}
        for episode in household.episodes:
            if not episode["id"].startswith("contract-"):
                continue
            signed += 1
            assert episode["patient"]["reference"].removeprefix("Patient/") in kept
            team = teams[episode["team"][0]["reference"].removeprefix("CareTeam/")]
            keeper = team["managingOrganization"][0]["reference"]
            assert keeper == f"Organization/{household.station_id}"
            period = episode["period"]
            assert period["start"] <= TODAY.isoformat() <= period["end"]
    assert 0.2 < signed / len(sample_patients()) < 0.5
