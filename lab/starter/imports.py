"""The imports of a file: those that a step adds, and those that lead nowhere yet."""

import ast
from collections.abc import Mapping
from pathlib import PurePosixPath

from lab.starter.symbols import beginning_of, symbols


def with_header(text: str, before: str, after: str) -> str:
    """Give the file the docstring and the imports of this step.

    Imports that only the step before needed stay: its code is still there.
    """
    mine, old, new = (t.splitlines()[: beginning_of(t, ())] for t in (text, before, after))
    rest = text.splitlines()[len(mine) :]
    if mine == old:
        return "\n".join([*new, *_missing_imports(after, before), *rest]) + "\n"
    lines = [*mine, *_missing_imports(text, after), *rest]
    return "\n".join(lines).replace("\n".join(old[:1]), "\n".join(new[:1]), 1) + "\n"


def without_dead_ends(files: Mapping[str, str], given: str) -> dict[str, str]:
    """Leave out what the files import from each other and what is not there yet.

    That is what the learner has still to move, or to write without a stub. The file named `given`
    stays as it is: nothing imports it.
    """
    while True:
        cut = {
            name: text if name == given else _without_dead_ends(PurePosixPath(name), text, files)
            for name, text in files.items()
        }
        if cut == files:
            return cut
        files = cut


def _without_dead_ends(path: PurePosixPath, text: str, files: Mapping[str, str]) -> str:
    lines = text.splitlines()
    for node in reversed(_imports(text)):
        if isinstance(node, ast.ImportFrom) and node.level:
            source = _folder(path, node.level) / (node.module or "").replace(".", "/")
            kept = [alias for alias in node.names if _is_there(source, alias.name, files)]
            if len(kept) < len(node.names):
                rest = ast.ImportFrom(node.module, kept, node.level)
                lines[node.lineno - 1 : node.end_lineno] = [ast.unparse(rest)] if kept else []
    return "\n".join(lines) + "\n" if lines != text.splitlines() else text


def _folder(path: PurePosixPath, level: int) -> PurePosixPath:
    """Where a relative import of this many dots begins."""
    return path.parents[min(level, len(path.parents)) - 1]


def _is_there(source: PurePosixPath, name: str, files: Mapping[str, str]) -> bool:
    """Whether `from source import name` finds something."""
    package, module = str(source / "__init__.py"), f"{source}.py"
    text = files.get(package, files.get(module))
    if text is None:
        return False
    imported = {found for node in _imports(text) for _, found in _names(node)}
    submodules = {str(source / f"{name}.py"), str(source / name / "__init__.py")}
    return name in symbols(text) or name in imported or not submodules.isdisjoint(files)


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
