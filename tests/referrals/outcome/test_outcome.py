"""What came of a referral: the table of chronic-disease.md §1.6, on pages and through the forms."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from health.api import get_follow_up
from health.followups.services import cancel
from records.life.moves import Answer, Asked, accept_move, request_move
from referral.codes import CANCEL_REASONS
from referral.states import Event, State
from referral.tables import referral_case, referral_outcome
from tests.followups.sending import enrolled, follow_up, put
from tests.life.people import filed
from tests.pages.browsing import signed_in, words
from tests.referrals.requests.writing import drafted, moved, rejected, sent, state, stored
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

SENT = date(2026, 11, 23)
PLAN = {"finding": "1", "plan": "氨氯地平 10 mg 每日 1 次，目标 <140/90 mmHg"}
IN_HOSPITAL = {"finding": "2", "hospital": "市人民医院 心内科", "discharge-on": "2026-12-10"}
NOT_GONE = {"finding": "3", "not-gone-reason": "家人不同意"}
NOT_CONFIRMED = {"finding": "4", "contacted": "本人、女儿、市人民医院急诊"}


@dataclass(frozen=True, slots=True)
class Row:
    """What the lists know of an outcome follow-up."""

    known: bool
    due_on: date
    finding: str | None
    first_on: date | None
    first_due_on: date
    contacts: int


def outcome(house: OpenHouse, id_: str) -> Row:
    row = referral_outcome.c
    columns = (row.known, row.due_on, row.finding, row.first_on, row.first_due_on, row.contacts)
    with house.station.read() as work:
        found = work.connection.execute(select(*columns).where(row.request_id == id_)).one()
    return Row(*found)


def passed(house: OpenHouse, days: int) -> None:
    """So many days later."""
    house.clock.advance(days=days)


def told(house: OpenHouse, id_: str, on: date, **typed: Any) -> Any:
    """The form of a referral's outcome, sent by the GP."""
    visitor = signed_in(house, "gp1")
    page = visitor.get(f"/referrals/{id_}/outcome")
    assert page.status_code == 200, words(page)
    seen = re.findall(r'name="seen" value="(\d+)"', page.text)[0]
    form = {"on": on.isoformat(), "mode": "3", "seen": seen, **typed}
    return visitor.post(f"/referrals/{id_}/outcome", form)


@pytest.mark.parametrize(
    ("days", "typed", "due", "in_time"),
    [
        pytest.param(9, PLAN, None, True, id="O1"),
        pytest.param(14, NOT_GONE, 28, True, id="O2"),
        pytest.param(15, PLAN, None, False, id="O3"),
        pytest.param(8, IN_HOSPITAL, 22, True, id="O4"),
    ],
)
@FRESH_ON_SQLITE
def test_the_worked_cases_on_the_page(
    fresh_house: OpenHouse,
    days: int,
    typed: dict[str, str],
    due: int | None,
    in_time: bool,
) -> None:
    """`due`: the day of the next contact, counted from the referral; None where all is known."""
    house = fresh_house
    sent(house, "r1")
    assert outcome(house, "r1").due_on == SENT + timedelta(days=14)
    passed(house, days)
    answer = told(house, "r1", SENT + timedelta(days=days), **typed)
    assert answer.status_code == 303, words(answer)
    found = outcome(house, "r1")
    known = due is None
    assert found.known is known
    assert found.finding == typed["finding"]
    assert (found.first_on is not None and found.first_on <= found.first_due_on) is in_time
    if due is not None:
        assert found.due_on == SENT + timedelta(days=due)
    assert state(house, "r1") == ("followed-up" if known else "submitted")


@FRESH_ON_SQLITE
def test_the_worked_cases_on_the_programmes_form(fresh_house: OpenHouse) -> None:
    """O2, then O1: a referral that began in a programme is asked about there, and it is heard."""
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    sent(house, "r1", programme="hypertension")
    visitor = signed_in(house, "gp1")
    opened = visitor.get("/referrals/r1/outcome")
    assert opened.headers["location"] == (
        "/residents/li-na/follow-ups/new?programmes=referral-outcome&of=hypertension"
    )
    passed(house, 14)
    refused: dict[str, Any] = {"finding": "3", "not-gone-reason": "家人不同意"}
    heard(house, "o1", SENT + timedelta(days=14), **refused)
    found = outcome(house, "r1")
    assert (found.known, found.due_on) == (False, SENT + timedelta(days=28))
    passed(house, 5)
    heard(house, "o2", SENT + timedelta(days=19), finding="1", plan="氨氯地平 10 mg")
    found = outcome(house, "r1")
    assert (found.known, found.finding, found.contacts) == (True, "1", 2)
    assert state(house, "r1") == "followed-up"


def heard(house: OpenHouse, id_: str, on: date, *, code: int = 201, **values: Any) -> None:
    """An answer to the programme's form about what came of a referral."""
    told = {"visit-date": on, "visit-mode": "3", "programme": "hypertension", **values}
    put(house, follow_up("li-na", "referral-outcome", told, id=id_), code)


@FRESH_ON_SQLITE
def test_a_corrected_answer_is_heard_once_and_as_it_is_now(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    sent(house, "r1", programme="hypertension")
    passed(house, 8)
    day = SENT + timedelta(days=8)
    heard(house, "o1", day, finding="2", hospital="市人民医院")
    assert outcome(house, "r1").due_on == SENT + timedelta(days=22)
    heard(house, "o1", day, code=200, finding="1", plan="氨氯地平 10 mg")
    found = outcome(house, "r1")
    assert (found.known, found.finding, found.contacts) == (True, "1", 1)
    heard(house, "o1", day, code=200, finding="2", hospital="市人民医院")
    found = outcome(house, "r1")
    assert (found.known, found.finding, found.contacts) == (False, "2", 1)
    assert found.due_on == SENT + timedelta(days=22)


def test_an_answer_that_is_taken_back_leaves_the_question_open(fresh_house: OpenHouse) -> None:
    house = fresh_house
    enrolled(house, "li-na", "hypertension", "2026-01-05")
    sent(house, "r1", programme="hypertension")
    passed(house, 8)
    heard(house, "o1", SENT + timedelta(days=8), finding="1", plan="氨氯地平 10 mg")
    assert outcome(house, "r1").known
    with house.station.write(house.actor("gp1")) as work:
        cancel(work, get_follow_up(work, "o1"), reason="录错了人")
    found = outcome(house, "r1")
    assert (found.known, found.finding, found.contacts) == (False, None, 0)
    assert found.due_on == SENT + timedelta(days=14)
    heard(house, "o2", SENT + timedelta(days=8), finding="1", plan="氨氯地平 10 mg")
    assert outcome(house, "r1").known


@FRESH_ON_SQLITE
def test_after_the_second_refusal_a_doctor_looks_at_it_and_it_is_signed(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    sent(house, "r1")
    assert told(house, "r1", SENT, **NOT_GONE).status_code == 303
    passed(house, 14)
    again = SENT + timedelta(days=14)
    refused = told(house, "r1", again, **NOT_GONE)
    assert refused.status_code == 422
    assert "这是第 2 次未去：请填写医生评估意见" in words(refused)
    assert "这是第 2 次未去：请填写已签署拒绝转诊意见" in words(refused)
    assert "家人不同意" in refused.text
    signed = {**NOT_GONE, "doctor-opinion": "继续社区随访，调整用药", "refusal-signed": "2"}
    assert told(house, "r1", again, **signed).status_code == 303
    found = outcome(house, "r1")
    assert (found.known, found.finding) == (True, "3")
    assert state(house, "r1") == "followed-up"


@FRESH_ON_SQLITE
def test_an_arrival_that_is_not_confirmed_is_asked_again_the_next_day(
    fresh_house: OpenHouse,
) -> None:
    sent(fresh_house, "r1", urgency="emergency", phoned_at="2026-11-23T09:00:00+08:00")
    assert told(fresh_house, "r1", SENT, **NOT_CONFIRMED).status_code == 303
    assert outcome(fresh_house, "r1").due_on == SENT + timedelta(days=1)


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "请选择转诊结果。"),
        ({"finding": "1"}, "请填写治疗方案和新的控制目标。"),
        ({"finding": "3"}, "请填写未去的原因。"),
        ({"finding": "4"}, "请填写已联系的人和单位。"),
        ({"finding": "5"}, "请填写说明。"),
        ({**PLAN, "on": "2026-11-22"}, "应在转诊日期（2026-11-23）至今天（2026-11-23）之间"),
        ({**PLAN, "on": "2026-11-24"}, "应在转诊日期（2026-11-23）至今天（2026-11-23）之间"),
        ({**PLAN, "mode": "9"}, "随访方式：请从列出的选项中选择"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_recorded(
    fresh_house: OpenHouse, typed: dict[str, str], sentence: str
) -> None:
    sent(fresh_house, "r1")
    visitor = signed_in(fresh_house, "gp1")
    visitor.get("/referrals/r1/outcome")
    answer = visitor.post("/referrals/r1/outcome", {"on": "2026-11-23", "mode": "3", **typed})
    assert answer.status_code == 422
    assert sentence in words(answer)
    assert outcome(fresh_house, "r1").contacts == 0


@FRESH_ON_SQLITE
def test_what_is_known_is_not_asked_again_and_who_may_ask(fresh_house: OpenHouse) -> None:
    house = fresh_house
    sent(house, "r1")
    for who, status in (("gp2", 404), ("coord1", 403), ("nurse1", 200)):
        assert signed_in(house, who).get("/referrals/r1/outcome").status_code == status, who
    visitor = signed_in(house, "gp1")
    visitor.get("/referrals/r1/outcome")
    assert visitor.post("/referrals/r1/outcome", {**PLAN, "on": "2026-11-23", "mode": "3",
                                                   "seen": "9"}).status_code == 422  # fmt: skip
    assert told(house, "r1", SENT, **PLAN).status_code == 303
    assert visitor.get("/referrals/r1/outcome").status_code == 409


@FRESH_ON_SQLITE
def test_a_declined_and_a_cancelled_referral_are_still_asked_about(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    rejected(house, "r1")
    assert not outcome(house, "r1").known
    sent(house, "r2", patient="wang-xiaoming")
    moved(house, "r2", Event.CANCEL, State.CANCELLED, "gp1", reason="3")
    assert not outcome(house, "r2").known
    assert told(house, "r2", SENT, finding="1", plan="自行就诊，已带回方案").status_code == 303
    assert state(house, "r2") == "followed-up"


def test_scenario_7_the_outcome_is_read_and_the_loop_is_closed(fresh_house: OpenHouse) -> None:
    house = fresh_house
    sent(house, "r1")
    assert told(house, "r1", SENT, **PLAN).status_code == 303
    moved(house, "r1", Event.CLOSE_WITHOUT_LETTER, State.CLOSED, "gp1")
    task = stored(house, "Task", "r1-task")
    assert stored(house, "ServiceRequest", "r1")["status"] == "completed"
    assert task["status"] == "completed"
    assert [one["code"] for one in task["businessStatus"]["coding"]] == ["closed", "7.0"]
    with house.station.read() as work:
        row = work.connection.execute(
            select(referral_case).where(referral_case.c.request_id == "r1")
        ).one()
    assert not row.open
    assert row.closed_without_letter


def test_death_ends_the_referral_and_its_question(fresh_house: OpenHouse) -> None:
    """The file is closed on its page; what was open of a referral ends with it."""
    house = fresh_house
    person = filed(house)
    sent(house, "r1", person)
    drafted(house, "r2", person)
    visitor = signed_in(house, "gp1")
    visitor.get(f"/residents/{person}/file/close")
    form = {"reason": "1", "on": SENT.isoformat(), "cause": "心肌梗死"}
    closed = visitor.post(f"/residents/{person}/file/close", form)
    assert closed.status_code == 303, words(closed)
    for id_ in ("r1", "r2"):
        assert state(house, id_) == "cancelled", id_
        reason = stored(house, "Task", f"{id_}-task")["statusReason"]
        assert reason["coding"] == [{"system": CANCEL_REASONS, "code": "5"}]
    found = outcome(house, "r1")
    assert (found.known, found.finding) == (True, "6")
    with house.station.read() as work:
        still_open = select(referral_case.c.request_id).where(referral_case.c.open.is_(True))
        assert work.connection.execute(still_open).all() == []
    new = visitor.get(f"/referrals/new?resident={person}")
    refused = visitor.post("/referrals/new", {"resident": person, "do": "keep"})
    assert (new.status_code, refused.status_code) == (200, 422)
    assert "档案已结案，不能转诊" in words(refused)


@FRESH_ON_SQLITE
def test_a_file_that_is_closed_for_another_reason_ends_nothing(fresh_house: OpenHouse) -> None:
    house = fresh_house
    person = filed(house)
    sent(house, "r1", person)
    visitor = signed_in(house, "gp1")
    visitor.get(f"/residents/{person}/file/close")
    form = {"reason": "4", "on": SENT.isoformat(), "signed_on": SENT.isoformat()}
    closed = visitor.post(f"/residents/{person}/file/close", form)
    assert closed.status_code == 303, words(closed)
    assert state(house, "r1") == "submitted"
    assert not outcome(house, "r1").known


def test_who_moves_takes_the_referral_along(fresh_house: OpenHouse) -> None:
    house = fresh_house
    person, doctor = filed(house), "practitioner-station-2-gp"
    sent(house, "r1", person)
    with house.station.write(house.actor("gp1")) as work:
        asked = request_move(work, person, Asked("station-2", "搬家到二站"))
    with house.station.write(house.actor("gp2")) as work:
        accept_move(work, asked, Answer(doctor, SENT))
    with house.station.read() as work:
        case = work.connection.execute(
            select(referral_case).where(referral_case.c.request_id == "r1")
        ).one()
        owner = work.connection.execute(
            select(referral_outcome.c.organisation_id, referral_outcome.c.doctor_id).where(
                referral_outcome.c.request_id == "r1"
            )
        ).one()
    assert (case.community_id, case.doctor_id, case.state) == ("station-2", doctor, "submitted")
    assert tuple(owner) == ("station-2", doctor)
    assert "r1" in signed_in(house, "gp2").get("/referrals?tab=outcome").text
    assert "r1" not in signed_in(house, "gp1").get("/referrals?tab=outcome").text
