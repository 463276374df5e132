"""No way of writing leaves a kept person without days, or with a day at two institutions."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from kernel.declare.module import Reaction
from kernel.fhir.store import save
from kernel.work import Work
from records.events import FileClosed, FileMoved, FileOpened, FileReopened
from records.life.states import CLOSED_ON, OPENED_ON, with_state
from tests.cast import draft, kept, patient, to
from tests.life.people import TODAY, days_ago, filed, intervals
from tests.support.answers import refusal
from tests.support.house import OpenHouse

ZHAO = patient("赵简", "male", "1966-06-06")


def told(url: str, on: date) -> dict[str, Any]:
    return {"url": url, "valueDate": on.isoformat()}


def posted(house: OpenHouse, body: dict[str, Any], as_: str = "gp1") -> str:
    return house.save(body, as_=as_)[0].id


def test_a_patient_without_an_episode_gets_one(house: OpenHouse) -> None:
    assert intervals(house, posted(house, ZHAO)) == [("station-1", TODAY, None)]
    opened = {**ZHAO, "extension": [told(OPENED_ON, days_ago(90))]}
    assert intervals(house, posted(house, opened)) == [("station-1", days_ago(90), None)]
    assert intervals(house, posted(house, draft(ZHAO))) == []


def test_a_token_for_patients_alone_suffices(house: OpenHouse) -> None:
    gp = house.client("gp1", "user/Patient.cruds")
    created = gp.post("Patient", ZHAO)
    assert created.status_code == 201
    assert intervals(house, created.json()["id"]) == [("station-1", TODAY, None)]


def test_one_that_came_closed_has_the_days_that_it_tells(house: OpenHouse) -> None:
    days = [told(OPENED_ON, days_ago(90)), told(CLOSED_ON, days_ago(40))]
    body = with_state({**ZHAO, "extension": days}, "closed-moved")
    assert intervals(house, posted(house, {**body, "deceasedDateTime": "2026-10-14"})) == [
        ("station-1", days_ago(90), days_ago(40))
    ]
    assert intervals(house, posted(house, {**ZHAO, "active": False})) == []


def test_a_change_of_institution_hands_the_days_over(house: OpenHouse) -> None:
    id_ = filed(house, on=days_ago(10))
    body = house.client("gp1").get(f"Patient/{id_}").json()
    moved = {**body, "managingOrganization": to("Organization", "station-2")}
    house.save(moved, as_="platform")
    assert intervals(house, id_) == [
        ("station-1", days_ago(10), TODAY), ("station-2", TODAY, None),
    ]  # fmt: skip


def test_what_the_server_assumed_gives_way_to_what_a_client_writes(house: OpenHouse) -> None:
    """An export whose Patients come before their episodes can be taken in."""
    id_ = posted(house, ZHAO)
    episode = {**kept(id_, "station-1", "2021-03-04"), "id": f"own-{id_[-12:]}"}
    house.save(episode)
    assert intervals(house, id_) == [("station-1", date(2021, 3, 4), None)]


def test_two_institutions_for_one_day_are_refused(house: OpenHouse) -> None:
    id_ = filed(house, on=days_ago(100))
    gp = house.client("gp1")
    other = kept(id_, "station-2", days_ago(50).isoformat())
    del other["id"]
    issue = refusal(gp.post("EpisodeOfCare", other), 422)[0]
    assert "重叠" in issue["diagnostics"]
    before = {**other, "status": "finished",
              "period": {"start": "2020-01-01", "end": days_ago(101).isoformat()}}  # fmt: skip
    assert gp.post("EpisodeOfCare", before).status_code == 201
    late = {**before, "period": {"start": "2019-01-01", "end": days_ago(100).isoformat()}}
    refusal(gp.post("EpisodeOfCare", late), 422)


@pytest.mark.parametrize(
    "wrong",
    [
        {"period": {}},
        {"period": {"end": "2020-01-01"}},
        {"managingOrganization": {"display": "某站"}},
        {"status": "finished", "period": {"start": "2020-02-01", "end": "2020-01-30"}},
    ],
)
def test_an_episode_of_a_file_says_who_and_when(house: OpenHouse, wrong: dict[str, Any]) -> None:
    id_ = posted(house, draft(ZHAO))
    body = {**kept(id_, "station-1", "2020-01-01"), **wrong}
    del body["id"]
    refusal(house.client("gp1").post("EpisodeOfCare", body), 422)


def test_the_days_of_a_file_are_not_deleted(house: OpenHouse) -> None:
    id_ = filed(house)
    gp = house.client("gp1")
    found = gp.search("EpisodeOfCare", ("patient", id_)).json()["entry"][0]["resource"]
    refusal(gp.delete(f"EpisodeOfCare/{found['id']}"), 422)
    refusal(gp.delete(f"Patient/{id_}"), 422)


def test_days_are_not_in_the_future_and_end_after_they_begin(house: OpenHouse) -> None:
    gp = house.client("gp1")
    for days in (
        [told(OPENED_ON, date(2026, 11, 24))],
        [told(OPENED_ON, days_ago(3)), told(CLOSED_ON, days_ago(4))],
    ):
        refusal(gp.post("Patient", {**ZHAO, "extension": days}), 422)


def test_others_hear_of_what_is_written_over_the_api(fresh_house: OpenHouse) -> None:
    heard: list[object] = []
    kinds = (FileOpened, FileMoved, FileClosed, FileReopened)
    station = fresh_house.station
    reactions = dict(station.registry.reactions)
    for kind in kinds:
        hears = Reaction(kind, lambda _work, event: heard.append(event))
        reactions[kind] = (*reactions.get(kind, ()), hears)
    hearing = replace(station, registry=replace(station.registry, reactions=reactions))

    def write(body: dict[str, Any]) -> None:
        with hearing.write(fresh_house.actor("platform")) as work:
            assert isinstance(work, Work)
            save(work, body, id="heard")

    first = {**ZHAO, "id": "heard", "extension": [told(OPENED_ON, days_ago(90))]}
    write(first)
    moved = {**first, "managingOrganization": to("Organization", "station-2")}
    write(moved)
    write({**moved, "deceasedDateTime": "2026-11-20"})
    write(moved)
    assert heard == [
        FileOpened("heard", "station-1", days_ago(90)),
        FileMoved("heard", "station-1", "station-2", "", TODAY),
        FileClosed("heard", "station-2", days_ago(3), "1"),
        FileReopened("heard", "station-2", TODAY),
    ]
