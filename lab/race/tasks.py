"""The same explorer for asyncio: who goes on at each `await`, and when does time pass?

A real event loop without sockets, on a virtual clock. asyncio resumes tasks first in, first out;
here the strategy may let a later one go first, and each such departure counts as a preemption.
A `~` in a schedule is time passing: the next timer fires.
"""

import sys
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from lab.race import gates
from lab.race.gates import LETTERS, Options, Timers, place
from lab.race.loop import Loop
from lab.race.search import search
from lab.race.standins import fresh_process, in_place
from lab.race.stops import Scope
from lab.race.strategies import Bounded, Script, Strategy
from lab.race.threads import Only, Watch
from lab.race.traces import (
    Failure,
    Result,
    Trace,
    Uncontrolled,
    in_brief,
    visible,
)

S = TypeVar("S")
R = TypeVar("R")
TIME = "~"


def explore(
    setup: Callable[[], Any],
    workers: Sequence[Callable[[Any], object]],
    check: Callable[[Any], object],
    *,
    preemptions: int = 2,
    watch: Watch[Any] | None = None,
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
    program = _Program(
        setup, workers, check, watch, Options(Scope(only), "line", timers, max_steps)
    )
    with program.under_control():
        return program.supervised(
            lambda: search(
                program.run, strategy or Bounded(preemptions), preemptions, max_schedules
            )
        )


def replay(
    schedule: str,
    setup: Callable[[], Any],
    workers: Sequence[Callable[[Any], object]],
    check: Callable[[Any], object],
    *,
    watch: Watch[Any] | None = None,
    only: Only | None = None,
    timers: Timers = "race",
    max_steps: int = 10_000,
) -> Trace:
    """Run one schedule of tasks, and tell its steps; a Failure if it fails."""
    program = _Program(
        setup, workers, check, watch, Options(Scope(only), "line", timers, max_steps)
    )
    with program.under_control():
        return program.supervised(lambda: program.run(Script(schedule), True))


@dataclass(frozen=True)
class _Program(Generic[S]):
    """What is explored, and how to run it once."""

    setup: Callable[[], Any]
    workers: Sequence[Callable[[S], object]]
    check: Callable[[S], object]
    watch: Watch[S] | None
    options: Options

    @contextmanager
    def under_control(self) -> Iterator[None]:
        if len(self.workers) > len(LETTERS):
            raise ValueError(f"at most {len(LETTERS)} workers, not {len(self.workers)}")
        with in_place(self.options.scope, [self.setup, self.check, *self.workers]):
            yield

    def run(self, strategy: Strategy, record: bool) -> Trace:
        """Run the strategy's next schedule, from setup to check."""
        loop = Loop(self.options, strategy, len(self.workers), record)
        _running[:] = [loop]
        strategy.begin()
        with gates.entered(loop.context), fresh_process(loop.context), loop.ended():
            final = self._go(loop)
        if loop.fault:
            raise loop.fault
        schedule = "".join(loop.schedule)
        if loop.error is None:
            return Trace(schedule, loop.steps, final)
        return Failure(schedule, loop.steps, final, in_brief(loop.error))

    def _go(self, loop: Loop) -> dict[str, str]:
        state: S = loop.complete(self.setup)
        if loop.error and not loop.fault:
            raise loop.error
        watch = self.watch or visible
        loop.watch = lambda: watch(state)
        for letter, work in zip(LETTERS, self.workers, strict=False):
            loop.begin(letter, work, state)
        loop.explore()
        final = loop.look()
        if not loop.error and not loop.fault:
            self._verdict(loop, state)
        return final

    def _verdict(self, loop: Loop, state: S) -> None:
        try:
            if loop.complete(self.check, state) is False:
                loop.fail(AssertionError("check(state) is False"))
        except Exception as error:
            loop.fail(error)
        forgotten = loop.never_retrieved()
        if forgotten:
            loop.fail(forgotten)

    def supervised(self, work: Callable[[], R]) -> R:
        """Do the work in a thread of its own, so that nothing it does can hang the caller."""
        ended = allocate_lock()
        ended.acquire()
        outcome: list[tuple[R | None, BaseException | None]] = []

        def do() -> None:
            try:
                outcome.append((work(), None))
            except BaseException as error:
                outcome.append((None, error))
            ended.release()

        ident = start_new_thread(do, ())
        self._watch_over(ident, lambda: ended.acquire(timeout=gates.PATIENCE))
        result, error = outcome[0]
        if error:
            raise error
        return result  # type: ignore[return-value]

    def _watch_over(self, ident: int, has_ended: Callable[[], bool]) -> None:
        """Wait for the end, as long as anything moves."""
        before = None
        try:
            while not has_ended():
                now = [(id(loop), loop.moved) for loop in _running]
                if now == before:
                    raise Uncontrolled(self._stuck(ident))
                before = now
        except BaseException:
            for loop in _running:
                loop.fault = Uncontrolled("nobody waits for the exploration any more")
            raise

    def _stuck(self, ident: int) -> str:
        frame = self.options.scope.users_frame(sys._current_frames().get(ident))[0]
        return (
            f"a task does not come back from {place(frame)}: it blocks the event loop with "
            "something the explorer does not control, or computes for very long"
        )


# The loop of the current schedule, for whoever watches over it.
_running: list[Loop] = []
