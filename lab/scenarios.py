"""Scenarios: small programs of several threads or tasks that use a step's package.

A step has them in `tests/stepNN/races.py`, as a function `scenarios(package)`. Its tests explore
them, `learn.py race NN` tries them on the learner's own package, and the book's pictures are
recordings of them. So all three speak of the same program.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

from lab.catalog import LabError, Step, steps
from lab.race import tasks
from lab.race.execution import Only, Watch
from lab.race.stops import StepKind
from lab.race.threads import explore
from lab.race.traces import Result

FILE = "races.py"


@dataclass(frozen=True, slots=True)
class Scenario:
    """Threads or tasks that work at the same time, and what must be true of it afterwards."""

    # What `learn.py race NN NAME` and the book call it.
    name: str
    # What happens, in a sentence.
    title: str
    # What it means when it goes wrong, in the words of those whom it hurts.
    harm: str
    # Makes a fresh state, which every thread gets.
    setup: Callable[[], Any]
    # The name of each thread or task, and what it does with the state.
    workers: Mapping[str, Callable[[Any], object]]
    # Raises or returns False if something is wrong in the end.
    check: Callable[[Any], object]
    # The shared values that a picture shows.
    watch: Watch | None = None
    # The modules in which threads are stopped; by default all but the libraries.
    only: Only | None = None
    # How far it is explored: more would take too long to wait for.
    preemptions: int = 2
    # Whether these are tasks of asyncio: then setup, workers and check may be async.
    of_tasks: bool = False

    @property
    def program(self) -> tuple[Any, ...]:
        """What `explore` takes first."""
        return self.setup, list(self.workers.values()), self.check

    def explored(self, step: StepKind, preemptions: int | None = None) -> Result:
        """The verdict about all schedules up to a bound, by default the scenario's own.

        Tasks are stopped at each await, whatever the `step`.
        """
        bound = self.preemptions if preemptions is None else preemptions
        if self.of_tasks:
            return tasks.explore(*self.program, preemptions=bound, watch=self.watch, only=self.only)
        return explore(
            *self.program, step=step, preemptions=bound, watch=self.watch, only=self.only
        )


def scenarios_of(step: Step, package: ModuleType) -> dict[str, Scenario]:
    """The scenarios of a step on a package, by name, in the order of the chapter.

    Raises LabError, naming the steps that have some, if this one has none.
    """
    if not has_scenarios(step):
        there = ", ".join(str(s.number) for s in steps() if has_scenarios(s)) or "none"
        raise LabError(f"step {step.number} has no races to look for; these have: {there}")
    module = import_module(f"tests.{step.label}.{FILE.removesuffix('.py')}")
    return {scenario.name: scenario for scenario in module.scenarios(package)}


def has_scenarios(step: Step) -> bool:
    """Whether there is anything to race in this step."""
    return (step.tests / FILE).exists()
