"""Every test of a step takes the package that it tries from the `pyqueue` fixture."""

import ast
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import cache
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

import pytest

from lab.catalog import package_names
from lab.testing import (  # noqa: F401  (hooks and fixtures: pytest finds them here by name)
    pyqueue,
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
    pytest_pyfunc_call,
)
from tests import older_calls
from tests.older_jobs import with_live_jobs
from tests.older_loops import called_without_await as without_await

pytest_plugins = ["lab.race.pytest_plugin"]


@pytest.fixture
def verified(race) -> Callable[[Any], Any]:
    """Explores a scenario; the test fails with the schedule that goes wrong."""

    def verify(scenario: Any) -> Any:
        explore = race.tasks if scenario.of_tasks else race
        return explore(
            *scenario.program,
            watch=scenario.watch,
            only=scenario.only,
            preemptions=scenario.preemptions,
        )

    return verify


@pytest.fixture
def called_as_functions(step_number) -> Callable[[Any], Any]:
    """Makes the promises of steps 2 to 6 ones that can be tried on later steps."""
    return lambda package: older_calls.called_as_functions(package, step_number)


@pytest.fixture
def called_without_context(step_number) -> Callable[[Any], Any]:
    """Makes the promises of steps 7 and 8 ones that can be tried on later steps."""
    return lambda package: older_calls.called_without_context(package, step_number)


@pytest.fixture
def called_with_live_jobs(step_number) -> Callable[[Any], Any]:
    """Makes the promises of step 9 ones that can be tried on later steps."""
    return lambda package: with_live_jobs(package, step_number)


@pytest.fixture
def called_without_await(step_number) -> Callable[[Any], Any]:
    """Makes the promises of step 10 ones that can be tried on later steps."""
    return lambda package: without_await(package, step_number)


@pytest.fixture
def step_number(request) -> int:
    """The step that the package under test is of, or is to be of."""
    number = request.config.getoption("--step")
    if number is None:
        number = request.node.callspec.params["pyqueue"].label.removeprefix("step")
    return int(number)


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
def sources(pyqueue) -> dict[str, ast.Module]:  # noqa: F811
    """Each module of the package, read and not run."""
    return {name: _read(file) for name, file in _modules(pyqueue).items()}


@pytest.fixture
def imports(pyqueue) -> dict[str, set[str]]:  # noqa: F811
    """For each module of the package, the other modules of the package that it imports.

    Imports inside of functions count, and so do imports by `import_module` with a name written
    down; imports for the type checker alone do not.
    """
    files = _modules(pyqueue)
    return {
        module: {source for source, _ in taken if source in files} - {module}
        for module, taken in Imports(files, for_types=False).taken.items()
    }


@pytest.fixture
def way(pyqueue) -> Callable[[Any, Any], list[str]]:  # noqa: F811
    """How one thing's module comes to know another's, from module to module; empty if it does not.

    A module knows those whose names its source uses. So imports for the type checker count, and a
    name that comes from the face of a folder, as in `from ..storage import JobStorage`, leads to
    the module that the face has it from, and to no other that the face shows.
    """
    package = _all_imports(pyqueue.__name__, pyqueue.__file__)

    def way(start: Any, end: Any) -> list[str]:
        if start.__module__ == end.__module__:
            return []
        found, waiting = {start.__module__: [start.__module__]}, [start.__module__]
        while waiting:
            module = waiting.pop(0)
            for known in sorted(package.known_to(module) - set(found)):
                found[known] = [*found[module], known]
                waiting.append(known)
        return found.get(end.__module__, [])

    return way


@cache
def _all_imports(name: str, file: str) -> "Imports":
    """Read once for all the promises that ask: no package changes while it is tried."""
    return Imports(_modules_in(Path(file).parent, name), for_types=True)


class Imports:
    """What the modules of a package import from each other, by what is written in their files."""

    def __init__(self, files: dict[str, Path], *, for_types: bool) -> None:
        self._files = files
        # For each module, what it imports, and the name that it takes from there.
        self.taken = {
            module: [self._split(*named) for named in _imported(module, file, for_types=for_types)]
            for module, file in files.items()
        }

    def known_to(self, module: str) -> set[str]:
        """The modules whose names this one uses."""
        return {self._home(*taken) for taken in self.taken[module] if taken[0] in self._files}

    def _split(self, source: str, name: str) -> tuple[str, str]:
        # `from .storage import memory` names a module, `from .job import Job` does not.
        module = f"{source}.{name}"
        return (module, "") if module in self._files else (source, name)

    def _home(self, source: str, name: str) -> str:
        """The module that `from source import name` leads to in the end."""
        if self._files[source].name != "__init__.py":
            return source
        for behind, shown in self.taken[source]:
            if name == shown and behind != source and behind in self._files:
                return self._home(behind, name)
        return source


def _modules(package: ModuleType) -> dict[str, Path]:
    return _modules_in(Path(package.__file__ or "").parent, package.__name__)


def _modules_in(folder: Path, name: str) -> dict[str, Path]:
    # Where there is a folder `storage`, Python does not look at `storage.py`.
    files = [folder / path for path in package_names(folder)]
    files.sort(key=lambda file: file.name == "__init__.py")
    return {".".join([name, *_dotted(file.relative_to(folder))]): file for file in files}


def _dotted(path: Path) -> list[str]:
    names = list(path.with_suffix("").parts)
    return names[:-1] if names[-1] == "__init__" else names


def _read(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _imported(module: str, file: Path, *, for_types: bool) -> Iterator[tuple[str, str]]:
    """What a module imports, and the name that it takes from there, if it takes one."""
    here = module if file.name == "__init__.py" else module.rpartition(".")[0]
    for node in _nodes(_read(file), for_types=for_types):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = resolve_name("." * node.level + (node.module or ""), here)
            yield from ((source, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and _is_import(node.func):
            yield from ((resolve_name(n.value, here), "") for n in node.args[:1] if _is_text(n))


def _is_import(function: ast.expr) -> bool:
    return ast.unparse(function).rpartition(".")[2] in ("import_module", "__import__")


def _is_text(node: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _nodes(node: ast.AST, *, for_types: bool) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node) if for_types else _children_that_run(node):
        yield child
        yield from _nodes(child, for_types=for_types)


def _children_that_run(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        unless = ast.unparse(node.test).startswith("not ")
        return node.body if unless else node.orelse
    return ast.iter_child_nodes(node)
