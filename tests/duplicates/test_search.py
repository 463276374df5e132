"""Looking across the city: whom anybody is warned of, what stands in the table, what it costs."""

from datetime import date

import pytest
from sqlalchemy import event, select

from kernel.canonical import CITIZEN_ID, HEALTH_RECORD_NUMBER
from records.duplicates.matching import Candidate
from records.duplicates.projections import match_rows, records_match
from records.duplicates.search import Suspect, find_suspects
from records.life.states import MERGED, VOID, with_state
from tests.cast import RESIDENTS, patient, to
from tests.support.house import OpenHouse

ZHAO = RESIDENTS["zhao-lei"]
ZHAO_NUMBER = ZHAO["identifier"][0]["value"]


def suspects(house: OpenHouse, candidate: Candidate, as_: str = "gp1") -> list[Suspect]:
    with house.station.read(house.actor(as_)) as work:
        return find_suspects(work, candidate)


@pytest.mark.parametrize(
    "candidate",
    [
        Candidate(numbers=(ZHAO_NUMBER,)),
        Candidate(numbers=(ZHAO_NUMBER.lower(),)),
        Candidate(numbers=(ZHAO_NUMBER[:6] + ZHAO_NUMBER[8:17],)),
        Candidate(name="赵磊", born=date(1990, 7, 7)),
        Candidate(name="赵蕾", born=date(1990, 7, 7)),
        Candidate(name="赵磊", phones=("139 0002 0001",)),
        Candidate(name="赵雷", phones=("13900020007",), born=date(1990, 7, 1)),
        Candidate(name="赵雷", address="观海路12号"),
    ],
)
def test_a_person_of_another_station_is_found(house: OpenHouse, candidate: Candidate) -> None:
    [found] = suspects(house, candidate)
    assert (found.patient_id, found.organisation_id) == ("zhao-lei", "station-2")
    assert (found.name, found.sex, found.born) == ("赵磊", "male", date(1990, 7, 7))
    assert found.active
    assert found.reasons


@pytest.mark.parametrize(
    "candidate",
    [
        Candidate(),
        Candidate(name="赵磊"),
        Candidate(phones=("13900020001",)),
        Candidate(name="赵敏", sex="female", born=date(1992, 1, 2), phones=("13900020001",)),
        Candidate(name="钱多", born=date(1990, 7, 7), address="观海路12号"),
        Candidate(name="赵磊", born=date(1990, 7, 7), id="zhao-lei"),
    ],
)
def test_nobody_else_is(house: OpenHouse, candidate: Candidate) -> None:
    assert suspects(house, candidate) == []


def test_a_legacy_number_is_found_by_the_new_one(fresh_house: OpenHouse) -> None:
    old = patient("钱进", "male", "1960-05-06", id="old", station="station-2")
    old["identifier"] = [{"system": CITIZEN_ID, "value": "379900600506001"}]
    fresh_house.save(old, as_="gp2")
    found = suspects(fresh_house, Candidate(numbers=("379900196005060014",)))
    # 379900 19600506 001: the check character is not compared
    assert [one.patient_id for one in found] == ["old"]


def test_a_merged_record_leads_to_where_the_person_is(fresh_house: OpenHouse) -> None:
    survivor = patient("钱进", "male", "1960-05-06", id="kept")
    loser = patient("钱金", "male", "1960-05-06", id="gone")
    loser["identifier"] = [{"system": CITIZEN_ID, "value": "379900600506001"}]
    loser = with_state(loser, MERGED)
    loser["link"] = [{"other": to("Patient", "kept"), "type": "replaced-by"}]
    fresh_house.save(survivor, loser)
    [found] = suspects(fresh_house, Candidate(numbers=("379900600506001",)))
    assert (found.patient_id, found.name, found.active) == ("kept", "钱进", True)
    assert suspects(fresh_house, Candidate(numbers=("379900600506001",), id="kept")) == []


def test_a_record_made_in_error_is_nobody(fresh_house: OpenHouse) -> None:
    body = patient("钱进", "male", "1960-05-06", id="slip", station="station-2")
    fresh_house.save(with_state(body, VOID), as_="gp2")
    assert suspects(fresh_house, Candidate(name="钱进", born=date(1960, 5, 6))) == []


def test_the_likeliest_first_and_no_more_than_wanted(fresh_house: OpenHouse) -> None:
    namesakes = [patient("孙丽", "female", "2001-02-28", id=f"n{n}") for n in range(7)]
    fresh_house.save(*namesakes)
    number = RESIDENTS["sun-li"]["identifier"][0]["value"]
    wanted = Candidate(name="孙丽", born=date(2001, 2, 28), numbers=(number,))
    found = suspects(fresh_house, wanted)
    assert len(found) == 5
    assert found[0].patient_id == "sun-li"
    assert found[0].certain


def test_the_table_holds_no_number(house: OpenHouse) -> None:
    with house.database.reading() as connection:
        rows = connection.execute(select(records_match)).all()
    assert len(rows) == len(RESIDENTS)
    text = repr(rows)
    for body in RESIDENTS.values():
        for value in (body["identifier"][0]["value"], body["telecom"][0]["value"]):
            assert value not in text
            assert value[-6:] not in text


def test_rows_of_odd_patients() -> None:
    bare = {"resourceType": "Patient", "id": "x"}
    [row] = match_rows(bare)
    assert (row["name"], row["name_key"], row["born"], row["citizen"]) == ("", None, None, False)
    assert match_rows({**bare, "birthDate": "1985"})[0]["born"] is None
    assert match_rows({**bare, "active": False})[0]["active"] is False
    record = {"system": HEALTH_RECORD_NUMBER, "value": "37180200100200012"}
    assert match_rows({**bare, "identifier": [record]})[0]["citizen"] is False


def test_a_common_day_of_birth_stays_cheap(fresh_house: OpenHouse) -> None:
    """Unknown days are written as 1 January; the block is cut, the number is still found."""
    crowd = [patient(f"钱{chr(0x4E10 + n)}", "male", "1950-01-01", id=f"c{n}") for n in range(400)]
    crowd[-1]["identifier"] = [{"system": CITIZEN_ID, "value": "379900500101001"}]
    fresh_house.save(*crowd)
    statements: list[str] = []
    with fresh_house.station.read(fresh_house.actor("gp1")) as work:

        def count(_c: object, _k: object, statement: str, *_others: object) -> None:
            statements.append(statement)

        event.listen(work.connection.engine, "before_cursor_execute", count)
        wanted = Candidate("李四", "male", date(1950, 1, 1), ("379900500101001",))
        found = find_suspects(work, wanted)
        event.remove(work.connection.engine, "before_cursor_execute", count)
    assert [one.patient_id for one in found] == ["c399"]
    assert len(statements) <= 2, "besides the heads, which go to the driver"
