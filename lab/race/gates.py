"""Threads at gates: real threads, of which one runs at a time, the one that the strategy names.

A thread that reaches a stop asks its `Run` who goes on, opens that one's gate, and waits at its
own. So the schedule of a whole run is a string of letters, and the same string is the same run.
"""

import random
import sys
import threading
from _thread import allocate_lock, get_ident, start_new_thread
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from string import ascii_letters, ascii_uppercase
from threading import Thread
from types import FrameType
from typing import Any, Literal

from lab.race.stops import Scope, StepKind, Tracer, statement_line
from lab.race.strategies import Strategy
from lab.race.traces import (
    Deadlock,
    EndlessLoop,
    NoVerdictError,
    Step,
    Uncontrolled,
    short_path,
    shown,
    source_line,
)

LETTERS = ascii_uppercase + ascii_letters[:26]
# Seconds without a step after which a thread is held to be out of control; seconds to unwind.
PATIENCE = 4.0
FAREWELL = 0.5

_threading: Any = threading

Watch = Callable[[], Mapping[str, object]]
Timers = Literal["race", "last"]


class Abort(BaseException):
    """Unwinds the threads of a run that is over."""


@dataclass(frozen=True)
class Options:
    """How schedules are run; the same for all schedules of an exploration."""

    scope: Scope
    step: StepKind = "line"
    # "race": a time-out or sleep may also end while others could still go on.
    timers: Timers = "race"
    max_steps: int = 10_000


class Worker:
    """One controlled thread, for one run. Only the thread that has the turn writes its fields."""

    def __init__(self, run: "Run", name: str, thread: Thread) -> None:
        self.run = run
        self.name = name
        self.thread = thread
        # What `threading.get_ident()` says in this thread: the same in every run.
        self.ident = LETTERS.index(name) + 1
        self.tracer = Tracer(self, run.options.scope, run.options.step)
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
        self.refusals = 0
        self._gate = allocate_lock()
        self._gate.acquire()
        self._parked = allocate_lock()
        self._parked.acquire()
        self._ended = allocate_lock()
        self._ended.acquire()

    @property
    def ready(self) -> bool:
        return not self.done and (self.may_go is None or self.may_go())

    def start(self) -> None:
        """Start the thread, and come back when it stands before its first step."""
        start_new_thread(self._main, ())
        if not self._parked.acquire(timeout=PATIENCE):
            raise Uncontrolled(self.run.stuck(self))

    def stop(self, frame: FrameType | None, op: str, *, gives_way: bool = False) -> None:
        """Called in the thread itself before each step; returns when it has the turn."""
        if self.done:  # a finalizer, at the very end
            return
        self.frame, self.op = frame, op
        self.run.hand_over(self, gives_way)
        self.called = False

    def stop_before_call(self, caller: FrameType, call: str) -> None:
        """A stop before an operation on a lock or a thread.

        None is needed where the program's own line calls it first of all: it stands there.
        """
        scope = self.run.options.scope
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
        scope = self.run.options.scope
        self.frame, self.op = scope.users_frame(sys._getframe(1))
        self.may_go, self.waits_for = ready, why
        self.deadline = None if timeout is None else self.run.clock + timeout
        try:
            self.run.hand_over(self)
        finally:
            self.may_go = self.deadline = None
        return ready() or self.run.over

    def open_gate(self) -> None:
        with suppress(RuntimeError):  # open already: the run was broken off in mid-step
            self._gate.release()

    def wait_at_gate(self) -> None:
        self._gate.acquire()

    def arrive(self) -> None:
        self.arrived = True
        self._parked.release()

    def refuse(self) -> None:
        """Called in a thread whose run is over: unwinds it by raising Abort.

        What it does on its way out, in `finally` or `with`, it does unhindered. If it catches
        BaseException and comes back again and again, it is unwound again, and parked at last.
        """
        self.tracer.remove()
        self.refusals += 1
        if self.refusals > 300:
            self._ended.release()
            self._gate = allocate_lock()
            self._gate.acquire()
            self._gate.acquire()
        if self.refusals == 1 or self.refusals > 100:
            raise Abort

    def unwind(self) -> bool:
        """Let the thread run into its end; whether it got there."""
        if not self.done:
            self.open_gate()
        return self._ended.acquire(timeout=FAREWELL)

    def take_leave(self) -> None:
        """Out of `threading`'s books."""
        thread: Any = self.thread
        thread._started._flag = False
        _threading._active.pop(self.ident, None)

    def _introduce_itself(self) -> None:
        """To `threading`, so that `current_thread()` is this one."""
        thread: Any = self.thread
        thread._ident = self.ident
        thread._started._flag = True  # set() would take a lock, and so be a step
        _threading._active[self.ident] = thread

    def _main(self) -> None:
        controlled[get_ident()] = self
        self._introduce_itself()
        try:
            self._trace_and_run()
        except Abort:
            pass
        except SystemExit:
            pass  # ends a thread quietly, as without the explorer
        except BaseException as error:
            self.run.fail(error)
        self.tracer.remove()
        self.frame = None  # may free what the program left there, still under control
        self.done = True
        if not self.arrived:
            self.arrive()
        elif not self.run.over:
            self.run.hand_over(self)
        del controlled[get_ident()]
        self._ended.release()

    def _trace_and_run(self) -> None:
        self.tracer.install()
        if not self._begins_in_scope():
            self.stop(None, "start")
        self.thread.run()

    def _begins_in_scope(self) -> bool:
        """Whether its first act is a stop anyway: a function of the program, not of a library."""
        run: object = type(self.thread).run
        if run is Thread.run:
            run = getattr(self.thread, "_target", None)
        code = getattr(run, "__code__", None)
        return code is not None and self.run.options.scope.covers(code.co_filename)


class Context:
    """What the stand-ins ask of the run that the calling thread belongs to."""

    def __init__(self) -> None:
        # The thread that runs `setup` and `check`.
        self.home = get_ident()
        # Seconds on the virtual clock.
        self.clock = 0.0
        self.urandom = random.Random(0).randbytes
        # While the shared values are looked at, locks and traces keep out of it.
        self.looking = False
        # True from the last step on: the verdict is known.
        self.over = False
        self.worker_of: dict[Thread, Worker] = {}
        # What stands for the address of a thread where it would decide the order of a set.
        self.numbers: dict[int, int] = {}

    def spawn(self, thread: Thread, letter: str | None = None) -> None:
        """Take a thread under control; it will stand before its first step."""
        raise NotImplementedError


class Run(Context):
    """One schedule of one program, from `setup` to `check`."""

    def __init__(self, options: Options, strategy: Strategy, workers: int, record: bool) -> None:
        super().__init__()
        self.options = options
        self.strategy = strategy
        self.record = record
        self.workers: list[Worker] = []
        # Letters for `workers` functions first, then for the threads that the program starts.
        self._extra = workers
        self.schedule: list[str] = []
        self.steps: list[Step] = []
        self.watch: Watch = dict
        # The shared values when the verdict was known.
        self.final: dict[str, str] = {}
        self.error: BaseException | None = None
        # A fault of the explorer or of the strategy, not of the program.
        self.fault: BaseException | None = None
        self.running: Worker | None = None
        self._somebody_gave_way = False
        self._controller = allocate_lock()
        self._controller.acquire()

    def spawn(self, thread: Thread, letter: str | None = None) -> None:
        if letter is None:
            letter = self._next_letter()
        worker = Worker(self, letter, thread)
        self.workers.append(worker)
        self.workers.sort(key=lambda each: each.ident)
        self.worker_of[thread] = worker
        worker.start()

    def go(self) -> None:
        """Let the threads go on until the verdict is known; then look at the shared values."""
        if not self.over:
            self._open(self._next(None))
            self._await_verdict()
        self.final = self.look()

    @contextmanager
    def ended(self) -> Iterator[None]:
        """Whatever happens inside, every thread of the run has ended afterwards."""
        try:
            yield
        finally:
            self.over = True
            left = [worker.name for worker in self.workers if not worker.unwind()]
        if self.fault:
            raise self.fault
        if left:
            raise Uncontrolled(
                f"thread {', '.join(left)} cannot be ended: it catches BaseException and goes on"
            )

    def hand_over(self, worker: Worker, gives_way: bool = False) -> None:
        """Called by the running thread: choose who goes on, open its gate, wait at one's own."""
        if self.over:
            return worker.refuse()
        if not worker.arrived:
            worker.arrive()
        else:
            chosen = self._next(worker, gives_way)
            if chosen is worker:
                return None
            self._open(chosen)
        if worker.done:
            return None
        worker.wait_at_gate()
        worker.turn += 1
        return worker.refuse() if self.over else None

    def fail(self, error: BaseException) -> None:
        """The verdict: the program broke."""
        if isinstance(error, NoVerdictError):
            self.fault = error
        if not self.over:
            self.error, self.over = error, True
            self._controller.release()

    def endless(self, worker: Worker, frame: FrameType) -> None:
        """A thread computes on and on without a stop."""
        if not worker.arrived:
            worker.stop(frame, "")
        self.fail(EndlessLoop(f"{worker.name} never gets on from {place(frame)}"))
        worker.refuse()

    def look(self) -> dict[str, str]:
        """The shared values, as text."""
        self.looking = True
        try:
            return shown(self.watch())
        finally:
            self.looking = False

    def picture(self, frame: FrameType) -> Hashable:
        """All that can be seen of the program's state from here, to tell whether it changed."""
        self.looking = True
        try:
            return tuple(shown({**self.watch(), **frame.f_locals}).items())
        finally:
            self.looking = False

    def stuck(self, worker: Worker | None) -> str:
        """Names what is out of control: the line that a thread does not come back from."""
        name = worker.name if worker else "a thread"
        return (
            f"{name} does not come back from {place(_frame_of(worker, self.options.scope))}: it "
            "waits for something the explorer does not control (a lock or condition made before "
            "setup(), a name bound to threading.Lock before, such as a dataclass's "
            "default_factory, a socket, a subprocess), or it computes for very long"
        )

    def _next(self, current: Worker | None, gives_way: bool = False) -> Worker | None:
        """Whose turn it is now; None when the run is over."""
        try:
            return self._choose(current, gives_way)
        except RecursionError as error:  # the program's, noticed here
            self.error, self.over = error, True
        except Exception as fault:
            self.fault, self.over = fault, True
        return None

    def _choose(self, current: Worker | None, gives_way: bool) -> Worker | None:
        # Written out: this runs before every step of every schedule.
        ready = [w for w in self.workers if not w.done and (w.may_go is None or w.may_go())]
        late = self._sleepers() if not ready or self.options.timers == "race" else []
        if not ready and self._finished(late):
            return None
        if len(self.schedule) == self.options.max_steps:
            self.over = True
            self.error = EndlessLoop(f"still going after {self.options.max_steps} steps")
            return None
        if gives_way and current:
            current.after = {worker for worker in ready if worker is not current}
            self._somebody_gave_way = True
        free, paid = self._options(current, ready, late)
        at = tuple([(w.op, w.frame.f_lasti if w.frame else -1) for w in free + paid])
        name = self.strategy.choose([w.name for w in free], [w.name for w in paid], at)
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
        waiting = [w for w in self.workers if w.deadline is not None]
        if waiting:
            waiting = [worker for worker in waiting if not worker.ready]
        if not waiting:
            return waiting
        soonest = min(worker.deadline or 0.0 for worker in waiting)
        return [worker for worker in waiting if worker.deadline == soonest]

    def _finished(self, late: list[Worker]) -> bool:
        """Whether the run ends here, nobody being ready: all have ended, or all wait forever."""
        left = [w for w in self.workers if not w.done and not _is_daemon(w.thread)]
        if left and late:
            return False
        if left:
            waits = "; ".join(f"{w.name} waits at {place(w.frame)} {w.waits_for()}" for w in left)
            self.error = Deadlock(waits)
        self.over = True
        return True

    def _begin_step(self, chosen: Worker) -> None:
        if chosen.deadline is not None and not chosen.ready:
            self.clock = max(self.clock, chosen.deadline)
        if self._somebody_gave_way:
            for worker in self.workers:
                worker.after.discard(chosen)
        self.schedule.append(chosen.name)
        if self.record:
            self.steps.append(self._describe(chosen))

    def _describe(self, worker: Worker) -> Step:
        frame, shared = worker.frame, self.look()
        if frame is None:
            return Step(worker.name, "", 0, "", worker.op, {}, shared)
        file, line = frame.f_code.co_filename, statement_line(frame)
        self.looking = True
        try:
            own = shown(frame.f_locals)
        finally:
            self.looking = False
        source = source_line(file, line)
        return Step(worker.name, short_path(file), line, source, worker.op, own, shared)

    def _open(self, worker: Worker | None) -> None:
        self.running = worker
        if worker:
            worker.open_gate()
        else:
            self._controller.release()

    def _await_verdict(self) -> None:
        steps = len(self.schedule)
        while not self._controller.acquire(timeout=PATIENCE):
            if steps == len(self.schedule):
                raise Uncontrolled(self.stuck(self.running))
            steps = len(self.schedule)

    def _next_letter(self) -> str:
        self._extra += 1
        if self._extra > len(LETTERS):
            raise Uncontrolled(f"more than {len(LETTERS)} threads in one run")
        return LETTERS[self._extra - 1]


# The controlled threads of all runs, by what `_thread.get_ident()` says in them.
controlled: dict[int, Worker] = {}
_current: list[Context] = []


def current_worker() -> Worker | None:
    """The worker that the calling thread is, if it is under control."""
    return controlled.get(get_ident())


def current_run() -> Context | None:
    """The run that the calling thread belongs to: as a worker, or as the one that explores."""
    worker = current_worker()
    if worker:
        return worker.run
    return _current[0] if _current and _current[0].home == get_ident() else None


@contextmanager
def entered(run: Context) -> Iterator[None]:
    """Make this the run of the calling thread, and of those that it starts."""
    _current[:] = [run]
    try:
        yield
    finally:
        if _current == [run]:
            _current.clear()


def _is_daemon(thread: Thread) -> bool:
    # The interpreter ends the threads of an executor at exit, though they are not daemons.
    pool = sys.modules.get("concurrent.futures.thread")
    return thread.daemon or (pool is not None and thread in pool._threads_queues)


def place(frame: FrameType | None) -> str:
    if frame is None:
        return "a call into a library"
    file, line = frame.f_code.co_filename, statement_line(frame)
    return f"{short_path(file)}:{line} `{source_line(file, line)}`"


def _frame_of(worker: Worker | None, scope: Scope) -> FrameType | None:
    ident = next((i for i, each in controlled.items() if each is worker), None)
    return scope.users_frame(sys._current_frames().get(ident or 0))[0]
