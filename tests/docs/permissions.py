"""The tables of docs/permissions.md, made from the registry.

`python -m tests.docs.permissions` writes them into the file, between its marks.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from fastapi.routing import APIRoute

from kernel.declare.resource import Scope
from kernel.declare.roles import TITLES, Role
from kernel.web.pages import ANY_SESSION, PUBLIC, SIGNED_IN, Page
from tests.support.house import registry

FILE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"
BEGIN = "<!-- tables: made by python -m tests.docs.permissions -->"
END = "<!-- end of tables -->"
_EVERYBODY = {
    PUBLIC: "everybody",
    SIGNED_IN: "whoever is signed in",
    ANY_SESSION: "whoever is signed in, also before choosing a new password",
}
_SCOPES = {
    Scope.PATIENT: "the person's record",
    Scope.ORGANISATION: "the institution",
    Scope.DIRECTORY: "everybody's",
}


def tables() -> str:
    """All tables as Markdown."""
    parts = [
        ("Roles", _roles()),
        ("Permissions", _permissions()),
        ("Pages", _pages()),
        ("FHIR types", _types()),
    ]
    return "\n".join(f"## {title}\n\n" + "\n".join(lines) + "\n" for title, lines in parts)


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    headings = list(headings)
    yield "| " + " | ".join(headings) + " |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _named(roles: frozenset[Role]) -> str:
    if roles == frozenset(Role):
        return "all"
    return ", ".join(f"`{role.value}`" for role in Role if role in roles) or "nobody"


def _roles() -> list[str]:
    return list(_table(("role", "title"), ((f"`{r.value}`", TITLES[r]) for r in Role)))


def _permissions() -> list[str]:
    rows = ((f"`{p.code}`", p.title, _named(p.roles)) for p in registry().permissions.values())
    return list(_table(("permission", "title", "roles"), rows))


def _pages() -> list[str]:
    rows = []
    for module in registry().modules:
        for router in module.pages:
            for route in router.routes:
                assert isinstance(route, APIRoute)
                page = route.endpoint
                assert isinstance(page, Page)
                needed = _EVERYBODY.get(page.permission, f"`{page.permission}`")
                rows.append((f"`{page.methods[0]} {page.path}`", needed, f"`{page.action.value}`"))
    return list(_table(("page", "needs", "audited as"), sorted(rows)))


def _types() -> list[str]:
    rows = (
        (f"`{spec.type}`", _SCOPES[spec.scope], _named(spec.readers), _named(spec.writers))
        for spec in sorted(registry().specs.values(), key=lambda spec: spec.type)
    )
    return list(_table(("type", "whose", "read by", "written by"), rows))


def with_tables(text: str) -> str:
    """The file's text with its tables made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    FILE.write_text(with_tables(FILE.read_text(encoding="utf-8")), encoding="utf-8")
