"""The supervision board on pages: who sees which figures, what is behind one, and the file."""

import io
import re

import pytest
from openpyxl import load_workbook

from tests.cast import encounter, to
from tests.figures.test_pages import _table as table
from tests.pages.browsing import REASON, Visitor, audited, export, signed_in, words
from tests.pages.test_residents import sheet
from tests.referrals.facts import put_case, put_year
from tests.referrals.playing import department_id, departments
from tests.referrals.times import at
from tests.support.house import FRESH_ON_SQLITE, ON_SQLITE, OpenHouse

BOARD = "/referral-board"
STEPS, GROUPS, LINES = 1, -2, -1
"""Which table of the board: how long steps took, the groups, all indicators (0: the chart's)."""
PEOPLE = ("王小明", "李娜", "张伟", "赵磊", "孙丽")


@pytest.fixture(scope="module")
def year(house: OpenHouse) -> OpenHouse:
    """A house in which the year of `put_year` happened."""
    with house.station.write() as work:
        put_year(work)
    return house


def lines(visitor: Visitor, query: str = "") -> dict[str, list[str]]:
    """Title, numerator, denominator and value of each indicator on the board, by code."""
    return {row[0]: row[1:5] for row in table(visitor, f"{BOARD}?{query}", LINES)}


def groups(visitor: Visitor, query: str = "") -> dict[str, list[str]]:
    """The cells of each group on the board, by its label."""
    return {row[0]: row[1:] for row in table(visitor, f"{BOARD}?{query}", GROUPS)}


@ON_SQLITE
def test_a_bureau_sees_the_whole_city_and_nobody(year: OpenHouse) -> None:
    officer = signed_in(year, "bureau")
    page = officer.get(BOARD)
    found = lines(officer)
    assert found["RF01"] == ["上转人次", "7", "—", "7 人次"]
    assert found["RF04"] == ["接收率", "3", "6", "50.0 %"]
    assert found["RF07"] == ["响应时间中位数", "—", "3", "24.0 小时"]
    assert found["RF15"][1:] == ["—", "—", "—"], "a whole city's visits are not counted"
    assert found["RF18"][1:] == ["—", "—", "无数据来源"]
    assert found["RF19"][1:] == ["—", "—", "无数据来源"]
    assert "只有医保结算数据中有" in words(page)
    steps = {row[0]: row[1:] for row in table(officer, BOARD, STEPS)}
    assert steps["提交 → 首次答复"] == ["3", "24.0 小时", "63.2 小时"]
    assert "资料不全" in words(page)
    assert f"{BOARD}/RF01" not in page.text, "who sees no persons is not led to their referrals"
    assert officer.get(f"{BOARD}/RF01").status_code == 403
    assert not [name for name in PEOPLE if name in page.text]


@ON_SQLITE
def test_a_station_head_sees_what_the_station_sent(year: OpenHouse) -> None:
    head = signed_in(year, "head1")
    found = lines(head)
    assert found["RF01"][3] == "5 人次"
    assert found["RF21"][1:] == ["0", "5", "0.0 %"]
    assert head.get(f"{BOARD}?organisation=station-2").status_code == 400
    manager = signed_in(year, "centre1")
    rows = groups(manager)
    sent = {label: row[0] for label, row in rows.items() if row[0] != "0"}
    assert sent.pop("合计") == "7"
    assert sorted(sent.values()) == ["2", "5"]


@ON_SQLITE
def test_a_coordinator_sees_what_came_to_the_hospital(year: OpenHouse) -> None:
    first, second = signed_in(year, "coord1"), signed_in(year, "coord2")
    assert lines(first)["RF01"][3] == "6 人次"
    found = lines(second)
    assert found["RF01"][3] == "1 人次"
    assert found["RF21"][1:] == ["1", "1", "100.0 %"]
    rows = groups(second)
    assert [row[0] for row in rows.values()] == ["1", "1"]


@ON_SQLITE
@pytest.mark.parametrize("name", ["gp1", "nurse1", "sysadmin", "secadmin", "auditor"])
def test_others_see_no_board(house: OpenHouse, name: str) -> None:
    visitor = signed_in(house, name)
    assert visitor.get(BOARD).status_code == 403
    assert visitor.get(f"{BOARD}/RF01").status_code == 403
    assert BOARD not in visitor.get("/").text


@ON_SQLITE
@pytest.mark.parametrize(
    ("by", "label", "up"),
    [
        ("institution", "合计", "7"),
        ("hospital", "合计", "7"),
        ("department", "未填写", "6"),
        ("disease", "高血压", "3"),
        ("disease", "未填写", "1"),
        ("doctor", "于海宁", "5"),
        ("urgency", "常规", "5"),
        ("direction", "上转", "7"),
        ("month", "2026-05", "2"),
    ],
)
def test_the_groups_and_their_sum(year: OpenHouse, by: str, label: str, up: str) -> None:
    officer = signed_in(year, "bureau")
    rows = groups(officer, f"by={by}")
    assert rows[label][0] == up
    parts = [int(row[0].replace(",", "")) for name, row in rows.items() if name != "合计"]
    assert sum(parts) == int(rows["合计"][0]) == 7


@ON_SQLITE
def test_the_board_is_narrowed_down(year: OpenHouse) -> None:
    officer = signed_in(year, "bureau")
    assert lines(officer, "part=03")["RF01"][3] == "2 人次"
    assert lines(officer, "part=q2")["RF01"][3] == "4 人次"
    assert lines(officer, "year=2025")["RF02"][3] == "2 人次"
    assert lines(officer, "disease=hypertension")["RF01"][3] == "3 人次"
    assert lines(officer, "urgency=emergency")["RF01"][3] == "1 人次"
    assert lines(officer, "organisation=station-2")["RF01"][3] == "2 人次"
    assert lines(officer, "organisation=hospital-2")["RF01"][3] == "1 人次"
    page = officer.get(f"{BOARD}?by=disease&part=q2")
    assert "by=disease" in page.text
    assert re.search(r'row-link" href="/referral-board\?[^"]*disease=stroke', page.text)
    further = officer.get(BOARD).text
    assert re.search(r'row-link" href="/referral-board\?[^"]*organisation=centre-1', further)


@ON_SQLITE
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("year=2027", "统计年份应为 2025 至 2026 年"),
        ("year=abcd", "统计年份应为 2025 至 2026 年"),
        ("part=12", "筛选条件无效"),
        ("part=q5", "筛选条件无效"),
        ("organisation=nowhere", "筛选条件无效"),
        ("disease=plague", "筛选条件无效"),
        ("urgency=soon", "筛选条件无效"),
        ("by=mood", "筛选条件无效"),
    ],
)
def test_a_wrong_question_is_refused(year: OpenHouse, query: str, said: str) -> None:
    refused = signed_in(year, "bureau").get(f"{BOARD}?{query}")
    assert refused.status_code == 400
    assert said in words(refused)


def test_the_referrals_behind_a_figure(year: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    head = signed_in(year, "head1")
    assert f'href="{BOARD}/RF04?' in head.get(BOARD).text
    rows = table(head, f"{BOARD}/RF04")
    assert [(row[1], row[-1]) for row in rows] == [
        ("张伟", "未计入"),
        ("张伟", "计入 ✓"),
        ("李娜", "计入 ✓"),
        ("王小明", "未计入"),
        ("王小明", "计入 ✓"),
    ]
    assert rows[1][2:5] == ["上转", "常规", "高血压"]
    assert 'href="/referrals/absent"' in head.get(f"{BOARD}/RF04").text
    assert len(table(head, f"{BOARD}/RF04?counted=yes")) == 3
    assert len(table(head, f"{BOARD}/RF04?counted=no")) == 2
    assert len(table(head, f"{BOARD}/RF13?part=q1")) == 1
    assert words(head.get(f"{BOARD}/RF01")).count("计入 ✓") == 5
    monkeypatch.setattr("referral.supervision.pages_cases.PAGE_SIZE", 2)
    [more] = re.findall(r'rel="next" href="([^"]+)"', head.get(f"{BOARD}/RF04").text)
    assert table(head, more.replace("&amp;", "&")) == rows[2:4]
    for wrong in ("counted=x", "year=1999", "cursor=x"):
        assert head.get(f"{BOARD}/RF04?{wrong}").status_code == 400, wrong
    for unknown in ("RF03", "RF18", "XX01"):
        assert head.get(f"{BOARD}/{unknown}").status_code == 404, unknown
    told = {id_ for row in audited(year, "search") for id_ in row["detail"].get("patients", ())}
    assert {"wang-xiaoming", "li-na", "zhang-wei"} <= told


@FRESH_ON_SQLITE
def test_a_coordinator_lists_only_who_was_granted(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write() as work:
        put_year(work)
    fresh_house.grant("li-na", "hospital-1")
    rows = table(signed_in(fresh_house, "coord1"), f"{BOARD}/RF01")
    assert [row[1] for row in rows] == ["李娜"]


def test_the_visits_of_a_station_are_counted(fresh_house: OpenHouse) -> None:
    here = {"serviceProvider": to("Organization", "station-1")}
    day = "2026-03-{:02}T09:00:00+08:00"
    before = lines(signed_in(fresh_house, "head1"))["RF15"]
    cancelled = {**here, "status": "cancelled"}
    home = {**here, "class": {**encounter("li-na", day)["class"], "code": "HH"}}
    fresh_house.save(
        *(encounter("li-na", day.format(n), **here) for n in range(1, 8)),
        encounter("li-na", day.format(8), **cancelled),
        encounter("li-na", day.format(9), **home),
        encounter("li-na", "2025-12-31T09:00:00+08:00", **here),
    )
    with fresh_house.station.write() as work:
        put_case(work, "one", "2026-03-09 09:00")
    visits = 7 if before[2] == "—" else int(before[2]) + 7
    found = lines(signed_in(fresh_house, "head1"))["RF15"]
    assert found[1:3] == ["1", str(visits)]
    narrowed = lines(signed_in(fresh_house, "head1"), "disease=hypertension")["RF15"]
    assert narrowed[1:] == ["—", "—", "—"], "visits are not told apart by disease"


@FRESH_ON_SQLITE
def test_departments_have_their_names(fresh_house: OpenHouse) -> None:
    departments(fresh_house)
    with fresh_house.station.write() as work:
        put_case(work, "one", "2026-03-09 09:00", department_id=department_id("hospital-1"))
        put_case(work, "two", "2026-03-09 09:00", department_id="gone", doctor_id="gone")
    head = signed_in(fresh_house, "head1")
    assert {"心血管内科", "不详"} < set(groups(head, "by=department"))
    assert "不详" in groups(head, "by=doctor")


@FRESH_ON_SQLITE
def test_it_is_said_that_the_holidays_of_a_year_are_not_known_yet(fresh_house: OpenHouse) -> None:
    officer = signed_in(fresh_house, "bureau")
    assert "放假安排" not in words(officer.get(BOARD))
    fresh_house.clock.instant = at("2026-12-01 09:00")
    said = words(signed_in(fresh_house, "bureau").get(BOARD))
    assert "还没有录入 2027 年的放假安排" in said


@FRESH_ON_SQLITE
def test_the_board_is_taken_away_with_its_definitions(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write() as work:
        put_year(work)
    officer = signed_in(fresh_house, "bureau")
    officer.get(BOARD)
    refused = export(officer, f"{BOARD}/export?by=disease", "查")
    assert refused.status_code == 422
    assert "请写明导出原因" in words(refused)
    taken = sheet(export(officer, f"{BOARD}/export?by=disease").content)
    for text in ("RF04", "接收率", "高血压", "合计", "答复前撤销的不算", "第90百分位", "资料不全"):
        assert text in taken, text
    assert not [name for name in PEOPLE if name in taken]
    (row,) = audited(fresh_house, "export")
    assert (row["name"], row["detail"]["reason"]) == ("bureau", REASON)


@FRESH_ON_SQLITE
def test_the_whole_numbers_of_the_file_add_up(fresh_house: OpenHouse) -> None:
    with fresh_house.station.write() as work:
        put_year(work)
    manager = signed_in(fresh_house, "centre1")
    manager.get(BOARD)
    for by in ("institution", "month"):
        taken = export(manager, f"{BOARD}/export?by={by}").content
        rows = list(load_workbook(io.BytesIO(taken)).worksheets[0].iter_rows(4, values_only=True))
        whole = {row[3]: row[5:7] for row in rows if row[2] == "合计" and row[3]}
        for code in ("RF01", "RF02", "RF04", "RF08", "RF13", "RF21"):
            parts = [row[5:7] for row in rows if row[2] != "合计" and row[3] == code]
            summed = [sum(cell or 0 for cell in column) for column in zip(*parts, strict=True)]
            assert summed == [cell or 0 for cell in whole[code]], (by, code)


@FRESH_ON_SQLITE
def test_a_board_without_referrals_says_so_without_failing(fresh_house: OpenHouse) -> None:
    head = signed_in(fresh_house, "head1")
    found = lines(head)
    assert found["RF01"][3] == "0 人次"
    assert found["RF04"][1:] == ["0", "0", "—"]
    assert words(head.get(f"{BOARD}/RF04")).count("没有符合条件的转诊") == 1
