"""The watch over the pages is able to fail, and the screen is the one that is asked for."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser

from tests.support.browser import open_context

pytestmark = pytest.mark.browser

PAGES = {
    "/": "<p>安好</p>",
    "/logs": "<script>console.error('血压')</script>",
    "/throws": "<script>throw new Error('出错')</script>",
    "/asks-elsewhere": "<img alt='' src='http://elsewhere.invalid/x.png'>",
}


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer one of the pages above, or 404."""
        page = PAGES.get(self.path)
        body = f"<!doctype html><link rel=icon href='data:,'>{page or ''}".encode()
        self.send_response(404 if page is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests assert what was asked for."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the pages above are served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def visit(browser: Browser, address: str, path: str, *expected_errors: str) -> None:
    """Open a page, wait until it is quiet, and close it."""
    with open_context(browser, address, expected_errors=expected_errors) as context:
        context.new_page().goto(path, wait_until="networkidle")


def test_screen_language_and_clock(browser: Browser, address: str) -> None:
    """1366×768, Chinese, Shanghai."""
    with open_context(browser, address) as context:
        page = context.new_page()
        page.goto("/")
        seen = page.evaluate(
            "[innerWidth, innerHeight, navigator.language,"
            " Intl.DateTimeFormat().resolvedOptions().timeZone, document.body.innerText]"
        )
    assert seen == [1366, 768, "zh-CN", "Asia/Shanghai", "安好"]


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("/logs", "console: 血压"),
        ("/throws", "script: .*出错"),
        ("/asks-elsewhere", "another machine: http://elsewhere.invalid/x.png"),
        ("/missing", "404"),
    ],
)
def test_fault_of_a_page_fails_the_test(
    browser: Browser, address: str, path: str, complaint: str
) -> None:
    """Each kind of fault is noticed and named."""
    with pytest.raises(AssertionError, match=complaint):
        visit(browser, address, path)


def test_expected_error_is_allowed(browser: Browser, address: str) -> None:
    """A page that a role may not see answers 4xx, which browsers log."""
    visit(browser, address, "/missing", "status of 404")


def test_fault_does_not_hide_the_test_s_own_failure(browser: Browser, address: str) -> None:
    """What went wrong first is what is reported."""
    with pytest.raises(ZeroDivisionError):
        fail_on_a_faulty_page(browser, address)


def fail_on_a_faulty_page(browser: Browser, address: str) -> None:
    """A test that fails by itself on a page that complains as well."""
    with open_context(browser, address) as context:
        context.new_page().goto("/logs")
        raise ZeroDivisionError
