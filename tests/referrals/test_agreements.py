"""Agreements: who takes whom, on which days, how many; the slots; who keeps them."""

from datetime import date, time
from functools import partial

import pytest

from kernel.errors import Refused
from kernel.work import Work
from referral.agreements.bodies import Agreement, agreements_of, with_agreements
from referral.agreements.queries import list_destinations
from referral.agreements.services import Plan, keep_agreement, make_slots
from referral.office.slots import list_free_slots
from tests.pages.browsing import signed_in, words
from tests.referrals.playing import COORDINATOR, Players, department_id, departments
from tests.referrals.test_races import raced
from tests.support.house import FRESH_ON_SQLITE, OpenHouse

DEPARTMENT = department_id("hospital-1")
TODAY = date(2026, 11, 23)
ONE = Agreement(
    "", "station-1", TODAY, None, ("up",), ("hypertension",), "资料齐全", 1, COORDINATOR
)


def keep(house: OpenHouse, one: Agreement, *, as_: str = "coord1") -> str:
    with house.station.write(house.actor(as_)) as work:
        return keep_agreement(work, DEPARTMENT, one)


def refusal(house: OpenHouse, one: Agreement, *, as_: str = "coord1") -> Refused:
    with pytest.raises(Refused) as caught:
        keep(house, one, as_=as_)
    return caught.value


def taken(house: OpenHouse, station: str = "station-1", **asked: str) -> list[tuple[str, int, int]]:
    wanted = {"direction": "up", "disease": "hypertension", **asked}
    on = date.fromisoformat(wanted.pop("on", TODAY.isoformat()))
    with house.station.read(house.actor("gp1")) as work:
        found = list_destinations(work, station, on=on, **wanted)
    return [(one.department_id, one.capacity, one.used) for one in found]


def test_an_agreement_is_read_as_it_was_written() -> None:
    full = Agreement(
        "a", "centre-1", TODAY, date(2027, 1, 1), ("up", "down"), ("stroke",), "x", 3, "y"
    )
    assert agreements_of(with_agreements({"resourceType": "HealthcareService"}, [full])) == [full]


def test_a_department_takes_what_was_agreed(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    keep(fresh_house, ONE)
    assert taken(fresh_house) == [(DEPARTMENT, 1, 0)]
    assert taken(fresh_house, disease="stroke") == []
    assert taken(fresh_house, direction="down") == []
    assert taken(fresh_house, on="2026-11-22") == []
    assert taken(fresh_house, "station-2") == []


def test_an_agreement_with_the_centre_is_one_with_its_stations(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    keep(fresh_house, Agreement("", "centre-1", TODAY, directions=("up",), capacity=9))
    assert taken(fresh_house) == [(DEPARTMENT, 9, 0)]
    keep(fresh_house, ONE)
    assert taken(fresh_house) == [(DEPARTMENT, 1, 0)], "the nearer one goes first"


def test_the_last_place_of_the_day_is_given_once(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    keep(fresh_house, ONE)
    players = Players(fresh_house)
    named = {"reference": f"HealthcareService/{DEPARTMENT}"}
    performer = [{"reference": "Organization/hospital-1"}, named]
    players.refer("r1", performer=performer)
    assert players.row("r1").owner_id == COORDINATOR
    assert taken(fresh_house) == [(DEPARTMENT, 1, 1)]
    with pytest.raises(Refused) as caught:
        players.refer("r2", performer=performer)
    assert caught.value.issues[0].expression == "ServiceRequest.performer"
    assert "名额已满（1/1）" in str(caught.value)
    players.refer("r3", performer=performer, urgency="emergency")


def test_each_agreement_has_its_own_number(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    keep(fresh_house, ONE)
    keep(fresh_house, Agreement("", "district-1", TODAY, directions=("up",), capacity=9))
    players = Players(fresh_house)
    named = {"reference": f"HealthcareService/{DEPARTMENT}"}
    players.refer("r1", performer=[{"reference": "Organization/hospital-1"}, named])
    assert taken(fresh_house) == [(DEPARTMENT, 1, 1)]
    assert taken(fresh_house, "station-2") == [(DEPARTMENT, 9, 1)], "the district's: of all in it"
    other = Agreement("", "station-2", TODAY, directions=("up",), capacity=2)
    keep(fresh_house, other)
    assert taken(fresh_house, "station-2") == [(DEPARTMENT, 2, 0)]


def test_an_agreement_goes_with_the_tree_of_its_day(fresh_house: OpenHouse) -> None:
    """The last station belonged to the first centre until the end of 2023."""
    departments(fresh_house)
    keep(fresh_house, Agreement("", "centre-1", date(2020, 1, 1), directions=("up",)))
    assert taken(fresh_house, "station-6", on="2023-12-31") == [(DEPARTMENT, 0, 0)]
    assert taken(fresh_house, "station-6", on="2024-01-01") == []


def test_the_last_place_is_given_once_at_the_same_moment(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    keep(fresh_house, ONE)
    players = Players(fresh_house)
    players.actor("gp1")
    named = {"reference": f"HealthcareService/{DEPARTMENT}"}
    performer = [{"reference": "Organization/hospital-1"}, named]
    send = [
        partial(players.refer, f"race-{who}", who, performer=performer)
        for who in ("wang-xiaoming", "li-na")
    ]
    assert raced(*send) == [200, 422]
    assert taken(fresh_house) == [(DEPARTMENT, 1, 1)]


@FRESH_ON_SQLITE
def test_what_cannot_be_agreed(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    first = keep(fresh_house, ONE)
    twice = refusal(fresh_house, ONE)
    assert (twice.status, twice.issues[0].expression) == (422, "partner")
    ended = Agreement(first, "station-1", TODAY, date(2026, 11, 1), ("up",))
    assert refusal(fresh_house, ended).issues[0].expression == "to"
    assert refusal(fresh_house, ONE, as_="coord2").status == 403
    keep(fresh_house, Agreement(first, "station-1", TODAY, date(2026, 12, 1), ("up",)))
    keep(fresh_house, Agreement("", "station-1", date(2026, 12, 2), None, ("up",)))


@FRESH_ON_SQLITE
def test_another_hospital_keeps_its_hands_off(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    body = fresh_house.client("coord2").get(f"HealthcareService/{DEPARTMENT}").json()
    answer = fresh_house.client("coord2").put(f"HealthcareService/{DEPARTMENT}", body)
    assert answer.status_code == 422
    assert "本医院" in answer.text
    url = "https://station.example.org/fhir/StructureDefinition/referral-agreement"
    told_id = {"url": url, "extension": [{"url": "id", "valueString": "a"}]}
    half = {**body, "extension": [told_id]}
    told = fresh_house.client("coord1").put(f"HealthcareService/{DEPARTMENT}", half)
    assert told.status_code == 422, told.text


def plan(**others: object) -> Plan:
    made: dict[str, object] = {
        "from_on": TODAY,
        "to_on": date(2026, 11, 29),
        "weekdays": frozenset(range(5)),
        "begin": time(14),
        "end": time(16),
        "minutes": 30,
        **others,
    }
    return Plan(**made)  # type: ignore[arg-type]  # by name


def make(work: Work, **others: object) -> int:
    return make_slots(work, DEPARTMENT, plan(**others))


def test_slots_are_made_once(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    with fresh_house.station.write(fresh_house.actor("coord1")) as work:
        assert make(work) == 5 * 4
        assert make(work) == 0
    with fresh_house.station.read(fresh_house.actor("gp1")) as work:
        assert len(list_free_slots(work, [DEPARTMENT])) == 20
    for wrong, place in (({"end": time(14)}, "end"), ({"to_on": date(2027, 11, 1)}, "from")):
        with (
            pytest.raises(Refused) as caught,
            fresh_house.station.write(fresh_house.actor("coord1")) as work,
        ):
            make(work, **wrong)
        assert caught.value.issues[0].expression == place


@FRESH_ON_SQLITE
def test_by_pages(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    office = signed_in(fresh_house, "coord1")
    typed = {
        "hospital": "hospital-1", "department": "康复医学科", "partner": "station-1",
        "from": "2026-11-23", "direction": "up", "conditions": "病情稳定", "capacity": "很多",
    }  # fmt: skip
    refused = office.post("/referral-agreements/new", typed)
    assert refused.status_code == 422
    assert "0 到 999" in words(refused)
    assert "病情稳定" in refused.text
    for wrong, said in (
        ({"partner": "nobody"}, "请选择协议机构"),
        ({"direction": "sideways"}, "请选择转诊方向"),
        ({"contact": "practitioner-hospital-2-referral-coordinator"}, "联络人应是这家医院的"),
        ({"hospital": "hospital-2"}, "请选择医院"),
    ):
        told = office.post("/referral-agreements/new", {**typed, "capacity": "5", **wrong})
        assert told.status_code == 422
        assert said in words(told)
    assert office.post("/referral-agreements/new", {**typed, "capacity": "5"}).status_code == 303
    listed = words(office.get("/referral-agreements"))
    assert "康复医学科" in listed
    assert "生效中" in listed
    assert "康复医学科" in words(signed_in(fresh_house, "gp1").get("/referral-agreements"))
    assert "康复医学科" not in words(signed_in(fresh_house, "gp2").get("/referral-agreements"))
    with fresh_house.station.read() as work:
        id_ = next(
            one.department_id
            for one in list_destinations(work, "station-1", on=TODAY, direction="up")
        )
    slots = {
        "from": "2026-11-24", "to": "2026-11-24", "weekday": "1", "begin": "08:00", "end": "9点",
        "minutes": "30",
    }  # fmt: skip
    assert "08:00" in words(office.post(f"/referral-agreements/{id_}/slots", slots))
    made = office.post(f"/referral-agreements/{id_}/slots", {**slots, "end": "09:00"})
    assert made.status_code == 303
    assert "可预约的号" in words(office.get(f"/referral-agreements/{id_}/slots"))
