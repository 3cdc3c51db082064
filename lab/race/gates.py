"""Gates: each thread of a run waits at its own, until it has the turn.

A thread that reaches a stop asks its run who goes on, opens that one's gate, and waits at its own.
"""

import sys
import threading
from _thread import LockType, allocate_lock, get_ident, start_new_thread
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from types import FrameType
from typing import TYPE_CHECKING, Any

from lab.race.execution import LETTERS, Abort, Execution, execution_here, place
from lab.race.stops import Stops
from lab.race.traces import EndlessLoop

if TYPE_CHECKING:
    from lab.race.scheduling import Threads

# Seconds that a thread has to unwind when the run is over.
FAREWELL = 0.5
# How often a thread is unwound that catches everything; then it is parked for good.
_UNWOUND = 200

_threading: Any = threading


def closed() -> LockType:
    gate = allocate_lock()
    gate.acquire()
    return gate


class Worker:
    """One controlled thread, for one run. Only the thread that has the turn writes its fields."""

    def __init__(self, run: "Threads", name: str, thread: Thread) -> None:
        self.run = run
        self.name = name
        self.thread = thread
        # What `threading.get_ident()` says in this thread: the same in every run. And the real one.
        self.ident = LETTERS.index(name) + 1
        self.real_ident = 0
        self.stops = Stops(self, run.program.scope, run.program.step)
        self.arrived = False
        self.done = False
        # Counts how often it got the turn from somebody else.
        self.turn = 0
        # Whether it has used a lock or a thread since its last stop.
        self.called = False
        # Where it stands: in which call of the program, before what.
        self.frame: FrameType | None = None
        self.op = "start"
        # What it waits for, until when on the virtual clock, and in words.
        self.may_go: Callable[[], bool] | None = None
        self.deadline: float | None = None
        self.waits_for: Callable[[], str] = str
        # Those who go first, because this one gave way.
        self.after: set[Worker] = set()
        self.gate, self._parked, self._ended = closed(), closed(), closed()
        self._refusals = 0

    @property
    def ready(self) -> bool:
        return not self.done and (self.may_go is None or self.may_go())

    def start(self) -> None:
        """Start the thread, and come back when it stands before its first step."""
        start_new_thread(self._main, ())
        self._parked.acquire()

    def stop(self, frame: FrameType | None, op: str, *, gives_way: bool = False) -> None:
        """Called in the thread itself before each step; returns when it has the turn."""
        if not self.done:  # else: a finalizer, at the very end
            self.frame, self.op = frame, op
            self.run.hand_over(self, gives_way)
            self.called = False

    def stop_before_call(self, call: str) -> None:
        """Called by the stand-ins: a stop before an operation on a lock or a thread.

        None is needed where the program's own line calls it first of all: it stands there.
        """
        scope, caller = self.run.program.scope, _caller()
        if self.called or not scope.covers(caller.f_code.co_filename):
            users, outermost = scope.users_frame(caller)
            self.stop(users, outermost or call)
        self.called = True

    def wait_until(
        self, ready: Callable[[], bool], timeout: float | None, why: Callable[[], str]
    ) -> bool:
        """Wait without a turn until `ready()`; False if the time is up first."""
        if self.done:
            return True
        self.frame, self.op = self.run.program.scope.users_frame(sys._getframe(1))
        self.may_go, self.waits_for = ready, why
        self.deadline = None if timeout is None else self.run.clock + timeout
        try:
            self.run.hand_over(self)
        finally:
            self.may_go = self.deadline = None
        return ready() or self.run.over

    def is_endless(self, frame: FrameType) -> None:
        """It computes on and on without a stop."""
        if not self.arrived:
            self.stop(frame, "")
        self.run.fail(EndlessLoop(f"{self.name} never gets on from {place(frame)}"))
        self.refuse()

    def arrive(self) -> None:
        self.arrived = True
        self._parked.release()

    def refuse(self) -> None:
        """Called in a thread whose run is over: unwinds it by raising Abort.

        What it does on its way out, in `finally` or `with`, it does unhindered. If it catches
        BaseException and comes back again and again, it is unwound again, and parked at last.
        """
        self.stops.remove()
        self._refusals += 1
        if self._refusals > _UNWOUND:
            self._ended.release()
            closed().acquire()
        if self._refusals == 1 or self._refusals > _UNWOUND // 2:
            raise Abort

    def unwind(self) -> bool:
        """Let the thread run into its end; whether it got there."""
        with suppress(RuntimeError):  # open already: the run was broken off in mid-step
            self.gate.release()
        return self._ended.acquire(timeout=FAREWELL)

    def _main(self) -> None:
        self.real_ident = get_ident()
        controlled[self.real_ident] = self
        self._introduce_itself()
        try:
            self.stops.install()
            if not self._begins_in_scope():
                self.stop(None, "start")
            self.thread.run()
        except (Abort, SystemExit):
            pass  # SystemExit ends a thread quietly, as without the explorer
        except BaseException as error:
            self.run.fail(error)
        self.stops.remove()
        self.frame = None  # may free what the program left there, still under control
        self.done = True
        if not self.arrived:
            self.arrive()
        elif not self.run.over:
            self.run.hand_over(self)
        self.run.wake_home()
        del controlled[self.real_ident]
        self._ended.release()

    def _introduce_itself(self) -> None:
        """To `threading`, so that `current_thread()` is this one."""
        thread: Any = self.thread
        thread._ident = self.ident
        thread._started._flag = True  # set() would take a lock, and so be a step
        _threading._active[self.ident] = thread

    def take_leave(self) -> None:
        """Out of `threading`'s books."""
        thread: Any = self.thread
        thread._started._flag = False
        _threading._active.pop(self.ident, None)
        if pool := sys.modules.get("concurrent.futures.thread"):
            pool._threads_queues.pop(self.thread, None)

    def _begins_in_scope(self) -> bool:
        """Whether its first act is a stop anyway: a function of the program, not of a library."""
        run: object = type(self.thread).run
        if run is Thread.run:
            run = getattr(self.thread, "_target", None)
        code = getattr(run, "__code__", None)
        return code is not None and self.run.program.scope.covers(code.co_filename)


def _caller() -> FrameType:
    """Who asks a stand-in. `with condition:` does nothing but pass it on to the lock."""
    frame = sys._getframe(2)
    here = frame.f_code.co_filename
    while frame.f_back and (frame.f_code.co_filename == here or frame.f_code in _DELEGATES):
        frame = frame.f_back
    return frame


_DELEGATES = (threading.Condition.__enter__.__code__, threading.Condition.__exit__.__code__)


# The controlled threads of all runs, by what `_thread.get_ident()` says in them.
controlled: dict[int, Worker] = {}


def current_worker() -> Worker | None:
    """The worker that the calling thread is, if it is under control."""
    return controlled.get(get_ident())


def current_run() -> Execution | None:
    """The run that the calling thread belongs to: as a worker, or as the one that explores."""
    return current()[0]


def current() -> tuple[Execution | None, Worker | None]:
    """Both in one."""
    worker = controlled.get(get_ident())
    return (worker.run, worker) if worker else (execution_here(), None)
