"""Every test of a step takes the package that it tries from the `pyqueue` fixture."""

import ast
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

from lab.testing import (  # noqa: F401  (hooks and fixtures: pytest finds them here by name)
    pyqueue,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
)


@pytest.fixture
def imports(pyqueue) -> dict[str, set[str]]:  # noqa: F811
    """For each module of the package, the other modules of the package that it imports.

    Imports inside of functions count; imports for the type checker alone do not.
    """
    files = _modules(pyqueue.__name__, Path(pyqueue.__file__).parent)
    return {
        module: {name for name in _imported(module, files) if name in files} - {module}
        for module in files
    }


def _modules(package: str, folder: Path) -> dict[str, Path]:
    return {
        ".".join([package, *_dotted(file.relative_to(folder))]): file
        for file in sorted(folder.rglob("*.py"))
    }


def _dotted(path: Path) -> list[str]:
    names = list(path.with_suffix("").parts)
    return names[:-1] if names[-1] == "__init__" else names


def _imported(module: str, files: dict[str, Path]) -> Iterator[str]:
    file = files[module]
    here = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in _nodes(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), here)
            # `from .storage import memory` names a module, `from .job import Job` does not.
            names = (f"{source}.{alias.name}" for alias in node.names)
            yield from (name if name in files else source for name in names)


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)):
            yield child
            yield from _nodes(child)
