"""The pytest side of the steps: the `pyqueue` fixture, and which promises hold where.

A promise made by step N is tried on step N and on every later step, until it is retired.
With `--workspace DIR --step N`, every promise that holds at step N is tried once, on
`DIR/pyqueue`. The suite is the same for the reference, a learner, a grader, a wrong solution.
"""

from dataclasses import dataclass
from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path
from types import ModuleType

import pytest

from lab.catalog import STEPS, Step, step, steps
from lab.loading import load_package
from lab.virtual_time import run

# Turns of its loop after which a promise that is awaited counts as one that never ends.
MOST_TURNS = 20_000


def retired_after(number: int, reason: str) -> pytest.MarkDecorator:
    """Mark a promise, or a whole file's, as one that holds up to step `number` and no further."""
    return pytest.mark.retired_after(number, reason)


@dataclass(frozen=True, slots=True)
class Subject:
    """A package that promises are tried on."""

    label: str
    # Where it is: the folder that holds `__init__.py`.
    folder: Path

    def load(self) -> ModuleType:
        if self.folder.parent == STEPS:
            return import_module(f"steps.{self.folder.name}")
        return load_package(self.folder)


@pytest.fixture
def pyqueue(request: pytest.FixtureRequest) -> ModuleType:
    """The package under test: a step's, or the one that --workspace names."""
    subject: Subject = request.param
    return subject.load()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("pyqueue")
    group.addoption(
        "--workspace",
        type=Path,
        metavar="DIR",
        help="try the promises on DIR/pyqueue (with --step N) and not on the steps",
    )
    group.addoption(
        "--step",
        type=int,
        metavar="N",
        help="with --workspace: try the promises that hold at step N",
    )


def pytest_configure(config: pytest.Config) -> None:
    workspace, number = config.getoption("--workspace"), config.getoption("--step")
    if (workspace is None) != (number is None):
        raise pytest.UsageError("--workspace DIR and --step N go together")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "pyqueue" not in metafunc.fixturenames:
        return
    subjects = _subjects(metafunc.config, metafunc.definition)
    metafunc.parametrize("pyqueue", subjects, ids=[s.label for s in subjects], indirect=True)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is written `async def`; on a loop on which nobody waits for real."""
    if not iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    work = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    run(work, turns=MOST_TURNS)
    return True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    number = config.getoption("--step")
    if number is None:
        return
    held = [item for item in items if _is_promise(item) and _holds_at(item, number)]
    config.hook.pytest_deselected(items=[item for item in items if item not in held])
    items[:] = held


def made_by(item: pytest.Item) -> Step:
    """The step whose folder of tests holds this one."""
    return step(int(item.path.parent.name.removeprefix("step")))


def _subjects(config: pytest.Config, item: pytest.Item) -> list[Subject]:
    workspace = config.getoption("--workspace")
    if workspace is not None:
        return [Subject("workspace", workspace.resolve() / "pyqueue")]
    return [Subject(s.label, s.folder) for s in steps() if _holds_at(item, s.number)]


def _is_promise(item: pytest.Item) -> bool:
    return "pyqueue" in getattr(item, "fixturenames", ())


def _holds_at(item: pytest.Item, number: int) -> bool:
    retired = min((mark.args[0] for mark in item.iter_markers("retired_after")), default=number)
    return made_by(item).number <= number <= retired
