"""The rules hold everywhere, and each of them is able to fail."""

import ast

import pytest

from tests.architecture.rules import PRODUCT_RULES, TEST_RULES, Rule
from tests.architecture.source import SourceFile, files_of_tests, product_files

RULES = (*PRODUCT_RULES, *TEST_RULES)


def violations(rule: Rule, files: tuple[SourceFile, ...]) -> list[str]:
    """``path:line`` of everything that breaks the rule."""
    return [
        f"{file.path}:{line}"
        for file in files
        if not rule.allows(file.path)
        for line in rule.find(file.tree)
    ]


@pytest.mark.parametrize("rule", PRODUCT_RULES, ids=lambda rule: rule.name)
def test_product_keeps_the_rule(rule: Rule) -> None:
    """No file of the product breaks it outside the places where the thing belongs."""
    found = violations(rule, product_files())
    assert not found, f"{rule.name}\n{rule.instead}\nFound at: {', '.join(found)}"


@pytest.mark.parametrize("rule", TEST_RULES, ids=lambda rule: rule.name)
def test_tests_keep_the_rule(rule: Rule) -> None:
    """No test breaks it."""
    found = violations(rule, files_of_tests())
    assert not found, f"{rule.name}\n{rule.instead}\nFound at: {', '.join(found)}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_catches_what_it_forbids(rule: Rule) -> None:
    """A rule that cannot fail would protect nothing."""
    missed = [sample for sample in rule.caught if not list(rule.find(ast.parse(sample)))]
    wrongly_caught = [sample for sample in rule.passed if list(rule.find(ast.parse(sample)))]
    assert (missed, wrongly_caught) == ([], [])


def test_allowed_places_are_whole_paths() -> None:
    """A folder allows what is in it; a file allows only itself; a star stays in one folder."""
    rule = PRODUCT_RULES[1]
    assert rule.allows("kernel/db/dialect.py")
    assert rule.allows("kernel/db/migrations/main/env.py")
    assert not rule.allows("kernel/db/dialect.pyx")
    assert not rule.allows("records/kernel/db/dialect.py")
    assert PRODUCT_RULES[0].allows("kernel/audit/writer.py")
