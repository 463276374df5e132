"""Every filter that a list offers can be used, alone and with any word in it."""

import re
from collections.abc import Iterator

import pytest

from tests.pages.browsing import signed_in
from tests.pages.test_routes import SAMPLES, routes
from tests.support.house import OpenHouse

FORM = re.compile(r'<form method="get" action="([^"]+)" class="filters">(.*?)</form>', re.DOTALL)
FIELD = re.compile(
    r'<(select|input)\b[^>]*?\bname="([^"]+)"[^>]*>(.*?)(?=<select|<input|$)', re.DOTALL
)
OPTION = re.compile(r'<option value="([^"]+)"')
LISTS = {
    "/residents",
    "/due",
    "/screening",
    *(f"/programmes/hypertension{end}" for end in ("", "/candidates")),
}
"""Some of those that have filters; all that have are asked."""


def lists() -> Iterator[str]:
    """The addresses of the pages that are about nobody in particular."""
    for method, path, _page in routes():
        address = SAMPLES.get(path, path)
        if method == "GET" and "{" not in address and "{id}" not in path:
            yield address


def offered(page: str) -> Iterator[tuple[str, str, list[str]]]:
    """Address, name and values of every filter of a page; a text takes any word."""
    for action, fields in FORM.findall(page):
        for kind, name, inner in FIELD.findall(fields):
            yield action, name, OPTION.findall(inner) if kind == "select" else ["1", "王's %_", "0"]


@pytest.mark.parametrize("who", ["gp1", "bureau", "auditor", "secadmin"])
def test_every_filter_can_be_used(house: OpenHouse, who: str) -> None:
    visitor = signed_in(house, who)
    asked, met = 0, set()
    for path in lists():
        page = visitor.get(path)
        if page.status_code != 200:
            continue
        for action, name, values in offered(page.text):
            met.add(path)
            for value in values[:2]:
                answer = visitor.get(f"{action}?{name}={value}")
                assert answer.status_code in (200, 400), f"{action}?{name}={value}"
                asked += 1
    assert asked
    assert who != "gp1" or met >= LISTS
