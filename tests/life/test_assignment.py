"""Many files change their doctor at once, many contracts their team; files chosen by territory."""

from typing import Any

import pytest

from kernel.errors import Refused
from records.life import assignment
from records.life.assignment import assign_doctor, assign_team, count_contracts, count_files
from records.life.closing import Closing
from records.life.contracts import Terms, list_contracts, sign_contract
from records.life.selection import FileQuery, file_query
from records.life.services import close_file
from records.residents.queries import ResidentQuery, list_residents
from tests.life.people import address, days_ago, fact, filed, working
from tests.life.test_contracts import GP, YEAR, team
from tests.support.house import OpenHouse

NURSE = "practitioner-station-1-nurse"
ELSEWHERE = "371802001002"


def at(committee: str, **parts: str) -> dict[str, Any]:
    return {"address": [address(committee, **parts)]}


@pytest.fixture
def street(fresh_house: OpenHouse) -> dict[str, str]:
    """Five files: three in a building of one grid, one in another committee, one closed."""
    place = {"grid": "37180200100101", "building": "3"}
    found = {
        "a": filed(fresh_house, "王甲", **at("371802001001", **place, unit="1")),
        "b": filed(fresh_house, "王乙", **at("371802001001", **place, unit="2")),
        "c": filed(fresh_house, "王丙", **at("371802001001", grid="37180200100102", building="9")),
        "d": filed(fresh_house, "王丁", **at(ELSEWHERE)),
        "e": filed(fresh_house, "王戊", **at("371802001001", **place)),
    }
    with working(fresh_house) as work:
        close_file(work, found["e"], Closing("1", days_ago(1)))
    return found


QUERIES = [
    (FileQuery(committee="371802001001"), "abc"),
    (FileQuery(committee=ELSEWHERE), "d"),
    (FileQuery(grid="37180200100101"), "ab"),
    (FileQuery(grid="37180200100101", unit="2"), "b"),
    (FileQuery(building="9"), "c"),
    (FileQuery(committee=ELSEWHERE, building="3"), ""),
]


@pytest.mark.parametrize(("query", "letters"), QUERIES)
def test_files_are_chosen_by_territory(
    fresh_house: OpenHouse, street: dict[str, str], query: FileQuery, letters: str
) -> None:
    with fresh_house.station.read(fresh_house.actor("gp1")) as work:
        assert count_files(work, "station-1", query) == len(letters)
        listed = list_residents(work, ResidentQuery(file=query, state="active")).bodies
    assert {body["id"] for body in listed} == {street[letter] for letter in letters}


def test_a_doctor_takes_over_what_is_chosen(fresh_house: OpenHouse, street: dict[str, str]) -> None:
    query = FileQuery(committee="371802001001")
    with working(fresh_house) as work:
        assert count_files(work, "station-1", query, without_doctor=GP) == 3
        assert assign_doctor(work, "station-1", query, GP) == 3
        assert assign_doctor(work, "station-1", query, GP) == 0
    assert {letter: fact(fresh_house, id_)["doctor_id"] for letter, id_ in street.items()} == {
        "a": GP, "b": GP, "c": GP, "d": None, "e": None,
    }  # fmt: skip
    with fresh_house.station.read(fresh_house.actor("gp1")) as work:
        assert count_files(work, "station-1", FileQuery(doctor=GP)) == 3
    steps = fresh_house.client("gp1").search("Provenance", ("patient", street["a"])).json()
    assert any(e["resource"]["activity"]["text"] == "更换责任医生" for e in steps["entry"])


def test_beyond_a_slice_it_goes_on_where_it_stopped(
    fresh_house: OpenHouse, street: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignment, "SLICE", 2)
    query = FileQuery(committee="371802001001")
    for done, left in ((2, 1), (1, 0), (0, 0)):
        with working(fresh_house) as work:
            assert assign_doctor(work, "station-1", query, GP) == done
            assert count_files(work, "station-1", query, without_doctor=GP) == left
    assert fact(fresh_house, street["d"])["doctor_id"] is None


def test_contracts_go_to_another_team_and_keep_their_days(
    fresh_house: OpenHouse, street: dict[str, str]
) -> None:
    old, new = team(fresh_house, "原团队"), team(fresh_house, "新团队")
    for letter in "abd":
        with working(fresh_house) as work:
            sign_contract(work, street[letter], Terms(old, max(YEAR[0], days_ago(300)), YEAR[1]))
    query = FileQuery(team=old, committee="371802001001")
    with working(fresh_house) as work:
        assert count_contracts(work, "station-1", query) == 2
        assert assign_team(work, "station-1", query, new) == 2
        assert count_contracts(work, "station-1", query) == 0
    with fresh_house.station.read() as work:
        found = {x: list_contracts(work, street[x])[0].team_id for x in "abd"}
    assert found == {"a": new, "b": new, "d": old}


@pytest.mark.parametrize(
    ("query", "to", "field"),
    [
        (FileQuery(), "x", "team"),
        (FileQuery(team="x"), "x", "to_team"),
        (FileQuery(team="x"), "", "to_team"),
    ],
)
def test_a_change_of_team_says_what_is_wrong(
    house: OpenHouse, query: FileQuery, to: str, field: str
) -> None:
    with pytest.raises(Refused) as caught, working(house) as work:
        assign_team(work, "station-1", query, to)
    assert [i.expression for i in caught.value.issues] == [field]


def test_nobody_assigns_at_another_station_or_a_stranger(house: OpenHouse) -> None:
    with pytest.raises(Refused) as caught, working(house, "gp2") as work:
        assign_doctor(work, "station-1", FileQuery(), "practitioner-station-1-gp")
    assert caught.value.status == 404
    with pytest.raises(Refused) as caught, working(house) as work:
        assign_doctor(work, "station-1", FileQuery(), "practitioner-station-2-gp")
    assert caught.value.status == 422


def test_a_choice_that_does_not_exist_restricts_nothing() -> None:
    assert file_query({"use": "x", "file": "y"}) == FileQuery()
    assert not FileQuery().restricts
    assert file_query({"use": "inactive", "building": " 3 "}) == FileQuery(
        building="3", use="inactive"
    )
