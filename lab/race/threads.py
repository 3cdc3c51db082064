"""`explore`, `replay` and `outcomes` for threads."""

import gc
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Generic, TypeVar

from lab.race import gates
from lab.race.gates import LETTERS, Options, Run, Timers
from lab.race.search import every_schedule, search
from lab.race.standins import fresh_process, in_place
from lab.race.stops import STEP_KINDS, Scope, StepKind, ask_for_bytecodes
from lab.race.strategies import Bounded, Script, Strategy
from lab.race.traces import Failure, NoVerdictError, Result, Trace, in_brief, visible

S = TypeVar("S")
T = TypeVar("T")
Only = Iterable[ModuleType | str | os.PathLike[str]]
Watch = Callable[[S], Mapping[str, object]]


def explore(
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    check: Callable[[S], object],
    *,
    step: StepKind = "line",
    preemptions: int = 2,
    watch: Watch[S] | None = None,
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
    program = _Program(setup, workers, check, watch, _options(step, only, timers, max_steps))
    with program.under_control():
        return search(program.run, strategy or Bounded(preemptions), preemptions, max_schedules)


def replay(
    schedule: str,
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    check: Callable[[S], object],
    *,
    step: StepKind = "line",
    watch: Watch[S] | None = None,
    only: Only | None = None,
    timers: Timers = "race",
    max_steps: int = 10_000,
) -> Trace:
    """Run one schedule, and tell its steps; a Failure if it fails, as it did for `explore`.

    Give what `explore` was given. Where the schedule ends before the program, it goes on without
    preemptions. Raises Diverged if the program cannot follow the schedule.
    """
    program = _Program(setup, workers, check, watch, _options(step, only, timers, max_steps))
    with program.under_control():
        return program.run(Script(schedule), True)


def outcomes(
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    outcome: Callable[[S], T],
    *,
    step: StepKind = "op",
    preemptions: int = 2,
    only: Only | None = None,
    timers: Timers = "race",
    max_steps: int = 10_000,
) -> set[T | str]:
    """Everything that the schedules within the bound can lead to: `outcome(state)` of each.

    A schedule that fails counts with the name of its error, such as "Deadlock".
    """
    found: set[T | str] = set()
    options = _options(step, only, timers, max_steps)
    program = _Program(setup, workers, lambda state: found.add(outcome(state)), None, options)
    with program.under_control():
        traces = every_schedule(program.run, Bounded(preemptions))
        found |= {trace.error.partition(":")[0] for trace in traces if trace.error}
    return found


def _options(step: str, only: Only | None, timers: str, max_steps: int) -> Options:
    if step not in STEP_KINDS:
        raise ValueError(f'step is "line" or "op", not {step!r}')
    if timers not in ("race", "last"):
        raise ValueError(f'timers is "race" or "last", not {timers!r}')
    return Options(Scope(only), step, timers, max_steps)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Program(Generic[S]):
    """What is explored, and how to run it once."""

    setup: Callable[[], S]
    workers: Sequence[Callable[[S], object]]
    check: Callable[[S], object]
    watch: Watch[S] | None
    options: Options

    @contextmanager
    def under_control(self) -> Iterator[None]:
        """Locks, threads and clocks are the explorer's, for as long as this lasts."""
        if len(self.workers) > len(LETTERS):
            raise ValueError(f"at most {len(LETTERS)} workers, not {len(self.workers)}")
        if self.options.step != "line":
            ask_for_bytecodes()
        with in_place(self.options.scope, [self.setup, self.check, *self.workers]):
            yield

    def run(self, strategy: Strategy, record: bool) -> Trace:
        """Run the strategy's next schedule, from setup to check."""
        run = Run(self.options, strategy, len(self.workers), record)
        strategy.begin()
        with _no_collector(), gates.entered(run), fresh_process(run):
            error = self._go(run)
        schedule = "".join(run.schedule)
        if error is None:
            return Trace(schedule, run.steps, run.final)
        return Failure(schedule, run.steps, run.final, in_brief(error))

    def _go(self, run: Run) -> BaseException | None:
        """What went wrong, if anything did."""
        with run.ended():
            state = self.setup()
            watch = self.watch or visible
            run.watch = lambda: watch(state)
            for letter, work in zip(LETTERS, self.workers, strict=False):
                thread = threading.Thread(target=work, args=(state,), name=letter)
                run.spawn(thread, letter)
            run.go()
            return run.error or self._verdict(state)

    def _verdict(self, state: S) -> BaseException | None:
        try:
            return AssertionError("check(state) is False") if self.check(state) is False else None
        except NoVerdictError:
            raise
        except Exception as error:
            return error


@contextmanager
def _no_collector() -> Iterator[None]:
    """Keep the garbage collector, which runs finalizers anywhere, out of a schedule."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
