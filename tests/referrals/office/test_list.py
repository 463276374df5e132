"""What stands on a hospital's list: whose, in which order, on which tab, found by what."""

import pytest

from referral.states import Event, State
from tests.pages.browsing import export, signed_in, words
from tests.pages.test_residents import sheet
from tests.referrals.office.opening import counted, listed
from tests.referrals.playing import Players, departments
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse

WANG, LI, ZHANG, ZHAO, SUN = "王小明", "李娜", "张伟", "赵磊", "孙丽"


def filled(house: OpenHouse) -> Players:
    """Two wait, one is expected tomorrow, one is in care, one waits to be taken back."""
    departments(house)
    players = Players(house)
    players.refer("routine")
    players.refer("emergency", "li-na", urgency="emergency")
    players.bring(players.refer("scheduled", "zhang-wei"), State.SCHEDULED)
    gp2 = "practitioner-station-2-gp"
    players.refer("care", "zhao-lei", as_="gp2", doctor=gp2)
    players.bring("care", State.IN_CARE)
    players.refer("back", "sun-li", as_="gp2", doctor=gp2)
    players.bring("back", State.BACK_OFFERED)
    return players


@pytest.fixture(scope="module")
def office(house: OpenHouse) -> OpenHouse:
    filled(house)
    return house


@pytest.fixture
def desk(fresh_house: OpenHouse) -> Players:
    return filled(fresh_house)


def names(house: OpenHouse, query: str = "", who: str = "coord1") -> list[str]:
    return listed(signed_in(house, who).get(f"/referral-office{query}"))


def test_the_urgent_stand_first_and_each_on_its_tab(office: OpenHouse) -> None:
    assert names(office) == [LI, WANG]
    assert names(office, "?tab=care") == [ZHAO]
    assert names(office, "?tab=back") == [SUN]
    assert names(office, "?tab=today") == [ZHAO]
    assert sorted(names(office, "?tab=all")) == sorted([LI, WANG, ZHANG, ZHAO, SUN])
    assert names(office, "?tab=risk") == []
    assert counted(signed_in(office, "coord1").get("/referral-office")) == {
        "待接收": 2, "待预约": 0, "今日到诊": 1, "诊疗中": 1, "待回单": 0, "待社区接回": 1,
        "有风险": 0, "全部未结": 5,
    }  # fmt: skip


@ON_SQLITE
def test_a_line_says_who_from_where_why_and_by_when(office: OpenHouse) -> None:
    told = words(signed_in(office, "coord1").get("/referral-office"))
    assert "紧急 李娜 女 63岁 听涛街道海棠社区卫生服务站 于海宁" in told
    assert "规范治疗3个月血压仍不达标 2026-11-23 09:05 还有 1 小时" in told


def test_another_hospital_has_nothing_of_it(office: OpenHouse) -> None:
    assert names(office, who="coord2") == []
    assert names(office, "?tab=all", who="coord2") == []
    assert signed_in(office, "coord2").get("/referrals/routine").status_code == 404


@ON_SQLITE
@pytest.mark.parametrize("who", ["gp1", "nurse1", "head1", "centre1", "bureau", "sysadmin"])
@pytest.mark.parametrize("path", ["/referral-office", "/referral-office/out"])
def test_others_have_no_office(office: OpenHouse, who: str, path: str) -> None:
    visitor = signed_in(office, who)
    assert visitor.get(path).status_code == 403
    visitor.get("/account/password")
    assert export(visitor, f"{path}/export").status_code == 403


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("?urgency=emergency", [LI]),
        ("?urgency=urgent", []),
        ("?tab=all&state=scheduled", [ZHANG]),
        ("?tab=all&community=station-2&sort=sent", [SUN, ZHAO]),
        ("?tab=all&department=hospital-1-cardiology&state=in-care", [ZHAO]),
        ("?tab=all&department=nowhere", []),
        ("?sort=-urgency", [WANG, LI]),
        ("?sort=-due", [WANG, LI]),
        ("?tab=today&sort=appointment", [ZHAO]),
        ("?mine=1", [LI, WANG]),
        ("?late=1", []),
        ("?tab=all&risk=1", []),
    ],
)
def test_filters_and_orders(office: OpenHouse, query: str, seen: list[str]) -> None:
    assert names(office, query) == seen


@ON_SQLITE
@pytest.mark.parametrize(
    "query", ["?tab=x", "?state=closed", "?urgency=x", "?late=2", "?sort=name", "?search=x"]
)
def test_what_there_is_not_is_refused_with_a_sentence(office: OpenHouse, query: str) -> None:
    answer = signed_in(office, "coord1").get(f"/referral-office{query}")
    assert answer.status_code == 400
    assert "请从列表" in words(answer)


@pytest.mark.parametrize(
    ("typed", "seen"), [("李娜", [LI]), ("wxm", [WANG]), ("0002", [LI]), ("周", [])]
)
def test_somebody_is_found_by_name_and_number(
    office: OpenHouse, typed: str, seen: list[str]
) -> None:
    visitor = signed_in(office, "coord1")
    answer = visitor.post("/referral-office/search?tab=waiting", {"q": typed})
    assert answer.status_code == 303
    assert typed not in answer.headers["location"]
    assert listed(visitor.get(answer.headers["location"])) == seen


def test_what_is_late_or_at_risk_is_told(desk: Players) -> None:
    house = desk.house
    house.clock.advance(minutes=50)
    assert names(house, "?tab=risk") == [LI]
    assert names(house, "?late=1") == []
    house.clock.advance(minutes=30)
    assert names(house, "?late=1") == [LI]
    told = words(signed_in(house, "coord1").get("/referral-office"))
    assert "超时 20 分钟" in told
    cards = words(signed_in(house, "coord1").get("/"))
    assert "转诊待接收 2 份" in cards
    assert "转诊超时 1 份 超时" in cards
    assert "今日到诊 1 人" in cards


@FRESH_ON_SQLITE
def test_the_answers_limit_stays_where_it_was_when_it_was_overrun(desk: Players) -> None:
    """The clock gives an unanswered one until it expires; the office was late all the same."""
    desk.house.clock.advance(minutes=70)
    desk.tick()
    assert desk.row("emergency").escalated_at
    visitor = signed_in(desk.house, "coord1")
    assert "超时 10 分钟" in words(visitor.get("/referral-office"))
    shown = words(visitor.get("/referrals/emergency"))
    assert "超时 10 分钟" in shown
    assert "自动关闭" in shown
    assert "超时升级：请处理或督促 丛建军" in shown


@FRESH_ON_SQLITE
def test_a_letter_is_due_when_its_day_has_come(desk: Players) -> None:
    house = desk.house
    assert names(house, "?tab=letter") == []
    house.clock.advance(days=3)
    assert names(house, "?tab=letter") == [ZHAO]


def test_the_list_is_taken_away_as_it_stands(office: OpenHouse) -> None:
    visitor = signed_in(office, "coord1")
    visitor.get("/referral-office")
    taken = sheet(export(visitor, "/referral-office/export?tab=waiting").content)
    assert taken.index(LI) < taken.index(WANG)
    assert "还有 1 小时" in taken
    assert ZHAO not in taken


def test_what_left_the_list_stands_in_the_out_box(desk: Players) -> None:
    house = desk.house
    desk.play("coord1", "routine", Event.REJECT, State.REJECTED)
    desk.play("coord1", "emergency", Event.REDIRECT, State.SUBMITTED)
    visitor = signed_in(house, "coord1")
    assert sorted(listed(visitor.get("/referral-office/out"))) == sorted([WANG, LI, SUN])
    assert listed(visitor.get("/referral-office/out?kind=declined")) == [WANG]
    assert listed(visitor.get("/referral-office/out?kind=passed")) == [LI]
    assert listed(visitor.get("/referral-office/out?kind=returned&sort=sent")) == [SUN]
    assert listed(visitor.get("/referral-office/out?kind=ended")) == []
    told = words(visitor.get("/referral-office/out?kind=declined"))
    assert "资料不全" in told
    assert names(house) == []
    assert names(house, who="coord2") == [LI]
    assert visitor.get("/referral-office/out?kind=x").status_code == 400
    assert WANG in sheet(export(visitor, "/referral-office/out/export?kind=declined").content)
    found = visitor.post("/referral-office/out/search", {"q": "李娜"})
    assert listed(visitor.get(found.headers["location"])) == [LI]


def test_names_go_when_the_grant_has_ended(desk: Players) -> None:
    house = desk.house
    desk.play("coord1", "routine", Event.REJECT, State.REJECTED)
    house.clock.advance(days=31)
    visitor = signed_in(house, "coord1")
    answer = visitor.get("/referral-office/out?kind=declined")
    told = words(answer)
    assert WANG not in told
    assert "授权已结束" in told
    assert listed(answer) == []
    assert visitor.get("/referrals/routine").status_code == 404
    taken = sheet(export(visitor, "/referral-office/out/export?kind=declined").content)
    assert "授权已结束" in taken
    assert WANG not in taken
