"""The same explorer for asyncio: who goes on at each `await`, and when does time pass?

asyncio resumes tasks first in, first out; here the strategy may let a later one go first, and each
such departure counts as a preemption. A `~` in a schedule is time passing: the next timer fires.
"""

from collections.abc import Callable, Sequence
from typing import Any, Unpack

from lab.race.execution import Only, Options, Program, Timers, Watch
from lab.race.loop import Tasks
from lab.race.search import Search
from lab.race.strategies import Bounded, Strategy
from lab.race.traces import Result, Trace


def explore(
    setup: Callable[[], Any],
    workers: Sequence[Callable[[Any], object]],
    check: Callable[[Any], object],
    *,
    preemptions: int = 2,
    watch: Watch | None = None,
    strategy: Strategy | None = None,
    only: Only | None = None,
    max_schedules: int = 100_000,
    timers: Timers = "race",
    max_steps: int = 10_000,
) -> Result:
    """Run `workers` as tasks in one order after another, until an order breaks the program.

    As `lab.race.explore` does for threads. `setup`, `check` and the workers may be async; tasks
    that `setup` starts go on while the workers run, and while `check` does. A task that fails and
    that nobody awaits is wrong, too. `only` says whose lines a trace shows.

    timers: "race" lets time pass while tasks are ready, which costs a preemption; "last" only
        when none is.
    Raises Uncontrolled where a task leaves the loop: `to_thread`, sockets, subprocesses.
    """
    program = Program(setup, workers, check, watch, only, "line", timers, max_steps)
    search = Search(Tasks, program)
    return search.explore(strategy or Bounded(preemptions), preemptions, max_schedules)


def replay(
    schedule: str,
    setup: Callable[[], Any],
    workers: Sequence[Callable[[Any], object]],
    check: Callable[[Any], object],
    **options: Unpack[Options],
) -> Trace:
    """Run one schedule of tasks, and tell its steps; a Failure if it fails."""
    return Search(Tasks, Program(setup, workers, check, **options)).replay(schedule)
