"""The forms of an enrolment in a browser: sent, judged by axe, nothing scrolled sideways."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.examinations.test_in_browser import judged, sign_in
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser
TAB = "/residents/li-na/programmes"


def _step(page: Page, title: str) -> None:
    """Open a step of the home bed from the tab, and judge its form."""
    page.goto(TAB)
    page.click(f"#panel-home-bed a:has-text('{title}')")
    expect(page.locator("#field-enrolment-on")).to_be_visible()
    judged(page)


def _send(page: Page) -> None:
    page.click("form.examination-form button.button-primary")
    page.wait_for_url(re.compile(f"{TAB}$"))
    judged(page)


def test_a_home_bed_in_the_browser(station: ServedHouse, browser: Browser) -> None:
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base, expected_errors=(" 422 ",)) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        page.goto(f"{TAB}/home-bed/enrol")
        judged(page)
        page.check("[name=enrolment-source][value='4']")
        page.fill("[name=diagnosis]", "脑梗死后遗症")
        _send(page)
        _step(page, "退回申请")
        page.fill("[name=enrolment-note]", "请补充病情摘要")
        _send(page)
        _step(page, "重新提交")
        assert page.input_value("[name=diagnosis]") == "脑梗死后遗症"
        page.fill("[name=summary]", "偏瘫，不能下床")
        _send(page)
        _step(page, "审核通过")
        page.fill("[name=bed-number]", "JC-01")
        _send(page)
        page.click("#panel-home-bed a:has-text('管理卡')")
        judged(page)
        page.click("a:has-text('更正')")
        judged(page)
        _step(page, "暂停管理")
        _send(page)
        _step(page, "恢复管理")
        _send(page)
        _step(page, "结束管理")
        page.check("[name=enrolment-reason][value='1']")
        _send(page)
        expect(page.locator("#panel-home-bed")).to_contain_text("已结束")
