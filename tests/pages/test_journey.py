"""A doctor's morning at the keyboard: signing in, the card reader, `/`, and leaving the screen."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from tests.pages.test_residents import NUMBER, PHONE
from tests.support.browser import open_context, read_card
from tests.support.serving import ServedHouse


@pytest.mark.browser
def test_a_morning_without_a_mouse(station: ServedHouse, browser: Browser) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        page = context.new_page()
        page.goto("/")
        page.keyboard.type("gp1")  # the cursor stands in the name
        page.keyboard.press("Enter")
        page.keyboard.type(DEMO_PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("于海宁")

        read_card(page, NUMBER.replace("X", "x"))  # nothing has the focus
        expect(page.get_by_role("heading", level=1)).to_contain_text("王小明")
        expect(page).to_have_url(re.compile("/residents/wang-xiaoming$"))
        assert NUMBER not in page.content()

        page.goto("/residents")
        page.get_by_label("性别").focus()  # in the middle of something else
        read_card(page, NUMBER)
        expect(page.get_by_role("heading", level=1)).to_contain_text("王小明")

        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("lina")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("李娜")

        _nothing_is_kept(page)
        page.get_by_role("button", name="退出").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_title("登录 · 社区卫生服务站信息系统")
        for _ in range(3):
            page.go_back()
            page.wait_for_load_state()
            shown = page.content()
            for personal in ("王小明", "李娜", "于海宁", PHONE[-4:], NUMBER):
                assert personal not in shown
        _nothing_is_kept(page)
        assert [one["name"] for one in context.cookies()] in ([], ["station-visitor"])


def _nothing_is_kept(page: Page) -> None:
    """The browser's storage holds nothing of anybody."""
    kept = page.evaluate(
        "async () => [localStorage.length, sessionStorage.length,"
        " (await indexedDB.databases()).length, (await caches.keys()).length, document.cookie]"
    )
    assert kept == [0, 0, 0, 0, ""]
