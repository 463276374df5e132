"""In two real browsers: a family moves to another station, and its old one sees it no longer."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from tests.households.homes import household, member
from tests.support.browser import open_context
from tests.support.house import Templates
from tests.support.serving import ServedHouse, serving

pytestmark = pytest.mark.browser
MOVED = {"li-na": "李娜", "zhang-wei": "张伟"}
STAYS = "王小明"
REASON = "全家搬到二站辖区"
NOT_OURS = ("Failed to load resource: the server responded with a status of 404",)
"""What a browser logs when a page is refused."""


@pytest.fixture(scope="module")
def station(
    templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedHouse]:
    """A served station where two of the cast, who have been to the doctor, are a household."""
    folder = tmp_path_factory.mktemp("served")
    home = household(member("li-na", "02"), member("zhang-wei", "51"), id="home")
    with templates.clone("sqlite", folder) as settings, serving(settings, "sqlite") as house:
        with house.client() as client:
            assert client.put("Group/home", json=home).status_code == 201
        yield house


def signed_in(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")


def refused(page: Page) -> None:
    """The page says in words that the record is none of the institution's, and no more."""
    expect(page.get_by_role("heading", level=1)).to_contain_text("没有找到")
    expect(page.locator("main")).to_contain_text("不属于您的机构")
    for name in MOVED.values():
        expect(page.locator("main")).not_to_contain_text(name)


def searched(page: Page, text: str) -> None:
    """Type into the search box that stands on every page."""
    page.goto("/")
    page.locator("[data-search]").first.fill(text)
    page.keyboard.press("Enter")


def tab(page: Page, name: str) -> None:
    page.get_by_label("档案内容").get_by_role("link", name=name).click()


def asked_to_move(page: Page) -> None:
    """The old station's doctor asks that the whole family goes to the other one."""
    page.goto("/residents/li-na")
    tab(page, "档案管理")
    page.get_by_role("link", name="申请迁出").click()
    page.get_by_label("迁入机构").select_option(value="station-2")
    page.get_by_label("全家在本机构管理的成员一起迁移").check()
    page.get_by_label("申请原因").fill(REASON)
    page.get_by_role("button", name="申请迁出").click()
    expect(page.get_by_role("status").first).to_contain_text("等待对方答复")


def taken_over(page: Page) -> None:
    """The new station's doctor, who sees no more than the request, says yes."""
    page.goto("/moves")
    page.locator("#panel-inbox").get_by_role("link", name="李娜").click()
    expect(page.locator("main")).to_contain_text(REASON)
    page.get_by_label("新机构的责任医生").select_option(label="林文杰")
    page.get_by_role("button", name="同意迁移").click()
    expect(page.get_by_role("status").first).to_contain_text("整份档案已转到新机构")


def test_after_a_move_the_old_station_no_longer_can_and_the_new_one_can(
    station: ServedHouse, browser: Browser
) -> None:
    address = station.base.removesuffix("/fhir/R4/")
    with (
        open_context(browser, address, expected_errors=NOT_OURS) as at_old,
        open_context(browser, address, expected_errors=NOT_OURS) as at_new,
    ):
        old, left_open, new = at_old.new_page(), at_old.new_page(), at_new.new_page()
        signed_in(old, "gp1")
        signed_in(new, "gp2")
        asked_to_move(old)
        left_open.goto("/residents/li-na/information/edit")
        for id_, name in MOVED.items():
            old.goto(f"/residents/{id_}")
            expect(old.get_by_role("heading", level=1)).to_contain_text(name)
            new.goto(f"/residents/{id_}")
            refused(new)
        taken_over(new)
        _no_longer(old, left_open)
        _can(new)


def _no_longer(page: Page, left_open: Page) -> None:
    for path in (*(f"/residents/{id_}" for id_ in MOVED), "/households/home"):
        for end in ("", "/visits", "/file") if "residents" in path else ("", "/edit"):
            page.goto(path + end)
            refused(page)
    left_open.get_by_role("button", name="保存").first.click()
    refused(left_open)
    searched(page, "李娜")
    expect(page.locator("main")).to_contain_text("没有符合条件的居民")
    searched(page, STAYS)
    expect(page.get_by_role("heading", level=1)).to_contain_text(STAYS)


def _can(page: Page) -> None:
    searched(page, "lina")
    expect(page).to_have_url(re.compile("/residents/li-na$"))
    expect(page.get_by_text("青霉素过敏").first).to_be_visible()
    expect(page.get_by_text("林文杰").first).to_be_visible()
    tab(page, "就诊")
    expect(page.locator("main")).to_contain_text("2026-11-20")
    tab(page, "家庭")
    expect(page.locator("#panel-members")).to_contain_text("户主")
    page.locator("#panel-members").get_by_role("link", name="张伟", exact=True).click()
    expect(page.locator("main")).to_contain_text("原发性高血压")
    page.get_by_role("link", name="登记就诊").click()
    expect(page.locator("form [autofocus]:focus")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/visits/[0-9a-f-]+$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("张伟")
