"""The household plan: one visit for all that is due for who lives there."""

import re

import pytest

from records.households import services as households
from tests.due.people import TODAY, due, listed
from tests.followups.sending import follow_up, put
from tests.households.test_services import doing
from tests.pages.browsing import audited, signed_in, words
from tests.support.house import OpenHouse

SPOUSE = "10"


@pytest.fixture
def family(fresh_house: OpenHouse) -> tuple[OpenHouse, str]:
    """李娜 and 张伟 live together and are both due; 王小明 lives alone; 赵磊 is elsewhere."""
    house = fresh_house
    group = doing(house, households.new_household, "li-na", committee="371802001001")
    doing(house, households.join, group, "zhang-wei", relation=SPOUSE)
    due(house, "li-na", 0)
    due(house, "zhang-wei", -40, "diabetes")
    due(house, "wang-xiaoming", 10)
    due(house, "zhao-lei", 0, as_="gp2")
    return house, group


def homes(text: str) -> list[str]:
    return list(listed(text))


def test_a_household_is_one_line_with_all_its_members(family: tuple[OpenHouse, str]) -> None:
    house, group = family
    shown = signed_in(house, "gp1").get("/due/households")
    assert shown.status_code == 200, shown.text
    found = listed(shown.text)
    assert sorted(found) == ["李娜家庭", "王小明"]
    assert found["李娜家庭"] == f"/due/households/{group}"
    assert found["王小明"] == "/residents/wang-xiaoming/follow-ups/new?programmes=hypertension"
    told = words(shown)
    assert "赵磊" not in told
    assert "2026-12-07 前到期" in told


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?programme=diabetes", ["李娜家庭"]),
        ("?programme=hypertension", ["李娜家庭", "王小明"]),
        ("?priority=refer", []),
    ],
)
def test_who_is_asked_for_brings_the_household_along(
    family: tuple[OpenHouse, str], query: str, expected: list[str]
) -> None:
    house, _group = family
    shown = signed_in(house, "gp1").get(f"/due/households{query}")
    assert sorted(homes(shown.text)) == sorted(expected)
    if "diabetes" in query:
        assert "李娜 " in words(shown), "the wife is due as well"


def test_one_visit_leads_from_form_to_form(family: tuple[OpenHouse, str]) -> None:
    house, group = family
    visitor = signed_in(house, "gp1")
    shown = visitor.get(f"/due/households/{group}")
    assert listed(shown.text) == {
        "张伟": "/residents/zhang-wei/follow-ups/new?programmes=diabetes",
        "李娜": "/residents/li-na/follow-ups/new?programmes=hypertension",
    }
    values = {"visit-date": TODAY, "visit-mode": "2", "systolic": 128, "diastolic": 76}
    put(house, follow_up("li-na", "hypertension", values, id="f1"), 201)
    after = visitor.get(f"/due/households/{group}")
    assert list(listed(after.text)) == ["张伟"]
    assert "今天已随访 ✓ 李娜" in words(after)


def test_only_the_own_households(family: tuple[OpenHouse, str]) -> None:
    house, group = family
    assert signed_in(house, "gp2").get(f"/due/households/{group}").status_code == 404
    assert homes(signed_in(house, "gp2").get("/due/households").text) == ["赵磊"]
    assert signed_in(house, "bureau").get("/due/households").status_code == 403


def test_pages_follow_each_other(
    family: tuple[OpenHouse, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _group = family
    monkeypatch.setattr("health.due.household_pages.PAGE_SIZE", 1)
    visitor = signed_in(house, "gp1")
    first = visitor.get("/due/households")
    (onward,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = visitor.get(onward.replace("&amp;", "&"))
    assert sorted(homes(first.text) + homes(second.text)) == ["李娜家庭", "王小明"]
    assert 'rel="next"' not in second.text


def test_the_plan_on_paper(family: tuple[OpenHouse, str]) -> None:
    house, _group = family
    told = words(signed_in(house, "gp1").get("/due/households/print"))
    assert "上门计划" in told
    assert "2 户" in told
    assert "随访（糖尿病） 2026-10-14" in told
    assert "13900010002" not in told
    assert "139****0002" in told or "139****0003" in told
    head = words(signed_in(house, "head1").get("/due/households/print?full=1"))
    assert "13900010001" in head
    assert [row["name"] for row in audited(house, "print")] == ["gp1", "head1"]
