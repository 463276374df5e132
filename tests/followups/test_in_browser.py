"""Follow-ups from the due list with the keyboard alone: how many keys they take.

What counts is every key that is not part of a value that somebody has to write down: the way to
the field, the choice, the saving.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from health.enrolment.kinds import episode
from health.programmes import programme_of
from kernel.clock import Clock
from kernel.fhir import json
from tests.examinations.test_in_browser import A4, judged, sign_in
from tests.followups.sending import DOCTOR, STATION, follow_up
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

pytestmark = pytest.mark.browser
ROUTINE, DIFFICULT = 30, 60
"""The most key presses beside the typed values."""
HABITS: dict[str, Any] = {
    "visit-mode": "1", "symptoms": ("1",), "smoking-daily": 0, "alcohol-daily": Decimal(0),
    "exercise-times": 3, "exercise-minutes": 30, "salt": "2", "psych": "1", "compliance": "1",
    "education": "2", "adherence": "1", "adr": "1", "heart-rate": 72, "height": Decimal("160.0"),
    "weight": Decimal("60.0"),
    "drugs": ({"name": "苯磺酸氨氯地平片", "times": 1, "dose": Decimal(5), "unit": "mg"},),
}  # fmt: skip


@dataclass
class Keyboard:
    """Somebody who types; `presses` are the keys beside the values."""

    page: Page
    presses: int = 0

    def press(self, *keys: str) -> None:
        """Keys that lead somewhere or choose something."""
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1

    def write(self, text: str) -> None:
        """A value that has to be written down."""
        self.page.keyboard.type(text)

    @property
    def at(self) -> str:
        """The name of the field that has the cursor."""
        return str(self.page.evaluate("document.activeElement.name"))


def managed(client: httpx2.Client, patient: str, **last: Any) -> None:
    """Somebody in the programme, with a last visit, whose next one is due today."""
    today = Clock().today()
    body = episode(
        programme_of("hypertension"), patient, on=today - timedelta(days=200),
        organisation=STATION, doctor=DOCTOR,
    )  # fmt: skip
    _put(client, {**body, "id": f"{patient}-managed"})
    values = {**HABITS, **last}
    _put(client, follow_up(patient, "hypertension", values, id=f"{patient}-last"))


def _put(client: httpx2.Client, body: dict[str, Any]) -> None:
    answer = client.put(
        f"{body['resourceType']}/{body['id']}", content=json.dumps(body),
        headers={"Content-Type": "application/fhir+json"},
    )  # fmt: skip
    assert answer.status_code in (200, 201), answer.text


def routine(keys: Keyboard, day: date) -> None:
    """Five changed values: pressure, heart rate, weight, and the smoking."""
    page = keys.page
    expect(page.locator("[name=systolic]")).to_be_focused()
    expect(page.get_by_text(f"沿用上次 {day}").first).to_be_visible()
    for value in ("132", "82", "70", "60.5"):
        keys.write(value)
        keys.press("Enter")
    assert keys.at == "symptoms"
    keys.press("1", "Enter")
    assert keys.at == "danger"
    keys.press("Control+ArrowDown")
    assert keys.at == "smoking-daily"
    keys.write("2")
    keys.press("Enter")
    assert keys.at == "adr"
    keys.press("1")
    expect(page.locator(".proposal")).to_contain_text("控制满意")
    judged(page)
    keys.press("Alt+s")


def difficult(keys: Keyboard) -> None:
    """Twice above target: another dose, another drug, and a referral."""
    page = keys.page
    expect(page.locator("[name=systolic]")).to_be_focused()
    for value in ("158", "96", "84", "61.5"):
        keys.write(value)
        keys.press("Enter")
    expect(page.locator("[data-field=systolic]")).to_contain_text("未达标：目标低于 140 mmHg")
    keys.press("2", "Enter", "Enter", "1")
    assert keys.at == "adr"
    keys.press("Tab", "Tab", "Tab")
    assert keys.at == "drugs-0-dose"
    keys.write("10")
    keys.press("Tab", "Tab")
    assert keys.at == "drugs-1-name"
    for value in ("缬沙坦胶囊", "1", "80", "mg"):
        keys.write(value)
        keys.press("Tab")
    proposal = page.locator(".proposal")
    expect(proposal).to_contain_text("建议转诊")
    expect(proposal).to_contain_text("连续两次控制不满意")
    keys.press("Control+ArrowDown", "Control+ArrowDown")
    assert keys.at == "visit-class"
    keys.press("Tab", "Tab")
    assert keys.at == "referral-reason"
    keys.write("连续两次控制不满意")
    keys.press("Tab")
    keys.write("海阳区人民医院心内科")
    judged(page)
    keys.press("Alt+s")


def test_both_follow_ups_from_the_due_list_by_keyboard(
    station: ServedHouse, browser: Browser
) -> None:
    base, today = station.base.removesuffix("/fhir/R4/"), Clock().today()
    before, later = today - timedelta(days=60), today - timedelta(days=14)
    with station.client() as client:
        pressure = {"systolic": 134, "diastolic": 82}
        above = {"systolic": 152, "diastolic": 92}
        managed(client, "li-na", **{"visit-date": before, "next-date": today, **pressure})
        managed(client, "wang-xiaoming", **{"visit-date": later, **above})
    with open_context(browser, base) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        for name, fill in (("王小明", "difficult"), ("李娜", "routine")):
            page.goto("/due")
            keys = Keyboard(page)
            keys.press("ArrowDown")
            while page.evaluate("document.activeElement.textContent") != name:
                keys.press("ArrowDown")
            keys.press("Enter")
            expect(page.get_by_role("heading", level=1)).to_contain_text(name)
            if fill == "difficult":
                difficult(keys)
                said, most = "高血压已保存：控制不满意，随访转诊情况不晚于", DIFFICULT
            else:
                routine(keys, before)
                said, most = "高血压已保存：控制满意，下次随访不晚于", ROUTINE
            expect(page).to_have_url(re.compile(r"/due$"))
            expect(page.get_by_role("status").first).to_contain_text(said)
            expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
            assert keys.presses <= most, (fill, keys.presses)
        with station.client() as client:
            found = client.get("QuestionnaireResponse?patient=wang-xiaoming&_sort=-authored").json()
        text = str(found["entry"][0]["resource"])
        assert "缬沙坦胶囊" in text
        assert "海阳区人民医院心内科" in text


def test_a_refused_form_puts_the_cursor_at_the_first_fault(
    station: ServedHouse, browser: Browser
) -> None:
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base, expected_errors=(" 422 ",)) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        page.goto("/residents/zhang-wei/follow-ups/new?programmes=elderly")
        keys = Keyboard(page)
        assert keys.at == "self-health"
        keys.press("2", "Enter", "1", "0")
        assert page.locator("[name=symptoms]:checked").evaluate_all("a => a.map(o => o.value)") == [
            "10"
        ]
        keys.press("Alt+s")
        expect(page.locator(".notice-error")).to_be_visible()
        assert page.evaluate("document.activeElement.closest('fieldset').className").count("wrong")
        assert keys.at == "self-care-eating"
        assert page.locator("[name=symptoms][value='10']").is_checked()
        judged(page)
        keys.press(*("1", "Enter") * 5)
        expect(page.locator(".proposal")).to_contain_text("可自理")
        keys.press("Alt+s")
        expect(page).to_have_url(re.compile("/residents/zhang-wei/programmes$"))


def test_a_rare_value_is_confirmed_by_keyboard(station: ServedHouse, browser: Browser) -> None:
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base, expected_errors=(" 422 ",)) as context:
        page = context.new_page()
        sign_in(page)
        page.goto("/residents/zhang-wei/follow-ups/new?programmes=pressure-screening")
        keys = Keyboard(page)
        assert keys.at == "systolic"
        keys.write("188")
        expect(page.locator("[data-field=systolic] [data-remark]")).to_contain_text("少见")
        keys.press("Enter")
        keys.write("96")
        keys.press("Alt+s")
        expect(page.get_by_text("收缩压 188 mmHg 少见")).to_be_visible()
        assert keys.at == "confirmed"
        keys.press("Space", "Alt+s")
        expect(page.get_by_role("status").first).to_contain_text("测压已保存")


def test_the_pages_of_a_follow_up(station: ServedHouse, browser: Browser) -> None:
    base, today = station.base.removesuffix("/fhir/R4/"), Clock().today()
    with station.client() as client:
        for name in ("hypertension", "diabetes"):
            body = episode(
                programme_of(name), "li-na", on=date(today.year - 1, 1, 5), organisation=STATION,
                doctor=DOCTOR,
            )  # fmt: skip
            _put(
                client,
                {
                    **body,
                    "id": f"li-na-{name}-then",
                    "status": "finished",
                    "period": {
                        "start": f"{today.year - 1}-01-05",
                        "end": f"{today.year - 1}-12-31",
                    },
                },
            )
            for month in (2, 5, 8, 11):
                more = {} if name == "hypertension" else {"fasting-glucose": Decimal("6.8")}
                habits = {k: v for k, v in HABITS.items() if k != "salt" or not more}
                values = {
                    **habits, **more, "visit-date": date(today.year - 1, month, 11),
                    "systolic": 136, "diastolic": 84, "auxiliary": "心电图未见明显异常",
                }  # fmt: skip
                id_ = f"li-na-{name}-{month}"
                _put(client, follow_up("li-na", name, values, id=id_))
    with open_context(browser, base) as context:
        axe.prepare(context)
        page = context.new_page()
        sign_in(page)
        for path in (
            "/follow-ups/li-na-hypertension-11", "/follow-ups/li-na-hypertension-11/edit",
            "/residents/li-na/follow-ups/new?programmes=hypertension,diabetes",
            "/follow-ups/li-na-hypertension-11/versions/1",
        ):  # fmt: skip
            page.goto(path)
            judged(page)
        for name in ("hypertension", "diabetes", "elderly", "coronary", "copd"):
            page.goto(f"/residents/li-na/follow-ups/{name}/print?year={today.year - 1}")
            judged(page)
            pdf = page.pdf(prefer_css_page_size=True)
            assert A4.search(pdf)
            sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
            assert sheets == 1 if name in ("hypertension", "diabetes") else 1 <= sheets <= 2, name


def test_it_works_without_script(station: ServedHouse, browser: Browser) -> None:
    base = station.base.removesuffix("/fhir/R4/")
    with open_context(browser, base, javascript=False) as context:
        page = context.new_page()
        sign_in(page)
        page.goto("/residents/li-na/follow-ups/new?programmes=pressure-screening")
        page.fill("[name=systolic]", "128")
        page.fill("[name=diastolic]", "78")
        page.get_by_role("button", name="查看建议").first.click()
        expect(page.locator(".proposal[data-outcome]")).to_be_visible()
        assert page.input_value("[name=systolic]") == "128"
