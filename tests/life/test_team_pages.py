"""Pages of teams, contracts, the bulk change, and the residents' list by territory and use."""

from typing import Any

import pytest

from records.life import assignment
from tests.cast import encounter
from tests.life.people import address, days_ago, fact, filed
from tests.pages.browsing import Visitor, signed_in, words
from tests.support.house import OpenHouse

GP, NURSE = "practitioner-station-1-gp", "practitioner-station-1-nurse"
ELSEWHERE = "371802001003"


@pytest.fixture
def head(house: OpenHouse) -> Visitor:
    return signed_in(house, "head1")


@pytest.fixture
def doctor(house: OpenHouse) -> Visitor:
    return signed_in(house, "gp1")


def made(visitor: Visitor, name: str) -> str:
    """A team of the page; its id."""
    form: dict[str, Any] = {"organisation": "station-1", "name": name, "member": [GP, NURSE]}
    visitor.get("/teams/new")
    answer = visitor.request(
        "POST", "/teams/new", data={"csrf_token": visitor.token, "active": "yes", **form}
    )
    assert answer.status_code == 303, words(answer)
    shown = visitor.get("/teams").text
    return shown.split(f">{name}<")[0].rsplit("/teams/", 1)[1].split('"')[0]


def test_a_team_is_made_changed_and_listed(head: Visitor) -> None:
    id_ = made(head, "向阳团队")
    text = words(head.get("/teams"))
    assert "向阳团队" in text
    assert "在用" in text
    shown = head.get(f"/teams/{id_}")
    assert shown.text.count(" checked") >= 3, "two members and the state"
    refused = head.post(f"/teams/{id_}", {"name": "", "member": GP, "version": "1"})
    assert (refused.status_code, "field-name-error" in refused.text) == (422, True)
    assert refused.text.count(" checked") >= 1, "the member that was chosen stays chosen"
    stale = head.post(f"/teams/{id_}", {"name": "向阳二队", "member": GP, "version": "7"})
    assert stale.status_code == 422
    saved = head.post(f"/teams/{id_}", {"name": "向阳二队", "member": GP, "version": "1"})
    assert saved.status_code == 303, words(saved)
    assert "向阳二队" in words(head.get("/teams"))


def test_sending_the_form_of_a_team_twice_makes_one(head: Visitor) -> None:
    page = head.get("/teams/new").text
    submission = page.split('name="submission" value="')[1].split('"')[0]
    form = {"organisation": "station-1", "name": "双击团队", "member": GP, "submission": submission}
    assert head.post("/teams/new", form).status_code == 303
    assert head.post("/teams/new", form).status_code in (303, 422)
    assert words(head.get("/teams")).count("双击团队") == 1


def test_a_team_of_another_institution_is_refused(head: Visitor) -> None:
    form = {"organisation": "station-2", "name": "外站团队", "member": GP}
    refused = head.post("/teams/new", form)
    assert (refused.status_code, "外站团队" in refused.text) == (422, True)


def test_a_resident_signs_and_ends(house: OpenHouse, head: Visitor, doctor: Visitor) -> None:
    team, id_ = made(head, "签约团队"), filed(house, on=days_ago(30))
    at = f"/residents/{id_}/file/contract"
    assert "签约团队" in words(doctor.get(at))
    days = {"from_on": days_ago(10).isoformat(), "last_on": "2027-11-12"}
    refused = doctor.post(at, {"team": "", **days})
    assert (refused.status_code, "field-team-error" in refused.text) == (422, True)
    odd = doctor.post(at, {"team": team, **days, "last_on": "后天"})
    assert (odd.status_code, "后天" in odd.text) == (422, True)
    assert doctor.post(at, {"team": team, **days}).status_code == 303
    text = words(doctor.get(f"/residents/{id_}/file"))
    for part in ("签约中", "签约团队", "2027-11-12", "解约"):
        assert part in text, part
    assert doctor.post(f"{at}/end").status_code == 303
    assert "已结束" in words(doctor.get(f"/residents/{id_}/file"))
    again = doctor.post(f"{at}/end")
    assert (again.status_code, "没有签约" in words(again)) == (422, True)


def test_the_use_of_a_file_is_explained(house: OpenHouse, doctor: Visitor) -> None:
    id_ = filed(house, on=days_ago(300))
    assert "未动态使用" in words(doctor.get(f"/residents/{id_}/file"))
    house.save(encounter(id_, "2026-10-10T09:00:00+08:00"))
    house.save(encounter(id_, "2026-10-11T09:00:00+08:00", status="cancelled"))
    text = words(doctor.get(f"/residents/{id_}/file"))
    for part in ("有动态记录", "有 1 条服务记录计入", "2026-10-10", "不计入：已取消或未执行"):
        assert part in text, part


def test_the_list_shows_who_was_not_served_and_who_lives_where(
    house: OpenHouse, doctor: Visitor
) -> None:
    here = [address(ELSEWHERE, grid="37180200100301", building="5", unit="2")]
    idle, busy = filed(house, "闲置人", address=here), filed(house, "就诊人", address=here)
    house.save(encounter(busy, "2026-10-10T09:00:00+08:00"))
    drafted = filed(house, "草稿人", draft=True, address=here)
    shown = words(doctor.get(f"/residents?committee={ELSEWHERE}"))
    assert all(name in shown for name in ("闲置人", "就诊人", "草稿人"))
    unused = words(doctor.get(f"/residents?committee={ELSEWHERE}&use=inactive"))
    assert ("闲置人" in unused, "就诊人" in unused, "草稿人" in unused) == (True, False, False)
    drafts = words(doctor.get("/residents?file=draft"))
    assert ("草稿人" in drafts, "闲置人" in drafts) == (True, False)
    none = words(doctor.get(f"/residents?committee={ELSEWHERE}&building=6"))
    assert "没有符合条件的居民档案" in none
    assert "12 个月未动态使用" in words(doctor.get("/"))
    assert idle
    assert drafted


def test_many_residents_get_another_doctor(house: OpenHouse, head: Visitor) -> None:
    there = "371802001004"
    ids = [filed(house, f"换医{n}", address=[address(there)]) for n in "一二三"]
    chosen = f"/residents/assign?committee={there}"
    assert "符合条件、正在管理的居民：3 人" in words(head.get(chosen))
    refused = head.post("/residents/assign", {"committee": there})
    assert (refused.status_code, "请选择新的责任医生或团队" in words(refused)) == (422, True)
    both = head.post("/residents/assign", {"committee": there, "to_doctor": GP, "to_team": "x"})
    assert both.status_code == 422
    done = head.post("/residents/assign", {"committee": there, "to_doctor": GP})
    assert "已更换 3 人，还有 0 人" in words(done)
    assert {fact(house, id_)["doctor_id"] for id_ in ids} == {GP}
    assert "更换责任医生" in words(head.get(f"/residents/{ids[0]}/file"))


def test_what_is_too_much_for_once_goes_on_by_itself(
    house: OpenHouse, head: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignment, "SLICE", 2)
    there = "371802001005"
    for n in "一二三":
        filed(house, f"分批{n}", address=[address(there)])
    sent = {"committee": there, "to_doctor": GP}
    assert "data-goes-on" not in head.get(f"/residents/assign?committee={there}").text
    first = head.post("/residents/assign", sent)
    assert ("已更换 2 人，还有 1 人" in words(first), "data-goes-on" in first.text) == (True, True)
    last = head.post("/residents/assign", {**sent, "done": "2"})
    assert ("已更换 3 人，还有 0 人" in words(last), "data-goes-on" in last.text) == (True, False)


def test_who_may_keep_teams_and_assign(house: OpenHouse, doctor: Visitor) -> None:
    for path in ("/teams", "/teams/new", "/residents/assign"):
        assert doctor.get(path).status_code == 403, path
    centre = signed_in(house, "centre1")
    for path in ("/teams", "/teams/new?organisation=station-2", "/residents/assign"):
        assert centre.get(path).status_code == 200, path
    assert "请选择" in words(centre.get("/residents/assign"))
