"""A real Chromium for the tests: found, installed where that is possible, and watched.

A page that logs an error, throws one, or asks another machine for anything fails its test.

Where no browser can be had, the tests marked ``browser`` are deselected with one line that says
so; with ``CI=true`` that is a failure. ``python -m tests.support.browser --version`` tells which
browser would be used.
"""

import argparse
import functools
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    ViewportSize,
    WebError,
    sync_playwright,
)

PROGRAMS = ("chromium", "google-chrome-stable", "google-chrome", "chromium-browser")
# libatomic1: playwright's own driver needs it, and a bare Debian lacks it
PACKAGES = ("chromium", "fonts-noto-cjk", "libatomic1")
# The first two let it run as root in a container, the others keep it from calling anybody.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
VIEWPORT = ViewportSize(width=1366, height=768)
LANGUAGE = "zh-CN"
TIME_ZONE = "Asia/Shanghai"
NOT_TESTED = (
    "The pages were not tested in a browser: none was found and none could be installed. "
    f"Install the packages {', '.join(PACKAGES)}."
)
_ROOT = Path(__file__).resolve().parents[2]
_OWN_MACHINE = {"127.0.0.1", "localhost", "::1"}
_WITHOUT_NETWORK = {"about", "data", "blob"}


class BrowserMissingError(RuntimeError):
    """No browser can be had here, though one is required or was asked for."""


@functools.cache
def find_browser() -> Path | None:
    """The Chromium or Chrome of this machine, if it and its driver really run; otherwise None."""
    if _answer_of(sys.executable, "-m", "playwright", "--version") is None:
        return None
    for name in PROGRAMS:
        path = shutil.which(name)
        # Ubuntu's chromium-browser may be a stub that only tells how to install a snap.
        if path is not None and _answer_of(path, "--version") is not None:
            return Path(path)
    return None


def ensure_browser() -> Path | None:
    """The browser, installed first where this machine has none and allows it.

    Raises BrowserMissingError where it cannot be had and CI is true.
    """
    found = find_browser()
    if found is None:
        subprocess.run([_ROOT / "scripts" / "system_package.sh", *PACKAGES], check=False)
        find_browser.cache_clear()
        found = find_browser()
    if found is None and is_required():
        raise BrowserMissingError(f"{NOT_TESTED} CI=true makes this a failure.")
    return found


def is_required() -> bool:
    """Whether browser tests that cannot run count as failed here."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def launch(playwright: Playwright) -> Browser:
    """Start the machine's browser without a window. Raises BrowserMissingError without one."""
    path = find_browser()
    if path is None:
        raise BrowserMissingError(NOT_TESTED)
    return playwright.chromium.launch(executable_path=path, headless=True, args=list(ARGUMENTS))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running browser. One a file: playwright keeps an event loop that would outlive its tests
    and stop those that run one of their own.
    """
    with sync_playwright() as playwright:
        launched = launch(playwright)
        yield launched
        launched.close()


@contextmanager
def open_context(
    browser: Browser, base_url: str, *, expected_errors: Sequence[str] = (), javascript: bool = True
) -> Iterator[BrowserContext]:
    """A fresh browser profile on a doctor's screen, in Chinese, on Shanghai's clock.

    ``expected_errors`` are regular expressions; what the pages log and one of them matches is
    allowed (a browser logs an error for every answer 4xx). Any other error fails with
    AssertionError when the context ends, and so does a request to another machine.
    """
    context = browser.new_context(
        base_url=base_url,
        viewport=VIEWPORT,
        locale=LANGUAGE,
        timezone_id=TIME_ZONE,
        java_script_enabled=javascript,
    )
    faults = _watch(context)
    try:
        yield context
    finally:
        context.close()
    unexpected = [
        fault
        for fault in faults
        if not any(re.search(expected, fault) for expected in expected_errors)
    ]
    if unexpected:
        raise AssertionError("the browser complained:\n  " + "\n  ".join(unexpected))


READER_SECONDS = 0.008
"""A card reader types a character in less than 20 ms."""


def read_card(page: Page, text: str) -> None:
    """What an identity-card reader at the keyboard port does: characters in quick order, and Enter.

    The keys say themselves when they were struck, so that a busy machine does not slow them down.
    """
    page.wait_for_load_state()
    session, at = page.context.new_cdp_session(page), time.time()
    enter = {"key": "Enter", "code": "Enter", "text": "\r", "windowsVirtualKeyCode": 13}
    keys: list[dict[str, Any]] = [*({"key": one, "text": one} for one in text), enter]
    for n, key in enumerate(keys):
        struck = {**key, "timestamp": at + n * READER_SECONDS}
        session.send("Input.dispatchKeyEvent", {**struck, "type": "keyDown"})
        session.send("Input.dispatchKeyEvent", {**struck, "type": "keyUp", "text": ""})
    session.detach()


def _watch(context: BrowserContext) -> list[str]:
    """A list that fills with what goes wrong on any page of the context."""
    faults: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"console: {message.text} ({message.location['url']})")

    def on_error(error: WebError) -> None:
        faults.append(f"script: {error.error}")

    def on_request(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in _WITHOUT_NETWORK and address.hostname not in _OWN_MACHINE:
            faults.append(f"request to another machine: {request.url}")

    context.on("console", on_console)
    context.on("weberror", on_error)
    context.on("request", on_request)
    return faults


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser tests out where there is no browser; refuse to do so where CI is true."""
    marked = {item for item in items if item.get_closest_marker("browser")}
    if not marked or find_browser() is not None:
        return
    if is_required():
        raise pytest.UsageError(f"{NOT_TESTED} CI=true makes this a failure.")
    items[:] = [item for item in items if item not in marked]
    config.hook.pytest_deselected(items=list(marked))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so, in one line, when the browser tests were left out."""
    if find_browser() is None:
        terminalreporter.write_line(NOT_TESTED, yellow=True)


def describe() -> str:
    """One line: which browser the tests use."""
    found = find_browser()
    if found is None:
        return NOT_TESTED
    return f"Browser: {_answer_of(str(found), '--version')} ({found})"


def _answer_of(*command: str) -> str | None:
    """What a command prints; None when it fails."""
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else None


def main() -> int:
    """The command line: tell which browser would be used, or see to it that there is one."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.browser", description=__doc__)
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("--version", action="store_true", help="tell which one would be used")
    choice.add_argument("--provide", action="store_true", help="install one if there is none")
    if parser.parse_args().provide:
        try:
            ensure_browser()
        except BrowserMissingError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    sys.stdout.write(f"{describe()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
