"""A visit from the search to the signature without a mouse, in a real browser."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser
MOST_KEYS = 11
"""Presses beside the values for a visit with pressure, diagnosis and one drug."""


@dataclass
class Keys:
    """A keyboard that counts what is pressed beside the values."""

    page: Page
    count: int = 0

    def press(self, *keys: str) -> None:
        """Keys that are no part of a value."""
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1

    def value(self, text: str, *keys: str) -> None:
        """Type a value, then keys."""
        self.page.keyboard.type(text)
        self.press(*keys)


def sign_in(page: Page, name: str = "gp1") -> None:
    """Sign in."""
    page.goto("/")
    page.fill("[name=user_name]", name)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")


def focused(page: Page) -> str:
    """The name of the field that has the focus."""
    return str(page.evaluate("document.activeElement.name"))


def test_a_visit_from_the_search_to_the_signature(station: ServedHouse, browser: Browser) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        page.goto("/visits")
        keys = Keys(page)
        keys.value("lina", "Enter")
        expect(page).to_have_url(re.compile("/residents/li-na/visits/new$"))
        assert axe.violations(page) == []
        keys.value("头晕3天", "Enter")
        expect(page).to_have_url(re.compile("/visits/[0-9a-f-]+$"))
        assert focused(page) == "complaint"
        assert axe.violations(page) == []
        keys.press("Control+ArrowDown")
        assert focused(page) == "left_systolic"
        keys.value("148", "Enter")
        keys.value("92", "Control+ArrowDown")
        assert focused(page) == "diagnosis_1"
        keys.value("gxy", "Enter")  # faster than the list comes
        expect(page.locator("[name=diagnosis_2]")).to_be_focused()
        assert page.input_value("[name=diagnosis_1]") == "原发性高血压"
        assert page.input_value("[name=diagnosis_code_1]") == "I10.x00"
        keys.press("Control+ArrowDown", "Enter", "Enter")
        assert focused(page) == "drug_1"
        keys.value("aldp", "Enter")
        expect(page.locator("[name=days_1]")).to_be_focused()
        assert page.input_value("[name=drug_1]") == "苯磺酸氨氯地平片"
        assert [page.input_value(f"[name={part}_1]") for part in ("dose", "unit", "frequency")] == [
            "5", "mg", "qd",
        ]  # fmt: skip
        keys.value("28", "Control+Enter")
        expect(page.get_by_text("已签名，接诊完成。")).to_be_visible()
        for text in (
            "头晕3天",
            "血压 左 148/92 mmHg",
            "原发性高血压（I10.x00）",
            "每次5mg，共28天",
        ):
            expect(page.get_by_text(text).first).to_be_visible()
        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert keys.count <= MOST_KEYS, keys.count
        page.get_by_role("link", name="打印接诊记录表").click()
        assert axe.violations(page) == []
        paper = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type /Page\b", paper)) == 1, "one sheet of A4"
        size = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
        assert size
        assert (round(float(size[1])), round(float(size[2]))) in ((595, 842), (596, 842))
        room = page.eval_on_selector(".blank-sign", "line => line.getBoundingClientRect().height")
        assert room >= 9 * 96 / 25.4 - 1, "room to sign by hand"


def test_the_pickers_keyboard_and_mouse(station: ServedHouse, browser: Browser) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        page = context.new_page()
        sign_in(page)
        page.goto("/residents/zhang-wei/visits/new")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/visits/[0-9a-f-]+$"))
        page.focus("[name=diagnosis_1]")
        page.keyboard.type("gxy")
        options = page.locator("#options-diagnosis_1 li")
        expect(options.first).to_be_visible()
        assert options.count() > 1
        page.keyboard.press("ArrowDown")
        second = options.nth(1).get_attribute("data-name")
        page.keyboard.press("Enter")
        assert page.input_value("[name=diagnosis_1]") == second
        expect(page.locator("[name=diagnosis_3]")).to_be_hidden()
        page.keyboard.type("tnb")
        mine = page.locator("#options-diagnosis_2 li")
        expect(mine.first).to_be_visible()
        mine.first.click()
        assert page.input_value("[name=diagnosis_code_2]").startswith("E1")
        expect(page.locator("[name=diagnosis_3]")).to_be_visible()
        page.focus("[name=diagnosis_3]")
        page.keyboard.type("gx")
        expect(page.locator("#options-diagnosis_3 li").first).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")  # the text as it stands
        assert page.input_value("[name=diagnosis_3]") == "gx"
        assert page.input_value("[name=diagnosis_code_3]") == ""
        page.focus("[name=history]")
        page.keyboard.type("一")
        page.keyboard.press("Shift+Enter")
        page.keyboard.type("二")
        assert page.input_value("[name=history]") == "一\n二"
        page.keyboard.press("Control+s")
        expect(page.get_by_text("已暂存，还没有签名。")).to_be_visible()
        assert page.input_value("[name=history]") == "一\n二"


def test_a_refused_visit_keeps_everything_and_a_copied_row_is_marked(
    station: ServedHouse, browser: Browser
) -> None:
    """The second test's note is signed here with a value that is asked about."""
    refused = "status of 422"
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base, expected_errors=[refused]) as context:
        page = context.new_page()
        sign_in(page)
        page.goto("/residents/wang-xiaoming/visits/new")
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/visits/[0-9a-f-]+$"))
        page.fill("[name=complaint]", "发热")
        page.fill("[name=temperature]", "39.5")
        page.fill("[name=assessment]", "上呼吸道感染")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("体温 39.5 ℃ 不在常见范围")).to_be_visible()
        assert page.input_value("[name=complaint]") == "发热"
        page.focus("[name=complaint]")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("已签名，接诊完成。")).to_be_visible()
