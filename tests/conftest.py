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
    sources = Sources(pyqueue)
    return {
        module: {source for source, _ in sources.imported(module, for_types=False)} - {module}
        for module in sources.files
    }


@pytest.fixture
def way(pyqueue) -> Callable[[Any, Any], list[str]]:  # noqa: F811
    """How one thing's module comes to know another's, from module to module; empty if it does not.

    A module knows those whose names its source uses. So imports for the type checker count, and a
    name that comes from the face of a folder, as in `from ..storage import JobStorage`, leads to
    the module that the face has it from, and to no other that the face shows.
    """
    sources = Sources(pyqueue)

    def way(start: Any, end: Any) -> list[str]:
        if start.__module__ == end.__module__:
            return []
        found, waiting = {start.__module__: [start.__module__]}, [start.__module__]
        while waiting:
            module = waiting.pop(0)
            for known in sorted(sources.known_to(module) - set(found)):
                found[known] = [*found[module], known]
                waiting.append(known)
        return found.get(end.__module__, [])

    return way


class Sources:
    """The files of a package, by module, and what they import from each other."""

    def __init__(self, package: Any) -> None:
        folder = Path(package.__file__).parent
        # Where there is a folder `storage`, Python does not look at `storage.py`.
        files = sorted(folder.rglob("*.py"), key=lambda file: file.name == "__init__.py")
        self.files = {
            ".".join([package.__name__, *_dotted(file.relative_to(folder))]): file for file in files
        }

    def imported(self, module: str, *, for_types: bool) -> Iterator[tuple[str, str]]:
        """Each module of the package that this one imports, and the name that it takes from it."""
        for source, name in self._named(module, for_types=for_types):
            # `from .storage import memory` names a module, `from .job import Job` does not.
            if f"{source}.{name}" in self.files:
                yield f"{source}.{name}", ""
            elif source in self.files:
                yield source, name

    def known_to(self, module: str) -> set[str]:
        """The modules whose names this one uses."""
        return {self._home(*taken) for taken in self.imported(module, for_types=True)}

    def _home(self, source: str, name: str) -> str:
        """The module that `from source import name` leads to in the end."""
        if self.files[source].name != "__init__.py":
            return source
        for behind, shown in self.imported(source, for_types=False):
            if name == shown and behind != source:
                return self._home(behind, name)
        return source

    def _named(self, module: str, *, for_types: bool) -> Iterator[tuple[str, str]]:
        file = self.files[module]
        here = module if file.name == "__init__.py" else module.rpartition(".")[0]
        for node in _nodes(ast.parse(file.read_text(encoding="utf-8")), for_types=for_types):
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                source = resolve_name("." * node.level + (node.module or ""), here)
                yield from ((source, alias.name) for alias in node.names)


def _dotted(path: Path) -> list[str]:
    names = list(path.with_suffix("").parts)
    return names[:-1] if names[-1] == "__init__" else names


def _nodes(node: ast.AST, *, for_types: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if for_types or not _is_for_types(child):
            yield child
            yield from _nodes(child, for_types=for_types)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
