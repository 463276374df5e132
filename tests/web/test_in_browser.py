"""The pages in a real browser: the strict content policy, the widths, the keyboard, the paper."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request, Route

from kernel.web.assets import find_asset
from kernel.web.rendering import Renderer
from tests.support import axe
from tests.support.browser import open_context
from tests.web.gallery import PAGE, SAMPLES, render_sample

pytestmark = pytest.mark.browser

ADDRESS = "http://localhost"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
NUMBER = "33010619880602004X"
REVEALED = Renderer().fragment(
    "components/display.html", "masked", request_context=PAGE, shown=NUMBER, label="身份证号"
)


class Site:
    """The gallery served from memory; it keeps what was posted to it."""

    def __init__(self) -> None:
        self.posted: list[Request] = []

    def answer(self, route: Route) -> None:
        """A static file, a sample page, or for a post the revealed value or an empty page."""
        path = route.request.url.removeprefix(ADDRESS).split("?")[0]
        headers = {"Content-Security-Policy": POLICY}
        asset = find_asset(path)
        if asset is not None:
            headers["Content-Type"] = asset.media_type
            route.fulfill(body=asset.content, headers=headers)
            return
        headers["Content-Type"] = "text/html; charset=utf-8"
        name, _, language = path.strip("/").partition(".")
        if route.request.method == "POST":
            self.posted.append(route.request)
            if "station-form" in route.request.headers:
                route.fulfill(status=204, headers={"Station-Location": "/home"})
                return
            body = REVEALED if "reveal" in path else "<title>-</title>"
            route.fulfill(body=body, headers=headers)
        else:
            shown = render_sample(name or "home", "en" if language == "en" else "zh_CN")
            route.fulfill(body=shown, headers=headers)


@contextmanager
def opened(
    browser: Browser, name: str, *, javascript: bool = True, errors: Sequence[str] = ()
) -> Iterator[tuple[Page, Site]]:
    """The sample `name` on a doctor's screen."""
    with open_context(browser, ADDRESS, javascript=javascript, expected_errors=errors) as context:
        site = Site()
        context.route("**/*", site.answer)
        page = context.new_page()
        page.clock.install()
        page.goto(f"/{name}")
        page.clock.pause_at(LATER)
        yield page, site


def key_in(page: Page, text: str, *, gap: int) -> None:
    """Type `text` and Enter with `gap` milliseconds between the characters, by the page's clock."""
    for character in text:
        page.keyboard.type(character)
        page.clock.run_for(gap)
    page.keyboard.press("Enter")


def _too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.fixture(scope="module")
def samples_in_chinese(browser: Browser) -> tuple[list[str], list[str]]:
    """Every sample, opened once: those that are too wide, and what axe says of them."""
    wide, found = [], []
    with open_context(browser, ADDRESS) as context:
        context.route("**/*", Site().answer)
        axe.prepare(context)
        page = context.new_page()
        for name in SAMPLES:
            wide += _too_wide_at(page, name)
            found += axe.violations(page)
    return wide, found


WIDTHS = (1366, 1093, 683)
HEIGHT = 614


def _too_wide_at(page: Page, name: str, widths: Sequence[int] = WIDTHS) -> list[str]:
    """The widths at which a sample scrolls sideways; it is shown at the widest afterwards."""
    page.goto(f"/{name}")
    wide = []
    for width in reversed(widths):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if _too_wide(page) and not name.startswith("print"):
            wide.append(f"{name} at {width}")
    return wide


def test_no_page_scrolls_sideways_or_offends_the_policy(
    samples_in_chinese: tuple[list[str], list[str]],
) -> None:
    wide, _found = samples_in_chinese
    assert wide == []


def test_no_page_scrolls_sideways_in_english(browser: Browser) -> None:
    """At the narrowest width: there its longer words have the least room."""
    wide = []
    with open_context(browser, ADDRESS) as context:
        context.route("**/*", Site().answer)
        page = context.new_page()
        for name in SAMPLES:
            wide += _too_wide_at(page, f"{name}.en", WIDTHS[-1:])
    assert wide == []


def test_axe_finds_nothing_wrong_with_any_sample(
    samples_in_chinese: tuple[list[str], list[str]],
) -> None:
    """WCAG 2.1 A and AA; the samples show what a small station has not: full panels, refusals."""
    _wide, found = samples_in_chinese
    assert found == []


def test_rows_are_tall_enough_and_their_heads_stay(browser: Browser) -> None:
    with opened(browser, "residents") as (page, _):
        heights = page.eval_on_selector_all(
            "tbody tr", "rows => rows.map(row => row.getBoundingClientRect().height)"
        )
        page.evaluate("scrollTo(0, 300)")
        top = page.eval_on_selector("thead th", "cell => cell.getBoundingClientRect().top")
    assert len(heights) == 20
    assert min(heights) >= 36
    assert top == pytest.approx(0, abs=1)


def test_enter_moves_on_and_submits_from_the_last_field(browser: Browser) -> None:
    with opened(browser, "sign_in") as (page, site):
        page.keyboard.type("lin.xiaomei")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.name") == "password"
        assert site.posted == []
        page.keyboard.type("correct horse")
        page.keyboard.press("Enter")
        page.wait_for_url("**/sign-in")
    body = site.posted[0].post_data or ""
    assert "user_name=lin.xiaomei" in body
    assert "csrf_token=csrf-token-of-this-session" in body


def test_enter_skips_the_other_choices_of_a_group(browser: Browser) -> None:
    with opened(browser, "components") as (page, _):
        page.focus("[name=height]")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.name") == "adherence"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.name") == "symptoms"


def test_a_slash_finds_the_search_box_but_can_be_typed(browser: Browser) -> None:
    with opened(browser, "resident") as (page, _):
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.type("a/b")
        assert page.input_value("[name=q]") == "a/b"


@pytest.mark.parametrize("typed", [NUMBER, NUMBER.lower(), "330106 19880602 004X"])
def test_a_card_reader_searches_from_anywhere(browser: Browser, typed: str) -> None:
    with opened(browser, "resident") as (page, site):
        key_in(page, typed, gap=2)
        page.wait_for_url("**/residents/search")
        address = page.url
    assert "3301" not in address
    assert f"q={NUMBER}" in (site.posted[0].post_data or "")


def test_a_card_reader_leaves_the_field_it_landed_in(browser: Browser) -> None:
    with opened(browser, "components") as (page, site):
        page.evaluate("document.querySelector('form.form').removeAttribute('data-refused')")
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.fill("[name=note]", "家属陪同")
        page.focus("[name=note]")
        key_in(page, NUMBER, gap=2)
        page.wait_for_function("document.querySelector('#top-search').value != ''")
        assert page.input_value("[name=note]") == "家属陪同"
        assert page.input_value("#top-search") == NUMBER
    assert site.posted == []  # the form was changed, and leaving it was declined


def test_a_card_reader_fills_the_field_meant_for_the_number(browser: Browser) -> None:
    with opened(browser, "components") as (page, site):
        page.focus("[name=identity_number]")
        key_in(page, NUMBER.lower(), gap=2)
        assert page.input_value("[name=identity_number]") == NUMBER
    assert site.posted == []


def test_typing_by_hand_is_not_a_card_reader(browser: Browser) -> None:
    with opened(browser, "resident") as (page, site):
        key_in(page, NUMBER, gap=40)
    assert site.posted == []


def test_leaving_a_changed_form_warns_and_saving_does_not(browser: Browser) -> None:
    with opened(browser, "components") as (page, site):
        asked: list[str] = []

        def accept(dialog: Dialog) -> None:
            asked.append(dialog.type)
            dialog.accept()

        page.on("dialog", accept)
        page.fill("[name=note]", "改过")
        page.click("a.product")
        page.wait_for_url(re.compile(r"/$"))
        assert asked == ["beforeunload"]
        page.goto("/components")
        page.fill("[name=diastolic]", "80")
        page.click("form.form button:has-text('保存')")
        page.wait_for_url("**/home")
        assert asked == ["beforeunload"]
    assert len(site.posted) == 1


def test_a_dropped_line_loses_nothing_and_the_form_can_be_sent_again(browser: Browser) -> None:
    with opened(browser, "components", errors=["Failed to load resource"]) as (page, site):
        page.context.route("**/follow-ups", lambda route: route.abort("internetdisconnected"))
        page.fill("[name=diastolic]", "80")
        page.fill("[name=note]", "写了很久的话")
        page.click("form.form button:has-text('保存')")
        page.wait_for_selector("[data-line=dropped]:visible")
        assert page.input_value("[name=note]") == "写了很久的话"
        assert site.posted == []
        page.context.unroute("**/follow-ups")
        page.click("form.form button:has-text('保存')")
        page.wait_for_url("**/home")
    assert len(site.posted) == 1
    assert "%E5%86%99%E4%BA%86%E5%BE%88%E4%B9%85" in (site.posted[0].post_data or "")


def test_an_ended_session_loses_nothing_and_the_form_takes_the_new_secret(
    browser: Browser,
) -> None:
    with opened(browser, "components", errors=["Failed to load resource"]) as (page, site):
        renewed = '<input name="csrf_token" value="fresh">'
        page.context.route("**/account/password", lambda route: route.fulfill(body=renewed))
        page.context.route("**/follow-ups", lambda route: route.fulfill(status=401))
        page.fill("[name=diastolic]", "80")
        page.fill("[name=note]", "没有丢")
        page.click("form.form button:has-text('保存')")
        page.wait_for_selector("[data-line=signed-out]:visible")
        assert page.input_value("[name=note]") == "没有丢"
        page.context.unroute("**/follow-ups")
        page.click("form.form button:has-text('保存')")
        page.wait_for_url("**/home")
    assert "csrf_token=fresh" in (site.posted[0].post_data or "")


def test_work_in_portions_goes_on_by_itself(browser: Browser) -> None:
    shown = render_sample("life_assign_left", "zh_CN")
    form = '<form method="post" action="/residents/assign"'
    with opened(browser, "life_assign_left") as (page, site):
        page.wait_for_load_state("networkidle")
        assert site.posted == []
        page.context.route(
            "**/life_assign_left",
            lambda route: route.fulfill(
                body=shown.replace(form, f"{form} data-goes-on"),
                content_type="text/html; charset=utf-8",
            ),
        )
        page.goto("/life_assign_left")
        page.wait_for_url("**/home")
    assert [request.url for request in site.posted] == [f"{ADDRESS}/residents/assign"]


def test_a_refused_form_brings_the_reader_to_its_complaints(browser: Browser) -> None:
    with opened(browser, "components") as (page, _):
        assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
        page.click("text=请填写舒张压。 >> nth=0")
        assert page.evaluate("location.hash") == "#field-diastolic"


def test_a_hidden_value_is_shown_in_place_and_kept_nowhere(browser: Browser) -> None:
    with opened(browser, "resident") as (page, site):
        page.click("text=显示 >> nth=0")
        page.wait_for_selector(f"text={NUMBER}")
        stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        assert page.url == f"{ADDRESS}/resident"
        assert site.posted[0].headers["hx-request"] == "true"
    assert stored == "[{},{}]"


def test_a_hidden_value_is_shown_without_script_too(browser: Browser) -> None:
    with opened(browser, "resident", javascript=False) as (page, site):
        page.click("text=显示 >> nth=0")
        page.wait_for_url("**/reveal")
    assert "field=identity_number" in (site.posted[0].post_data or "")


def test_a_confirmation_opens_and_posts_without_script(browser: Browser) -> None:
    with opened(browser, "components", javascript=False) as (page, site):
        assert not page.is_visible("text=确定作废 >> nth=-1")
        page.click("summary:has-text('作废')")
        page.click("button:has-text('确定作废')")
        page.wait_for_url("**/cancel")
    assert len(site.posted) == 1


def _printed(context: BrowserContext, name: str) -> bytes:
    page = context.new_page()
    page.goto(f"/{name}")
    return page.pdf(prefer_css_page_size=True)


def test_a_form_fills_one_sheet_of_a4_and_nothing_else_is_printed(browser: Browser) -> None:
    with opened(browser, "print") as (page, _):
        paper = _printed(page.context, "print")
        page.emulate_media(media="print")
        assert not page.is_visible(".print-bar")
        square = page.eval_on_selector(".box", "box => box.getBoundingClientRect().height")
        signature = page.eval_on_selector(".blank-sign", "l => l.getBoundingClientRect().height")
        assert page.locator(".box").count() == 22
    assert _sheets_of_a4(paper) == 1
    assert square == pytest.approx(6 * 96 / 25.4, abs=1)
    assert signature >= 9 * 96 / 25.4 - 1


def _sheets_of_a4(paper: bytes) -> int:
    """How many sheets a PDF has; all are A4 upright, as PDF's points have it."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    assert {(round(float(w)), round(float(h))) for w, h in boxes} <= {(595, 842), (596, 842)}
    assert boxes
    return len(re.findall(rb"/Type /Page\b", paper))


def test_a_long_record_goes_on_on_a_second_sheet_below_its_name(browser: Browser) -> None:
    with opened(browser, "print_resident") as (page, _):
        paper = _printed(page.context, "print_resident")
        page.emulate_media(media="print")
        assert not page.is_visible("text=返回")
        heads = page.eval_on_selector_all(
            "thead", "heads => heads.map(head => getComputedStyle(head).display)"
        )
        assert "王伟" in page.inner_text(".running > thead")
    assert _sheets_of_a4(paper) == 2
    assert set(heads) == {"table-header-group"}
