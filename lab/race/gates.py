"""Threads at gates: real threads, of which one runs at a time, the one that the strategy names.

A thread that reaches a stop asks who goes on, opens that one's gate, and waits at its own. So the
schedule of a whole run is a string of letters, and the same string is the same run.
"""

import sys
import threading
from _thread import LockType, allocate_lock, get_ident, start_new_thread
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from types import FrameType
from typing import Any

from lab.race.execution import LETTERS, Abort, Execution, Program, execution_here, place
from lab.race.stops import Stops
from lab.race.strategies import Strategy
from lab.race.traces import Deadlock, EndlessLoop, Uncontrolled

# Seconds that a thread has to unwind when the run is over.
FAREWELL = 0.5
# How often a thread is unwound that catches everything; then it is parked for good.
_UNWOUND = 200

_threading: Any = threading


def _closed() -> LockType:
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
        self.gate, self._parked, self._ended = _closed(), _closed(), _closed()
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
            _closed().acquire()
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


class Threads(Execution):
    """One schedule of a program of threads."""

    def __init__(self, program: Program, strategy: Strategy, record: bool) -> None:
        super().__init__(program, strategy, record)
        self.workers: list[Worker] = []
        self.worker_of: dict[Thread, Worker] = {}
        # What stands for the address of a thread where it would decide the order of a set.
        self.numbers: dict[int, int] = {}
        self._running: Worker | None = None
        self._somebody_gave_way = False
        self._verdict = _closed()

    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        return function(*arguments)

    def perform(self, state: Any) -> None:
        for letter, work in zip(LETTERS, self.program.workers, strict=False):
            self._add(Thread(target=work, args=(state,), name=letter), letter)
        if not self.over:
            self._pass_turn(None, False)
            self._verdict.acquire()

    def end(self) -> None:
        left = [worker.name for worker in self.workers if not worker.unwind()]
        for worker in self.workers:
            worker.take_leave()
        if left:
            self.fault = self.fault or Uncontrolled(
                f"thread {', '.join(left)} cannot be ended: it catches BaseException and goes on"
            )

    def spawn(self, thread: Thread) -> None:
        self._add(thread, self.next_letter())

    def running(self) -> int:
        return self._running.real_ident if self._running else self.home

    def break_off(self, fault: BaseException) -> None:
        super().break_off(fault)
        self.wake_home()

    def wake_home(self) -> None:
        if self.over:
            with suppress(RuntimeError):  # awake already
                self._verdict.release()

    def hand_over(self, worker: Worker, gives_way: bool = False) -> None:
        """Called by the running thread: choose who goes on, open its gate, wait at one's own."""
        if self.over:
            return worker.refuse()
        if not worker.arrived:
            worker.arrive()
        elif self._keeps_turn(worker, gives_way):
            self.schedule.append(worker.name)
            return None
        elif self._pass_turn(worker, gives_way) is worker:
            return None
        if worker.done:
            return None
        worker.gate.acquire()
        worker.turn += 1
        return worker.refuse() if self.over else None

    def _add(self, thread: Thread, letter: str) -> None:
        worker = Worker(self, letter, thread)
        self.workers.append(worker)
        self.workers.sort(key=lambda each: each.ident)
        self.worker_of[thread] = worker
        worker.start()

    def _keeps_turn(self, worker: Worker, gives_way: bool) -> bool:
        """A short cut: nothing else need be looked at."""
        return (
            not (gives_way or self.record or self._somebody_gave_way)
            and worker.may_go is None
            and not worker.done
            and len(self.schedule) < self.program.max_steps
            and self.strategy.keeps(worker.name, _stand(worker))
        )

    def _pass_turn(self, current: Worker | None, gives_way: bool) -> Worker | None:
        """Open the gate of the one whose turn it is, or let everybody know that it is over."""
        try:
            chosen = self._choose(current, gives_way)
        except (Deadlock, EndlessLoop, RecursionError) as error:  # the last is the program's
            self.fail(error)
        except Exception as fault:
            self.break_off(fault)
        else:
            if chosen and chosen is not current:
                self._running = chosen
                chosen.gate.release()
            if chosen:
                return chosen
            self.over = True
        self.wake_home()
        return None

    def _choose(self, current: Worker | None, gives_way: bool) -> Worker | None:
        """Whose turn it is now; None when all have ended."""
        ready = [w for w in self.workers if not w.done and (w.may_go is None or w.may_go())]
        late = self._sleepers() if not ready or self.program.timers == "race" else []
        if not ready and self._finished(late):
            return None
        if gives_way and current:
            current.after = {worker for worker in ready if worker is not current}
            self._somebody_gave_way = True
        free, paid = self._options(current, ready, late)
        at = _stand(current) if current else ()
        name = self.choose([w.name for w in free], [w.name for w in paid], at)
        chosen = next(worker for worker in free + paid if worker.name == name)
        self._begin_step(chosen)
        return chosen

    def _options(
        self, current: Worker | None, ready: list[Worker], late: list[Worker]
    ) -> tuple[list[Worker], list[Worker]]:
        """Who may go on at no cost, and who would take the turn from somebody."""
        if not ready:
            return late, []
        first = ready
        if self._somebody_gave_way:
            # They wait until those they gave way to had a turn: no loop starves others.
            first = [w for w in ready if not any(other in ready for other in w.after)] or ready
        free = [current] if current in first and current else first
        return free, [worker for worker in ready if worker not in free] + late

    def _sleepers(self) -> list[Worker]:
        """Those whose time is up first, of those who wait with a time-out."""
        waiting = [w for w in self.workers if w.deadline is not None and not w.ready]
        soonest = min((worker.deadline or 0.0 for worker in waiting), default=0.0)
        return [worker for worker in waiting if worker.deadline == soonest]

    def _finished(self, late: list[Worker]) -> bool:
        """Whether the run ends here, nobody being ready: all have ended, or all wait forever."""
        left = [w for w in self.workers if not w.done and not _is_daemon(w.thread)]
        if left and not late:
            raise Deadlock(
                "; ".join(f"{w.name} waits at {place(w.frame)} {w.waits_for()}" for w in left)
            )
        return not left

    def _begin_step(self, chosen: Worker) -> None:
        if chosen.deadline is not None and not chosen.ready:
            self.clock = max(self.clock, chosen.deadline)
        if self._somebody_gave_way:
            for worker in self.workers:
                worker.after.discard(chosen)
            self._somebody_gave_way = any(worker.after for worker in self.workers)
        if self.record:
            self.steps.append(self.describe(chosen.name, chosen.frame, chosen.op))


def _caller() -> FrameType:
    """Who asks a stand-in. `with condition:` does nothing but pass it on to the lock."""
    frame = sys._getframe(2)
    here = frame.f_code.co_filename
    while frame.f_back and (frame.f_code.co_filename == here or frame.f_code in _DELEGATES):
        frame = frame.f_back
    return frame


_DELEGATES = (threading.Condition.__enter__.__code__, threading.Condition.__exit__.__code__)


def _stand(worker: Worker) -> tuple[str, int]:
    return worker.op, worker.frame.f_lasti if worker.frame else -1


def _is_daemon(thread: Thread) -> bool:
    # The interpreter ends the threads of an executor at exit, though they are not daemons.
    pool = sys.modules.get("concurrent.futures.thread")
    return thread.daemon or (pool is not None and thread in pool._threads_queues)


# The controlled threads of all runs, by what `_thread.get_ident()` says in them.
controlled: dict[int, Worker] = {}


def current_worker() -> Worker | None:
    """The worker that the calling thread is, if it is under control."""
    return controlled.get(get_ident())


def current_run() -> Execution | None:
    """The run that the calling thread belongs to: as a worker, or as the one that explores."""
    worker = current_worker()
    return worker.run if worker else execution_here()
