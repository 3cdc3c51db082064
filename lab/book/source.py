"""Reading the steps: their files, and where a symbol stands in one."""

import ast
import re
from dataclasses import dataclass

from lab import catalog
from lab.book.errors import FenceError

_OWN_NAME = re.compile(r"\bstep\d\d_\w+")


@dataclass(frozen=True, slots=True)
class Span:
    """Some lines of a file, counted from 1; the last one is part of it."""

    first: int
    last: int

    def cut(self, text: str) -> list[str]:
        """These lines of the text."""
        return text.splitlines()[self.first - 1 : self.last]


def files_of(number: str) -> dict[str, str]:
    """The Python files of a step, by path. Raises FenceError if there is no such step.

    It is called `09`; what the chapter of step 10 builds first is called `10/racy`.
    """
    try:
        return catalog.package(number).files()
    except catalog.LabError as error:
        raise FenceError(str(error)) from error


def read(number: str, name: str) -> str:
    """One file of a step. Raises FenceError, naming those there are."""
    files = files_of(number)
    if name not in files:
        raise FenceError(f"step {number} has no file {name!r}; it has {', '.join(files)}")
    return files[name]


def named_in(target: str) -> tuple[str, str]:
    """`10/racy/worker/pool.py` as the name of a package and a file of it; the file may be ""."""
    names = [p.name for p in catalog.packages() if f"{target}/".startswith(f"{p.name}/")]
    name = max(names, key=len, default=target.partition("/")[0])
    return name, target[len(name) + 1 :]


def title_of(number: str) -> str:
    """`step 9`, for people to read."""
    return catalog.package(number).title


def without_own_name(text: str) -> str:
    """The text with the step's own package name blanked: it differs in every step."""
    return _OWN_NAME.sub("stepNN", text)


def find(text: str, symbol: str) -> Span | None:
    """Where a dotted symbol stands, with its decorators and the comments right above it."""
    body: list[ast.stmt] = ast.parse(text).body
    node: ast.stmt | None = None
    for part in symbol.split("."):
        node = next((n for n in body if part in _names(n)), None)
        if node is None:
            return None
        body = getattr(node, "body", [])
    assert node is not None
    return Span(_first_line(node, text.splitlines()), node.end_lineno or node.lineno)


def span_of(number: str, name: str, symbol: str | None) -> Span:
    """The lines of a symbol of a step's file, or of the whole file.

    Raises FenceError, naming the file's own symbols, if the symbol is not there.
    """
    text = read(number, name)
    if symbol is None:
        return Span(1, len(text.splitlines()))
    span = find(text, symbol)
    if span is None:
        there = ", ".join(sorted(n for node in ast.parse(text).body for n in _names(node)))
        raise FenceError(f"step {number}, {name}: no symbol {symbol!r}; there are {there}")
    return span


def _names(node: ast.stmt) -> set[str]:
    """What a statement defines or assigns."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def _first_line(node: ast.stmt, lines: list[str]) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min(node.lineno, *(d.lineno for d in decorators)) if decorators else node.lineno
    while first > 1 and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return first
