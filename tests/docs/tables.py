"""The tables in the documents that are made from the declarations.

`python -m tests.docs.tables` writes them anew between their marks; a test compares them.
"""

import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

from typer.main import get_command

from demo.seed import seed
from kernel.cli import make_cli
from kernel.declare.resource import ResourceSpec, Scope
from kernel.registry import Registry
from kernel.settings import Settings
from referral.codes import BSER_CODES, REQUEST_STATUS, TASK_STATUS
from referral.states import EVENT_TITLES, MOVES, OWNERS, STATE_TITLES, State
from tests.docs.documents import ROOT
from tests.support.house import registry

_KEPT = {
    Scope.PATIENT: "person",
    Scope.ORGANISATION: "institution",
    Scope.DIRECTORY: "directory",
}
_MARKED = re.compile(r"(<!-- table: ([a-z]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def _params(spec: ResourceSpec) -> str:
    shown = spec.view.params if spec.view else [(p.name, str(p.kind)) for p in spec.params]
    by_kind: dict[str, list[str]] = {}
    for name, kind in shown:
        by_kind.setdefault(kind, []).append(f"`{name}`")
    return "; ".join(f"*{kind}* {' '.join(names)}" for kind, names in by_kind.items())


def types_table(house: Registry) -> str:
    """Every FHIR type: which module owns it, who keeps it, what it is searched by."""
    rows = [
        f"| {spec.type} | {house.owners[spec.type]} | {_KEPT[spec.scope]} | {_params(spec)} |\n"
        for spec in house.specs.values()
    ]
    return "| type | module | kept by | search parameters |\n|---|---|---|---|\n" + "".join(rows)


def settings_table(_house: Registry) -> str:
    """Every setting: its environment variable, default and meaning."""
    rows = [
        f"| `STATION_{name.upper()}` | `{_default(field.default)}` | {field.description} |\n"
        for name, field in Settings.model_fields.items()
    ]
    return "| variable | default | meaning |\n|---|---|---|\n" + "".join(rows)


def _default(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else "–"


def commands_table(_house: Registry) -> str:
    """Every command, what it does, and its options."""
    group = get_command(make_cli((), seed=seed))
    rows = [
        f"| `station {name}` | {_sentence(command.help)} | {_options(command)} |\n"
        for name, command in _commands(group, "")
    ]
    return "| command | what it does | options |\n|---|---|---|\n" + "".join(rows)


def _commands(group: Any, before: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _options(command: Any) -> str:
    named = [
        p.opts[0] if p.opts[0].startswith("-") else (p.metavar or p.name.upper())
        for p in command.params
    ]
    return " ".join(f"`{name}`" for name in named)


def moves_table(_house: Registry) -> str:
    """Every legal move of a referral: from where to where, by whom, and what it has to say."""
    lines: dict[tuple[str, str, str, str], list[str]] = {}
    order = [None, *State]
    for one in sorted(MOVES, key=lambda move: order.index(move.source)):
        who = " ".join(sorted(f"`{side}`" for side in one.sides))
        says = " ".join(sorted(f"`{need}`" for need in one.needs)) or "–"
        target = "(stays)" if one.target is one.source else f"`{one.target}`"
        key = (f"`{one.event}` {EVENT_TITLES[one.event]}", target, who, says)
        lines.setdefault(key, []).append(f"`{one.source}`" if one.source else "(new)")
    rows = [
        f"| {event} | {' '.join(sources)} | {target} | {who} | {says} |\n"
        for (event, target, who, says), sources in sorted(lines.items(), key=_event)
    ]
    return "| event | from | to | who | has to say |\n|---|---|---|---|---|\n" + "".join(rows)


_TITLED: Final = [f"`{event}` {title}" for event, title in EVENT_TITLES.items()]


def _event(line: tuple[tuple[str, str, str, str], list[str]]) -> int:
    return _TITLED.index(line[0][0])


def states_table(_house: Registry) -> str:
    """Every state of a referral: its name, whose it is, and how FHIR says it."""
    rows = []
    for state, title in STATE_TITLES.items():
        code, _display = BSER_CODES.get(state, ("–", ""))
        owner = OWNERS.get(state)
        rows.append(
            f"| `{state}` {title} | {f'`{owner}`' if owner else '–'} | {TASK_STATUS[state]} "
            f"| {REQUEST_STATUS.get(state, 'active')} | {code} |\n"
        )
    head = "| state | whose | Task | ServiceRequest | BSeR |\n|---|---|---|---|---|\n"
    return head + "".join(rows)


TABLES: Final[dict[str, Callable[[Registry], str]]] = {
    "types": types_table,
    "settings": settings_table,
    "commands": commands_table,
    "moves": moves_table,
    "states": states_table,
}


def with_tables(text: str) -> str:
    """A document's text with its marked tables as the declarations have them now."""
    return _MARKED.sub(lambda m: m[1] + TABLES[m[2]](registry()) + m[3], text)


def main() -> int:
    """Write the tables of every document anew."""
    for path in sorted((ROOT / "docs").rglob("*.md")):
        before = path.read_text("utf-8")
        after = with_tables(before)
        if after != before:
            path.write_text(after, "utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)} written anew\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
