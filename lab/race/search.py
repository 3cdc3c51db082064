"""Schedule after schedule, until one fails or none is left; and never without an end."""

import gc
import sys
import threading
import time
from _thread import LockType, get_ident, start_new_thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from lab.race import gates
from lab.race.execution import Execution, Program, current, place
from lab.race.standins import begin_afresh, in_place
from lab.race.stops import bytecodes_monitored
from lab.race.strategies import Bounded, Script, Strategy
from lab.race.traces import Diverged, Failure, Result, Trace, Uncontrolled

# Seconds without a step after which something is held to be out of control.
PATIENCE = 4.0


R = TypeVar("R")


class Search:
    """Runs a program in one order after another, as threads or as tasks."""

    def __init__(self, kind: type[Execution], program: Program) -> None:
        self._kind = kind
        self._program = program
        self._runs = 0
        self._execution: Execution | None = None
        # Set when nobody waits for an answer any more.
        self._given_up = False

    def explore(self, strategy: Strategy, preemptions: int, max_schedules: int) -> Result:
        """Run schedules until one fails, none is left, or there were `max_schedules`."""
        return self._watched(lambda: self._explore(strategy, preemptions, max_schedules))

    def replay(self, schedule: str) -> Trace:
        """Run one schedule, and keep its steps."""
        return self._watched(lambda: self._run(Script(schedule), record=True))

    def traces(self, strategy: Strategy) -> list[Trace]:
        """Run all schedules of a strategy, whatever they lead to."""
        return self._watched(lambda: list(self._every_schedule(strategy)))

    def errors(self, preemptions: int) -> set[str]:
        """The names of all errors that the schedules within the bound lead to."""
        traces = self.traces(Bounded(preemptions))
        return {trace.error.partition(":")[0] for trace in traces if trace.error}

    def _explore(self, strategy: Strategy, preemptions: int, max_schedules: int) -> Result:
        begun = time.perf_counter()
        schedules = 0
        for trace in self._every_schedule(strategy):
            schedules += 1
            if isinstance(trace, Failure):
                used = strategy.preemptions
                failure = self._again(trace)
                return Result(schedules, time.perf_counter() - begun, False, used, failure)
            if schedules >= max_schedules:
                break
        complete = strategy.exhaustive and not strategy.more()
        return Result(schedules, time.perf_counter() - begun, complete, preemptions)

    def _every_schedule(self, strategy: Strategy) -> Iterator[Trace]:
        # A rehearsal: what happens only once in a process (imports, caches) has then happened.
        self._run(Script(""))
        while strategy.more():
            yield self._run(strategy)

    def _again(self, failure: Failure) -> Failure:
        """The same schedule once more, this time with its steps."""
        trace = self._run(Script(failure.schedule), record=True)
        if not isinstance(trace, Failure) or trace.error != failure.error:
            raise Diverged(
                f"schedule {failure.schedule} failed with {failure.error}, and when run again: "
                f"{trace.error or 'did not fail'}"
            )
        return trace

    def _run(self, strategy: Strategy, record: bool = False) -> Trace:
        self._runs += 1
        if self._runs % 50 == 0:
            gc.collect(1)
        self._execution = execution = self._kind(self._program, strategy, record)
        if self._given_up:
            raise Uncontrolled("nobody waits for the exploration any more")
        if self._kind.traces_home:
            sys.settrace(execution.on_call)
        elif self._program.step == "line" and sys.version_info >= (3, 12):
            # To no end but that threads that begin and end to trace cost less: 3.12 looks through
            # all code when the first one begins.
            sys.settrace(lambda frame, event, arg: None)
        with current(execution):
            begin_afresh()
            return execution.run()

    def _watched(self, work: Callable[[], R]) -> R:
        """Do the work in a thread of its own, so that nothing it does can hang the caller."""
        program, ended, caller = self._program, gates.closed(), threading.current_thread()
        found: list[R] = []
        errors: list[BaseException] = []

        def do() -> None:
            with _known_as(caller):
                try:
                    found.append(work())
                except BaseException as error:
                    errors.append(error)
            ended.release()

        functions: list[Callable[..., object]] = [program.setup, program.check, *program.workers]
        with (
            _no_collector(),
            in_place(program.scope, functions),
            bytecodes_monitored(program.scope, program.step, gates.controlled),
        ):
            start_new_thread(do, ())
            try:
                self._wait_for(ended)
            except BaseException as error:
                self._give_up(error)
                ended.acquire(timeout=2 * gates.FAREWELL)
                raise
        if errors:
            raise errors[0]
        return found[0]

    def _wait_for(self, ended: LockType) -> None:
        """As long as anything moves."""
        before = None
        while not ended.acquire(timeout=PATIENCE):
            now = self._runs, self._execution and self._execution.progress()
            if now == before:
                raise Uncontrolled(self._stuck())
            before = now

    def _give_up(self, reason: BaseException) -> None:
        self._given_up = True
        if self._execution:
            self._execution.break_off(reason)

    def _stuck(self) -> str:
        """Names what is out of control: the line that a thread does not come back from."""
        ident = self._execution.running() if self._execution else 0
        frame = self._program.scope.users_frame(sys._current_frames().get(ident))[0]
        worker = gates.controlled.get(ident)
        return (
            f"{worker.name if worker else 'a thread'} does not come back from {place(frame)}: it "
            "waits for something the explorer does not control (a lock or condition made before "
            "setup(), a name bound to threading.Lock where it does not look, a socket, a "
            "subprocess), or it computes for very long"
        )


@contextmanager
def _known_as(caller: threading.Thread) -> Iterator[None]:
    """In here `current_thread()` is the caller, for whom this thread works."""
    books: dict[int, threading.Thread] = threading._active  # type: ignore[attr-defined]  # private
    books[get_ident()] = caller
    try:
        yield
    finally:
        sys.settrace(None)
        del books[get_ident()]


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
