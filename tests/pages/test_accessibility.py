"""The served pages, judged by axe: WCAG 2.1 A and AA."""

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import Browser, BrowserContext, Page

from demo.cast import DEMO_PASSWORD
from tests.support import axe
from tests.support.browser import open_context
from tests.support.house import registry
from tests.support.serving import ServedHouse

WALKS = {
    "gp1": (
        "/", "/residents", "/residents?sex=female", "/residents/new", "/residents/wang-xiaoming",
        "/residents/wang-xiaoming/print", "/residents/wang-xiaoming/information",
        "/residents/wang-xiaoming/information/edit", "/residents/wang-xiaoming/information/print",
        "/residents/wang-xiaoming/cover", "/residents/wang-xiaoming/card",
        "/residents/wang-xiaoming/household", "/residents/wang-xiaoming/document",
        "/residents/wang-xiaoming/file", "/residents/wang-xiaoming/file/close",
        "/residents/wang-xiaoming/file/contract", "/residents/wang-xiaoming/file/move",
        "/residents/wang-xiaoming/visits", "/residents/wang-xiaoming/visits/new",
        "/residents/wang-xiaoming/examinations", "/residents/wang-xiaoming/examinations/new",
        "/residents/wang-xiaoming/consultations/new",
        "/residents/wang-xiaoming/follow-ups/new?programmes=elderly",
        "/residents/wang-xiaoming/follow-ups/hypertension/print",
        "/households", "/moves", "/moves/new", "/duplicates", "/imports", "/imports/document",
        "/visits", "/staff", "/account/password", "/figures", "/figures/HT01",
        "/due", "/due?tab=overdue", "/due/print", "/due/households", "/due/households/print",
        "/due/wang-xiaoming/contact",
        "/follow-ups/batch", "/follow-ups/import",
        "/residents/wang-xiaoming/programmes", "/residents/wang-xiaoming/programmes/copd/enrol",
        "/programmes", "/programmes/hypertension", "/programmes/hypertension/about",
        "/programmes/hypertension/candidates", "/screening",
        "/referrals", "/referrals?tab=all", "/residents/wang-xiaoming/referrals",
        "/referrals/new?resident=wang-xiaoming", "/referrals/new?resident=li-na&kind=call",
        "/referral-agreements", "/referral-indications",
    ),
    "head1": (
        "/teams", "/teams/new", "/residents/assign", "/referral-board", "/referral-board/RF01",
    ),
    "coord1": (
        "/", "/referral-office", "/referral-office/out", "/referral-offers/new",
        "/referral-agreements/new",
    ),
    "bureau": (
        "/", "/figures", "/institutions", "/institutions/station-1", "/referral-agreements/new",
        "/referral-indications", "/referral-indications/stroke-up/new",
        "/referral-indications/general-up/U1",
    ),
    "sysadmin": ("/subscriptions",),
    "secadmin": ("/accounts", "/accounts/new", "/accounts?q=zzz"),
    "auditor": ("/", "/audit"),
}  # fmt: skip


ELSEWHERE = (
    "/sign-in", "/accounts/{id}",  # in the test itself
    "/subscriptions/{id}",
    "/enrolments/{id}/approve", "/enrolments/{id}/card", "/enrolments/{id}/card/edit",
    "/enrolments/{id}/close", "/enrolments/{id}/resume", "/enrolments/{id}/return",
    "/enrolments/{id}/submit", "/enrolments/{id}/suspend",
    "/teams/{id}", "/moves/{id}", "/imports/{id}", "/imports/{id}/mapping",
    "/residents/{id}/file/reopen", "/residents/{id}/file/void", "/duplicates/{id}/{other}",
    "/households/{id}", "/households/{id}/print", "/households/{id}/edit",
    "/households/{id}/problems/new", "/households/{id}/problems/{problem}",
    "/households/{id}/join", "/households/{id}/members/{member}/leave", "/households/{id}/head",
    "/households/{id}/merge", "/visits/{id}", "/visits/{id}/print", "/consultations/{id}/print",
    "/examinations/{id}", "/examinations/{id}/edit", "/examinations/{id}/print",
    "/examinations/{id}/versions/{version}", "/due/households/{id}",
    "/follow-ups/{id}", "/follow-ups/{id}/edit",
    "/follow-ups/{id}/versions/{version}", "/follow-ups/import/{id}", "/referrals/{id}",
    "/referrals/{id}/edit", "/referrals/{id}/outcome", "/referrals/{id}/print",
    "/referrals/{id}/letter", "/referrals/{id}/letter/{letter}",
    "/referrals/{id}/letter/{letter}/print", "/referrals/{id}/disclosure",
    "/referral-agreements/{id}/slots", "/referral-agreements/{id}/{agreement}",
)  # fmt: skip
"""Pages of something that has to be made first: in the browser tests of their subjects, and as
samples in the gallery."""
NO_PAGES = (
    "/follow-ups/import/template", "/follow-ups/import/{id}/report",
    "/follow-ups/import/{id}/progress", "/imports/template", "/imports/{id}/report",
    "/imports/{id}/progress", "/visits/diagnoses",
    "/visits/{id}/drugs", "/r/{token}", "/referrals/{id}/files/{document}",
)  # fmt: skip
"""Files, and parts of pages."""


def test_every_page_is_judged() -> None:
    """A new page is walked to here, or said to be judged elsewhere."""
    told = {path.partition("?")[0] for paths in WALKS.values() for path in paths}
    routes = [
        route
        for module in registry().modules
        for router in module.pages
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in (route.methods or ())
    ]
    walked: set[str] = set()
    for path in told:  # the first that fits is the one that answers
        walked.add(next(route.path for route in routes if route.path_regex.match(path)))
    known = walked | {*ELSEWHERE, *NO_PAGES}
    assert {route.path for route in routes} - known == set()
    assert known - {route.path for route in routes} == set(), "no longer there"


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
