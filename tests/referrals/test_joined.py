"""Two files that become one person's: the referrals go along, the hospital sees the person on."""

import pytest
from sqlalchemy import select

from kernel.errors import Refused
from referral.states import Event, State
from referral.tables import referral_case, referral_outcome
from tests.cast import to
from tests.duplicates.merging import merged, undo
from tests.duplicates.people import GONE, KEEP, two_files
from tests.referrals.playing import Players, departments
from tests.support.house import OpenHouse


def whose(house: OpenHouse) -> set[str]:
    """Whose the referral and its outcome are, by the fact tables."""
    with house.database.reading() as connection:
        tables = (referral_case, referral_outcome)
        return {
            row.patient_id
            for table in tables
            for row in connection.execute(select(table.c.patient_id))
        }


def test_a_referral_follows_its_person_and_back(fresh_house: OpenHouse) -> None:
    two_files(fresh_house)
    departments(fresh_house)
    players = Players(fresh_house)
    players.refer("r", GONE)
    players.bring("r", State.ACCEPTED)
    provenance = merged(fresh_house)
    assert whose(fresh_house) == {KEEP}
    hospital = fresh_house.client("coord1")
    assert hospital.get(f"Patient/{KEEP}").status_code == 200
    players.play("coord1", "r", Event.BOOK, State.SCHEDULED)
    moves = [one.event for one in players.moves("r")]
    undo(fresh_house, provenance)
    assert hospital.get(f"Patient/{KEEP}").status_code == 404
    assert [one.event for one in players.moves("r")] == moves


def test_nobody_else_changes_whose_a_referral_is(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    players = Players(fresh_house)
    players.refer("r")
    body = players.request("r")
    with pytest.raises(Refused) as caught:
        fresh_house.save({**body, "subject": to("Patient", "li-na")})
    assert caught.value.status == 409
    task, _version = players.task("r")
    fresh_house.save({**task, "for": to("Patient", "li-na")})
    assert whose(fresh_house) == {"wang-xiaoming"}
