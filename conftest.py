"""What every test may ask for: see tests/support."""

pytest_plugins = ("tests.support.postgres", "tests.support.browser")
