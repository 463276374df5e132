"""A family at the keyboard: founded, joined and led by another, without a mouse; and on paper."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from tests.households.homes import FAMILY
from tests.support.browser import open_context
from tests.support.house import Templates
from tests.support.serving import ServedHouse, serving

A4 = re.compile(rb"/MediaBox\s*\[\s*0 0 59[45](\.\d+)? 84[12](\.\d+)?\s*\]")


@pytest.fixture(scope="module")
def station(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedHouse]:
    """A served station with the family's records and no household."""
    folder = tmp_path_factory.mktemp("served")
    with templates.clone("sqlite", folder) as settings, serving(settings, "sqlite") as house:
        with house.client() as client:
            for body in FAMILY:
                assert client.put(f"Patient/{body['id']}", json=body).status_code == 201
        yield house


def signed_in(page: Page) -> None:
    page.goto("/")
    page.keyboard.type("gp1")
    page.keyboard.press("Enter")
    page.keyboard.type(DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("于海宁")


def pressed(page: Page, name: str, role: str = "button") -> None:
    """Reach a control by the keyboard and press Enter."""
    control = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]  # a role's name
    control.focus()
    page.keyboard.press("Enter")


@pytest.mark.browser
def test_a_family_without_a_mouse(station: ServedHouse, browser: Browser) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        page = context.new_page()
        signed_in(page)
        page.goto("/residents/father")
        page.get_by_label("档案内容").get_by_role("link", name="家庭").focus()
        page.keyboard.press("Enter")
        pressed(page, "建立家庭")
        expect(page.get_by_role("heading", level=1)).to_contain_text("周建军家庭")

        for name, code in (("陈秀英", "12"), ("周磊", "22"), ("周国强", "51")):
            pressed(page, "加入成员", "link")
            expect(page.get_by_role("searchbox")).to_be_focused()
            page.keyboard.type(name)
            page.keyboard.press("Enter")
            expect(page.get_by_role("radio")).to_be_checked()
            expect(page.get_by_role("radio")).to_be_focused()
            page.keyboard.press("Tab")
            page.keyboard.type(code)  # a list is chosen from by typing
            page.keyboard.press("Enter")
            expect(page.get_by_label("加入日期")).to_be_focused()
            page.keyboard.press("Enter")
            expect(page.get_by_role("status").first).to_contain_text("已加入家庭")
        expect(page.get_by_role("heading", level=1)).to_contain_text("在册 4 人")

        picture = page.locator("svg.family-tree")
        expect(picture.locator("a")).to_have_count(4)
        box = picture.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1366
        picture.locator("a", has_text="周国强").focus()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/residents/grandfather$"))


@pytest.mark.browser
def test_the_sheet_is_one_page_of_a4(station: ServedHouse, browser: Browser) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        page = context.new_page()
        signed_in(page)
        page.goto("/residents/girl/household")
        pressed(page, "建立家庭")
        pressed(page, "打印", "link")
        expect(page.get_by_role("heading", level=1)).to_contain_text("家庭健康档案")
        pdf = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert A4.search(pdf)
