"""The project's own Python files, read and parsed once for all tests of the architecture."""

import ast
import functools
import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("main.py", "kernel", "records", "health", "referral", "billing", "demo")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class SourceFile:
    """One Python file: its path from the root of the project, and its text."""

    path: str
    text: str

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, self.path)

    @functools.cached_property
    def lines(self) -> int:
        """How many lines the file has, blank lines and comments included."""
        return len(self.text.splitlines())

    def comments(self) -> Iterator[tuple[int, str]]:
        """Line number and text of every comment."""
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string

    def functions(self) -> Iterator[Function]:
        """Every function and method, inner ones too."""
        for node in every_node(self.tree):
            if isinstance(node, Function):
                yield node


@functools.cache
def every_node(tree: ast.AST) -> tuple[ast.AST, ...]:
    """What `ast.walk` finds, in its order; looked for once, as that is most of what rules do."""
    found = [tree]
    for node in found:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif isinstance(value, list):
                found.extend(one for one in value if isinstance(one, ast.AST))
    return tuple(found)


@functools.cache
def product_files() -> tuple[SourceFile, ...]:
    """What is shipped: main.py, the kernel, the modules and the demo."""
    return tuple(_read(PRODUCT))


@functools.cache
def files_of_tests() -> tuple[SourceFile, ...]:
    """The tests."""
    return tuple(_read(("tests",)))


def all_files() -> tuple[SourceFile, ...]:
    """Everything written in Python here."""
    return product_files() + files_of_tests()


def _read(places: tuple[str, ...]) -> Iterator[SourceFile]:
    for place in places:
        start = ROOT / place
        for path in sorted(start.rglob("*.py")) if start.is_dir() else [start]:
            yield SourceFile(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
