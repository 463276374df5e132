"""The first station's waiting room: the same every time, of the city's day, valid, and shown."""

from collections import Counter
from datetime import date

import pytest

from demo.directory import Resource, directory
from demo.history import history
from demo.population import households
from demo.today import STATION, waiting_room
from kernel.fhir.json import dumps
from kernel.fhir.validate import check
from tests.demo.test_content import CITY, TODAY, TYPES


def room(residents: int, today: date = TODAY) -> list[Resource]:
    homes = households(residents, seed=1, today=today, directory=CITY)
    return waiting_room(homes, seed=1, today=today, directory=CITY)


@pytest.mark.parametrize("residents", [300, 3000])
@pytest.mark.parametrize("today", [TODAY, date(2024, 2, 29), date(2027, 1, 1)])
def test_some_wait_one_is_seen_and_some_are_done(residents: int, today: date) -> None:
    made = room(residents, today)
    visits = [body for body in made if body["resourceType"] == "Encounter"]
    states = Counter(body["status"] for body in visits)
    assert states == {"arrived": 3, "in-progress": 1, "finished": 2}
    assert len({body["subject"]["reference"] for body in visits}) == 6
    for body in visits:
        assert body["serviceProvider"]["reference"] == f"Organization/{STATION}"
        assert body["period"]["start"].startswith(today.isoformat())
    notes = [body for body in made if body["resourceType"] == "Composition"]
    assert [body["status"] for body in notes] == ["final", "final"]
    for body in made:
        assert check(body, types=TYPES).type == body["resourceType"]


def test_the_room_is_the_same_every_time() -> None:
    assert [dumps(body) for body in room(300)] == [dumps(body) for body in room(300)]
    assert [dumps(body) for body in room(300)] != [
        dumps(body) for body in room(300, date(2025, 1, 6))
    ]


def test_nobodys_history_has_the_same_ids() -> None:
    made = {body["id"] for body in room(300)}
    for home in households(300, seed=1, today=TODAY, directory=CITY):
        for patient in home.patients:
            for body in history(patient, seed=1, today=TODAY, directory=CITY):
                assert body["id"] not in made


def test_a_share_of_past_visits_has_a_signed_note() -> None:
    notes, visits = 0, 0
    for home in households(600, seed=1, today=TODAY, directory=directory()):
        for patient in home.patients:
            made = history(patient, seed=1, today=TODAY, directory=CITY)
            encounters = {b["id"]: b for b in made if b["resourceType"] == "Encounter"}
            visits += len(encounters)
            for body in made:
                if body["resourceType"] == "Composition":
                    notes += 1
                    of = body["encounter"]["reference"].removeprefix("Encounter/")
                    assert encounters[of]["subject"] == body["subject"]
                    assert body["status"] == "final"
                    assert body["section"][0]["title"] == "主观资料"
    assert 0.15 < notes / visits < 0.3
