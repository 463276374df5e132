"""Rules on how the product's code is written, each with the way that it shall be written instead.

A rule finds lines in a parsed file. ``caught`` and ``passed`` are samples that prove it can fail.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.architecture.source import every_node


@dataclass(frozen=True)
class Rule:
    """What must not be written outside the ``allowed`` paths (a folder ends with a slash)."""

    name: str
    find: Callable[[ast.Module], Iterator[int]]
    instead: str
    caught: tuple[str, ...]
    passed: tuple[str, ...]
    allowed: tuple[str, ...] = ()

    def allows(self, path: str) -> bool:
        """Whether the file at ``path`` is one of the places where this belongs."""
        return any(
            re.fullmatch(place.replace("*", "[^/]*") + (".*" if place.endswith("/") else ""), path)
            for place in self.allowed
        )


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called: ``a.b().c(…)`` is ``?.c``."""
    for node in every_node(tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def dotted(node: ast.expr) -> str:
    """The dotted name that an expression is written as; ``?`` where it is not a plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def imported_names(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, source module and name of every ``from … import …``."""
    for node in every_node(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, node.module or "", alias.name


def imported_modules(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every module that is imported, or from which something is."""
    for node in every_node(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or ""
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is not a docstring (nor a string standing alone)."""
    alone = {id(node.value) for node in every_node(tree) if isinstance(node, ast.Expr)}
    for node in every_node(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def ends_transactions(tree: ast.Module) -> Iterator[int]:
    """Lines that commit or roll back."""
    for node, name in calls(tree):
        if name.endswith((".commit", ".rollback")):
            yield node.lineno


def asks_for_the_dialect(tree: ast.Module) -> Iterator[int]:
    """Lines that ask which database this is, or compare something with a database's name."""
    for node in every_node(tree):
        if isinstance(node, ast.expr) and dotted(node).endswith(("dialect.name", ".drivername")):
            yield node.lineno
        elif any(_names_a_database(part) for side in _compared(node) for part in ast.walk(side)):
            yield getattr(node, "lineno", 0)


def _compared(node: ast.AST) -> list[ast.expr]:
    """What an expression or a case of a match compares with one another."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.MatchValue):
        return [node.value]
    if isinstance(node, ast.Call) and dotted(node.func).endswith(".startswith"):
        return node.args
    return []


def _names_a_database(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"(sqlite|postgres(ql)?)([:+].*)?", node.value) is not None
    )


def asks_for_the_time(tree: ast.Module) -> Iterator[int]:
    """Lines that read the machine's clock (durations by time.monotonic are something else)."""
    clocks = re.compile(
        r"(.*\.)?(datetime\.(now|utcnow|today)|date\.today|time\.(time|time_ns|localtime|gmtime))"
    )
    for node, name in calls(tree):
        if clocks.fullmatch(name):
            yield node.lineno
    for line, module, name in imported_names(tree):
        if module == "time" and name in {"time", "time_ns", "localtime", "gmtime"}:
            yield line


def declares_relationships(tree: ast.Module) -> Iterator[int]:
    """Lines that take SQLAlchemy's relationship()."""
    for line, module, name in imported_names(tree):
        if module.startswith("sqlalchemy") and name == "relationship":
            yield line
    for node, name in calls(tree):
        if name.endswith("orm.relationship"):
            yield node.lineno


def looks_into_json(tree: ast.Module) -> Iterator[int]:
    """Lines with SQL's JSON functions, operators or types."""
    inside = re.compile(r"\bjsonb?_[a-z]+\s*\(|->>|#>>?|\bjsonb\b", re.IGNORECASE)
    for line, text in strings(tree):
        if inside.search(text):
            yield line
    for node, name in calls(tree):
        if re.fullmatch(r"(.*\.)?func\.jsonb?_[a-z_]+", name):
            yield node.lineno
    for line, module, name in imported_names(tree):
        if module.startswith("sqlalchemy") and name in {"JSON", "JSONB"}:
            yield line


def prints(tree: ast.Module) -> Iterator[int]:
    """Lines that call print()."""
    for node, name in calls(tree):
        if name == "print":
            yield node.lineno


def imports_main(tree: ast.Module) -> Iterator[int]:
    """Lines that import the composition root."""
    for line, module in imported_modules(tree):
        if module == "main":
            yield line


def widens_a_reach(tree: ast.Module) -> Iterator[int]:
    """Lines that give an actor another reach than none."""
    for call, _name in calls(tree):
        for keyword in call.keywords:
            given = dotted(keyword.value) if keyword.arg == "reach" else ""
            if re.fullmatch(r"(.*\.)?Reach\.(?!NOTHING)\w+", given):
                yield keyword.value.lineno


PRODUCT_RULES = (
    Rule(
        name="only the unit of work ends a transaction",
        find=ends_transactions,
        allowed=("kernel/work.py", "kernel/db/", "kernel/audit/"),
        instead=(
            "One request or job is one transaction. Take a `work` as first parameter and let the "
            "edge that opened it (route, command, job) end it: kernel/work.py."
        ),
        caught=("session.commit()", "work.connection.rollback()"),
        passed=("store.save(work, body)", "commit = 3"),
    ),
    Rule(
        name="only one file knows which database this is",
        find=asks_for_the_dialect,
        # settings.py reads the address that was typed, whose beginning names a database
        allowed=("kernel/db/dialect.py", "kernel/db/migrations/*/env.py", "kernel/settings.py"),
        instead=(
            "Write SQL that both databases run unchanged; where they really differ, add a named "
            "function to kernel/db/dialect.py and call it."
        ),
        caught=(
            "if engine.dialect.name in names: pass",
            "if kind == 'sqlite': pass",
            "if url.startswith('postgresql'): pass",
            "match kind:\n  case 'postgresql': pass",
        ),
        passed=("default = 'sqlite:///station.db'", "if name == 'dialect': pass"),
    ),
    Rule(
        name="only one file reads the clock",
        find=asks_for_the_time,
        allowed=("kernel/clock.py",),
        instead=(
            "Ask `work.clock` (its now() and today()), so that scenarios can freeze it and a "
            "local day is Shanghai's. Pure rules take the day as a parameter."
        ),
        caught=("datetime.now(UTC)", "dt.date.today()", "x = time.time()", "from time import time"),
        passed=("time.monotonic()", "work.clock.today()", "clock.now()"),
    ),
    Rule(
        name="no relationship()",
        find=declares_relationships,
        instead=(
            "Write the join that the query needs in queries.py: hidden queries cost more than the "
            "requests that they hide in."
        ),
        caught=("from sqlalchemy.orm import relationship", "x = orm.relationship('Y')"),
        passed=("related = {'relationship': [code]}",),
    ),
    Rule(
        name="SQL never looks into JSON",
        find=looks_into_json,
        instead=(
            "Declare a search parameter or a Projection: the value gets a typed column, which both "
            "databases search alike and six to nine times faster."
        ),
        caught=(
            "text('select json_extract(body, 1)')",
            "sql = \"body->>'status'\"",
            "func.json_each(t.c.body)",
            "from sqlalchemy.dialects.postgresql import JSONB",
        ),
        passed=("json.dumps(body)", "kind = 'json'", "arrow = 'a -> b'"),
    ),
    Rule(
        name="print() belongs to the command line",
        find=prints,
        allowed=("kernel/cli/",),
        instead="Log it (structlog), or return it to the command that shall show it.",
        caught=("print('x')",),
        passed=("console.print('x')",),
    ),
    Rule(
        name="nobody imports main",
        find=imports_main,
        instead=(
            "main.py only puts things together. Take what you need as a parameter: the registry "
            "comes with `work`."
        ),
        caught=("import main", "from main import MODULES"),
        passed=("from demo import place",),
    ),
    Rule(
        name="nobody is let see further elsewhere",
        find=widens_a_reach,
        allowed=("kernel/security/", "records/life/widening.py", "demo/"),
        instead="Add a function to records/life/widening.py that says for which act, and why.",
        caught=("replace(actor, reach=Reach.EVERYTHING)", "Actor(reach=actor.Reach.ORGANISATIONS)"),
        passed=("Actor(reach=Reach.NOTHING)", "search(reach=reach)"),
    ),
)


def leaves_tests_out(tree: ast.Module) -> Iterator[int]:
    """Lines that skip a test or expect it to fail."""
    shirking = r"(.*\.)?pytest\.(skip|xfail|importorskip|mark\.(skip|skipif|xfail))"
    for node in every_node(tree):
        if isinstance(node, ast.Attribute) and re.fullmatch(shirking, dotted(node)):
            yield node.lineno


def replaces_the_real_thing(tree: ast.Module) -> Iterator[int]:
    """Lines that import unittest.mock."""
    for line, module in imported_modules(tree):
        if module in {"mock", "unittest.mock"}:
            yield line
    for line, module, name in imported_names(tree):
        if (module, name) == ("unittest", "mock"):
            yield line


TEST_RULES = (
    Rule(
        name="a test is run or deleted",
        find=leaves_tests_out,
        instead="Repair the test, or delete it and say in the commit why.",
        caught=("pytest.skip('x')", "@pytest.mark.xfail\ndef test(): pass"),
        passed=("pytest.raises(ValueError)",),
    ),
    Rule(
        name="tests use the real thing",
        find=replaces_the_real_thing,
        instead="A database per test is cheap here: use the fixtures of tests/conftest.py.",
        caught=("from unittest.mock import Mock", "from unittest import mock"),
        passed=("import unittest",),
    ),
)
