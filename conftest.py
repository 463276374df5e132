"""What every test may ask for: see tests/support."""

import pytest

pytest_plugins = ("tests.support.postgres", "tests.support.browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a browser or a benchmark first: one of them at the end keeps one worker alone."""
    slow = {
        item.path
        for item in items
        if item.get_closest_marker("browser") or item.get_closest_marker("slow")
    }
    items.sort(key=lambda item: item.path not in slow)
