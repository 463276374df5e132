"""The served pages, judged by axe: WCAG 2.1 A and AA."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from demo.cast import DEMO_PASSWORD
from tests.support import axe
from tests.support.browser import open_context
from tests.support.serving import ServedHouse

WALKS = {
    "gp1": (
        "/", "/residents", "/residents?sex=female", "/residents/wang-xiaoming",
        "/residents/wang-xiaoming/print", "/residents/wang-xiaoming/household",
        "/households", "/moves", "/moves/new", "/residents/wang-xiaoming/file",
        "/residents/wang-xiaoming/file/close", "/residents/wang-xiaoming/file/contract",
        "/staff", "/account/password",
    ),
    "head1": ("/teams", "/teams/new", "/residents/assign"),
    "bureau": ("/", "/institutions", "/institutions/station-1"),
    "secadmin": ("/accounts", "/accounts/new", "/accounts?q=zzz"),
    "auditor": ("/", "/audit"),
}  # fmt: skip


def _sign_in(context: BrowserContext, name: str) -> Page:
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=user_name]", name)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    return page


@pytest.mark.browser
def test_axe_finds_nothing_wrong_with_the_pages(station: ServedHouse, browser: Browser) -> None:
    address = station.base.removesuffix("/fhir/R4/")
    found: list[str] = []
    with open_context(browser, address) as context:
        axe.prepare(context)
        page = context.new_page()
        page.goto("/sign-in")
        found += axe.violations(page)
    for name, paths in WALKS.items():
        with open_context(browser, address) as context:
            axe.prepare(context)
            page = _sign_in(context, name)
            for path in paths:
                page.goto(path)
                found += axe.violations(page)
            if name == "secadmin":
                page.goto("/accounts")
                page.click("a.row-link >> nth=0")
                page.wait_for_url("**/accounts/*")
                found += axe.violations(page)
    assert found == []


@pytest.mark.browser
def test_axe_would_find_what_is_wrong(station: ServedHouse, browser: Browser) -> None:
    with open_context(browser, station.base.removesuffix("/fhir/R4/")) as context:
        axe.prepare(context)
        page = context.new_page()
        page.goto("/sign-in")
        page.evaluate("document.querySelector('label').remove()")
        assert any("label: <input" in fault for fault in axe.violations(page))


def test_axe_is_the_pinned_release_with_its_licence() -> None:
    assert (axe.FOLDER / "axe.min.js").read_text("utf-8").startswith("/*! axe v4.14.1\n")
    assert "Mozilla Public License" in (axe.FOLDER / "axe.LICENSE.txt").read_text("utf-8")
