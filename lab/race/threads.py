"""`explore` and `replay` for threads."""

import gc
import os
import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import ModuleType
from typing import TypeVar

from lab.race import gates
from lab.race.gates import LETTERS, Options, Run, Timers
from lab.race.search import search
from lab.race.standins import fresh_process, in_place, take_control
from lab.race.stops import Scope, StepKind
from lab.race.strategies import Script, Strategy
from lab.race.traces import Failure, Result, Trace, in_brief, visible

S = TypeVar("S")
Only = Iterable[ModuleType | str | os.PathLike[str]]


def explore(
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    check: Callable[[S], object],
    *,
    step: StepKind = "line",
    preemptions: int = 2,
    watch: Callable[[S], Mapping[str, object]] | None = None,
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
    options = Options(_scope(step, only), step, timers, max_steps)
    once = partial(_run_once, setup, workers, check, watch or visible, options)
    with in_place(options.scope, [setup, check, *workers]):
        return search(once, strategy, preemptions, max_schedules)


def replay(
    schedule: str,
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    check: Callable[[S], object],
    *,
    step: StepKind = "line",
    watch: Callable[[S], Mapping[str, object]] | None = None,
    only: Only | None = None,
    timers: Timers = "race",
    max_steps: int = 10_000,
) -> Trace:
    """Run one schedule, and tell its steps; a Failure if it fails, as it did for `explore`.

    Give what `explore` was given. Where the schedule ends before the program, it goes on without
    preemptions. Raises Diverged if the program cannot follow the schedule.
    """
    options = Options(_scope(step, only), step, timers, max_steps)
    with in_place(options.scope, [setup, check, *workers]):
        once = partial(_run_once, setup, workers, check, watch or visible, options)
        return once(Script(schedule), True)


def _scope(step: str, only: Only | None) -> Scope:
    if step not in ("line", "op", "bytecode"):
        raise ValueError(f'step is "line" or "op", not {step!r}')
    return Scope(only)


def _run_once(
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    check: Callable[[S], object],
    watch: Callable[[S], Mapping[str, object]],
    options: Options,
    strategy: Strategy,
    record: bool,
) -> Trace:
    run = Run(options, strategy, len(workers), record)
    strategy.begin()
    collects = gc.isenabled()
    gc.disable()  # it runs finalizers wherever it likes; not in the midst of a schedule
    gates.enter(run)
    try:
        with fresh_process(run):
            error = _whole(run, setup, workers, check, watch)
    finally:
        gates.leave()
        if collects:
            gc.enable()
    schedule = "".join(run.schedule)
    if error is None:
        return Trace(schedule, run.steps, run.final)
    return Failure(schedule, run.steps, run.final, in_brief(error))


def _whole(
    run: Run,
    setup: Callable[[], S],
    workers: Sequence[Callable[[S], object]],
    check: Callable[[S], object],
    watch: Callable[[S], Mapping[str, object]],
) -> BaseException | None:
    """From setup to check; what went wrong, if anything did."""
    try:
        state = setup()
        run.watch = lambda: watch(state)
        for letter, work in zip(LETTERS, workers, strict=False):
            thread = threading.Thread(target=work, args=(state,), name=letter)
            take_control(run, thread, letter)
    except BaseException:
        run.over = True
        run.end()
        raise
    run.go()
    return run.error or _verdict(check, state)


def _verdict(check: Callable[[S], object], state: S) -> BaseException | None:
    try:
        return AssertionError("check(state) is False") if check(state) is False else None
    except Exception as error:
        return error
