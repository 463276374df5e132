"""Three residents typed into the batch table without a mouse, in a real browser."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from health.enrolment.kinds import episode
from health.programmes import programme_of
from kernel.clock import Clock
from tests.batch.typing import BATCH, CELLS
from tests.cast import RESIDENTS
from tests.followups.sending import DOCTOR, STATION
from tests.support import axe
from tests.support.browser import open_context, read_card
from tests.support.serving import ServedHouse
from tests.visits.test_in_browser import focused, sign_in

pytestmark = pytest.mark.browser
PEOPLE = ("li-na", "wang-xiaoming", "zhang-wei")


def managed(station: ServedHouse) -> None:
    """Everybody is in the programme since January; 李娜 has been seen before."""
    begun = Clock().today().replace(month=1, day=1)
    with station.client() as client:
        for patient in PEOPLE:
            id_ = f"{patient}-hypertension"
            body = episode(
                programme_of("hypertension"), patient, on=begun, organisation=STATION, doctor=DOCTOR
            )
            answer = client.put(f"EpisodeOfCare/{id_}", json={**body, "id": id_})
            assert answer.status_code in (200, 201), answer.text


def typed(page: Page, systolic: str, *leave: str) -> None:
    """The cells of a row from the first one on, in the order of the paper form; then these keys."""
    values = {**CELLS, "systolic": systolic}
    for text in values.values():
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # no drugs
    for key in leave or ("Enter",):  # the class as it is proposed: the row is saved
        page.keyboard.press(key)


def begin(page: Page) -> None:
    """The head: today, in the clinic; then the first row."""
    page.goto(BATCH)
    page.locator("[name=visit-date]").focus()
    page.keyboard.type(Clock().today().strftime("%Y%m%d"))
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert focused(page) == "row-0-sought"


def judged(page: Page) -> None:
    """No fault that axe knows, and nothing that has to be scrolled sideways."""
    assert axe.violations(page) == []
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= page.evaluate("window.innerWidth")


def test_three_residents_without_a_mouse(station: ServedHouse, browser: Browser) -> None:
    managed(station)
    base = station.base.removesuffix("/fhir/R4/")
    dropped = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    with open_context(browser, base, expected_errors=dropped) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        begin(page)
        page.keyboard.type("lina")
        page.keyboard.press("Enter")
        expect(page.locator("#row-0")).to_contain_text("李娜")
        expect(page.locator("[name=row-0-systolic]")).to_be_focused()
        judged(page)
        typed(page, "128", "Tab", "Tab")  # it is complete, and is left
        expect(page.locator("#row-0")).to_contain_text("控制满意")
        expect(page.locator("[name=row-1-sought]")).to_be_focused()
        read_card(page, RESIDENTS["wang-xiaoming"]["identifier"][0]["value"])
        expect(page.locator("#row-1")).to_contain_text("王小明")
        expect(page.locator("[name=row-1-systolic]")).to_be_focused()
        typed(page, "76")  # below the diastolic one
        expect(page.locator("#row-1")).to_contain_text("舒张压应低于收缩压")
        expect(page.locator("[name=row-1-diastolic]")).to_be_focused()
        judged(page)
        page.keyboard.press("Control+a")
        page.keyboard.type("70")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#row-1")).to_contain_text("收缩压 76 mmHg 少见")
        expect(page.locator("[name=row-1-confirmed]")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#row-1")).to_contain_text("已保存")
        expect(page.locator("[name=row-2-sought]")).to_be_focused()
        a_line_that_drops(page)
        expect(page.get_by_text("已保存 3 行，待更正 0 行")).to_be_visible()
        judged(page)


def a_line_that_drops(page: Page) -> None:
    """The third row is sent twice, because the answer to the first time never came."""
    page.keyboard.type("zw")
    page.keyboard.press("Enter")
    expect(page.locator("[name=row-2-systolic]")).to_be_focused()

    def saved_but_lost(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/follow-ups/batch/row", saved_but_lost)
    typed(page, "158")
    expect(page.get_by_text("连接中断")).to_be_visible()
    page.unroute("**/follow-ups/batch/row")
    assert page.input_value("[name=row-2-systolic]") == "158", "nothing is lost"
    page.get_by_role("button", name="保存全部").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#row-2")).to_contain_text("控制不满意")


def test_the_pages_of_importing(station: ServedHouse, browser: Browser) -> None:
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        page.goto("/follow-ups/import")
        judged(page)
        content = "姓名,证件号码,随访日期,随访方式,收缩压,舒张压\n甲,1,2026-11-16,1,128,78".encode()
        page.set_input_files(
            "[name=file]", {"name": "a.csv", "mimeType": "text/csv", "buffer": content}
        )
        page.get_by_role("button", name="上传并检查").click()
        expect(page.get_by_text("没有这个号码的居民档案")).to_be_visible()
        judged(page)
