"""The named things of a source text: its functions, classes and variables."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef

# Where a name is: () is the module, ("Job",) the body of its class Job.
Scope = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named thing of a module or a class, with the comments above it."""

    name: str
    node: ast.stmt
    text: str
    # Lines of the file, from 0: the first, and the one behind the last.
    first: int
    end: int

    @property
    def is_public(self) -> bool:
        return not self.name.startswith("_") or self.name.endswith("__")

    def differs_from(self, other: "Symbol") -> bool:
        """Whether they differ in more than comments and layout."""
        return ast.dump(self.node) != ast.dump(other.node)


def symbols(source: str, scope: Scope = ()) -> dict[str, Symbol]:
    """The named things of a module, or of one of its classes, in order."""
    body = ast.parse(source).body
    for name in scope:
        body = next((n.body for n in body if isinstance(n, ast.ClassDef) and n.name == name), [])
    return {symbol.name: symbol for symbol in _symbols(body, source.splitlines())}


def _symbols(body: list[ast.stmt], lines: list[str]) -> Iterator[Symbol]:
    for node in body:
        name = _name(node)
        if name is not None:
            first = first_line(node)
            while first > 0 and lines[first - 1].lstrip().startswith("#"):
                first -= 1
            end = node.end_lineno or node.lineno
            yield Symbol(name, node, "\n".join(lines[first:end]), first, end)


def _name(node: ast.stmt) -> str | None:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return None


def first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1


def beginning_of(text: str, scope: Scope) -> int:
    """The line behind the docstring and the imports of a module, or the docstring of a class."""
    body, end = ast.parse(text).body, 0
    for name in scope:
        inside = next(n for n in body if isinstance(n, ast.ClassDef) and n.name == name)
        body, end = inside.body, inside.lineno
    for node in body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (is_docstring or isinstance(node, ast.Import | ast.ImportFrom)):
            break
        end = node.end_lineno or node.lineno
    return end


def replaced(text: str, symbol: Symbol, new: str) -> str:
    """The text with other lines in place of the symbol's."""
    lines = text.splitlines()
    lines[symbol.first : symbol.end] = new.splitlines()
    return "\n".join(lines) + "\n"
