"""A slot is one referral's, also where a hospital's own system books over the API."""

from functools import partial
from typing import Any

import pytest

from kernel.fhir.store import Draft, save_all
from tests.cast import to
from tests.referrals.office.opening import slots, stored
from tests.referrals.playing import Players, department_id, departments
from tests.referrals.test_races import raced
from tests.support.house import OpenHouse

HERE = department_id("hospital-1")
WHO = {"first": "wang-xiaoming", "second": "li-na"}


@pytest.fixture
def hospital(fresh_house: OpenHouse) -> OpenHouse:
    """Two referrals wait at the hospital, whose department has two slots."""
    departments(fresh_house)
    slots(fresh_house, 2)
    players = Players(fresh_house)
    for id_, who in WHO.items():
        players.refer(id_, who)
    return fresh_house


def appointment(request_id: str, slot: str, **others: Any) -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "id": f"{request_id}-visit",
        "status": "booked",
        "start": "2026-11-24T09:00:00+08:00",
        "end": "2026-11-24T09:30:00+08:00",
        "slot": [to("Slot", slot)],
        "basedOn": [to("ServiceRequest", request_id)],
        "participant": [{"actor": to("Patient", WHO[request_id]), "status": "accepted"}],
        **others,
    }


def book(house: OpenHouse, request_id: str, slot: str, **others: Any) -> int:
    body = appointment(request_id, slot, **others)
    answer = house.client("coord1").put(f"Appointment/{body['id']}", body)
    if answer.status_code == 409:
        assert "刚被占用" in answer.text
    return answer.status_code


def test_what_is_booked_over_the_api_is_busy_and_then_free_again(hospital: OpenHouse) -> None:
    slot = f"{HERE}-slot-0"
    assert book(hospital, "first", slot) == 201
    assert stored(hospital, "Slot", slot)["status"] == "busy"
    assert book(hospital, "second", slot) == 409
    assert book(hospital, "second", f"{HERE}-slot-1") == 201
    assert book(hospital, "first", slot, comment="空腹来院") == 200, "the same one may be changed"
    assert book(hospital, "first", slot, status="cancelled") == 200
    assert stored(hospital, "Slot", slot)["status"] == "free"
    assert book(hospital, "first", f"{HERE}-slot-1") == 409
    again = appointment("first", slot, id="first-again")
    assert hospital.client("coord1").put("Appointment/first-again", again).status_code == 201


def test_a_proposal_and_its_booking_are_one_referrals(hospital: OpenHouse) -> None:
    slot = f"{HERE}-slot-0"
    assert book(hospital, "first", slot, status="proposed") == 201
    assert stored(hospital, "Slot", slot)["status"] == "busy-tentative"
    booked = appointment("first", slot, id="first-booked")
    assert hospital.client("coord1").put("Appointment/first-booked", booked).status_code == 201
    assert book(hospital, "first", slot, status="cancelled") == 200
    assert stored(hospital, "Slot", slot)["status"] == "busy", "the booking holds it"


def test_two_that_book_the_last_slot_at_once(hospital: OpenHouse) -> None:
    actor = hospital.actor("coord1")

    def save(request_id: str) -> None:
        with hospital.station.write(actor) as work:
            body = appointment(request_id, f"{HERE}-slot-0")
            save_all(work, [Draft(body, body["id"])])

    assert raced(*(partial(save, id_) for id_ in WHO)) == [200, 409]
    assert stored(hospital, "Slot", f"{HERE}-slot-0")["status"] == "busy"
