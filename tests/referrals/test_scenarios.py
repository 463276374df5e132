"""The acceptance scenarios of the domain's description (referral.md §9), by their numbers.

5 is counted in tests/referrals/test_supervision.py too; 8 is raced in test_races.py.
"""

from datetime import date

import pytest
from sqlalchemy import select

from kernel.clock import Instant
from kernel.errors import Refused
from referral.moving.services import Step as Asked
from referral.moving.services import get_task, move
from referral.request import request_of
from referral.states import Event, State
from referral.tables import referral_errand
from tests.cast import to
from tests.referrals.playing import COORDINATOR, GP, Players, departments, papers, request
from tests.referrals.times import at, local
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

MONDAY = "2026-11-23"


@pytest.fixture
def players(fresh_house: OpenHouse) -> Players:
    """Both sides at a station of the test's own, at 09:00 on a Monday."""
    fresh_house.clock.instant = at(f"{MONDAY} 09:00")
    departments(fresh_house)
    return Players(fresh_house)


def errands(players: Players, request_id: str) -> dict[tuple[str, str], bool]:
    """What was told beside a referral: (kind, whose) → whether it is open."""
    table = referral_errand
    with players.house.database.reading() as connection:
        found = connection.execute(select(table).where(table.c.request_id == request_id))
        return {(row.kind, row.owner_id): row.open for row in found}


def ticked(players: Players, moment: Instant) -> None:
    """The clock's job at an instant."""
    players.house.clock.instant = moment
    players.tick()


def test_1_only_the_receiver_accepts(players: Players) -> None:
    players.refer("r")
    with pytest.raises(Refused) as caught:
        players.play("gp1", "r", Event.ACCEPT, State.ACCEPTED)
    assert caught.value.status == 403
    assert "接收医院" in str(caught.value)
    assert players.state("r") is State.SUBMITTED


def test_2_what_nobody_answers_is_told_and_expires(players: Players) -> None:
    players.refer("r")
    ticked(players, at("2026-11-24 08:59"))
    assert errands(players, "r") == {}
    ticked(players, at("2026-11-24 09:00"))
    assert errands(players, "r") == {("escalation", GP): True, ("escalation", COORDINATOR): True}
    assert players.state("r") is State.SUBMITTED
    ticked(players, at("2026-11-25 08:59"))
    assert players.state("r") is State.SUBMITTED
    ticked(players, at("2026-11-25 09:00"))
    assert players.state("r") is State.EXPIRED
    assert players.request("r")["status"] == "revoked"
    assert players.task("r")[0]["status"] == "failed"
    row = players.row("r")
    assert (row.open, row.owner_side, row.owner_id) == (True, "community", GP)
    assert not players.outcome_row("r").known
    assert set(errands(players, "r").values()) == {False}


def test_3_what_was_declined_is_sent_again(players: Players) -> None:
    players.refer("old")
    players.bring("old", State.REJECTED)
    old = players.request("old")
    players.play("gp1", "old", Event.RESEND, State.REJECTED)
    again = request("new", status="draft", replaces=[to("ServiceRequest", "old")])
    players.house.save(*papers("new"), again)
    assert players.state("new") is State.DRAFT
    assert players.request("new")["requisition"] == old["requisition"]
    assert request_of(players.request("new")).replaces_id == "old"
    assert players.state("old") is State.REJECTED


def test_4_who_does_not_come_is_called(players: Players) -> None:
    players.refer("r")
    players.bring("r", State.SCHEDULED)
    booked = players.row("r").appointment_at
    assert local(booked) == "2026-11-24 09:00"
    ticked(players, at("2026-11-25 08:59"))
    assert players.state("r") is State.SCHEDULED
    ticked(players, at("2026-11-25 09:00"))
    assert players.state("r") is State.NO_SHOW
    assert errands(players, "r") == {("call-patient", GP): True}
    assert players.row("r").owner_id == GP
    players.play("coord1", "r", Event.REBOOK, State.SCHEDULED)
    assert errands(players, "r") == {("call-patient", GP): False}


@pytest.mark.parametrize(("on", "in_time"), [("2025-06-16", True), ("2025-06-17", False)])
def test_5_day_14_is_in_time(players: Players, on: str, in_time: bool) -> None:
    players.house.clock.instant = at("2025-06-02 16:00")
    players.refer("r")
    players.house.clock.instant = at(f"{on} 23:00")
    players.follow_up("r")
    row = players.outcome_row("r")
    assert row.first_due_on == date(2025, 6, 16)
    assert (row.first_on <= row.first_due_on) is in_time
    assert row.known


@pytest.mark.parametrize("source", [State.IN_CARE, State.FEEDBACK_SENT])
def test_6_who_cannot_be_taken_back_stays(players: Players, source: State) -> None:
    players.refer("r")
    players.bring("r", source)
    players.play("coord1", "r", Event.OFFER_BACK, State.BACK_OFFERED)
    other = State.FEEDBACK_SENT if source is State.IN_CARE else State.IN_CARE
    with pytest.raises(Refused) as caught:
        players.play("gp1", "r", Event.DECLINE_BACK, other)
    assert caught.value.status == 409
    players.play("gp1", "r", Event.DECLINE_BACK, source)
    assert players.state("r") is source
    row = players.row("r")
    assert row.back_offered_at is not None
    assert row.back_accepted_at is None


def test_7_the_loop_is_closed(players: Players) -> None:
    players.refer("r")
    players.bring("r", State.FOLLOWED_UP)
    players.play("gp1", "r", Event.ACKNOWLEDGE, State.CLOSED)
    task, _version = players.task("r")
    codes = {one["code"] for one in task["businessStatus"]["coding"]}
    assert codes == {"closed", "7.0"}
    assert task["status"] == "completed"
    assert players.request("r")["status"] == "completed"
    assert "owner" not in task
    assert "end" not in task["restriction"]["period"]
    row = players.row("r")
    assert (row.open, row.due_at, row.owner_id, row.closed_without_letter) == (
        False, None, None, False,
    )  # fmt: skip


def test_7_without_a_letter_it_is_said_so(players: Players) -> None:
    players.refer("r")
    players.bring("r", State.IN_CARE)
    players.follow_up("r")
    players.play("gp1", "r", Event.ACKNOWLEDGE, State.CLOSED)
    assert players.row("r").closed_without_letter
    assert players.moves("r")[-1].event == Event.CLOSE_WITHOUT_LETTER


def test_8_the_second_of_two_is_refused(players: Players) -> None:
    players.refer("r")
    with players.house.station.read(players.actor("coord1")) as work:
        _body, seen = get_task(work, "r")
    ask = Asked(Event.REQUEST_INFO, State.INFO_REQUESTED, text="请补充心电图")
    with players.house.station.write(players.actor("coord1")) as work:
        move(work, "r", ask, seen=seen)
    before = players.task("r")
    with (
        pytest.raises(Refused) as caught,
        players.house.station.write(players.actor("coord1")) as work,
    ):
        move(work, "r", Asked(Event.REJECT, State.REJECTED, reason="1"), seen=seen)
    assert caught.value.status == 412
    with (
        pytest.raises(Refused) as late,
        players.house.station.write(players.actor("coord1")) as work,
    ):
        move(work, "r", Asked(Event.REJECT, State.REJECTED, reason="1"))
    assert late.value.status == 409
    assert players.task("r") == before


CASES = [
    # urgency: submitted, told, answer due, expires (§6, worked cases)
    ("routine", ("2025-06-06 16:00", "2025-06-09 16:00", "2025-06-09 16:00", "2025-06-10 16:00")),
    ("urgent", ("2025-06-06 16:00", "2025-06-09 10:00", "2025-06-09 10:00", "2025-06-09 16:00")),
    ("emergency", ("2025-06-06 16:00", "2025-06-06 16:15", "2025-06-06 17:00", "2025-06-07 16:00")),
    ("routine", ("2025-09-30 17:00", "2025-10-09 17:00", "2025-10-09 17:00", "2025-10-10 17:00")),
]
MINUTE = 60_000_000


@FRESH_ON_SQLITE
@pytest.mark.parametrize(("urgency", "times"), CASES)
def test_working_time_through_the_clock(
    players: Players, urgency: str, times: tuple[str, str, str, str]
) -> None:
    sent, told, due, ends = times
    players.house.clock.instant = at(sent)
    players.refer("r", urgency=urgency)
    assert local(players.row("r").answer_due_at) == due
    ticked(players, at(told) - MINUTE)
    assert players.row("r").escalated_at is None
    ticked(players, at(told))
    assert local(players.row("r").escalated_at) == told
    ticked(players, at(ends) - MINUTE)
    assert players.state("r") is State.SUBMITTED
    ticked(players, at(ends))
    assert players.state("r") is State.EXPIRED
    assert [one.event for one in players.moves("r")] == ["submit", "escalate", "expire"]
