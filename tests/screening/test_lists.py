"""筛查名单: the latest result of everybody who was screened and is not managed."""

import pytest

from tests.followups.sending import enrolled
from tests.pages.browsing import export, signed_in, words
from tests.pages.test_residents import sheet
from tests.screening.people import resident, visited
from tests.support.house import OpenHouse

PRESSURE = {"left_systolic": "148", "left_diastolic": "92"}


def test_the_latest_result_stands_in_the_list_until_somebody_is_enrolled(
    fresh_house: OpenHouse,
) -> None:
    house = fresh_house
    who = resident(house, "liu-ling", "1980-05-01")
    doctor = signed_in(house, "gp1")
    visited(doctor, who, **PRESSURE)
    shown = words(doctor.get("/screening?of=hypertension&result=recheck"))
    for text in (
        "刘玲", "待复查 1", "全部 1", "疑似 0", "血压 148/92 mmHg", "第 1 个测量日",
        "2026-12-21", "再次测量", "纳入管理",
    ):  # fmt: skip
        assert text in shown, text
    assert "刘玲" not in words(doctor.get("/screening?of=hypertension&result=suspected"))
    assert "刘玲" not in words(doctor.get("/screening?of=diabetes"))
    assert "刘玲" not in words(signed_in(house, "gp2").get("/screening")), "another station's"
    house.clock.advance(days=40)
    doctor = signed_in(house, "gp1")
    assert "已过期" in words(doctor.get("/screening"))
    visited(doctor, who, left_systolic="124", left_diastolic="76")
    later = words(doctor.get("/screening"))
    assert "正常 1" in later
    assert "待复查 0" in later
    enrolled(house, who, "hypertension", "2026-12-20")
    assert "刘玲" not in words(doctor.get("/screening"))


def test_it_is_searched_and_taken_away(fresh_house: OpenHouse) -> None:
    house = fresh_house
    who = resident(house, "liu-ling", "1980-05-01")
    doctor = signed_in(house, "gp1")
    visited(doctor, who, **PRESSURE)
    found = doctor.post("/screening/search?of=hypertension", {"q": "刘玲"})
    assert "刘玲" not in found.headers["location"]
    assert "刘玲" in words(doctor.get(found.headers["location"]))
    none = doctor.post("/screening/search?of=hypertension", {"q": "李娜"})
    assert "没有符合条件的筛查结果" in words(doctor.get(none.headers["location"]))
    taken = export(doctor, "/screening/export?of=hypertension")
    cells = sheet(taken.content)
    assert "刘玲" in cells
    assert "血压 148/92 mmHg" in cells


@pytest.mark.parametrize("query", ["of=copd", "of=hypertension&result=unknown"])
def test_an_unknown_screening_is_refused(house: OpenHouse, query: str) -> None:
    answer = signed_in(house, "gp1").get(f"/screening?{query}")
    assert answer.status_code == 400
    assert "没有这项筛查" in words(answer)


@pytest.mark.parametrize("name", ["bureau", "auditor", "coord1"])
def test_who_has_nothing_to_do_with_it_does_not_see_it(house: OpenHouse, name: str) -> None:
    assert signed_in(house, name).get("/screening").status_code == 403
