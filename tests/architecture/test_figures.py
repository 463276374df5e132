"""The figures that we hold ourselves to (docs/architecture.md): lengths, complexity, cycles."""

import ast
import statistics
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

from tests.architecture.source import PRODUCT, Function, all_files, product_files

FUNCTION_LIMIT = 60
FILE_LIMIT = 500
_BRANCHES = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.ExceptHandler,
    ast.match_case,
)


def length(function: Function) -> int:
    """Lines from ``def`` to the end, docstring and comments included."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def complexity(function: Function) -> int:
    """One plus the branching statements of the function's own body, as ruff's C901 counts them."""
    return 1 + sum(isinstance(node, _BRANCHES) for node in _own_nodes(function))


def _own_nodes(parent: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(parent):
        if not isinstance(node, Function):
            yield node
            yield from _own_nodes(node)


def ninth_decile(values: Iterable[int]) -> float:
    """The value that nine of ten do not exceed."""
    return statistics.quantiles(values, n=10, method="inclusive")[-1]


@pytest.fixture(scope="module")
def functions() -> list[Function]:
    """Every function of the product."""
    return [function for file in product_files() for function in file.functions()]


@pytest.fixture(scope="module")
def file_lengths() -> list[int]:
    """The lines of every file of the product that holds code."""
    return [file.lines for file in product_files() if file.tree.body]


def test_no_function_is_too_long() -> None:
    """Nobody reads more than a screenful at once."""
    found = [
        f"{file.path}:{function.lineno} {function.name} ({length(function)} lines)"
        for file in all_files()
        for function in file.functions()
        if length(function) > FUNCTION_LIMIT
    ]
    assert not found, (
        f"A function has at most {FUNCTION_LIMIT} lines. Give the steps of these names of their "
        f"own: {found}"
    )


def test_no_file_is_too_long() -> None:
    """A file is about one thing."""
    found = [f"{file.path} ({file.lines} lines)" for file in all_files() if file.lines > FILE_LIMIT]
    assert not found, f"A file has at most {FILE_LIMIT} lines. Split these by subject: {found}"


def test_functions_are_short(functions: list[Function]) -> None:
    """Median at most 10 lines, nine of ten at most 30."""
    lengths = [length(function) for function in functions]
    figures = (statistics.median(lengths), ninth_decile(lengths))
    longest = sorted(functions, key=length, reverse=True)[:10]
    assert figures[0] <= 10, f"median, p90: {figures}"
    assert figures[1] <= 30, f"median, p90: {figures}; longest: {[f.name for f in longest]}"


def test_files_are_short(file_lengths: list[int]) -> None:
    """Median at most 120 lines, nine of ten at most 350."""
    figures = (statistics.median(file_lengths), ninth_decile(file_lengths))
    assert figures[0] <= 120, f"median, p90: {figures}: split the longest files by subject"
    assert figures[1] <= 350, f"median, p90: {figures}: split the longest files by subject"


def test_functions_are_simple(functions: list[Function]) -> None:
    """Mean complexity at most 2.5 (ruff holds every single one to 10)."""
    mean = statistics.mean(complexity(function) for function in functions)
    assert mean <= 2.5, f"mean complexity {mean:.2f}: turn nested branches into functions or tables"


def test_no_import_cycles() -> None:
    """No file imports itself, by whatever way round."""
    packages = [name for name in PRODUCT if not name.endswith(".py")]
    graph = grimp.build_graph(*packages, cache_dir=None)
    arrows = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(f"Files import one another in a circle: {' → '.join(error.args[1])}")


def test_complexity_counts_own_branches_only() -> None:
    """The count itself: a branch and a loop; not a comprehension, not the inner function."""
    sample = "def f(x):\n if x: pass\n for y in x: [z for z in y]\n def g(): return 1 if x else 2"
    function = ast.parse(sample).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert complexity(function) == 3
    assert length(function) == 4
