"""The station's list of referrals: its tabs, filters, sight, file; and what other pages show."""

import re
from html import unescape

import pytest

from referral.states import Event, State
from tests.cast import RESIDENTS
from tests.pages.browsing import Visitor, audited, export, signed_in, words
from tests.pages.test_residents import sheet
from tests.referrals.requests.writing import drafted, moved, rejected, sent
from tests.support.house import ON_SQLITE, OpenHouse

_ROW = re.compile(r'<a class="row-link" href="([^"]+)">([^<]+)</a>')
_COUNT = re.compile(r'<span class="count">(\d+)</span>')
TABS = ("waiting", "sent", "back", "outcome", "risk", "drafts", "closed")


def filled(house: OpenHouse) -> OpenHouse:
    """李娜's waits, another is urgent; 张伟's was declined, 王小明's is a draft."""
    sent(house, "r-sent", "li-na")
    rejected(house, "r-no", "zhang-wei", disease="diabetes", indications=("diabetes-up-12",))
    drafted(house, "r-draft", "wang-xiaoming")
    sent(house, "r-now", "li-na", urgency="emergency", phoned_at="2026-11-23T09:00:00+08:00")
    moved(house, "r-now", Event.REQUEST_INFO, State.INFO_REQUESTED, "coord1", text="请补充心电图")
    return house


@pytest.fixture(scope="module")
def lists(house: OpenHouse) -> OpenHouse:
    """A filled house for those who only look."""
    return filled(house)


def listed(house: OpenHouse, query: str = "", who: str = "gp1") -> list[str]:
    """The ids of the referrals on a page of the list, in their order."""
    answer = signed_in(house, who).get(f"/referrals{query}")
    assert answer.status_code == 200, answer.text
    found = (unescape(href).split("/")[2] for href, _name in _ROW.findall(answer.text))
    return list(found)


def test_each_tab_has_its_own_with_their_number(lists: OpenHouse) -> None:
    assert listed(lists) == ["r-now", "r-no"]
    assert listed(lists, "?tab=sent") == ["r-sent"]
    assert listed(lists, "?tab=back") == []
    assert sorted(listed(lists, "?tab=outcome")) == ["r-no", "r-now", "r-sent"]
    assert listed(lists, "?tab=drafts") == ["r-draft"]
    assert listed(lists, "?tab=closed") == []
    assert sorted(listed(lists, "?tab=all")) == ["r-draft", "r-no", "r-now", "r-sent"]
    text = signed_in(lists, "gp1").get("/referrals").text
    begin = text.index('<nav class="tabs"')
    counts = _COUNT.findall(text[begin : text.index("</nav>", begin)])
    assert dict(zip(TABS, map(int, counts), strict=True)) == {
        "waiting": 2, "sent": 1, "back": 0, "outcome": 3, "risk": 2, "drafts": 1, "closed": 0,
    }  # fmt: skip


def test_a_line_says_who_where_and_how_much_time_is_left(lists: OpenHouse) -> None:
    told = words(signed_in(lists, "gp1").get("/referrals"))
    for said in ("紧急", "李娜", "高血压", "待补充资料", "不晚于 2026-12-07", "还有 1 小时"):
        assert said in told, said
    assert "张伟" in told
    assert "已拒绝" in told
    drafts = signed_in(lists, "gp1").get("/referrals?tab=drafts").text
    assert 'href="/referrals/r-draft/edit"' in drafts


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("?tab=all&disease=diabetes", ["r-no"]),
        ("?tab=all&urgency=emergency", ["r-now"]),
        ("?tab=all&state=submitted", ["r-sent"]),
        ("?tab=all&hospital=hospital-2", []),
        ("?tab=all&hospital=hospital-1&state=rejected", ["r-no"]),
        ("?tab=all&doctor=practitioner-station-1-gp&state=draft", ["r-draft"]),
        ("?tab=all&direction=lateral", []),
        ("?tab=sent&first=2026-11-23&last=20261123", ["r-sent"]),
        ("?tab=sent&first=2026-11-24", []),
        ("?tab=all&late=1", []),
        ("?tab=outcome&sort=state", ["r-now", "r-no", "r-sent"]),
        ("?tab=outcome&sort=-state", ["r-sent", "r-no", "r-now"]),
        ("?tab=outcome&sort=urgency", ["r-now", "r-sent", "r-no"]),
    ],
)
def test_filters_and_orders(lists: OpenHouse, query: str, ids: list[str]) -> None:
    assert listed(lists, query) == ids


@ON_SQLITE
@pytest.mark.parametrize(
    "query", ["?tab=x", "?state=x", "?urgency=x", "?disease=x", "?sort=x", "?first=x", "?late=2"]
)
def test_what_there_is_not_is_refused(lists: OpenHouse, query: str) -> None:
    assert signed_in(lists, "gp1").get(f"/referrals{query}").status_code == 400


def searched(visitor: Visitor, typed: str) -> list[str]:
    visitor.get("/referrals?tab=all")
    answer = visitor.post("/referrals/search?tab=all", {"q": typed})
    assert answer.status_code == 303
    assert typed not in answer.headers["location"]
    page = visitor.get(answer.headers["location"])
    return [unescape(href).split("/")[2] for href, _name in _ROW.findall(page.text)]


def test_the_search_box_finds_a_person_and_the_address_names_nobody(lists: OpenHouse) -> None:
    visitor = signed_in(lists, "gp1")
    assert searched(visitor, "zw") == ["r-no"]
    assert searched(visitor, "王小明") == ["r-draft"]
    number = RESIDENTS["li-na"]["identifier"][0]["value"]
    assert sorted(searched(visitor, number[-4:])) == ["r-now", "r-sent"]


@pytest.mark.parametrize(("who", "ids"), [("nurse1", 2), ("centre1", 2), ("head1", 2), ("gp2", 0)])
def test_everybody_sees_the_own_stations(lists: OpenHouse, who: str, ids: int) -> None:
    assert len(listed(lists, who=who)) == ids


@ON_SQLITE
@pytest.mark.parametrize("who", ["coord1", "bureau", "sysadmin", "auditor"])
def test_others_are_refused(lists: OpenHouse, who: str) -> None:
    visitor = signed_in(lists, who)
    for path in ("/referrals", "/residents/li-na/referrals"):
        assert visitor.get(path).status_code == 403, path


@ON_SQLITE
def test_the_list_is_taken_away_as_it_is_shown(lists: OpenHouse) -> None:
    visitor = signed_in(lists, "gp1")
    visitor.get("/referrals?tab=all&disease=diabetes")
    answer = export(visitor, "/referrals/export?tab=all&disease=diabetes")
    assert answer.status_code == 200, answer.text
    text = sheet(answer.content)
    for told in ("张伟", "已拒绝", "糖尿病", "结果随访期限"):
        assert told in text, told
    assert "李娜" not in text
    assert export(signed_in(lists, "nurse1"), "/referrals/export").status_code == 403
    assert audited(lists, "export")[-1]["detail"]["reason"]


@ON_SQLITE
def test_a_residents_pages_show_the_referrals_and_the_way_to_one(lists: OpenHouse) -> None:
    visitor = signed_in(lists, "gp1")
    tab = visitor.get("/residents/li-na/referrals")
    assert {unescape(href) for href, _n in _ROW.findall(tab.text)} == {
        "/referrals/r-sent", "/referrals/r-now",
    }  # fmt: skip
    assert "/referrals/new?resident=li-na" in tab.text
    first = visitor.get("/residents/li-na").text
    assert "/referrals/r-now" in first
    assert "/referrals/new?resident=li-na" in first
    assert "/referrals/new" not in signed_in(lists, "coord1").get("/residents/li-na").text
    assert signed_in(lists, "gp2").get("/residents/li-na/referrals").status_code == 404


@ON_SQLITE
def test_the_first_page_shows_the_drafts(lists: OpenHouse) -> None:
    text = signed_in(lists, "gp1").get("/").text
    assert "/referrals/r-draft/edit" in text
    assert "转诊草稿" in words(signed_in(lists, "gp1").get("/"))
    assert "/referrals/r-draft" not in signed_in(lists, "gp2").get("/").text


def test_what_is_overdue_stands_on_the_first_page_and_at_risk(fresh_house: OpenHouse) -> None:
    house = fresh_house
    sent(house, "r1")
    rejected(house, "r2", "zhang-wei")
    assert listed(house, "?tab=risk") == []
    house.clock.advance(days=15)
    assert sorted(listed(house, "?tab=risk")) == ["r1", "r2"]
    assert sorted(listed(house, "?tab=risk&late=1")) == ["r1", "r2"]
    told = words(signed_in(house, "gp1").get("/"))
    assert "转诊结果随访到期 2 例" in told
    assert "其中 2 例已逾期" in told
    assert "逾期 1 天" in words(signed_in(house, "gp1").get("/referrals?tab=outcome"))
