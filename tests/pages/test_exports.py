"""Lists as Excel files: who may take which, why it is asked, and with which numbers."""

import re

import pytest

from records.households import services as households
from records.life.moves import Asked, request_move
from tests.cast import RESIDENTS
from tests.due.people import due
from tests.households.test_services import doing
from tests.life.people import filed, working
from tests.pages.browsing import REASON, Visitor, audited, export, signed_in, words
from tests.pages.test_residents import sheet
from tests.pages.test_routes import asked, routes
from tests.support.house import OpenHouse
from tests.visits.test_pages import register

LISTS = {
    "/accounts": "secadmin",
    "/audit": "auditor",
    "/due": "gp1",
    "/duplicates": "gp1",
    "/figures": "gp1",
    "/figures/HT01": "gp1",
    "/households": "gp1",
    "/institutions": "gp1",
    "/moves": "gp1",
    "/programmes/hypertension": "gp1",
    "/programmes/hypertension/candidates": "gp1",
    "/referral-agreements": "coord1",
    "/referral-board": "head1",
    "/referral-office": "coord1",
    "/referral-office/out": "coord1",
    "/referrals": "gp1",
    "/residents": "gp1",
    "/screening": "gp1",
    "/staff": "gp1",
    "/teams": "head1",
    "/visits": "gp1",
}
"""Every list that can be taken away, and somebody who may."""
NEVER = {
    "/accounts": ("gp1", "auditor"),
    "/audit": ("gp1", "secadmin"),
    "/due": ("nurse1",),
    "/duplicates": ("nurse1", "coord1"),
    "/figures": ("coord1", "sysadmin"),
    "/figures/HT01": ("nurse1", "coord1", "bureau"),
    "/households": ("nurse1", "coord1", "bureau"),
    "/moves": ("nurse1", "coord1", "bureau"),
    "/programmes/hypertension": ("nurse1", "coord1", "bureau"),
    "/programmes/hypertension/candidates": ("nurse1", "coord1", "bureau"),
    "/referral-board": ("gp1", "nurse1"),
    "/referral-office": ("gp1", "nurse1", "bureau"),
    "/referral-office/out": ("gp1", "nurse1", "bureau"),
    "/referrals": ("nurse1", "coord1", "bureau"),
    "/residents": ("nurse1", "coord1", "bureau"),
    "/screening": ("nurse1", "coord1", "bureau"),
    "/teams": ("gp1", "nurse1"),
    "/visits": ("nurse1", "centre1", "coord1"),
}
IN_FULL = ("/due", "/households", "/residents", "/visits")
"""Those with numbers in them, which are masked for all but who may have them in full."""
PHONE = "13900010002"
NUMBER = RESIDENTS["li-na"]["identifier"][0]["value"]


@pytest.fixture
def busy_house(fresh_house: OpenHouse) -> OpenHouse:
    """李娜 is in every list: she has come today, has a household, wants to move, is due."""
    house = fresh_house
    due(house, "li-na", 0)
    register(signed_in(house, "nurse1"))
    doing(house, households.new_household, "li-na", committee="371802001001", phone=PHONE)
    return house


def test_these_are_all_the_lists_that_can_be_taken_away() -> None:
    paths = {asked(path, "") for _m, path, _page in routes() if "/export" in path}
    found = {path.removesuffix("/export") for path in paths}
    assert found == LISTS.keys()


@pytest.mark.parametrize(("path", "who"), LISTS.items())
def test_it_is_asked_why_on_the_list_itself(busy_house: OpenHouse, path: str, who: str) -> None:
    visitor = signed_in(busy_house, who)
    shown = visitor.get(path)
    if path != "/duplicates":  # where nothing waits, nothing can be taken away
        assert "导出 Excel" in words(shown)
    for reason in ("", "  查  ", "查" * 201):
        refused = export(visitor, f"{path}/export", reason)
        assert refused.status_code == 422, reason
        assert "<h1" in refused.text
    if path != "/duplicates":
        assert "请写明导出原因，5 至 200 个字" in words(refused)
        assert f'value="{"查" * 201}"' in refused.text
    assert audited(busy_house, "export") == []
    taken = export(visitor, f"{path}/export")
    assert taken.content[:2] == b"PK"
    (row,) = audited(busy_house, "export")
    assert (row["name"], row["detail"]["reason"]) == (who, REASON)


@pytest.mark.parametrize(("path", "who"), [(p, who) for p, all_ in NEVER.items() for who in all_])
def test_who_may_not_is_refused_and_not_offered_it(house: OpenHouse, path: str, who: str) -> None:
    visitor = signed_in(house, who)
    assert "导出 Excel" not in words(visitor.get(path))
    visitor.get("/account/password")
    assert export(visitor, f"{path}/export").status_code == 403


@pytest.mark.parametrize("path", IN_FULL)
def test_numbers_are_masked_unless_somebody_may_have_them(busy_house: OpenHouse, path: str) -> None:
    house, doctor, head = busy_house, signed_in(busy_house, "gp1"), signed_in(busy_house, "head1")
    assert "完整号码" not in doctor.get(path).text
    assert "完整号码" in head.get(path).text
    masked = sheet(export(head, f"{path}/export").content)
    assert "139****0002" in masked
    assert "李娜" in masked
    assert PHONE not in masked
    assert NUMBER not in masked
    asked = {"reason": REASON, "full": "1"}
    assert doctor.post(f"{path}/export", asked).status_code == 403
    unsaid = head.post(f"{path}/export", {"reason": "", "full": "1"})
    assert unsaid.status_code == 422
    assert re.search('name="full"[^>]* checked', unsaid.text), "what was chosen stays chosen"
    taken = sheet(head.post(f"{path}/export", asked).content)
    assert PHONE in taken
    nameless = ("/due", "/households")
    assert (NUMBER in taken) is (path not in nameless), "there is no column for the own number"
    rows = audited(house, "export")
    assert [row["detail"].get("full", False) for row in rows] == [False, True]
    for row in rows:
        assert "li-na" in (row["patient_id"], *row["detail"].get("patients", ()))


def cells_of(visitor: Visitor, path: str) -> str:
    taken = export(visitor, path)
    assert taken.status_code == 200, words(taken)
    return sheet(taken.content)


def test_the_day_is_taken_away_as_it_is_filtered(busy_house: OpenHouse) -> None:
    doctor = signed_in(busy_house, "gp1")
    doctor.get("/visits")
    everybody = cells_of(doctor, "/visits/export")
    for text in ("今日接诊", "到达", "头晕", "候诊", "2026-11-23"):
        assert text in everybody, text
    assert "李娜" not in cells_of(doctor, "/visits/export?state=finished")
    assert doctor.post("/visits/export?doctor=x", {"reason": REASON}).status_code == 400
    (row, _other) = audited(busy_house, "export")[:2]
    assert row["patient_id"] == "li-na"


def test_moves_are_taken_away_by_both_sides(fresh_house: OpenHouse) -> None:
    house = fresh_house
    id_ = filed(house, "迁居人")
    with working(house) as work:
        request_move(work, id_, Asked("station-2", "搬家到对面"))
    for who in ("gp1", "gp2"):
        visitor = signed_in(house, who)
        visitor.get("/moves")
        taken = cells_of(visitor, "/moves/export")
        for text in ("迁居人", "申请迁出", "搬家到对面", "待确认"):
            assert text in taken, (who, text)


def test_teams_are_taken_away_with_their_members(house: OpenHouse) -> None:
    head = signed_in(house, "head1")
    assert head.get("/teams?sort=-name").status_code == 200
    assert head.get("/teams?sort=members").status_code == 400
    taken = cells_of(head, "/teams/export?sort=-name")
    for text in ("团队名称", "于海宁", "在用"):
        assert text in taken, text
