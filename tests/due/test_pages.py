"""The due list as a page: who stands on which tab, who sees whom, filters, paging, files."""

import re
from datetime import date
from typing import Any

import pytest

from kernel.canonical import structure_definition
from records.life.contract import contract
from tests.cast import RESIDENTS, to
from tests.due.people import counted, due, listed
from tests.followups.sending import follow_up, put
from tests.pages.browsing import audited, export, signed_in, words
from tests.pages.test_residents import sheet
from tests.support.house import ON_SQLITE, OpenHouse


def filled(house: OpenHouse) -> OpenHouse:
    """李娜 is due today in two programmes, 张伟 late, 王小明 on Thursday; 赵磊 elsewhere."""
    due(house, "li-na", 0)
    due(house, "li-na", 5, "diabetes")
    due(house, "zhang-wei", -40)
    due(house, "wang-xiaoming", 3, "diabetes")
    due(house, "zhao-lei", 0, as_="gp2")
    return house


@pytest.fixture(scope="module")
def waiting(house: OpenHouse) -> OpenHouse:
    """A filled house for those who only look."""
    return filled(house)


@pytest.fixture
def busy(fresh_house: OpenHouse) -> OpenHouse:
    """A filled house of the test's own."""
    return filled(fresh_house)


def names(house: OpenHouse, query: str = "", who: str = "gp1") -> list[str]:
    answer = signed_in(house, who).get(f"/due{query}")
    assert answer.status_code == 200, answer.text
    return list(listed(answer.text))


def test_each_stands_on_the_tab_of_the_first_deadline(waiting: OpenHouse) -> None:
    assert names(waiting) == ["李娜"]
    assert names(waiting, "?tab=week") == ["王小明"]
    assert names(waiting, "?tab=overdue") == ["张伟"]
    assert names(waiting, "?tab=coming") == ["李娜", "王小明"]
    assert names(waiting, "?tab=lost") == []
    assert counted(signed_in(waiting, "gp1").get("/due").text) == [1, 1, 1, 2, 0]


def test_a_line_says_what_when_and_why(waiting: OpenHouse) -> None:
    visitor = signed_in(waiting, "gp1")
    today = visitor.get("/due")
    assert "2 个项目 14 天内到期，建议合并随访" in words(today)
    assert listed(today.text) == {
        "李娜": "/residents/li-na/follow-ups/new?programmes=hypertension,diabetes"
    }
    assert "139****0002" in today.text
    assert "13900010002" not in today.text
    late = words(visitor.get("/due?tab=overdue"))
    assert "2026-10-14" in late
    assert "逾期 40 天" in late
    assert "0 次" in late


def test_the_reason_and_the_last_class_are_told(fresh_house: OpenHouse) -> None:
    house = fresh_house
    due(house, "li-na", -300)
    for day, systolic in (("2026-10-19", 152), ("2026-11-02", 158)):
        values = {"visit-date": date.fromisoformat(day), "visit-mode": "1", "systolic": systolic,
                  "diastolic": 92}  # fmt: skip
        put(house, follow_up("li-na", "hypertension", values, id=f"f{day}"), 201)
    shown = signed_in(house, "gp1").get("/due?tab=overdue")
    told = words(shown)
    assert "转诊结果随访（高血压）" in told
    assert "连续两次控制不满意" in told
    assert "控制不满意" in told
    assert "programmes=referral-outcome&amp;of=hypertension" in shown.text
    assert names(house, "?tab=overdue&priority=refer") == ["李娜"]
    assert names(house, "?tab=overdue&priority=routine") == []
    assert names(house, "?tab=overdue&activity=referral-outcome") == ["李娜"]
    assert names(house, "?tab=overdue&activity=recheck") == []


@pytest.mark.parametrize(
    ("who", "seen"),
    [("gp1", ["李娜"]), ("nurse1", ["李娜"]), ("gp2", ["赵磊"]), ("centre1", ["李娜", "赵磊"])],
)
def test_everybody_sees_the_own_residents(waiting: OpenHouse, who: str, seen: list[str]) -> None:
    assert sorted(names(waiting, who=who)) == sorted(seen)


@ON_SQLITE
@pytest.mark.parametrize("who", ["coord1", "bureau", "sysadmin", "auditor"])
def test_others_are_refused(waiting: OpenHouse, who: str) -> None:
    visitor = signed_in(waiting, who)
    for path in ("/due", "/due/print", "/due/li-na/contact"):
        assert visitor.get(path).status_code == 403, path
    assert export(visitor, "/due/export").status_code == 403


def test_a_centre_narrows_to_a_station(waiting: OpenHouse) -> None:
    assert names(waiting, "?organisation=station-2", who="centre1") == ["赵磊"]
    assert names(waiting, "?organisation=station-2", who="gp1") == []


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("?tab=coming&programme=hypertension", ["李娜"]),
        ("?tab=coming&programme=diabetes", ["李娜", "王小明"]),
        ("?tab=coming&sort=-due", ["王小明", "李娜"]),
        ("?tab=coming&sort=name", ["李娜", "王小明"]),
        ("?tab=coming&sort=-name", ["王小明", "李娜"]),
        ("?tab=overdue&band=risk", ["张伟"]),
        ("?tab=overdue&band=call", []),
    ],
)
def test_filters_and_orders(waiting: OpenHouse, query: str, seen: list[str]) -> None:
    assert names(waiting, query) == seen


@ON_SQLITE
@pytest.mark.parametrize("query", ["?tab=never", "?sort=x", "?programme=x", "?band=1", "?cursor=x"])
def test_what_does_not_exist_is_refused_with_a_sentence(waiting: OpenHouse, query: str) -> None:
    answer = signed_in(waiting, "gp1").get(f"/due{query}")
    assert answer.status_code == 400
    assert "请从列表" in words(answer)


def lived(busy: OpenHouse, id_: str, **more: Any) -> None:
    """Give somebody an address in the grid, or a doctor."""
    client = busy.client("gp1")
    body = {**RESIDENTS[id_], "id": id_, **more}
    assert client.put(f"Patient/{id_}", body).status_code == 200


def test_by_doctor(busy: OpenHouse) -> None:
    gp1 = "practitioner-station-1-gp"
    lived(busy, "li-na", generalPractitioner=[to("Practitioner", gp1)])
    assert names(busy, f"?tab=coming&doctor={gp1}") == ["李娜"]
    assert names(busy, "?tab=coming&doctor=nobody") == []


def test_by_committee_grid_and_team(busy: OpenHouse) -> None:
    home = RESIDENTS["li-na"]["address"][0]
    told = {"committee": "371802001001", "grid": "37180200100102", "building": "8"}
    parts = [{"url": name, "valueString": text} for name, text in told.items()]
    grid = {"url": structure_definition("grid-address"), "extension": parts}
    lived(busy, "li-na", address=[{**home, "use": "home", "extension": [grid]}])
    team = to("CareTeam", "team-station-1-1")
    signed = contract(
        "wang-xiaoming", to("Organization", "station-1"), team,
        from_on=date(2026, 1, 1), last_on=date(2026, 12, 31),
    )  # fmt: skip
    assert busy.client("gp1").post("EpisodeOfCare", signed).status_code == 201
    for name, text in told.items():
        assert names(busy, f"?tab=coming&{name}={text}") == ["李娜"], name
        assert names(busy, f"?tab=coming&{name}=99") == [], name
    assert names(busy, "?tab=coming&team=team-station-1-1") == ["王小明"]
    assert names(busy, "?tab=coming&team=team-station-1-2") == []


def test_a_name_is_sought_without_standing_in_the_address(waiting: OpenHouse) -> None:
    visitor = signed_in(waiting, "gp1")
    found = visitor.post("/due/search?tab=coming", {"q": "王小明"})
    assert found.status_code == 303
    address = found.headers["location"]
    assert "tab=coming" in address
    assert "王" not in address
    assert "%E7" not in address
    shown = visitor.get(address)
    assert list(listed(shown.text)) == ["王小明"]
    assert counted(shown.text) == [0, 1, 0, 1, 0]
    cleared = visitor.post(address.replace("/due?", "/due/search?"), {"q": ""})
    assert list(listed(visitor.get(cleared.headers["location"]).text)) == ["李娜", "王小明"]


def test_pages_lose_nobody_when_somebody_is_seen_meanwhile(
    busy: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("health.due.pages.PAGE_SIZE", 1)
    visitor = signed_in(busy, "gp1")
    for sort, order in (("", ["李娜", "王小明"]), ("-name", ["王小明", "李娜"])):
        first = visitor.get(f"/due?tab=coming&sort={sort}")
        assert list(listed(first.text)) == order[:1]
        (onward,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
        second = visitor.get(onward.replace("&amp;", "&"))
        assert list(listed(second.text)) == order[1:]
        assert 'rel="next"' not in second.text
    first = visitor.get("/due?tab=coming")
    (onward,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    for programme in ("hypertension", "diabetes"):
        body = busy.client("gp1").get(f"EpisodeOfCare/li-na-{programme}").json()
        ended = {**body, "status": "finished",
                 "period": {**body["period"], "end": "2026-11-23"}}  # fmt: skip
        assert busy.client("gp1").put(f"EpisodeOfCare/{body['id']}", ended).status_code == 200
    assert list(listed(visitor.get(onward.replace("&amp;", "&")).text)) == ["王小明"]


def test_without_anything_for_today_what_is_overdue_stands_first(fresh_house: OpenHouse) -> None:
    house = fresh_house
    due(house, "li-na", -3)
    assert names(house, "") == ["李娜"]
    assert names(house, "?tab=today") == []
    due(house, "wang-xiaoming", 0)
    assert names(house, "") == ["王小明"]


def test_time_passes(busy: OpenHouse) -> None:
    busy.clock.advance(days=1)
    assert counted(signed_in(busy, "gp1").get("/due").text) == [0, 1, 2, 1, 0]
    busy.clock.advance(days=3)
    assert counted(signed_in(busy, "gp1").get("/due").text) == [0, 0, 3, 0, 0]
    busy.clock.advance(days=11)
    late = words(signed_in(busy, "gp1").get("/due?tab=overdue"))
    assert "逾期 15 天" in late


def test_the_file_holds_the_filtered_list_with_masked_numbers(busy: OpenHouse) -> None:
    visitor = signed_in(busy, "gp1")
    taken = export(visitor, "/due/export?tab=coming&programme=hypertension")
    assert taken.status_code == 200
    told = sheet(taken.content)
    assert "李娜" in told
    assert "王小明" not in told
    assert "139****0002" in told
    assert "13900010002" not in told
    assert "随访（高血压、糖尿病）" in told
    (row,) = audited(busy, "export")
    assert (row["name"], row["detail"]["reason"]) == ("gp1", "核对老年人名单")
    refused = visitor.post("/due/export?tab=coming", {"reason": "核对老年人名单", "full": "1"})
    assert refused.status_code == 403
    head = signed_in(busy, "head1")
    whole = head.post("/due/export?tab=coming", {"reason": "核对老年人名单", "full": "1"})
    assert "13900010002" in sheet(whole.content)


def test_the_round_sheet_is_printed_in_the_order_of_the_round(busy: OpenHouse) -> None:
    for id_, building in (("li-na", "12"), ("wang-xiaoming", "3")):
        home = RESIDENTS[id_]["address"][0]
        parts = [{"url": "building", "valueString": building}, {"url": "grid", "valueString": "1"}]
        grid = {"url": structure_definition("grid-address"), "extension": parts}
        lived(busy, id_, address=[{**home, "use": "home", "extension": [grid]}])
    visitor = signed_in(busy, "gp1")
    paper = words(visitor.get("/due/print?tab=week"))
    assert "上门随访单" in paper
    assert "血压 mmHg" in paper
    calls = visitor.get("/due/print?tab=coming")
    told = words(calls)
    assert "随访提醒电话名单" in told
    assert told.index("王小明") < told.index("李娜")
    assert "139****0001" in told
    assert "13900010001" not in words(visitor.get("/due/print?tab=coming&full=1"))
    assert "13900010001" in words(signed_in(busy, "head1").get("/due/print?tab=coming&full=1"))
    rows = audited(busy, "print")
    assert [row["name"] for row in rows] == ["gp1", "gp1", "gp1", "head1"]
    assert rows[-1]["detail"]["full"] is True


def test_the_first_page_counts_and_names_the_first(waiting: OpenHouse) -> None:
    shown = signed_in(waiting, "gp1").get("/")
    told = words(shown)
    assert "随访逾期 1 人" in told
    assert "其中 1 人有失访风险" in told
    assert "今天到期 1 人" in told
    assert "本周到期 1 人" in told
    rows = shown.text[shown.text.index('id="panel-due"') :]
    assert rows.index("张伟") < rows.index("李娜")
    assert "随访待办" not in words(signed_in(waiting, "bureau").get("/"))


def test_looking_is_audited(busy: OpenHouse) -> None:
    names(busy)
    row = audited(busy, "search")[-1]
    assert (row["name"], row["resource_type"]) == ("gp1", "Patient")
