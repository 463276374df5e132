"""医院查阅记录: the station sees what the hospital opened, and nothing else of the audit."""

import pytest

from tests.pages.browsing import sealed, signed_in, words
from tests.referrals.playing import WHO, Players, departments
from tests.support.house import ON_SQLITE, OpenHouse

pytestmark = ON_SQLITE


@pytest.fixture(scope="module")
def players(house: OpenHouse) -> Players:
    """A referral that the hospital has looked into, and others too."""
    departments(house)
    players = Players(house)
    house.client("coord1").get(f"Patient/{WHO}")  # before anybody was referred: refused
    house.clock.advance(minutes=1)
    players.refer("watched")
    house.clock.advance(minutes=1)
    hospital = house.client("coord1")
    assert hospital.get(f"Patient/{WHO}").status_code == 200
    assert hospital.search("Observation", ("patient", WHO)).status_code == 200
    assert signed_in(house, "coord1").get("/referrals/watched/print").status_code == 200
    house.client("coord2").get(f"Patient/{WHO}")
    house.client("nurse1").get(f"Patient/{WHO}")
    sealed(house)
    return players


def test_the_station_sees_who_opened_what(players: Players) -> None:
    shown = words(signed_in(players.house, "gp1").get("/referrals/watched/disclosure"))
    for text in (
        "丛建军",
        "居民",
        "测量与检验",
        "转出单",
        "打印",
        "查看",
        "查找",
        "转诊期间",
        "2026-11-23",
    ):
        assert text in shown, (text, shown)
    for stranger in ("隋红霞", "曲晓梅"):
        assert stranger not in shown
    assert shown.count("丛建军") == 3


def test_only_the_community_sees_it(players: Players) -> None:
    for name, status in (("head1", 200), ("nurse1", 200), ("coord1", 403), ("gp2", 404)):
        answer = signed_in(players.house, name).get("/referrals/watched/disclosure")
        assert answer.status_code == status, name
    other = signed_in(players.house, "gp1").get("/referrals/watched/disclosure?hospital=hospital-2")
    assert other.status_code == 404


def test_the_referral_s_page_says_who_may_look(players: Players) -> None:
    shown = words(signed_in(players.house, "gp1").get("/referrals/watched"))
    assert "医院查阅记录" in shown
    assert "查看医院查阅记录" in shown
    assert "知情同意 2026-11-23" in shown
    hidden = words(signed_in(players.house, "coord1").get("/referrals/watched"))
    assert "医院查阅记录" not in hidden


def test_of_a_draft_nobody_may_see_anything(players: Players) -> None:
    players.refer("draft-only", "zhang-wei", status="draft")
    shown = words(signed_in(players.house, "gp1").get("/referrals/draft-only/disclosure"))
    assert "没有医院可以查阅" in shown
