"""The due list at the keyboard, judged by axe: its rows, the search, a number, a household."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from health.enrolment.kinds import episode
from health.programmes import programme_of
from kernel.clock import Clock
from records.households.group import new_group, new_member
from tests.cast import to
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser
HOUSEHOLD = "home-due"


def made_due(station: ServedHouse) -> None:
    """李娜 is due today, 张伟 forty days late; they live together."""
    today, declared = Clock().today(), programme_of("hypertension")
    keeper = to("Organization", "station-1")
    members = [
        new_member("li-na", "李娜", "02", today),
        new_member("zhang-wei", "张伟", "10", today),
    ]
    group = {**new_group("37180200100100001", "李娜", keeper, members), "id": HOUSEHOLD}
    with station.client() as client:
        for person, days in (("li-na", 0), ("zhang-wei", -40)):
            on = today + timedelta(days=days - declared.first_days)
            body = episode(declared, person, on=on, organisation=keeper, doctor=None)
            answer = client.put(f"EpisodeOfCare/{person}-due", json={**body, "id": f"{person}-due"})
            assert answer.status_code in (200, 201), answer.text
        answer = client.put(f"Group/{HOUSEHOLD}", json=group)
        assert answer.status_code in (200, 201), answer.text


def sign_in(page: Page) -> None:
    page.goto("/sign-in")
    page.fill("[name=user_name]", "gp1")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def judged(page: Page) -> None:
    """No fault that axe knows, and nothing that has to be scrolled sideways."""
    assert axe.violations(page) == []
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= page.evaluate("window.innerWidth")


def test_the_due_list_without_a_mouse(station: ServedHouse, browser: Browser) -> None:
    made_due(station)
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        expect(page.locator("#panel-due")).to_contain_text("张伟")
        judged(page)
        page.goto("/due?tab=overdue")
        judged(page)
        page.keyboard.press("/")
        page.keyboard.type("zhangwei")
        page.keyboard.press("Enter")
        page.wait_for_url("**/due?*search=*")
        expect(page.locator("tbody .row-link")).to_have_text(["张伟"])
        page.goto("/due?tab=overdue")
        page.get_by_role("button", name="显示 电话").first.click()
        expect(page.locator("tbody tr").first).to_contain_text("13900010003")
        page.goto("/due")
        page.locator("tbody .row-link", has_text="李娜").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/residents/li-na/follow-ups/new?programmes=hypertension")


def test_a_contact_and_a_household(station: ServedHouse, browser: Browser) -> None:
    made_due(station)
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base, expected_errors=(" 422 ",)) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        page.goto("/due/zhang-wei/contact")
        page.get_by_label("没有联系上").check()
        page.get_by_role("button", name="保存").click()
        expect(page.get_by_role("alert").first).to_contain_text("没有联系上时请写明情况")
        judged(page)
        page.fill("[name=words]", "电话无人接听")
        page.get_by_role("button", name="保存").click()
        page.wait_for_url("**/due?tab=overdue")
        expect(page.get_by_role("status")).to_contain_text("联系已记录")
        page.goto("/due/households")
        judged(page)
        page.get_by_role("link", name="一次上门").first.click()
        page.wait_for_url(f"**/due/households/{HOUSEHOLD}")
        judged(page)
        expect(page.locator("tbody .row-link")).to_have_text(["张伟", "李娜"])
