"""The figures on pages: the year, the institution, the people behind them, and as files."""

import re

import pytest

from health.years_counting import Kept
from tests.cast import MINE
from tests.measure.facts import put_facts, put_years
from tests.measure.people import (
    HYPERTENSION,
    QUARTERLY,
    YEAR,
    day,
    enrolled,
    person,
    visit,
)
from tests.pages.browsing import REASON, Visitor, audited, export, signed_in, words
from tests.pages.test_residents import sheet
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse


@pytest.fixture
def village(fresh_house: OpenHouse) -> OpenHouse:
    """李娜 by the norm, 王小明 not examined, 张伟 two visits short; somebody at station-2."""
    ming, na, wei = MINE
    with fresh_house.station.write() as work:
        put_facts(work, person(na))
        put_facts(work, person(ming, examinations=()))
        put_facts(work, person(wei, follow_ups=QUARTERLY[:2]))
        put_facts(work, person("zhao-lei", kept=(Kept("station-2", day("2011-01-01"), None),)))
    return fresh_house


def _table(visitor: Visitor, path: str, number: int = 0) -> list[list[str]]:
    """The rows of a table of a page, as texts."""
    found = re.findall(r"<table.*?</table>", visitor.get(path).text, re.DOTALL)[number]
    rows = re.findall(r"<tr>(.*?)</tr>", found, re.DOTALL)[1:]
    cells = [re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def test_a_station_sees_its_figures_with_their_definition(village: OpenHouse) -> None:
    doctor = signed_in(village, "gp1")
    rows = {row[0]: row[1:] for row in _table(doctor, "/figures")}
    assert rows["HT01"] == ["高血压患者规范管理率", "1", "3", "33.3"]
    assert rows["DM01"][1:] == ["0", "0", "—"], "nobody has diabetes: no value"
    shown = words(doctor.get("/figures"))
    assert "按规范要求管理的人数 ÷ 年内已管理的人数" in shown
    assert "WS/T 598.4-2018" in shown
    assert "国家基本公共卫生服务规范（第三版）" in shown
    assert "地方指标，参照国家规范拟定，待确认" in shown
    assert "工作指标 2026 ·" in shown
    assert "赵磊" not in shown


def test_another_year_and_its_borders(village: OpenHouse) -> None:
    doctor = signed_in(village, "gp1")
    rows = {row[0]: row[1:] for row in _table(doctor, "/figures?year=2025")}
    assert rows["HT01"][1:] == ["0", "3", "0.0"]
    for wrong in ("2027", "1999", "abcd", "２０２６", "20260"):
        refused = doctor.get(f"/figures?year={wrong}")
        assert refused.status_code == 400, wrong
        assert "统计年份应为 2020 至 2026 年" in words(refused), words(refused)
    for wrong in ("organisation=station-2", "organisation=nowhere", "code=XX01"):
        refused = doctor.get(f"/figures?{wrong}")
        assert refused.status_code == 400, wrong
        assert "筛选条件无效" in words(refused)


def test_the_people_behind_a_figure_open_from_it(village: OpenHouse) -> None:
    doctor = signed_in(village, "gp1")
    assert '<a class="row-link" href="/figures/HT01?year=2026">' in doctor.get("/figures").text
    rows = {row[0]: row for row in _table(doctor, "/figures/HT01")}
    assert set(rows) == {"李娜", "王小明", "张伟"}
    assert rows["李娜"][-2:] == ["计入 ✓", "—"]
    assert rows["王小明"][-2:] == ["未计入 ▲", "今年还没有健康体检"]
    assert rows["张伟"][-2:] == ["未计入 ▲", "还差 2 次面对面随访"]
    page = doctor.get("/figures/HT01")
    assert 'href="/residents/zhang-wei/programmes"' in page.text
    assert "37990019621130002" not in page.text, "numbers are masked"
    audit = audited(village, "search")
    told = {id_ for row in audit for id_ in (row["patient_id"], *row["detail"].get("patients", ()))}
    assert told >= set(MINE)


def test_the_list_of_people_is_filtered_sorted_and_paged(
    village: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor = signed_in(village, "gp1")

    def names(query: str) -> list[str]:
        return [row[0] for row in _table(doctor, f"/figures/HT01?{query}")]

    assert names("counted=yes") == ["李娜"]
    assert set(names("counted=no")) == {"王小明", "张伟"}
    assert names("reason=0") == ["张伟"]
    assert names("reason=1") == ["王小明"]
    assert names("sort=-name") == names("sort=name")[::-1]
    assert len(names("sort=birth_date")) == 3
    whole = names("sort=name")
    monkeypatch.setattr("health.figures.pages.PAGE_SIZE", 2)
    first = doctor.get("/figures/HT01?sort=name")
    [more] = re.findall(r'rel="next" href="([^"]+)"', first.text)
    assert "%E" not in more, "no name stands in an address"
    path = more.replace("&amp;", "&")
    assert [row[0] for row in _table(doctor, path)] == whole[2:]
    for wrong in ("counted=x", "reason=99", "reason=x", "sort=phone", "year=1900"):
        assert doctor.get(f"/figures/HT01?{wrong}").status_code == 400, wrong
    assert doctor.get("/figures/XX01").status_code == 404


def test_who_is_kept_elsewhere_today_is_counted_and_not_listed(village: OpenHouse) -> None:
    with village.station.write() as work:
        put_years(work, [person("sun-li")], HYPERTENSION, until=YEAR)
    doctor = signed_in(village, "gp1")
    shown = words(doctor.get("/figures/HT01"))
    assert "另有 1 人的档案现由其他机构管理，不在这里列出" in shown
    assert "孙丽" not in shown
    assert "另有" not in words(doctor.get("/figures/HT01?counted=no"))


def test_a_centre_sees_its_stations_side_by_side_and_the_sum(village: OpenHouse) -> None:
    manager = signed_in(village, "centre1")
    rows = _table(manager, "/figures?code=HT01", 1)
    assert [row[1:] for row in rows if "合计" in row[0]] == [["2", "4", "50.0"]]
    parts = [row for row in rows if "合计" not in row[0] and row[2] != "0"]
    assert sorted(row[1:] for row in parts) == [["1", "1", "100.0"], ["1", "3", "33.3"]]
    one = {row[0]: row[1:] for row in _table(manager, "/figures?organisation=station-2")}
    assert one["HT01"][1:] == ["1", "1", "100.0"]
    people = _table(manager, "/figures/HT01?organisation=station-2")
    assert [row[0] for row in people] == ["赵磊"]


def test_a_bureau_sees_figures_and_nobody(village: OpenHouse) -> None:
    officer = signed_in(village, "bureau")
    page = officer.get("/figures")
    assert "/figures/HT01" not in page.text
    rows = {row[0]: row[1:] for row in _table(officer, "/figures")}
    assert rows["HT01"][1:] == ["2", "4", "50.0"]
    assert officer.get("/figures/HT01").status_code == 403
    narrow = officer.get("/figures?organisation=centre-1&code=HT01")
    assert "organisation=district-1&amp;code=HT01" in page.text
    assert 'row-link" href' not in narrow.text, "stations lead to people, whom he does not see"
    for name in ("李娜", "王小明", "张伟"):
        assert name not in page.text + narrow.text


@ON_SQLITE
@pytest.mark.parametrize("name", ["coord1", "sysadmin", "secadmin", "auditor"])
def test_others_see_no_figures(house: OpenHouse, name: str) -> None:
    visitor = signed_in(house, name)
    assert visitor.get("/figures").status_code == 403
    assert visitor.get("/figures/HT01").status_code == 403
    assert "/figures" not in visitor.get("/").text


def test_figures_are_taken_away(village: OpenHouse) -> None:
    officer = signed_in(village, "bureau")
    officer.get("/figures")
    refused = export(officer, "/figures/export?year=2026", "")
    assert refused.status_code == 422
    assert "请写明导出原因" in words(refused)
    taken = sheet(export(officer, "/figures/export?year=2026&organisation=station-1").content)
    for text in ("HT01", "高血压患者规范管理率", "33.3", "第三版"):
        assert text in taken, text
    assert "李娜" not in taken
    (row,) = audited(village, "export")
    assert (row["name"], row["detail"]["reason"]) == ("bureau", REASON)


def test_people_are_taken_away_with_the_reasons(village: OpenHouse) -> None:
    doctor = signed_in(village, "gp1")
    doctor.get("/figures/HT01")
    assert export(doctor, "/figures/HT01/export", "查").status_code == 422
    taken = sheet(export(doctor, "/figures/HT01/export?counted=no").content)
    for text in ("张伟", "还差 2 次面对面随访", "王小明", "今年还没有健康体检", "未计入"):
        assert text in taken, text
    assert "李娜" not in taken
    assert "13900010001" not in taken, "numbers are masked"
    (row,) = audited(village, "export")
    assert row["detail"]["indicator"] == "HT01"
    assert {"wang-xiaoming", "zhang-wei"} <= {row["patient_id"], *row["detail"].get("patients", ())}
    nurse = signed_in(village, "nurse1")
    assert "导出 Excel" not in words(nurse.get("/figures/HT01"))
    assert export(nurse, "/figures/HT01/export").status_code == 403


@FRESH_ON_SQLITE
def test_a_lost_patient_and_a_deadline_in_words(fresh_house: OpenHouse) -> None:
    ming, na, wei = MINE
    lost = enrolled(status="onhold", suspended_on=day("11-20"))
    asking = (
        *QUARTERLY[:3],
        visit("10-20", action="refer"),
    )
    with fresh_house.station.write() as work:
        put_facts(work, person(na, enrolled=(lost,)))
        put_facts(work, person(ming, follow_ups=asking))
        put_facts(work, person(wei, follow_ups=(visit("03-10", at_target=None),)))
    doctor = signed_in(fresh_house, "gp1")
    control = {row[0]: row[-1] for row in _table(doctor, "/figures/HT02")}
    assert control == {"李娜": "失访", "王小明": "—", "张伟": "今年没有测量"}
    standard = {row[0]: row[-1] for row in _table(doctor, "/figures/HT01")}
    assert standard["王小明"] == "需复查而未在14天内随访"
