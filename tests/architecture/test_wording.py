"""Names that say nothing, promises for later, and lint exceptions without a reason."""

import re

import pytest

from tests.architecture.source import ROOT, all_files

EMPTY_WORDS = {"manager", "managers", "helper", "helpers", "util", "utils", "common"}
GENERATED = {"var", "build", "dist"}
LATER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore)\b")
# The codes, and after them at least a few words.
REASONED = re.compile(r"#\s*(noqa:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|type:\s*ignore\[[a-z, -]+\]).{8,}")


def own_files() -> list[str]:
    """Paths of everything written here: no caches, no environment, no data of a running station."""
    tops = (path for path in ROOT.iterdir() if path.name not in GENERATED)
    found = (
        path
        for top in tops
        if not top.name.startswith(".")
        for path in (top.rglob("*") if top.is_dir() else (top,))
    )
    return [path.relative_to(ROOT).as_posix() for path in found if path.is_file()]


def test_file_names_say_what_is_in_them() -> None:
    """A file called helper says that nobody knew where it belongs."""
    found = [
        path
        for path in own_files()
        if EMPTY_WORDS & set(re.findall(r"[a-z]+", path.lower().replace("_", " ")))
    ]
    assert not found, f"Name these after what they are about: {found}"


def test_nothing_is_left_for_later() -> None:
    """What is missing stands in an issue, not in a comment."""
    found = [
        f"{file.path}:{line}"
        for file in all_files()
        if LATER.search(file.text)
        for line, comment in file.comments()
        if LATER.search(comment)
    ]
    assert not found, f"Do it now, or write an issue and drop the comment: {found}"


def test_exceptions_have_reasons() -> None:
    """Who switches a check off says which one and why, on the same line."""
    found = [
        f"{file.path}:{line}"
        for file in all_files()
        if EXCEPTION.search(file.text)
        for line, comment in file.comments()
        if EXCEPTION.search(comment) and not REASONED.search(comment)
    ]
    assert not found, f"Add the code and the reason: '# noqa: S608 the name is our own': {found}"


@pytest.mark.parametrize(
    ("comment", "is_fine"),
    [
        ("# noqa", False),
        ("# noqa: S608", False),
        ("# noqa: S608 the name is our own", True),
        ("# type: ignore[misc]", False),
        ("# type: ignore[misc]  # untyped decorator", True),
        ("# type: ignore  # because of reasons", False),
    ],
)
def test_reason_is_recognised(comment: str, is_fine: bool) -> None:
    """The pattern itself."""
    assert (REASONED.search(comment) is not None) is is_fine
