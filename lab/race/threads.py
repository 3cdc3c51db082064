"""`explore`, `replay` and `outcomes` for threads."""

from collections.abc import Callable, Sequence
from typing import TypeVar, Unpack

from lab.race.execution import Only, Options, Program, Timers, Watch
from lab.race.scheduling import Threads
from lab.race.search import Search
from lab.race.stops import StepKind
from lab.race.strategies import Bounded, Strategy
from lab.race.traces import Result, Trace

S = TypeVar("S")
T = TypeVar("T")


def explore(
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    check: Callable[[S], object],
    *,
    step: StepKind = "line",
    preemptions: int = 2,
    watch: Watch | None = None,
    strategy: Strategy | None = None,
    only: Only | None = None,
    max_schedules: int = 100_000,
    timers: Timers = "race",
    max_steps: int = 10_000,
) -> Result:
    """Run `workers` as threads in one order after another, until an order breaks the program.

    For each schedule `setup()` makes a fresh state, every worker runs as a thread of its own with
    that state, and at the end `check(state)` raises or returns False if something is wrong. An
    exception in a thread, a deadlock and an endless loop are wrong as well. The schedule found
    first has as few preemptions as any that fails. `lab.race` says what `complete` means.

    step: "line" (each statement) or "op" (each bytecode that other threads could notice).
    watch: the shared values to show; by default the attributes of the state.
    only: the modules or files to stop in; by default all but the libraries.
    timers: "race" lets time-outs and sleeps end early, which costs a preemption; "last" only
        when nobody else can go on.
    Raises Uncontrolled or Diverged where no verdict is possible; the message says why.
    """
    program = Program(setup, workers, check, watch, only, step, timers, max_steps)
    search = Search(Threads, program)
    return search.explore(strategy or Bounded(preemptions), preemptions, max_schedules)


def replay(
    schedule: str,
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    check: Callable[[S], object],
    **options: Unpack[Options],
) -> Trace:
    """Run one schedule, and tell its steps; a Failure if it fails, as it did for `explore`.

    Give the options that `explore` was given. Where the schedule ends before the program, it goes
    on without preemptions. Raises Diverged if the program cannot follow the schedule.
    """
    return Search(Threads, Program(setup, workers, check, **options)).replay(schedule)


def outcomes(
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    outcome: Callable[[S], T],
    *,
    preemptions: int = 2,
    **options: Unpack[Options],
) -> set[T | str]:
    """Everything that the schedules within the bound can lead to: `outcome(state)` of each.

    A schedule that fails counts with the name of its error, such as "Deadlock".
    """
    options.setdefault("step", "op")
    found: set[T | str] = set()
    program = Program(setup, workers, lambda state: found.add(outcome(state)), **options)
    return found | Search(Threads, program).errors(preemptions)
