"""A referral is written at the keyboard and its outcome recorded; the pages are judged by axe."""

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser
REASON = "空腹血糖 9.8 mmol/L，已联合用药 3 个月"


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


def test_a_slip_is_written_sent_and_its_outcome_recorded(
    station: ServedHouse, browser: Browser
) -> None:
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        page.goto("/residents/wang-xiaoming/referrals")
        page.locator('a[href="/referrals/new?resident=wang-xiaoming"]').first.click()
        # Another disease brings its own checklist, without leaving the page.
        page.select_option("[name=disease]", "diabetes")
        expect(page.get_by_text("足部溃疡或坏疽")).to_be_visible()
        page.get_by_label("连续两次空腹血糖").check()
        # The picker finds a diagnosis by its initials.
        page.locator("#field-diagnosis_1").press_sequentially("2xtnb")
        page.locator("#options-diagnosis_1 li").first.wait_for()
        page.keyboard.press("Enter")
        expect(page.locator("[data-code-of-row]").first).to_contain_text("E11")
        page.fill("[name=reason]", REASON)
        page.keyboard.press("Control+s")
        page.wait_for_url("**/edit")
        expect(page.locator("[name=reason]")).to_have_value(REASON)
        judged(page)
        page.locator("[name=destination]").first.check()
        page.fill("[name=impression]", "2型糖尿病，血糖控制不佳")
        page.fill("[name=phone]", "0640-6681000")
        page.locator("[name=consent-who]").first.check()
        page.locator("[name=consent-how]").first.check()
        page.locator("[name=impression]").focus()
        page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url: "/referrals/" in url and not url.endswith("/edit"))
        expect(page.get_by_text("转诊已提交")).to_be_visible()
        page.goto(f"{page.url}/outcome")
        judged(page)
        page.get_by_label("已就诊并带回方案").check()
        page.fill("[name=plan]", "胰岛素治疗方案已调整")
        judged(page)
        page.get_by_role("button", name="保存转诊结果").click()
        expect(page.get_by_text("转诊结果已记录")).to_be_visible()
        page.goto("/referrals?tab=all")
        judged(page)
