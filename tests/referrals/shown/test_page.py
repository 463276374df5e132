"""The page of one referral: what each side sees there, and who does not see it at all."""

import re

import pytest

from referral.states import EVENT_TITLES, Event, State
from tests.pages.browsing import audited, signed_in, words
from tests.referrals.offers.test_offers import number_of
from tests.referrals.offers.test_offers import offered as offered_back
from tests.referrals.playing import Players, departments
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse


@pytest.fixture(scope="module")
def played(house: OpenHouse) -> Players:
    """One that waits, and one whose whole way was gone."""
    departments(house)
    players = Players(house)
    players.refer("waiting", note=[{"text": "请协助调整降压方案"}])
    players.bring(players.refer("closed", "li-na"), State.CLOSED)
    return players


def offered(text: str) -> set[str]:
    """The moves whose forms stand on a page."""
    return set(re.findall(r'action="/referrals/[^"]+/moves/([a-z-]+)"', text))


@pytest.mark.parametrize("who", ["gp1", "nurse1", "head1", "centre1", "coord1"])
def test_both_sides_see_the_same_referral(played: Players, who: str) -> None:
    answer = signed_in(played.house, who).get("/referrals/waiting")
    assert answer.status_code == 200
    told = words(answer)
    for text in (
        "王小明 男 · 41岁", "常规", "待接收", "转诊号 ZZ", "于海宁", "蓬澜市人民医院",
        "期限 2026-11-24 09:05 还有 1 天", "规范治疗3个月血压仍不达标", "请协助调整降压方案",
        "双向转诊（转出）单", "血压控制不满意", "过敏：青霉素过敏", "收缩压", "148", "原发性高血压",
        "提交转诊", "应在 2026-12-07 前了解转诊结果",
    ):  # fmt: skip
        assert text in told, text


@ON_SQLITE
@pytest.mark.parametrize(
    ("who", "status"),
    [("gp2", 404), ("coord2", 404), ("bureau", 403), ("sysadmin", 403), ("auditor", 403)],
)
def test_strangers_do_not_see_it(played: Players, who: str, status: int) -> None:
    visitor = signed_in(played.house, who)
    assert visitor.get("/referrals/waiting").status_code == status
    visitor.get("/account/password")
    sent = visitor.post("/referrals/waiting/moves/cancel", {"seen": "1", "cancel-reason": "1"})
    assert sent.status_code == status
    assert played.state("waiting") is State.SUBMITTED


@ON_SQLITE
def test_what_is_no_referral_has_no_page(played: Players) -> None:
    visitor = signed_in(played.house, "gp1")
    assert visitor.get("/referrals/nobody").status_code == 404
    body = {"resourceType": "ServiceRequest", "id": "test-order", "status": "active",
            "intent": "order", "subject": {"reference": "Patient/wang-xiaoming"}}  # fmt: skip
    played.house.save(body, as_="gp1")
    assert visitor.get("/referrals/test-order").status_code == 404
    assert visitor.post("/referrals/waiting/moves/expire", {"seen": "1"}).status_code == 404
    assert visitor.post("/referrals/waiting/moves/nothing", {"seen": "1"}).status_code == 404


@ON_SQLITE
def test_reading_it_is_recorded(played: Players) -> None:
    signed_in(played.house, "coord1").get("/referrals/waiting")
    row = audited(played.house, "read")[-1]
    assert row["name"] == "coord1"
    assert row["resource_type"] == "Patient"
    assert row["detail"]["path"] == "/referrals/waiting"


def test_the_way_is_told_in_words(played: Players) -> None:
    answer = signed_in(played.house, "gp1").get("/referrals/closed")
    told = words(answer)
    events = [Event.ACKNOWLEDGE, Event.FOLLOW_UP, Event.SEND_OUTCOME, Event.START, Event.ARRIVE,
              Event.BOOK, Event.ACCEPT, Event.SUBMIT]  # fmt: skip
    titles = [EVENT_TITLES[event] for event in events]
    steps = re.findall(r"<li><time>[^<]+</time><div><strong>([^<]+)</strong>", answer.text)
    assert steps == titles
    assert "已反馈 → 已随访" in told
    assert "结果已知" in told
    assert "诊疗反馈和回转单 1" in told
    assert 'href="/referrals/closed/letter/' in answer.text
    assert not offered(answer.text)


@FRESH_ON_SQLITE
@pytest.mark.parametrize(
    ("who", "state", "moves"),
    [
        ("coord1", State.SUBMITTED,
         {"accept", "reject", "redirect", "request-info", "emergency-override"}),
        ("gp1", State.SUBMITTED, {"cancel"}),
        ("nurse1", State.SUBMITTED, set()),
        ("gp1", State.INFO_REQUESTED, {"supply", "cancel"}),
        ("nurse1", State.INFO_REQUESTED, {"supply", "claim"}),
        ("head1", State.INFO_REQUESTED, {"supply", "cancel", "claim"}),
        ("coord1", State.INFO_REQUESTED, {"redirect", "emergency-override"}),
        ("coord1", State.ACCEPTED, {"book", "arrive", "redirect"}),
        ("coord1", State.SCHEDULED, {"arrive", "rebook", "no-show"}),
        ("coord1", State.NO_SHOW, {"arrive", "rebook"}),
        ("coord1", State.ARRIVED, {"start", "transfer"}),
        ("coord1", State.IN_CARE, {"transfer"}),
        ("gp1", State.BACK_OFFERED, {"accept-back", "decline-back"}),
        ("gp1", State.FOLLOWED_UP, {"acknowledge"}),
    ],
)  # fmt: skip
def test_every_legal_move_is_offered_and_no_other(
    fresh_house: OpenHouse, who: str, state: State, moves: set[str]
) -> None:
    departments(fresh_house)
    players = Players(fresh_house)
    players.bring(players.refer("r"), state)
    assert offered(signed_in(fresh_house, who).get("/referrals/r").text) == moves


@FRESH_ON_SQLITE
def test_letters_and_the_outcome_have_pages_of_their_own(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    players = Players(fresh_house)
    players.bring(players.refer("r"), State.IN_CARE)
    office = signed_in(fresh_house, "coord1").get("/referrals/r").text
    assert 'href="/referrals/r/letter"' in office
    assert 'href="/referrals/r/outcome"' not in office
    station = signed_in(fresh_house, "gp1").get("/referrals/r").text
    assert 'href="/referrals/r/outcome"' in station
    players.refer("declined")
    players.bring("declined", State.REJECTED)
    assert 'action="/referrals/declined/resend"' in (
        signed_in(fresh_house, "gp1").get("/referrals/declined").text
    )


@FRESH_ON_SQLITE
def test_without_a_letter_the_loop_is_closed_as_such(fresh_house: OpenHouse) -> None:
    players = Players(fresh_house)
    players.refer("r")
    players.follow_up("r")
    assert offered(signed_in(fresh_house, "gp1").get("/referrals/r").text) == {
        "close-without-letter"
    }


@FRESH_ON_SQLITE
def test_of_an_own_offer_the_hospital_sees_all_but_the_person(fresh_house: OpenHouse) -> None:
    house = fresh_house
    departments(house)
    office = signed_in(house, "coord1")
    answer, _carried = offered_back(office, number_of("li-na"), "李娜")
    address = answer.headers["location"]
    shown = office.get(address)
    told = words(shown)
    assert shown.status_code == 200
    assert "未获授权查看的患者" in told
    assert "社区还没有授权本院查看这位患者的健康档案摘要。" in told
    for secret in ("李娜", "青霉素", "139****0002", "li-na"):
        assert secret not in shown.text, secret
    assert f'href="{address}/letter/' in shown.text
    assert offered(shown.text) == set()
    listed = words(office.get("/referral-office?tab=back"))
    assert "未获授权查看" in listed
    assert "李娜" not in listed
    station = signed_in(house, "head1").get(address)
    assert "李娜" in words(station)
    assert offered(station.text) == {"accept-back", "decline-back"}
