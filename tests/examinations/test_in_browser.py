"""The examination form at the keyboard, judged by axe, and on whole sheets of A4."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser
A4 = re.compile(rb"/MediaBox\s*\[\s*0 0 59[45](\.\d+)? 84[12](\.\d+)?\s*\]")
ADDRESS = re.compile("/examinations/[0-9a-f-]{36}$")


def sign_in(page: Page) -> None:
    """Sign in as the doctor."""
    page.goto("/")
    page.fill("[name=user_name]", "gp1")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")


def walk_to(page: Page, name: str, value: str = "") -> None:
    """Press Tab until a field has the focus; within a group the arrows choose."""
    for _press in range(220):
        found = page.evaluate("[document.activeElement.name, document.activeElement.value]")
        if found[0] == name and value in ("", found[1]):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached by Tab")


def judged(page: Page) -> None:
    """No fault that axe knows, and nothing that has to be scrolled sideways."""
    assert axe.violations(page) == []
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) <= page.evaluate("window.innerWidth")


def test_an_examination_without_a_mouse(station: ServedHouse, browser: Browser) -> None:
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base, expected_errors=(" 422 ",)) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        page.goto("/residents/li-na/examinations/new")
        expect(page.locator("[name='ecg.2']")).to_be_hidden()
        walk_to(page, "exam-date")
        page.keyboard.press("Enter")
        walk_to(page, "symptoms", "2")
        page.keyboard.press("Space")
        walk_to(page, "temperature")
        for text in ("36.5", "76", "18", "152", "96", "148", "90", "170.0", "140.0", "86.5"):
            page.keyboard.type(text)
            page.keyboard.press("Enter")
        assert page.input_value("[name=waist]") == "86.5"
        walk_to(page, "smoking", "1")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        walk_to(page, "smoking-daily")
        page.keyboard.type("10")
        expect(page.locator("[name=smoking-quit]")).to_be_hidden()
        walk_to(page, "ecg", "1")
        page.keyboard.press("ArrowRight")
        walk_to(page, "ecg.2")
        page.keyboard.type("ST-T改变")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("alert").first).to_contain_text("已按检查结果填写健康评价")
        judged(page)
        assert page.input_value("[name='abnormal-1']").startswith("左侧血压 152/96 mmHg")
        walk_to(page, "exam-date")
        page.keyboard.press("Control+ArrowDown")
        page.keyboard.press("Control+ArrowUp")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("体重 140.0 kg 少见")).to_be_visible()
        judged(page)
        walk_to(page, "confirmed")
        page.keyboard.press("Space")
        page.keyboard.press("Control+Enter")
        expect(page).to_have_url(ADDRESS)
        assert_pages(page, page.url)


def assert_pages(page: Page, address: str) -> None:
    """The pages of an examination, before and after a correction; its paper is whole sheets."""
    judged(page)
    page.goto(f"{address}/edit")
    judged(page)
    page.fill("[name=weight]", "70.0")
    page.fill("[name=reason]", "体重录错")
    page.get_by_role("button", name="保存更正").click()
    expect(page.get_by_text("第 2 版")).to_be_visible()
    judged(page)
    page.goto(f"{address}/versions/1")
    judged(page)
    page.goto("/residents/li-na/examinations")
    judged(page)
    page.goto(f"{address}/print")
    judged(page)
    pdf = page.pdf(prefer_css_page_size=True)
    assert A4.search(pdf)
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) <= 4
