"""In a real browser: two files are compared, merged, and become two again; the warning appears."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from tests.duplicates.people import GONE, KEEP, two_files
from tests.support.axe import prepare, violations
from tests.support.browser import open_context
from tests.support.house import Templates, opened
from tests.support.serving import ServedHouse, serving

HERE = f"/duplicates/{KEEP}/{GONE}"


@pytest.fixture(scope="module")
def station(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedHouse]:
    """A served station where somebody has two files."""
    folder = tmp_path_factory.mktemp("served")
    with templates.clone("sqlite", folder) as settings:
        with opened(settings, "sqlite", folder) as house:
            two_files(house)
        with serving(settings, "sqlite") as served:
            yield served


def sign_in(page: Page) -> None:
    page.goto("/")
    page.get_by_label("用户名").fill("gp1")
    page.get_by_label("密码").fill(DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("于海宁")


@pytest.mark.browser
def test_merge_and_undo(station: ServedHouse, browser: Browser) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        page = context.new_page()
        sign_in(page)
        page.goto(HERE)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.get_by_label("钱金").check()
        page.get_by_role("button", name="合并", exact=True).click()
        expect(page).to_have_url(re.compile(f"/residents/{KEEP}$"))
        expect(page.get_by_role("heading", level=1)).to_contain_text("钱金")
        expect(page.get_by_role("status").first).to_contain_text("已合并")

        page.goto(f"/residents/{GONE}")
        page.locator("#panel-merged").get_by_role("link").click()
        expect(page).to_have_url(re.compile(f"/residents/{KEEP}$"))

        page.goto("/duplicates")
        page.get_by_text("撤销合并").first.click()
        page.get_by_role("button", name="撤销合并").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("钱进")
        expect(page.get_by_role("status").first).to_contain_text("已撤销")


@pytest.mark.browser
def test_the_review_can_be_used_by_everybody(station: ServedHouse, browser: Browser) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        prepare(context)
        page = context.new_page()
        sign_in(page)
        for address in (HERE, "/duplicates"):
            page.goto(address)
            assert violations(page) == []
