"""What a step does to one file, told to the learner where it is to be done."""

import ast
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from lab.starter.imports import with_header
from lab.starter.symbols import (
    Definition,
    Function,
    Scope,
    Symbol,
    beginning_of,
    first_line,
    replaced,
    symbols,
)


@dataclass(frozen=True, slots=True)
class Move:
    """A name that a step takes from one file to another, which the learner is to do."""

    name: str
    old_file: str
    new_file: str


class Change:
    """What a step does to one file, to be begun in a learner's copy of it."""

    def __init__(self, number: int, before: str, after: str, moves: Mapping[str, Move]) -> None:
        self._todo = f"# TODO(step {number})"
        self._before = before
        self._after = after
        self._moves = moves

    def begun_in(self, text: str) -> str:
        text = with_header(text, self._before, self._after)
        return _spaced(self._begin(text, ()))

    def _begin(self, text: str, scope: Scope) -> str:
        for name in symbols(self._before, scope):
            text = self._mark(text, scope, name)
        # The last first: then each lands between what was there before it and what was added.
        for name in reversed(symbols(self._after, scope)):
            text = self._add(text, scope, name)
        return text

    def _mark(self, text: str, scope: Scope, name: str) -> str:
        """Say at a name that is there what this step does to it."""
        mine = symbols(text, scope).get(name)
        old = symbols(self._before, scope)[name]
        new = symbols(self._after, scope).get(name)
        if mine is None or (new is not None and new.text == old.text):
            return text
        if new is None:
            move = self._moves.get(name) if not scope else None
            where = f"moves to {move.new_file}" if move else "is not needed any more"
            return _with_note(text, mine, f"{self._todo}: {name} {where}")
        if not new.differs_from(old):
            return replaced(text, mine, new.text) if mine.text == old.text else text
        if isinstance(mine.node, ast.ClassDef) and isinstance(new.node, ast.ClassDef):
            if self._contract(new) != _contract(old.node, self._before):
                text = _with_note(text, mine, self._what_is_new(old, new))
            return self._begin(text, (*scope, name))
        return _with_note(text, mine, self._what_is_new(old, new))

    def _add(self, text: str, scope: Scope, name: str) -> str:
        """Add what the step adds: public names as stubs, private ones not at all."""
        new = symbols(self._after, scope)[name]
        is_old = name in symbols(self._before, scope) or name in symbols(text, scope)
        if is_old:
            return text
        if not scope and name in self._moves:
            note = f"{self._todo}: {name} moves here from {self._moves[name].old_file}"
            return _inserted(text, scope, self._names_before(scope, name), note)
        if not new.is_public:
            return text
        if name.startswith("__") and symbols(self._before, scope):
            # A stub would break what works until it is written.
            note = "\n".join([f"{self._todo}: add", *_quoted(self._contract(new))])
            return _inserted(text, scope, self._names_before(scope, name), note)
        text = _inserted(text, scope, self._names_before(scope, name), self._stub(new, scope))
        is_class = isinstance(new.node, ast.ClassDef)
        return self._begin(text, (*scope, name)) if is_class else text

    def _names_before(self, scope: Scope, name: str) -> list[str]:
        """The names in front of this one, the nearest first."""
        old, new = symbols(self._before, scope), symbols(self._after, scope)
        names = [n for n, s in new.items() if s.is_public or n in old or n in self._moves]
        return names[: names.index(name)][::-1]

    def _stub(self, symbol: Symbol, scope: Scope) -> str:
        node = symbol.node
        if not isinstance(node, Definition):
            needed = not scope and _is_in_signatures(symbol.name, self._after)
            return symbol.text if needed else f"{self._todo}: {symbol.name}"
        body = [_docstring(node, self._after)] if ast.get_docstring(node) is not None else []
        if isinstance(node, Function) and not _has_nothing_to_write(node):
            body += [self._todo, "raise NotImplementedError"]
        return (
            _header(node, self._after) + "\n" + textwrap.indent("\n".join(body or ["..."]), "    ")
        )

    def _what_is_new(self, old: Symbol, new: Symbol) -> str:
        if not isinstance(new.node, Definition):
            return f"{self._todo}: {new.name} changes"
        if self._contract(new) == _contract(old.node, self._before):
            return f"{self._todo}: {new.name} works in another way; what it promises stays"
        text, request = self._contract(new), "change it to"
        if isinstance(old.node, Definition):
            # What stays the same of the two parts of a contract needs no telling.
            docstring = ast.get_docstring(new.node) or ""
            if _header(old.node, self._before) == _header(new.node, self._after):
                text, request = docstring, "change what it does to"
            elif ast.get_docstring(old.node) == docstring:
                text = _header(new.node, self._after)
        return "\n".join([f"{self._todo}: {request}", *_quoted(text)])

    def _contract(self, symbol: Symbol) -> str:
        return _contract(symbol.node, self._after)


def _quoted(text: str) -> list[str]:
    """The lines as comments."""
    return [f"#     {line}".rstrip() for line in text.splitlines()]


def _contract(node: ast.stmt, source: str) -> str:
    """What a caller must know: the signature and the docstring."""
    if not isinstance(node, Definition):
        return ast.unparse(node)
    docstring = _docstring(node, source) if ast.get_docstring(node) is not None else ""
    return _header(node, source) + "\n" + textwrap.indent(docstring, "    ")


def _header(node: Definition, source: str) -> str:
    """The decorators and the `def` or `class` line, as written."""
    body = node.body[0]
    lines = source.splitlines()[first_line(node) : body.lineno]
    # What stands in front of the body: nothing, unless it is on the same line.
    lines[-1] = lines[-1].encode()[: body.col_offset].decode()
    while not lines[-1].rstrip().endswith(":"):
        lines.pop()
    return textwrap.dedent("\n".join(lines)).rstrip()


def _docstring(node: Definition, source: str) -> str:
    """The docstring as written, quotes and all."""
    statement = node.body[0]
    lines = source.splitlines()[statement.lineno - 1 : statement.end_lineno]
    return textwrap.dedent("\n".join(lines))


def _has_nothing_to_write(node: Function) -> bool:
    """A Protocol's method, say: nothing behind its docstring but `...`."""
    return all(isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant) for n in node.body)


def _is_in_signatures(name: str, source: str) -> bool:
    """Whether the file cannot be imported without the name, its functions being stubs."""
    wanted: list[ast.AST | None] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                wanted += [node.args, node.returns, *node.decorator_list]
            case ast.ClassDef():
                wanted += [*node.bases, *node.decorator_list]
    used = (n for part in wanted if part is not None for n in ast.walk(part))
    return any(isinstance(n, ast.Name) and n.id == name for n in used)


def _with_note(text: str, symbol: Symbol, note: str) -> str:
    indent = symbol.text[: len(symbol.text) - len(symbol.text.lstrip())]
    return replaced(text, symbol, f"{textwrap.indent(note, indent)}\n{symbol.text}")


def _inserted(text: str, scope: Scope, names_before: list[str], new: str) -> str:
    """Put `new` behind the first of the names that is there, else at the scope's beginning."""
    there = symbols(text, scope)
    lines = text.splitlines()
    start = next((there[n].end for n in names_before if n in there), beginning_of(text, scope))
    # One blank line apart, except that one line may follow another: a TODO for each field.
    follows_its_like = "\n" not in new and lines[start - 1 : start] and names_before
    lines[start:start] = [
        *([] if follows_its_like else [""]),
        *textwrap.indent(new, "    " * len(scope)).splitlines(),
    ]
    return "\n".join(lines) + "\n"


def _spaced(text: str) -> str:
    """Two blank lines around each function and class of the module."""
    lines = text.splitlines()
    for symbol in reversed(symbols(text).values()):
        if isinstance(symbol.node, Definition):
            end = _end_of_block(lines, symbol.end)
            lines[end:] = _apart(lines[end:])
            lines[: symbol.first] = reversed(_apart(lines[: symbol.first][::-1]))
    return "\n".join(lines).rstrip("\n") + "\n"


def _end_of_block(lines: list[str], end: int) -> int:
    """A class whose last lines are TODO comments ends behind them."""
    for number, line in enumerate(lines[end:], end):
        if line.strip() and not line.startswith(" "):
            break
        if line.strip():
            end = number + 1
    return end


def _apart(lines: list[str]) -> list[str]:
    """Lines that begin, if there are any, behind two blank ones."""
    while lines and not lines[0].strip():
        lines = lines[1:]
    return ["", "", *lines] if lines else []
