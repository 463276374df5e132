"""The locks hold every dependency with its hashes, agree with one another, and name no place."""

import re
import tomllib

import pytest

from tests.architecture.source import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


def pins(lock: str) -> dict[str, str]:
    """Name → version of everything in a lock."""
    found = re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", read(lock), re.MULTILINE)
    return {normalised(name): version for name, version in found}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def normalised(requirement: str) -> str:
    """The name of a requirement, in the spelling that package indexes use."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name is not None, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_place(lock: str) -> None:
    """Whoever installs decides where from; a lock holds no address, option or path."""
    found = re.findall(r"^.*(?:://|^-|file:|/home/|/root/|/tmp/).*$", read(lock), re.MULTILINE)
    assert not found, f"Run `make lock` again; it refuses these lines: {found}"


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_has_a_hash(lock: str) -> None:
    """pip refuses the whole file otherwise."""
    blocks = re.split(r"^(?=[a-z0-9])", read(lock), flags=re.MULTILINE)[1:]
    assert blocks
    assert not [block.split()[0] for block in blocks if "--hash=sha256:" not in block]


def test_locks_hold_what_the_project_asks_for() -> None:
    """A dependency that was added without `make lock` would be missing on the next machine."""
    project = tomllib.loads(read("pyproject.toml"))
    runs_on = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    tests_need = runs_on + project["project"]["optional-dependencies"]["dev"]
    missing = {normalised(name) for name in runs_on} - pins("requirements.lock").keys()
    missing |= {normalised(name) for name in tests_need} - pins("requirements-dev.lock").keys()
    assert not missing, f"Run `make lock`: {sorted(missing)}"


def test_tests_run_on_what_is_shipped() -> None:
    """The development lock holds the runtime lock's versions, every one of them."""
    shipped, tested = pins("requirements.lock"), pins("requirements-dev.lock")
    differing = {name for name, version in shipped.items() if tested.get(name) != version}
    assert not differing, f"Run `make lock`: {sorted(differing)}"
