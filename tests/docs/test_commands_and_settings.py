"""Settings are documented where people look for them, and nothing is that does not exist.

The tables of docs/commands.md and docs/settings.md are made from the declarations and compared by
test_documents; here is what stands beside them.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from kernel.settings import Settings
from main import cli
from tests.architecture.source import product_files

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"STATION_[A-Z_]+")
DECLARED = {f"STATION_{name.upper()}" for name in Settings.model_fields}
FOR_TESTS = {"STATION_REQUIRE_POSTGRES"}


def commands(group: Any, before: str = "station") -> Iterator[tuple[str, Any]]:
    """Every command that can be called, by its words."""
    for name, command in group.commands.items():
        words = f"{before} {name}"
        if hasattr(command, "commands"):
            yield from commands(command, words)
        else:
            yield words, command


def test_example_holds_every_setting_with_its_default() -> None:
    lines = re.findall(r"^# (STATION_\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    shown = dict(lines)
    assert len(shown) == len(lines)
    assert set(shown) == DECLARED
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else str(field.default)
        default = default.lower() if isinstance(field.default, bool) else default
        assert shown[f"STATION_{name.upper()}"] == default


def test_every_variable_that_the_program_names_is_documented_and_no_other() -> None:
    used = DECLARED | {
        variable
        for file in product_files()
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for variable in VARIABLE.findall(node.value)
    }
    documented = set(VARIABLE.findall((ROOT / "docs/settings.md").read_text()))
    assert documented - FOR_TESTS == used


def test_every_command_and_option_says_what_it_does() -> None:
    for words, command in commands(get_command(cli)):
        assert command.help, words
        for parameter in command.params:
            assert parameter.help, f"{words} {parameter.opts}"


def test_documents_name_only_commands_that_exist() -> None:
    """`station x y` in any document begins a command; a group alone (`station user …`) will do."""
    known = {words for words, _ in commands(get_command(cli))}
    starts = {" ".join(words.split()[:n]) for words in known for n in range(1, 4)}
    for document in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for found in re.findall(r"`(station(?: [a-z]+)+)", document.read_text()):
            longest = next(n for n in range(3, 0, -1) if " ".join(found.split()[:n]) in starts)
            assert longest > 1, f"{document.name}: {found}"
