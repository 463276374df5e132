"""What nobody can do to a referral: take it away, take it over, or change what was said."""

from typing import Any

import pytest
from sqlalchemy import select, update

from kernel.clock import DAY
from kernel.db.tables import kernel_grant
from kernel.errors import Refused
from records.events import FileClosed
from referral.codes import CANCEL_REASONS, REFERRAL, SLIP_MISSING, TASKS
from referral.moving.errands import errand_id
from referral.moving.services import task_id
from referral.outcome.bodies import REFERRED_ON, outcome_id
from referral.states import Event, State
from referral.tables import referral_case
from referral.task import business_status, output
from tests.cast import coded, to
from tests.referrals.playing import COORDINATOR2, GP, Players, departments, papers, request
from tests.support.answers import refusal
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

pytestmark = FRESH_ON_SQLITE
ALIVE = sorted(set(State) - {State.PENDING_APPROVAL, State.CLOSED, State.DRAFT, State.EXPIRED})
OPEN = [*ALIVE, State.EXPIRED]


@pytest.fixture
def players(fresh_house: OpenHouse) -> Players:
    """Both sides at a station of the test's own."""
    departments(fresh_house)
    return Players(fresh_house)


def put(players: Players, as_: str, body: dict[str, Any]) -> Any:
    """Save a resource over the API, as it is."""
    return players.house.client(as_).put(f"{body['resourceType']}/{body['id']}", body)


@pytest.mark.parametrize("as_", ["gp1", "head1", "coord1", "platform"])
def test_nobody_deletes_a_referral(players: Players, as_: str) -> None:
    players.refer("r")
    client = players.house.client(as_)
    trail = players.house.client("platform").get(f"Provenance?target=Task/{task_id('r')}").json()
    for one in trail["entry"]:
        client.delete(f"Provenance/{one['resource']['id']}")
    for address in (f"Task/{outcome_id('r')}", f"Task/{task_id('r')}", "ServiceRequest/r"):
        assert client.delete(address).status_code in (403, 409, 422), address
    assert players.state("r") is State.SUBMITTED
    assert not players.outcome_row("r").known


def test_of_a_draft_the_task_goes_with_the_request(players: Players) -> None:
    players.refer("r", status="draft")
    client = players.house.client("gp1")
    assert players.house.client("gp2").delete("ServiceRequest/r").status_code == 404
    assert client.delete(f"Task/{task_id('r')}").status_code == 409  # its trail refers to it
    assert client.delete("ServiceRequest/r").status_code == 409  # its Task refers to it


@pytest.mark.parametrize("state", OPEN)
def test_death_ends_it_wherever_it_is(players: Players, state: State) -> None:
    players.bring(players.refer("r"), state)
    players.house.clock.advance(days=1)
    with players.house.station.write(players.actor("gp1")) as work:
        work.emit(FileClosed("wang-xiaoming", "station-1", work.today, "1"))
    row = players.row("r")
    assert (row.state, row.open, row.owner_id, row.due_at) == ("cancelled", False, None, None)
    outcome = players.outcome_row("r")
    found = "1" if state is State.FOLLOWED_UP else "6"  # that it was known before stays
    assert (outcome.known, outcome.finding) == (True, found)
    players.house.clock.advance(days=60)
    players.tick()
    assert players.row("r") == row


def test_death_told_by_the_doctor_ends_the_outcome_too(players: Players) -> None:
    players.bring(players.refer("r"), State.IN_CARE)
    players.move("gp1", "r", Event.CANCEL, State.CANCELLED, reason="5")
    assert not players.row("r").open
    assert players.outcome_row("r").known


@pytest.mark.parametrize("status", ["completed", "on-hold", "draft", "entered-in-error", "unknown"])
def test_the_request_is_not_ended_by_hand(players: Players, status: str) -> None:
    players.refer("r")
    refused = put(players, "gp1", {**players.request("r"), "status": status})
    assert refused.status_code == 409
    assert players.request("r")["status"] == "active"


def test_what_was_sent_stays_as_it_was_said(players: Players) -> None:
    players.refer("r")
    body = players.request("r")
    for name in ("extension", "category", "reasonCode"):
        refused = put(players, "gp1", {k: v for k, v in body.items() if k != name})
        assert refused.status_code == 409, name
    without = {k: v for k, v in body.items() if k not in ("supportingInfo", "requisition")}
    assert put(players, "gp1", without).status_code == 200
    assert players.request("r")["supportingInfo"] == body["supportingInfo"]
    assert players.request("r")["requisition"] == body["requisition"]
    visit = to("Encounter", "wang-xiaoming-visit")
    assert put(players, "gp1", {**body, "supportingInfo": [visit]}).status_code == 200
    assert players.request("r")["supportingInfo"] == [*body["supportingInfo"], visit]


def test_a_revoked_request_is_a_cancelled_referral(players: Players) -> None:
    players.refer("r")
    assert put(players, "gp1", {**players.request("r"), "status": "revoked"}).status_code == 200
    assert players.state("r") is State.CANCELLED
    assert players.row("r").open


def test_the_person_who_is_there_is_not_called_back(players: Players) -> None:
    players.bring(players.refer("r"), State.ARRIVED)
    refused = put(players, "gp1", {**players.request("r"), "status": "revoked"})
    assert "已到诊" in refusal(refused, 409)[0]["diagnostics"]
    assert players.request("r")["status"] == "active"


def test_a_task_that_was_there_before_is_no_referral(players: Players) -> None:
    plain = {
        "resourceType": "Task",
        "id": task_id("r"),
        "status": "requested",
        "intent": "order",
        "for": to("Patient", "wang-xiaoming"),
    }
    players.house.save(plain)
    players.refer("r")
    assert players.state("r") is State.SUBMITTED
    other = {**plain, "id": "other"}
    players.house.save(other)
    code = coded(TASKS, REFERRAL)
    made = {**other, "code": code, "focus": to("ServiceRequest", "r")}
    submitted = {**made, "businessStatus": business_status(State.SUBMITTED)}
    for as_ in ("gp1", "platform"):
        refusal(put(players, as_, submitted), 422)


@pytest.mark.parametrize("as_", ["gp1", "platform"])
def test_a_client_makes_no_task_of_a_referral(players: Players, as_: str) -> None:
    players.refer("r")
    task, _version = players.task("r")
    sent = {k: v for k, v in task.items() if k not in ("id", "meta")}
    told = refusal(players.house.client(as_).post("Task", sent), 422)
    assert "ServiceRequest" in told[0]["diagnostics"]


def test_the_hospital_that_gets_it_begins_anew(players: Players) -> None:
    players.bring(players.refer("r"), State.FEEDBACK_SENT)
    players.play("coord1", "r", Event.OFFER_BACK, State.BACK_OFFERED)
    players.play("gp1", "r", Event.DECLINE_BACK, State.FEEDBACK_SENT)
    players.bring(players.refer("s"), State.IN_CARE)
    players.play("coord1", "s", Event.OFFER_BACK, State.BACK_OFFERED)
    players.play("gp1", "s", Event.DECLINE_BACK, State.IN_CARE)
    players.play("coord1", "s", Event.TRANSFER, State.SUBMITTED)
    row = players.row("s")
    assert (row.hospital_id, row.owner_id, row.appointment_id) == ("hospital-2", COORDINATOR2, None)
    client = players.house.client("coord2")
    task = client.get(f"Task/{task_id('s')}").json()
    assert client.put(f"Task/{task_id('s')}", task).status_code == 200  # it asks for nothing
    players.play("coord2", "s", Event.ACCEPT, State.ACCEPTED)
    with pytest.raises(Refused) as booked:
        players.move("coord2", "s", Event.BOOK, State.SCHEDULED)
    assert booked.value.status == 422
    players.move("coord2", "s", Event.ARRIVE, State.ARRIVED)
    players.move("coord2", "s", Event.START, State.IN_CARE)
    with pytest.raises(Refused) as letter:
        players.move("coord2", "s", Event.SEND_OUTCOME, State.FEEDBACK_SENT)
    assert letter.value.status == 422
    players.play("coord2", "s", Event.SEND_OUTCOME, State.FEEDBACK_SENT)


def test_the_question_is_no_answer(players: Players) -> None:
    players.refer("r")
    players.play("coord1", "r", Event.REQUEST_INFO, State.INFO_REQUESTED)
    task, _version = players.task("r")
    asked = {**task, "businessStatus": business_status(State.SUBMITTED)}
    refusal(put(players, "gp1", asked), 422)
    answered = {**asked, "statusReason": {"text": "心电图：窦性心律"}}
    assert put(players, "gp1", answered).status_code == 200
    assert players.moves("r")[-1].text == "心电图：窦性心律"


def test_what_was_sent_back_stays(players: Players) -> None:
    players.bring(players.refer("r"), State.FEEDBACK_SENT)
    task, _version = players.task("r")
    without = {k: v for k, v in task.items() if k != "output"}
    assert put(players, "coord1", without).status_code == 200
    assert players.task("r")[0]["output"] == task["output"]
    other = {**without, "output": [output("Composition/r-slip", "转出单")]}
    assert put(players, "coord1", other).status_code == 200
    assert players.task("r")[0]["output"] == [*task["output"], *other["output"]]


def test_the_outcome_s_own_task_is_nobody_s_to_change(players: Players) -> None:
    players.refer("r")
    before, row = players.outcome("r"), players.outcome_row("r")
    later = {"period": {"end": "2099-01-01"}}
    told = [{"url": REFERRED_ON, "valueDate": "2026-01-01"}]
    changed = {
        **{k: v for k, v in before.items() if k != "owner"},
        "status": "cancelled",
        "restriction": later,
        "extension": told,
        "for": to("Patient", "li-na"),
    }
    put(players, "gp1", changed)
    assert players.outcome_row("r") == row
    assert players.outcome("r")["owner"] == before["owner"]


def until(players: Players, hospital: str) -> int:
    """Until when a hospital sees the person."""
    grant = kernel_grant.c
    with players.house.database.reading() as connection:
        found = select(grant.until).where(grant.organisation_id == hospital)
        return int(connection.execute(found).scalar_one())


def test_an_ended_referral_opens_nothing_again(players: Players) -> None:
    players.bring(players.refer("r"), State.CLOSED)
    ends = until(players, "hospital-1")
    assert ends == players.house.clock.now() + 30 * DAY
    players.house.clock.advance(days=20)
    players.play("coord1", "r", Event.SEND_OUTCOME, State.CLOSED)
    assert until(players, "hospital-1") == ends
    players.house.clock.advance(days=11)
    assert players.house.client("coord1").get("Patient/wang-xiaoming").status_code == 404


def test_what_is_told_of_an_ended_one_opens_nothing_again(players: Players) -> None:
    players.bring(players.refer("r"), State.REJECTED)
    ends = until(players, "hospital-1")
    players.house.clock.advance(days=40)
    players.tick()
    assert players.moves("r")[-1].event == Event.ESCALATE
    assert until(players, "hospital-1") == ends


def test_a_clock_that_is_ahead_holds_nothing_up(players: Players) -> None:
    players.house.save(*papers("r"), request("r", authoredOn="2026-11-23T23:00:00+08:00"))
    players.play("coord1", "r", Event.REQUEST_INFO, State.INFO_REQUESTED)


def test_a_referral_of_the_night_is_followed_up_the_same_night(players: Players) -> None:
    players.house.clock.advance(hours=15)  # 00:05 in Shanghai, still the 23rd in UTC
    players.bring(players.refer("r", urgency="emergency"), State.ARRIVED)
    players.follow_up("r", "2")
    players.follow_up("r", "1")
    assert players.outcome_row("r").known


def test_what_cannot_be_moved_holds_up_nothing(
    players: Players, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(3):
        players.bring(players.refer(f"stuck{n}"), State.CLOSED)
    players.refer("r")
    with players.house.station.write() as work:
        closed = referral_case.c.state == "closed"
        work.connection.execute(update(referral_case).where(closed).values(look_at=1))
    players.house.clock.advance(days=1)
    monkeypatch.setattr("referral.moving.clock._LOOKED_AT", 2)
    players.tick()
    assert players.moves("r")[-1].event == Event.ESCALATE
    assert "stuck0" in caplog.text


def test_a_cancel_reason_that_is_not_ours_is_no_death(players: Players) -> None:
    players.bring(players.refer("r"), State.IN_CARE)
    task, _version = players.task("r")
    asked = {**task, "businessStatus": business_status(State.CANCELLED)}
    refusal(put(players, "gp1", {**asked, "statusReason": coded(CANCEL_REASONS, "1")}), 409)
    refusal(put(players, "coord1", {**asked, "statusReason": coded(CANCEL_REASONS, "5")}), 403)


def test_what_is_overdue_as_it_begins_can_be_moved(players: Players) -> None:
    players.bring(players.refer("r"), State.ACCEPTED)
    players.house.clock.advance(days=20)
    players.play("gp1", "r", Event.CANCEL, State.CANCELLED)
    assert players.row("r").due_at < players.house.clock.now()
    players.tick()
    assert players.moves("r")[-1].event == Event.ESCALATE
    players.follow_up("r")
    assert players.state("r") is State.FOLLOWED_UP


def test_a_slip_that_follows_settles_what_asked_for_it(players: Players) -> None:
    players.refer("r", urgency="emergency", phoned=True)
    asked = errand_id("r", SLIP_MISSING, "referrer")
    errand = players.house.client("gp1").get(f"Task/{asked}").json()
    assert (errand["status"], errand["owner"]) == ("requested", to("Practitioner", GP))
    players.house.save(*papers("r"))
    told = [to("Consent", "r-consent"), to("Composition", "r-slip")]
    saved = put(players, "gp1", {**players.request("r"), "supportingInfo": told})
    assert saved.status_code == 200
    assert players.house.client("gp1").get(f"Task/{asked}").json()["status"] == "completed"
