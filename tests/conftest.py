"""Every test of a step takes the package that it tries from the `pyqueue` fixture."""

import ast
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cached_property
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

import pytest

from lab.testing import (  # noqa: F401  (hooks and fixtures: pytest finds them here by name)
    pyqueue,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
)

pytest_plugins = ["lab.race.pytest_plugin"]

# From this step on, what functions of the module did is done by methods.
FIRST_WITH_METHODS = 7


@pytest.fixture
def called_as_functions(request) -> Callable[[Any], Any]:
    """Makes the promises of steps 2 to 6 ones that can be tried on later steps, word for word.

    They say `pyqueue.process(job, handler)` and `pyqueue.save_job(job)`. The work has stayed the
    same, and who does it has changed; this is the one place that knows.
    """
    number = request.config.getoption("--step")
    if number is None:
        number = int(request.node.callspec.params["pyqueue"].label.removeprefix("step"))
    return CalledAsFunctions if number >= FIRST_WITH_METHODS else lambda package: package


class CalledAsFunctions:
    """A package of step 7 or later that has the functions of step 6 as well."""

    def __init__(self, package: Any) -> None:
        self._package = package

    def __getattr__(self, name: str) -> Any:
        return getattr(self._package, name)

    @cached_property
    def _storage(self) -> Any:
        return self._package.MemoryStorage()

    def process(self, job: Any, handler: Any) -> None:
        self._package.JobProcessor(self._storage).process_job(job, handler)

    def save_job(self, job: Any) -> None:
        self._storage.save_job(job)

    def get_job(self, job_id: str) -> Any:
        return self._storage.get_job(job_id)


@pytest.fixture
def ledger(pyqueue) -> "Ledger":  # noqa: F811
    """A storage of the shop's own: it copies, as a database does, and notes what it hears."""
    return Ledger(pyqueue.JobNotFound)


class Ledger:
    """It says how many jobs it has, and so an empty one counts as false."""

    def __init__(self, not_found):
        self.entries = []
        self._not_found = not_found
        self._jobs = {}

    def __len__(self):
        return len(self._jobs)

    def save_job(self, job):
        self.entries.append(str(job.status))
        self._jobs[job.id] = deepcopy(job)

    def get_job(self, job_id):
        if job_id not in self._jobs:
            raise self._not_found(job_id)
        return deepcopy(self._jobs[job_id])


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
