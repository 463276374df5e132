"""The hospital's letter in a real browser, and both slips on paper: one sheet of A4 each."""

import re

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from demo.cast import DEMO_PASSWORD
from referral.moving.services import Step, stepped
from referral.states import Event, State
from tests.referrals.letters.writing import PDF
from tests.referrals.playing import WHO, papers, request
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser
MM = 96 / 25.4


def sign_in(page: Page, name: str) -> None:
    """Sign in."""
    page.goto("/")
    page.fill("[name=user_name]", name)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")


def arrived(station: ServedHouse, id_: str) -> None:
    """A referral whose person came to the emergency department."""
    with station.client("gp1") as doctor:
        for body in (*papers(id_), request(id_)):
            answer = doctor.put(f"{body['resourceType']}/{body['id']}", json=body)
            assert answer.status_code == 201, answer.text
    with station.client("coord1") as hospital:
        task = hospital.get(f"Task/{id_}-task").json()
        moved = stepped(task, Step(Event.EMERGENCY_OVERRIDE, State.ARRIVED))
        answer = hospital.put(f"Task/{id_}-task", json=moved)
        assert answer.status_code == 200, answer.text


def on_paper(page: Page) -> None:
    """One sheet of A4, with room to sign twice and a code that can be scanned."""
    assert axe.violations(page) == []
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", paper)) == 1, "one sheet of A4"
    size = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert size
    assert (round(float(size[1])), round(float(size[2]))) in ((595, 842), (596, 842))
    page.emulate_media(media="print")
    assert not page.is_visible(".print-bar")
    lines = page.eval_on_selector_all(
        ".blank-sign", "found => found.map(one => one.getBoundingClientRect())"
    )
    assert len(lines) == 2
    assert all(one["height"] >= 9 * MM - 1 and one["width"] >= 40 * MM - 1 for one in lines)
    code = page.eval_on_selector(".slip-code svg", "one => one.getBoundingClientRect()")
    assert code["width"] == pytest.approx(code["height"], abs=1)
    assert code["width"] >= 24 * MM
    stub = page.eval_on_selector(".slip-stub", "one => one.getBoundingClientRect()")
    body = page.eval_on_selector(".slip-body", "one => one.getBoundingClientRect()")
    assert stub["bottom"] <= body["top"] + 1, "the stub stands above the body, to be cut off"
    page.emulate_media(media="screen")


def test_the_letter_and_both_slips(station: ServedHouse, browser: Browser) -> None:
    arrived(station, "paper")
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page, "coord1")
        page.goto("/referrals/paper/letter")
        assert axe.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_label("诊断结果").fill("原发性高血压3级")
        page.get_by_label("下一步治疗方案").fill("继续氨氯地平")
        page.fill("[name=drugs-0-name]", "苯磺酸氨氯地平片")
        page.fill("[name=drugs-0-dose]", "5mg")
        page.select_option("[name=drugs-0-frequency]", "qd")
        page.fill("[name=drugs-0-until]", "长期")
        letter = FilePayload(name="出院小结.pdf", mimeType="application/pdf", buffer=PDF)
        page.set_input_files("[name=file_1]", files=[letter])
        page.get_by_label("急性期治疗后病情稳定").check()
        page.get_by_role("button", name="反馈并转回社区").click()
        expect(page.get_by_text("等待社区接回")).to_be_visible()
        assert axe.violations(page) == []
        assert page.get_by_role("link", name="出院小结.pdf").is_visible()
        page.get_by_role("link", name="打印回转单").click()
        on_paper(page)
        page.goto("/referrals/paper/print")
        on_paper(page)
        page.goto("/referral-offers/new")
        assert axe.violations(page) == []


def test_the_station_sees_who_looked(station: ServedHouse, browser: Browser) -> None:
    with station.client("coord1") as hospital:
        assert hospital.get(f"Patient/{WHO}").status_code == 200
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page, "gp1")
        page.goto("/referrals/paper/disclosure")
        assert axe.violations(page) == []
        expect(page.get_by_role("heading", name="查阅明细")).to_be_visible()
