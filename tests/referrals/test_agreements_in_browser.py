"""Agreements, slots, and a slip that takes one, in the browser; the pages are judged by axe."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from kernel.clock import Clock
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.fill("[name=user_name]", name)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def judged(page: Page) -> None:
    """No fault that axe knows, and nothing that has to be scrolled sideways."""
    assert axe.violations(page) == []
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= page.evaluate("window.innerWidth")


def agreed(page: Page) -> str:
    """The coordinator makes an agreement and a week of slots; the department's id."""
    sign_in(page, "coord1")
    page.goto("/referral-agreements/new")
    page.fill("[name=department]", "心血管内科")
    page.select_option("[name=partner]", "city-bureau")
    page.fill("[name=capacity]", "9")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("转诊协议已保存")).to_be_visible()
    judged(page)
    page.get_by_role("link", name="心血管内科").click()
    page.wait_for_load_state()
    judged(page)
    department = page.url.split("/")[-2]
    page.goto(f"/referral-agreements/{department}/slots")
    tomorrow = Clock().today() + timedelta(days=1)
    page.fill("[name=from]", tomorrow.isoformat())
    page.fill("[name=to]", (tomorrow + timedelta(days=6)).isoformat())
    page.get_by_role("button", name="生成号源").click()
    expect(page.get_by_text("号源已生成")).to_be_visible()
    judged(page)
    return department


def test_a_department_brings_its_slots_to_the_slip(station: ServedHouse, browser: Browser) -> None:
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base) as context:
        axe.prepare(context)
        department = agreed(context.new_page())
    with open_context(browser, base) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page, "gp1")
        page.goto("/referrals/new?resident=li-na")
        assert page.locator("[name=slot]").count() == 0, "no department is chosen yet"
        page.check(f"[name=destination][value='hospital-1/{department}']")
        expect(page.locator("select[name=slot] option")).to_have_count(2 + 20)
        page.select_option("[name=slot]", index=2)
        judged(page)
        # Another disease asks for its departments again, and what was chosen stays chosen.
        page.select_option("[name=disease]", "diabetes")
        expect(page.get_by_text("足部溃疡或坏疽")).to_be_visible()
        expect(page.locator("[name=destination]:checked")).to_have_count(1)
        assert page.locator("select[name=slot]").input_value().startswith(department)
