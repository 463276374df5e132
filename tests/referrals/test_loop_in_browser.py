"""Both sides of a referral in their browsers, from the slip to the closed loop."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from kernel.clock import Clock
from tests.referrals.paper.test_in_browser import sign_in
from tests.referrals.playing import department
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser


def moved(page: Page, address: str, event: str, state: str) -> None:
    """Make a move on the referral's page, as it is offered there; the state that is shown then."""
    page.goto(address)
    page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    page.click(f"form[action$='/moves/{event}'] button[type=submit]")
    expect(page.locator(".notice-ok")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", level=1).locator("xpath=..")).to_contain_text(state)


def test_both_sides_close_the_loop(station: ServedHouse, browser: Browser) -> None:
    with station.client("coord1") as hospital:
        made = department("hospital-1")
        assert hospital.put(f"HealthcareService/{made['id']}", json=made).status_code == 201
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base) as at_station, open_context(browser, base) as at_hospital:
        doctor, office = at_station.new_page(), at_hospital.new_page()
        sign_in(doctor, "gp1")
        sign_in(office, "coord1")

        doctor.goto("/referrals/new?resident=wang-xiaoming")
        doctor.get_by_label("手术指征或需住院").check()
        doctor.locator("[name=destination]").first.check()
        doctor.fill("[name=impression]", "腹股沟疝")
        doctor.fill("[name=reason]", "右侧腹股沟可复性包块 3 个月，要求手术。")
        doctor.fill("[name=phone]", "0640-6681000")
        doctor.locator("[name=consent-who]").first.check()
        doctor.locator("[name=consent-how]").first.check()
        doctor.get_by_role("button", name="提交转诊").click()
        expect(doctor.get_by_text("转诊已提交")).to_be_visible()
        address = doctor.url

        office.goto("/referral-office")
        office.keyboard.press("ArrowDown")
        office.keyboard.press("Enter")
        expect(office).to_have_url(address)
        office.select_option("[name=accept-department]", made["id"])
        tomorrow = Clock().today() + timedelta(days=1)
        office.fill("[name=accept-day]", tomorrow.isoformat())
        office.fill("[name=accept-time]", "09:00")
        office.get_by_role("button", name="接收并预约").click()
        expect(office.locator(".notice-ok")).to_contain_text("已预约")
        moved(office, address, "arrive", "已到诊")
        moved(office, address, "start", "诊疗中")
        office.goto(f"{address}/letter")
        office.get_by_label("诊断结果").fill("右侧腹股沟斜疝，无张力修补术后")
        office.get_by_label("下一步治疗方案").fill("术后三周复查，避免重体力劳动")
        office.get_by_label("急性期治疗后病情稳定").check()
        office.get_by_role("button", name="反馈并转回社区").click()
        expect(office.get_by_text("等待社区接回")).to_be_visible()

        moved(doctor, address, "accept-back", "已接回")
        doctor.goto(f"{address}/outcome")
        doctor.get_by_label("已就诊并带回方案").check()
        doctor.fill("[name=plan]", "切口愈合良好，三周后复查")
        doctor.get_by_role("button", name="保存转诊结果").click()
        expect(doctor.get_by_text("转诊结果已记录")).to_be_visible()
        moved(doctor, address, "acknowledge", "已闭环")
        doctor.goto("/referrals?tab=closed")
        expect(doctor.locator("table")).to_contain_text("王小明")
