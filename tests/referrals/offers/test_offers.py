"""A hospital offers back whom nobody referred to it: what it learns, what it does not."""

import re
from typing import Any

import httpx2
import pytest

from demo.cast import practitioner_id
from records.life.territory import list_committees
from referral.codes import CATEGORY, DIRECTION, INDICATIONS
from referral.states import Event, State
from referral.task import letters_of
from tests.cast import RESIDENTS, citizen_number, coded, to
from tests.pages.browsing import Visitor, audited, signed_in, words
from tests.referrals.letters.writing import SUBMISSION, TYPED
from tests.referrals.playing import COORDINATOR, Players, consent, departments, document
from tests.referrals.playing import LETTER as LETTER_TYPE
from tests.support.answers import entries, ids
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse

FOUND = re.compile(r'name="found" value="([^"]+)"')
LETTER = {**TYPED, "act": "offer", "indication": "L1", "first_contact": "4", "consented": "1"}
NOBODY = citizen_number("37990019700101088")
UNKNOWN = "没有找到此人的档案"


def number_of(who: str) -> str:
    """The identity number of a resident."""
    return str(RESIDENTS[who]["identifier"][0]["value"])


@pytest.fixture
def players(fresh_house: OpenHouse) -> Players:
    departments(fresh_house)
    return Players(fresh_house)


def asked(visitor: Visitor, number: str, name: str) -> httpx2.Response:
    """Ask who manages somebody."""
    return visitor.post(
        "/referral-offers/new", {"number": number, "name": name, "indication": "L1"}
    )


def offered(
    visitor: Visitor, number: str, name: str, **typed: str
) -> tuple[httpx2.Response, dict[str, str]]:
    """Ask, then send the letter; the answer and what the form carried."""
    shown = asked(visitor, number, name)
    assert shown.status_code == 200, words(shown)
    found, made = FOUND.search(shown.text), SUBMISSION.search(shown.text)
    assert found, words(shown)
    assert made, words(shown)
    carried = {"found": found[1], "submission": made[1]}
    form = {**LETTER, **carried, **typed}
    files: Any = {"file_1": ("", b"")}
    return visitor.post("/referral-offers", form, files=files), carried


def test_the_hospital_learns_the_institution_and_offers_the_patient_there(
    players: Players,
) -> None:
    house = players.house
    coordinator = signed_in(house, "coord1")
    shown = asked(coordinator, number_of("li-na"), "李娜")
    told = words(shown)
    name = house.client("gp1").get("Organization/station-1").json()["name"]
    assert name in told
    for secret in ("li-na", "13900010002", "1962", "观海路", "女"):
        assert secret not in told.replace("子女", ""), secret
    assert "li-na" not in shown.text
    assert number_of("li-na") not in shown.text
    answer, _carried = offered(coordinator, number_of("li-na"), "李娜")
    assert answer.status_code == 303, words(answer)
    id_ = answer.headers["location"].removeprefix("/referrals/")
    assert players.state(id_) is State.BACK_OFFERED
    row = players.row(id_)
    assert (row.direction, row.community_id, row.hospital_id, row.owner_side, row.open) == (
        "down", "station-1", "hospital-1", "community", True,
    )  # fmt: skip
    assert row.first_contact == "4"
    assert row.owner_id != COORDINATOR, (
        "it waits for the community's doctor, not for the hospital's"
    )
    assert row.owner_id == practitioner_id("station-1", "station_head"), "李娜 has no doctor yet"
    assert players.moves(id_)[0].reason == "L1"
    assert players.outcome_row(id_).first_due_on.isoformat() == "2026-12-07"
    rows = audited(house, "operation")
    assert [r["name"] for r in rows if r["patient_id"] == "li-na"] == ["coord1"] * 2


def test_it_sees_the_offer_and_nothing_else_of_the_person(players: Players) -> None:
    house = players.house
    players.refer("elsewhere", "li-na", hospital="hospital-2")
    answer, _carried = offered(signed_in(house, "coord1"), number_of("li-na"), "李娜")
    id_ = answer.headers["location"].removeprefix("/referrals/")
    hospital = house.client("coord1")
    assert ids(hospital.get("ServiceRequest")) == [id_]
    assert ids(hospital.get("Task")) == [f"{id_}-task"]
    assert hospital.get(f"ServiceRequest/{id_}").status_code == 200
    for path in (
        "Patient/li-na", "Patient/li-na/$everything", "ServiceRequest/elsewhere",
        "Task/elsewhere-task", f"Task/{id_}-followup", "Composition/elsewhere-slip",
    ):  # fmt: skip
        assert hospital.get(path).status_code == 404, path
    for type_ in ("Patient", "Observation", "Condition", "Encounter", "Composition", "Consent"):
        assert entries(hospital.get(type_)) == [], type_
    assert entries(hospital.search("Task", ("patient", "Patient/li-na")))[0]["id"] == f"{id_}-task"
    own = signed_in(house, "coord1").get(f"/referrals/{id_}/letter/{id_}-letter")
    assert "每日步行 30 分钟" in words(own)
    printed = words(signed_in(house, "coord1").get(f"/referrals/{id_}/print"))
    assert "双向转诊（回转）单" in printed
    assert "李娜" in printed
    assert "13900010002" not in printed


def test_a_wrong_name_is_answered_as_a_number_that_nobody_has(players: Players) -> None:
    coordinator = signed_in(players.house, "coord1")
    known = asked(coordinator, number_of("li-na"), "李四")
    unknown = asked(coordinator, NOBODY, "李四")
    assert (known.status_code, unknown.status_code) == (200, 200)

    def plain(answer: httpx2.Response) -> str:
        text = re.sub(r"\d{6}\*+\w{4}", "", words(answer))
        return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text)

    assert plain(known) == plain(unknown)
    assert UNKNOWN in plain(known)
    where = {"committee": committee(players.house), "address": "观海路99号"}
    first, _one = offered(coordinator, number_of("li-na"), "李四", **where)
    second, _two = offered(coordinator, NOBODY, "李四", **where)
    assert (first.status_code, second.status_code) == (303, 303), words(first)


def committee(house: OpenHouse) -> str:
    """A committee that station-1 serves."""
    with house.station.read() as work:
        return list_committees(work, "station-1")[0].code


def test_who_has_no_file_gets_a_draft_where_the_address_is_served(players: Players) -> None:
    house = players.house
    answer, _carried = offered(
        signed_in(house, "coord1"), NOBODY, "赵新来",
        committee=committee(house), address="观海路99号", phone="13900019999",
    )  # fmt: skip
    assert answer.status_code == 303, words(answer)
    id_ = answer.headers["location"].removeprefix("/referrals/")
    body = players.request(id_)
    person = house.client("gp1").get(body["subject"]["reference"]).json()
    assert person["managingOrganization"]["reference"] == "Organization/station-1"
    assert (person["birthDate"], person["name"][0]["text"]) == ("1970-01-01", "赵新来")
    state = [e for e in person["extension"] if e["url"].endswith("/record-state")]
    assert state[0]["valueCodeableConcept"]["coding"][0]["code"] == "draft"
    assert house.client("coord1").get(body["subject"]["reference"]).status_code == 404
    assert players.row(id_).community_id == "station-1"


def test_the_station_declines_or_accepts(players: Players) -> None:
    house = players.house
    coordinator = signed_in(house, "coord1")
    made = [offered(coordinator, number_of(who), name)[0] for who, name in (
        ("li-na", "李娜"), ("zhang-wei", "张伟"),
    )]  # fmt: skip
    declined, accepted = (one.headers["location"].removeprefix("/referrals/") for one in made)
    players.play("gp1", declined, Event.DECLINE_BACK, State.IN_CARE)
    players.play("gp1", accepted, Event.ACCEPT_BACK, State.BACK_ACCEPTED)
    assert players.row(declined).back_accepted_at is None
    assert players.row(accepted).back_accepted_at is not None
    players.play("coord1", declined, Event.OFFER_BACK, State.BACK_OFFERED)
    assert house.client("coord1").get("Patient/li-na").status_code == 404
    players.play("gp1", declined, Event.DECLINE_BACK, State.IN_CARE)
    players.play("coord1", declined, Event.TRANSFER, State.SUBMITTED)
    assert house.client("coord2").get("Patient/li-na").status_code == 404
    assert ids(house.client("coord2").get("ServiceRequest")) == [declined]


def test_a_way_back_that_is_declined_goes_back_into_care(players: Players) -> None:
    """Scenario 6: offered back, no capacity; the state is in-care again, nobody was taken back."""
    id_ = players.bring(players.refer("sixth"), State.BACK_OFFERED)
    players.play("gp1", id_, Event.DECLINE_BACK, State.IN_CARE)
    row = players.row(id_)
    assert (row.state, row.back_accepted_at) == (State.IN_CARE, None)
    assert row.back_offered_at is not None


def test_the_platform_sends_one_that_enters_as_offered_back(players: Players) -> None:
    """By the API: a ServiceRequest with direction down brings its own Task, once it is active."""
    papers = [to("Consent", "sent-down-consent"), to("Composition", "sent-down-letter")]
    letter = document("sent-down-letter", "li-na", COORDINATOR, type_=LETTER_TYPE, title="回转单")
    body = {
        "resourceType": "ServiceRequest", "id": "sent-down", "status": "draft", "intent": "order",
        "category": [coded(CATEGORY, "referral")], "subject": to("Patient", "li-na"),
        "performer": [to("Organization", "hospital-1")], "supportingInfo": papers,
        "extension": [{"url": DIRECTION, "valueCode": "down"}],
        "reasonCode": [coded(INDICATIONS, "L3")],
    }  # fmt: skip
    platform = players.house.client("platform")
    for one in (consent("sent-down", "li-na"), letter, body):
        saved = platform.put(f"{one['resourceType']}/{one['id']}", one)
        assert saved.status_code == 201, saved.text
    assert platform.get("Task/sent-down-task").status_code == 404
    sent = platform.put("ServiceRequest/sent-down", {**body, "status": "active"})
    assert sent.status_code == 200, sent.text
    assert players.state("sent-down") is State.BACK_OFFERED
    assert players.moves("sent-down")[0].reason == "L3"
    assert letters_of(players.task("sent-down")[0]) == ["Composition/sent-down-letter"]
    assert ids(players.house.client("coord1").get("ServiceRequest")) == ["sent-down"]


@FRESH_ON_SQLITE
def test_questions_are_counted_by_account_and_by_hospital(fresh_house: OpenHouse) -> None:
    coordinator = signed_in(fresh_house, "coord1")
    for _n in range(20):
        assert asked(coordinator, NOBODY, "李四").status_code == 200
    answer = asked(coordinator, number_of("li-na"), "李娜")
    assert answer.status_code == 429
    assert "今天查询管理机构的次数已达上限" in words(answer)
    assert asked(signed_in(fresh_house, "coord2"), NOBODY, "李四").status_code == 200
    fresh_house.clock.advance(days=1)
    assert asked(signed_in(fresh_house, "coord1"), NOBODY, "李四").status_code == 200


@ON_SQLITE
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"number": "3799"}, "公民身份号码应为18位"),
        ({"number": number_of("li-na")[:17] + "0"}, "校验码不符"),
        ({"name": ""}, "请填写姓名"),
        ({"indication": "U1"}, "请选择下转指征"),
    ],
)
def test_a_question_is_whole(house: OpenHouse, typed: dict[str, str], told: str) -> None:
    form = {"number": number_of("li-na"), "name": "李娜", "indication": "L1", **typed}
    answer = signed_in(house, "coord1").post("/referral-offers/new", form)
    assert answer.status_code == 422
    assert told in words(answer), words(answer)


@ON_SQLITE
def test_an_offer_is_whole_and_only_of_what_was_found_today(house: OpenHouse) -> None:
    coordinator = signed_in(house, "coord2")
    for typed, told in (
        ({"first_contact": ""}, "请选择首诊情况"),
        ({"consented": ""}, "请记录患者或家属怎样同意转回社区"),
        ({"next_plan": ""}, "转回社区须填写下一步治疗方案"),
        ({"committee": "1", "address": ""}, "请选择现住址所属的居（村）委会"),
    ):
        answer, _carried = offered(coordinator, NOBODY, "李四", **typed)
        assert answer.status_code == 422
        assert told in words(answer), words(answer)
        assert "低盐饮食，每日步行 30 分钟" in answer.text
    answer = coordinator.post(
        "/referral-offers", {**LETTER, "found": "AAAA"}, files={"f": ("", b"")}
    )
    assert answer.status_code == 400
    _answer, carried = offered(coordinator, number_of("li-na"), "李娜", first_contact="")
    stolen = signed_in(house, "coord1").post(
        "/referral-offers", {**LETTER, **carried}, files={"f": ("", b"")}
    )
    assert stolen.status_code == 400


@ON_SQLITE
def test_only_the_hospitals_office_may_ask(house: OpenHouse) -> None:
    for name in ("gp1", "head1", "auditor"):
        assert signed_in(house, name).get("/referral-offers/new").status_code == 403
        assert asked(signed_in(house, name), number_of("li-na"), "李娜").status_code == 403
