"""What a learner starts a step with, computed from the step and the one before it.

A starter is the package as it stood, plus every public name that the step adds, with its
signature and docstring and `raise NotImplementedError`, and a `# TODO(step N)` on whatever the
step changes. The package as it stood may be ours or the learner's own: names decide, not lines.
"""

import ast
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

Files = Mapping[str, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef

# Where a name is: () is the module, ("Job",) the body of its class Job.
Scope = tuple[str, ...]

# The scene is there to be run, not to be written.
_GIVEN = "__main__.py"


def starter(number: int, base: Files, before: Files, after: Files) -> dict[str, str]:
    """The files that step `number` starts with.

    `base` is the package to go on from, `before` our package of the step before (empty for the
    first step), and `after` our package of this step; each by path.
    """
    files = dict(base)
    moves = _moves(before, after)
    for name in [name for name in before if name not in after and name in files]:
        files[name] = f"# TODO(step {number}): this file is no longer needed\n{files[name]}"
    for name, text in after.items():
        if name == _GIVEN:
            files[name] = text
        elif text != before.get(name):
            change = _Change(number, before.get(name, ""), text, moves)
            files[name] = change.begun_in(base.get(name, ""))
    return files


@dataclass(frozen=True, slots=True)
class Move:
    """A name that a step takes from one file to another, which the learner is to do."""

    name: str
    old_file: str
    new_file: str


def _moves(before: Files, after: Files) -> dict[str, Move]:
    moves = {}
    for new_file, text in after.items():
        for name in symbols(text):
            places = [f for f, t in before.items() if f != _GIVEN and name in symbols(t)]
            gone = [f for f in places if name not in symbols(after.get(f, ""))]
            if new_file not in places and gone and new_file != _GIVEN:
                moves[name] = Move(name, gone[0], new_file)
    return moves


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
            first = _first_line(node)
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


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, Definition) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1


class _Change:
    """What a step does to one file, to be begun in a learner's copy of it."""

    def __init__(self, number: int, before: str, after: str, moves: Mapping[str, Move]) -> None:
        self._todo = f"# TODO(step {number})"
        self._before = before
        self._after = _without_imports_of(moves.keys(), after)
        self._moves = moves

    def begun_in(self, text: str) -> str:
        text = _with_header(text, self._before, self._after)
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
            where = f"moves to {move.new_file}" if move else "is not here any more"
            return _with_note(text, mine, f"{self._todo}: {name} {where}")
        if not new.differs_from(old):
            return _replaced(text, mine, new.text) if mine.text == old.text else text
        if isinstance(mine.node, ast.ClassDef) and isinstance(new.node, ast.ClassDef):
            if self._contract(new) != _contract(old.node, self._before):
                text = _with_note(text, mine, self._what_is_new(old, new))
            return self._begin(text, (*scope, name))
        return _with_note(text, mine, self._what_is_new(old, new))

    def _add(self, text: str, scope: Scope, name: str) -> str:
        """Add what the step adds: public names as stubs, private ones not at all."""
        new = symbols(self._after, scope)[name]
        is_old = name in symbols(self._before, scope) or name in symbols(text, scope)
        if is_old or not new.is_public:
            return text
        if not scope and name in self._moves:
            note = f"{self._todo}: {name} moves here from {self._moves[name].old_file}"
            return _inserted(text, scope, self._names_before(scope, name), note)
        text = _inserted(text, scope, self._names_before(scope, name), self._stub(new, scope))
        is_class = isinstance(new.node, ast.ClassDef)
        return self._begin(text, (*scope, name)) if is_class else text

    def _names_before(self, scope: Scope, name: str) -> list[str]:
        """The names in front of this one, the nearest first."""
        old, new = symbols(self._before, scope), symbols(self._after, scope)
        names = [n for n, symbol in new.items() if symbol.is_public or n in old]
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
        if not isinstance(new.node, Definition) or not isinstance(old.node, Definition):
            return f"{self._todo}: {new.name} changes"
        lines, request = self._contract(new).splitlines(), "change it to"
        if _header(old.node, self._before) == _header(new.node, self._after):
            docstring = ast.get_docstring(new.node) or ""
            lines, request = docstring.splitlines(), "change what it does to"
        return "\n".join([f"{self._todo}: {request}", *(f"#     {n}".rstrip() for n in lines)])

    def _contract(self, symbol: Symbol) -> str:
        return _contract(symbol.node, self._after)


def _contract(node: ast.stmt, source: str) -> str:
    """What a caller must know: the signature and the docstring."""
    if not isinstance(node, Definition):
        return ast.unparse(node)
    docstring = ast.get_docstring(node) or ""
    return _header(node, source) + "\n" + textwrap.indent(docstring, "    ")


def _header(node: Definition, source: str) -> str:
    """The decorators and the `def` or `class` line, as written."""
    lines = source.splitlines()[_first_line(node) : node.body[0].lineno - 1]
    while not lines[-1].rstrip().endswith(":"):
        lines.pop()
    return textwrap.dedent("\n".join(lines))


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
    return _replaced(text, symbol, f"{textwrap.indent(note, indent)}\n{symbol.text}")


def _replaced(text: str, symbol: Symbol, new: str) -> str:
    lines = text.splitlines()
    lines[symbol.first : symbol.end] = new.splitlines()
    return "\n".join(lines) + "\n"


def _inserted(text: str, scope: Scope, names_before: list[str], new: str) -> str:
    """Put `new` behind the first of the names that is there, else at the scope's beginning."""
    there = symbols(text, scope)
    lines = text.splitlines()
    start = next((there[n].end for n in names_before if n in there), _beginning(text, scope))
    # One blank line apart, except that one line may follow another: a TODO for each field.
    follows_its_like = "\n" not in new and lines[start - 1 : start] and names_before
    lines[start:start] = [
        *([] if follows_its_like else [""]),
        *textwrap.indent(new, "    " * len(scope)).splitlines(),
    ]
    return "\n".join(lines) + "\n"


def _beginning(text: str, scope: Scope) -> int:
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


def _with_header(text: str, before: str, after: str) -> str:
    """Give the file the docstring and the imports of this step.

    Imports that only the step before needed stay: its code is still there.
    """
    mine, old, new = (t.splitlines()[: _beginning(t, ())] for t in (text, before, after))
    rest = text.splitlines()[len(mine) :]
    if mine == old:
        return "\n".join([*new, *_missing_imports(after, before), *rest]) + "\n"
    lines = [*mine, *_missing_imports(text, after), *rest]
    return "\n".join(lines).replace("\n".join(old[:1]), "\n".join(new[:1]), 1) + "\n"


def _without_imports_of(names: Collection[str], text: str) -> str:
    """Leave out imports from the package itself of what the learner has yet to move."""
    lines = text.splitlines()
    for node in reversed(_imports(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            kept = [alias for alias in node.names if alias.name not in names]
            if len(kept) < len(node.names):
                rest = ast.ImportFrom(node.module, kept, node.level)
                lines[node.lineno - 1 : node.end_lineno] = [ast.unparse(rest)] if kept else []
    return "\n".join(lines) + "\n"


def _missing_imports(text: str, after: str) -> list[str]:
    """Of what `after` imports, what `text` does not."""
    mine = {name for node in _imports(text) for name in _names(node)}
    lines = [
        ast.unparse(missing)
        for node in _imports(after)
        if (missing := _only(node, _names(node) - mine)).names
    ]
    return ["", *lines] if lines and not mine else lines


def _imports(text: str) -> list[ast.Import | ast.ImportFrom]:
    return [n for n in ast.parse(text).body if isinstance(n, ast.Import | ast.ImportFrom)]


def _names(node: ast.Import | ast.ImportFrom) -> set[tuple[str, str]]:
    """What is imported: where from, and what."""
    origin = "" if isinstance(node, ast.Import) else f"{'.' * node.level}{node.module or ''}"
    return {(origin, alias.name) for alias in node.names}


def _only(
    node: ast.Import | ast.ImportFrom, wanted: set[tuple[str, str]]
) -> ast.Import | ast.ImportFrom:
    names = [alias for alias in node.names if alias.name in {name for _, name in wanted}]
    if isinstance(node, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(node.module, names, node.level)


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
