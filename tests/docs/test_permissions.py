"""docs/permissions.md is complete: every role, permission, page and FHIR type stands in it."""

from kernel.declare.roles import Role
from tests.docs.permissions import BEGIN, END, FILE, tables, with_tables
from tests.support.house import registry


def test_the_file_says_what_the_registry_says() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text == with_tables(text), "run: python -m tests.docs.permissions"


def test_the_tables_leave_nothing_out() -> None:
    text = tables()
    names = [*registry().permissions, *registry().specs, *(role.value for role in Role)]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_a_missing_permission_would_be_noticed() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert with_tables(text.replace("`records:resident:read`", "")) == text
