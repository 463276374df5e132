"""A coordinator takes a referral in with four keys, and what axe says of the pages on the way."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.cast import DEMO_PASSWORD
from kernel.clock import SHANGHAI, Clock, as_datetime
from tests.cast import to
from tests.examinations.test_in_browser import judged
from tests.referrals.playing import department, department_id, papers, request
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser
HERE = department_id("hospital-1")


def _bodies() -> Iterator[dict[str, Any]]:
    """A department with two slots tomorrow, and two people who are referred to it."""
    yield department("hospital-1")
    schedule = {"resourceType": "Schedule", "id": "heart", "active": True}
    yield {**schedule, "actor": [to("HealthcareService", HERE)]}
    tomorrow = as_datetime(Clock().now()).astimezone(SHANGHAI) + timedelta(days=1)
    for hour in (9, 10):
        begin = tomorrow.replace(hour=hour, minute=0, second=0, microsecond=0)
        yield {
            "resourceType": "Slot",
            "id": f"heart-{hour}",
            "schedule": to("Schedule", "heart"),
            "status": "free",
            "start": begin.isoformat(),
            "end": (begin + timedelta(minutes=30)).isoformat(),
        }
    for who in ("wang-xiaoming", "li-na"):
        performer = [to("Organization", "hospital-1"), to("HealthcareService", HERE)]
        consent, slip = papers(f"{who}-r", who)
        yield from (consent, slip, request(f"{who}-r", who, performer=performer))


def sent(station: ServedHouse) -> None:
    """Let the station send what `_bodies` says, and the hospital have its slots."""
    with station.client("coord1") as hospital, station.client("gp1") as doctor:
        for body in _bodies():
            own = body["resourceType"] in ("HealthcareService", "Schedule", "Slot")
            client = hospital if own else doctor
            answer = client.put(f"{body['resourceType']}/{body['id']}", json=body)
            assert answer.status_code == 201, answer.text


def _sign_in(page: Page) -> None:
    page.goto("/")
    page.fill("[name=user_name]", "coord1")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")


def test_four_keys_take_a_referral_in(station: ServedHouse, browser: Browser) -> None:
    sent(station)
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base, expected_errors=(" 422 ",)) as context:
        axe.prepare(context)
        page = context.new_page()
        _sign_in(page)
        expect(page.locator(".cards")).to_contain_text("转诊待接收")
        page.goto("/referral-office")
        judged(page)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("待接收")
        judged(page)
        page.keyboard.press("Enter")
        expect(page.locator(".notice-ok")).to_contain_text("接收已保存，现在是“已预约”。")
        expect(page.locator("[data-rows] .row-link")).to_have_count(1)

        page.check("[name=chosen]")
        page.select_option("[name=bulk-department]", HERE)
        page.click("text=批量接收…")
        expect(page.locator("table")).to_contain_text("可以接收")
        judged(page)

        page.goto("/referral-office")
        page.click("[data-rows] .row-link")
        page.click("summary:has-text('要求补充资料')")
        page.fill("[name=request-info-text]", " ")
        page.click("form[action$='/request-info'] button")
        expect(page.locator(".notice-error")).to_contain_text("请写明说明。")
        judged(page)
        page.goto("/referral-office/out")
        judged(page)
