"""A station chooses a slot: it is held, booked by the hospital, or free again; never doubled."""

import re
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from kernel.errors import Refused
from referral.agreements.bodies import Agreement
from referral.agreements.services import keep_agreement
from referral.moving.proposals import proposal_id
from referral.requests import services
from referral.states import Event, State
from tests.pages.browsing import signed_in, words
from tests.referrals.office.opening import slots, stored
from tests.referrals.office.test_taking import filled_form
from tests.referrals.playing import Players, department_id, departments
from tests.referrals.requests.test_pages import NEW, WHOLE
from tests.referrals.requests.writing import SLIP
from tests.referrals.test_agreements import TODAY
from tests.referrals.test_races import raced
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

HERE = department_id("hospital-1")
FIRST, SECOND = f"{HERE}-slot-0", f"{HERE}-slot-1"
OF = {
    "li-na": ("gp1", "practitioner-station-1-gp"),
    "sun-li": ("gp2", "practitioner-station-2-gp"),
}


@pytest.fixture
def players(fresh_house: OpenHouse) -> Players:
    """The cardiology has slots from tomorrow at nine on, and an agreement with the city."""
    departments(fresh_house)
    slots(fresh_house, 3)
    with fresh_house.station.write(fresh_house.actor("coord1")) as work:
        keep_agreement(work, HERE, Agreement("", "city-bureau", TODAY))
    return Players(fresh_house)


def send(players: Players, id_: str, who: str = "li-na", slot: str = FIRST, **changes: Any) -> None:
    as_, doctor = OF[who]
    slip = replace(SLIP, **{"department": HERE, "slot": slot, "doctor": doctor, **changes})
    with players.house.station.write(players.actor(as_)) as work:
        services.send(work, id_, who, slip)


def status(players: Players, slot: str = FIRST) -> str:
    return str(stored(players.house, "Slot", slot)["status"])


def proposed(players: Players, id_: str) -> dict[str, Any]:
    return stored(players.house, "Appointment", proposal_id(id_))


def test_what_is_chosen_is_held_and_two_cannot_have_it(players: Players) -> None:
    send(players, "one")
    made = proposed(players, "one")
    assert (made["status"], made["start"]) == ("proposed", "2026-11-24T09:00:00+08:00")
    assert made["slot"] == [{"reference": f"Slot/{FIRST}"}]
    assert made["basedOn"] == [{"reference": "ServiceRequest/one"}]
    assert status(players) == "busy-tentative"
    with pytest.raises(Refused) as caught:
        send(players, "two", "sun-li")
    assert (caught.value.status, caught.value.issues[0].expression) == (409, "slot")
    assert "刚被占用" in str(caught.value)
    both = (partial(send, players, f"at-once-{who}", who, SECOND) for who in OF)
    assert raced(*both) == [200, 409]
    assert status(players, SECOND) == "busy-tentative"


def test_the_office_books_what_the_station_chose(players: Players) -> None:
    send(players, "one", slot=SECOND)
    visitor = signed_in(players.house, "coord1")
    page = visitor.get("/referrals/one")
    assert "社区已选号源" in words(page)
    form = filled_form(page.text, "accept")
    assert form["accept-slot"] == SECOND, "not the first free one"
    assert visitor.post("/referrals/one/moves/accept", form).status_code == 303
    assert visitor.post("/referrals/one/moves/accept", form).status_code == 303, "clicked twice"
    row = players.row("one")
    assert (row.state, row.appointment_id) == ("scheduled", proposal_id("one"))
    assert proposed(players, "one")["status"] == "booked"
    assert status(players, SECOND) == "busy"
    players.move("gp1", "one", Event.CANCEL, State.CANCELLED, reason="1")
    assert (proposed(players, "one")["status"], status(players, SECOND)) == ("cancelled", "free")


@FRESH_ON_SQLITE
def test_in_bulk_each_gets_what_its_station_chose(players: Players) -> None:
    send(players, "one", slot=SECOND)
    send(players, "two", "sun-li", slot="")
    visitor = signed_in(players.house, "coord1")
    chosen = [f"{id_}:{players.task(id_)[1]}" for id_ in ("one", "two")]
    typed: dict[str, Any] = {"chosen": chosen, "bulk-department": HERE}
    answer = visitor.post("/referral-office/bulk", typed)
    assert answer.status_code == 200
    given = dict(re.findall(r'name="slot-(\w+)" value="([^"]+)"', answer.text))
    assert given == {"one": SECOND, "two": FIRST}


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("as_", "event", "target"),
    [
        ("coord1", Event.REJECT, State.REJECTED),
        ("coord1", Event.REDIRECT, State.SUBMITTED),
        ("gp1", Event.CANCEL, State.CANCELLED),
        ("coord1", Event.EMERGENCY_OVERRIDE, State.ARRIVED),
    ],
)
def test_what_is_not_used_is_free_again(
    players: Players, as_: str, event: Event, target: State
) -> None:
    send(players, "one")
    players.play(as_, "one", event, target)
    assert (proposed(players, "one")["status"], status(players)) == ("cancelled", "free")


@FRESH_ON_SQLITE
def test_asked_back_and_accepted_it_stays_and_another_time_lets_it_go(players: Players) -> None:
    send(players, "one")
    players.play("coord1", "one", Event.REQUEST_INFO, State.INFO_REQUESTED)
    players.play("gp1", "one", Event.SUPPLY, State.SUBMITTED)
    players.play("coord1", "one", Event.ACCEPT, State.ACCEPTED)
    assert (proposed(players, "one")["status"], status(players)) == ("proposed", "busy-tentative")
    players.play("coord1", "one", Event.BOOK, State.SCHEDULED)
    assert (proposed(players, "one")["status"], status(players)) == ("cancelled", "free")


@FRESH_ON_SQLITE
def test_nobody_answers_and_the_slot_is_free_again(players: Players) -> None:
    send(players, "one", urgency="urgent")
    players.pass_limits("one")
    assert proposed(players, "one")["status"] == "cancelled"


@FRESH_ON_SQLITE
def test_what_cannot_be_chosen(players: Players) -> None:
    slots(players.house, 1, hospital="hospital-2")
    other = department_id("hospital-2")
    for changes, said in (
        ({"slot": f"{other}-slot-0"}, "不属于所选科室"),
        (
            {"slot": f"{other}-slot-0", "hospital": "hospital-2", "department": other},
            "没有有效的转诊协议",
        ),
    ):
        with pytest.raises(Refused) as caught:
            send(players, "one", **changes)
        assert caught.value.status == 422
        assert said in str(caught.value)
    players.house.clock.instant += 48 * 3600 * 1_000_000
    with pytest.raises(Refused, match="已经过去"):
        send(players, "one")


@FRESH_ON_SQLITE
def test_on_the_page_of_the_slip(players: Players) -> None:
    visitor = signed_in(players.house, "gp1")
    assert 'name="slot"' not in visitor.get(NEW).text, "no department is chosen yet"
    typed = {**WHOLE, "destination": f"hospital-1/{HERE}"}
    refreshed = visitor.post("/referrals/new", {**typed, "do": "refresh"})
    assert "2026-11-24 周二 09:00–09:30" in words(refreshed)
    send(players, "other", "sun-li")
    refused = visitor.post("/referrals/new", {**typed, "slot": FIRST})
    assert refused.status_code == 422
    assert "所选号源刚被占用" in words(refused)
    assert "连续两次随访血压 158/96" in refused.text
    kept = visitor.post("/referrals/new", {**typed, "slot": SECOND, "do": "keep"})
    assert kept.status_code == 303
    draft = visitor.get(kept.headers["location"]).text
    assert re.search(f'value="{SECOND}" id="field-slot-\\d" checked', draft)
    done = visitor.post(kept.headers["location"], {**typed, "slot": SECOND})
    assert done.status_code == 303, words(done)
    assert status(players, SECOND) == "busy-tentative"
    shown = visitor.get(done.headers["location"])
    assert "社区已选号源" in words(shown)
