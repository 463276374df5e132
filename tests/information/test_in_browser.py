"""A morning of registering, in a real browser: cards, a family, a line that drops."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from tests.cast import citizen_number
from tests.support import axe
from tests.support.browser import open_context, read_card
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser
MOST_KEYS = 20
"""Presses beside the values for an adult with a card."""
A4 = re.compile(rb"/MediaBox\s*\[\s*0 0 59[45](\.\d+)? 84[12](\.\d+)?\s*\]")
FAMILY = (
    (citizen_number("37990019820305001"), "欧阳海生", ""),
    (citizen_number("37990019840911002"), "尉迟青", "12"),
    (citizen_number("37990020121111001"), "欧阳小舟", "22"),
    ("", "欧阳小帆", "32"),
)
"""Card, name, relation to the head (GB/T 4761); the smallest has no number yet."""


class Keys:
    """A keyboard that counts what is pressed beside the values."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.count += 1

    def card(self, number: str) -> None:
        """A reader types eighteen characters and Enter by itself."""
        read_card(self.page, number)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)


def signed_in(page: Page, name: str = "gp1") -> None:
    page.goto("/sign-in")
    page.fill("[name=user_name]", name)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.name || ''"))


def go_to(keys: Keys, field: str) -> None:
    """Enter moves on, field by field, until the one that is wanted."""
    for _ in range(12):
        if focused(keys.page) == field:
            return
        keys.press("Enter")
    raise AssertionError(f"{field} is not reached, but {focused(keys.page)}")


def test_a_family_of_four_is_registered_from_their_cards(
    station: ServedHouse, browser: Browser
) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        axe.prepare(context)
        page = context.new_page()
        signed_in(page)
        keys = Keys(page)
        number, name, _relation = FAMILY[0]
        page.locator("h1").click()
        keys.card(number)
        expect(page).to_have_url(re.compile("/residents/new"))
        expect(page.get_by_label("证件号码")).to_have_value(number)
        assert focused(page) == "name"
        assert axe.violations(page) == []
        keys.type(name)
        go_to(keys, "phone")
        keys.type("13905350001")
        go_to(keys, "committee")
        keys.press("ArrowDown")
        go_to(keys, "address")
        keys.type("观海路77号3单元501室")
        page.get_by_label("同时建立新家庭，此人为户主").check()
        keys.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
        assert keys.count <= MOST_KEYS
        for card, member, relation in FAMILY[1:]:
            page.get_by_role("link", name="个人信息").click()
            page.get_by_role("link", name="登记下一位家庭成员").click()
            if card:
                page.get_by_label("证件号码").focus()
                keys.card(card)
            else:
                page.get_by_label("女", exact=True).check()
                page.get_by_label("出生日期").fill("20261020")
            page.locator("[name=name]").fill(member)
            page.get_by_label("与户主的关系").select_option(relation)
            expect(page.get_by_label("现住址")).to_have_value("观海路77号3单元501室")
            page.get_by_role("button", name="建档", exact=True).click()
            expect(page.get_by_role("heading", level=1)).to_contain_text(member)
        page.get_by_role("link", name="家庭", exact=True).last.click()
        for _card, member, _relation in FAMILY:
            expect(page.get_by_text(member).first).to_be_visible()
        for initials, found in (
            ("oyhs", "欧阳海生"),
            ("ycq", "尉迟青"),
            ("ouyangxiaoz", "欧阳小舟"),
        ):
            page.keyboard.press("/")
            page.keyboard.type(initials)
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", level=1)).to_contain_text(found)


def test_a_dropped_line_loses_nothing_and_creates_one(
    station: ServedHouse, browser: Browser
) -> None:
    """The answer is lost: the file was saved, and sending again leads to the same one."""
    number = citizen_number("37990019790102001")
    address = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, address, expected_errors=["Failed to load resource"]) as context:
        page = context.new_page()
        signed_in(page)
        page.goto("/residents/new")
        page.get_by_label("证件号码").fill(number)
        page.locator("[name=name]").fill("掉线")
        page.get_by_label("居（村）委会").select_option(index=1)
        page.get_by_label("现住址").fill("观海路1号")
        before_saving = {"lost": True}

        def drop(route: object) -> None:
            """First the request does not arrive, then its answer does not."""
            if not before_saving.pop("lost", False):
                route.fetch(max_redirects=0)  # type: ignore[attr-defined]  # playwright's Route
            route.abort("internetdisconnected")  # type: ignore[attr-defined]  # the same

        context.route("**/residents", drop)
        for _attempt in range(2):
            page.get_by_role("button", name="建档", exact=True).click()
            expect(page.locator("[data-line=dropped]")).to_be_visible()
            expect(page.locator("[name=name]")).to_have_value("掉线")
        context.unroute("**/residents")
        page.get_by_role("button", name="建档", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("掉线")
    with station.client("platform") as client:
        found = client.get("Patient", params={"identifier": number}).json()
    assert len(found["entry"]) == 1


@pytest.mark.parametrize("sheet", ["cover", "information/print", "card"])
def test_an_official_sheet_is_one_page_of_a4(
    station: ServedHouse, browser: Browser, sheet: str
) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        page = context.new_page()
        signed_in(page)
        page.goto(f"/residents/wang-xiaoming/{sheet}")
        paper = page.pdf(prefer_css_page_size=True)
    assert len(A4.findall(paper)) == 1
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1
