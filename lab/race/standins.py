"""What takes the place of locks, threads and clocks while an exploration runs.

Condition, Event, Semaphore, Barrier, Timer, queue.Queue and ThreadPoolExecutor are Python code on
top of these few, and so come under control with them. To threads that belong to no run, and once
the exploration is over, every stand-in behaves as what it stands in for.
"""

import concurrent.futures.thread
import itertools
import linecache
import logging
import os
import queue
import random
import sys
import threading
import time
from _thread import RLock as _RealRLock
from _thread import allocate_lock, get_ident
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import partial
from types import FunctionType
from typing import Any

from lab.race.execution import Abort, Execution
from lab.race.gates import Threads, Worker, current_run, current_worker
from lab.race.stops import Scope
from lab.race.traces import Deadlock, Uncontrolled

# What time.time() says at the start of every schedule: a fixed moment in 2024.
EPOCH = 1_704_103_200.0

_one_at_a_time = allocate_lock()


class Lock:
    """threading.Lock: every acquire and release is a stop, and to wait is to leave the turn."""

    _reentrant = False
    _not_held = "release unlocked lock"
    _make_real: Callable[[], Any] = staticmethod(allocate_lock)

    def __init__(self) -> None:
        # What it is to threads of no run.
        self._real = self._make_real()
        # The run that `_owner` and `_count` tell of. In any other run the lock is free.
        self._run: Execution | None = None
        self._owner: Worker | Execution | None = None
        self._count = 0
        # Who made it, and in which step: until that step ends nobody else can know of it.
        me = current_worker()
        self._made = me and (me, len(me.run.schedule))

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        run, me = current_run(), current_worker()
        if run is None:
            return bool(self._real.acquire(blocking, timeout))
        if run.looking:
            return True
        if timeout != -1 and (timeout < 0 or not blocking):
            raise ValueError("only a blocking call has a timeout, and it is not negative")
        waits = blocking and not self._is_free_for(me or run)
        if me and not waits and self._made != (me, len(me.run.schedule)):
            me.stop_before_call("acquire")  # to wait is a stop of its own
        if not self._is_free_for(me or run) and not (blocking and self._wait(run, me, timeout)):
            return False
        self._run, self._owner, self._count = run, me or run, self._held_in(run) + 1
        return True

    def release(self) -> None:
        run, me = current_run(), current_worker()
        if run is None:
            if self._run is None or self._real.locked():  # else: taken in a run that is over
                self._real.release()
        elif not run.looking:
            if me and not run.over:
                me.stop_before_call("release")
            if self._held_in(run) and (not self._reentrant or self._owner is (me or run)):
                self._count -= 1
            elif not run.over:
                raise RuntimeError(self._not_held)

    def locked(self) -> bool:
        run = current_run()
        return self._held_in(run) > 0 if run else bool(self._real.locked())

    __enter__ = acquire

    def __exit__(self, *error: object) -> None:
        self.release()

    def __repr__(self) -> str:
        run = current_run()
        state = f"held by {_name(self._owner)}" if run and self._held_in(run) else "free"
        return f"<{type(self).__name__} {state}>"

    def _held_in(self, run: Execution) -> int:
        """How many times."""
        return self._count if self._run is run else 0

    def _is_free_for(self, who: Worker | Execution) -> bool:
        run = who.run if isinstance(who, Worker) else who
        return not self._held_in(run) or (self._reentrant and self._owner is who)

    def _wait(self, run: Execution, me: Worker | None, timeout: float) -> bool:
        limit = None if timeout == -1 else timeout
        if me:
            return me.wait_until(lambda: not self._held_in(run), limit, lambda: self._reason(me))
        if limit is None:
            raise Deadlock("a lock is waited for that nobody will release")
        run.clock += limit
        return False

    def _reason(self, me: Worker) -> str:
        if self._owner is not me:
            return f"for a lock that {_name(self._owner)} holds"
        return f"for a lock that {me.name} itself holds, or to be notified"


class RLock(Lock):
    """threading.RLock, with the three methods that Condition asks of it."""

    _reentrant = True
    _not_held = "cannot release un-acquired lock"
    _make_real = staticmethod(_RealRLock)

    def locked(self) -> bool:
        run = current_run()
        return self._held_in(run) > 0 if run else not self._real.acquire(blocking=False)

    def _is_owned(self) -> bool:
        run = current_run()
        if run is None:
            return bool(self._real._is_owned())
        return run.looking or (self._held_in(run) > 0 and self._owner is (current_worker() or run))

    def _release_save(self) -> Any:
        if current_run() is None:
            return self._real._release_save()
        if me := current_worker():
            me.stop_before_call("release")
        saved, self._count = self._count, 0
        return saved

    def _acquire_restore(self, saved: Any) -> None:
        if current_run() is None:
            self._real._acquire_restore(saved)
        else:
            self.acquire()
            self._count = saved


def _name(owner: Worker | Execution | None) -> str:
    return owner.name if isinstance(owner, Worker) else "setup()"


# -- threads: methods of threading.Thread, so that subclasses are under control as well ------------

_real_start = threading.Thread.start
_real_join = threading.Thread.join
_real_is_alive = threading.Thread.is_alive


def _start(thread: threading.Thread) -> None:
    run, me = current_run(), current_worker()
    if run is None:
        return _real_start(thread)
    if run.over and me:
        return me.refuse()
    if run.over:
        raise Uncontrolled("check() may not start threads: let a worker do it")
    if _worker_of(thread):
        raise RuntimeError("threads can only be started once")
    return run.spawn(thread)


def _join(thread: threading.Thread, timeout: float | None = None) -> None:
    other, me = _worker_of(thread), current_worker()
    if other is None:
        return _real_join(thread, timeout)
    if other is me:
        raise RuntimeError("cannot join current thread")
    if me and other.done:
        me.stop_before_call("join")
    elif me:
        limit = None if timeout is None else max(timeout, 0)
        me.wait_until(lambda: other.done, limit, lambda: f"for {other.name} to end")
    elif not other.done and timeout is None:
        raise Deadlock(f"setup() or check() waits for thread {other.name}; let a worker wait")
    return None


def _is_alive(thread: threading.Thread) -> bool:
    worker = _worker_of(thread)
    return not worker.done if worker else _real_is_alive(thread)


def _worker_of(thread: threading.Thread) -> Worker | None:
    run = current_run()
    return run.worker_of.get(thread) if isinstance(run, Threads) else None


def _hash(thread: threading.Thread) -> int:
    """By number, not by address: a set of threads has the same order in every run."""
    run = current_run()
    if not isinstance(run, Threads):
        return object.__hash__(thread)
    return run.numbers.setdefault(id(thread), len(run.numbers))


def _get_ident() -> int:
    worker = current_worker()
    return worker.ident if worker else get_ident()


# -- clocks ----------------------------------------------------------------------------------------


def _sleep(seconds: float) -> None:
    run, me = current_run(), current_worker()
    if run is None:
        return _REAL[time, "sleep"](seconds)  # type: ignore[no-any-return]
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    if me:
        me.wait_until(lambda: False, seconds, lambda: f"for {seconds:g} s to pass")
    else:
        run.clock += seconds
    return None


def _clock(name: str, start: float = 0.0, unit: int = 0) -> Callable[[], float]:
    def now() -> float:
        run = current_run()
        if run is None:
            return _REAL[time, name]()  # type: ignore[no-any-return]
        return int((start + run.clock) * unit) if unit else start + run.clock

    return now


def _urandom(size: int, /) -> bytes:
    run = current_run()
    return run.urandom(size) if run else _REAL[os, "urandom"](size)


# -- putting them in place -------------------------------------------------------------------------

_monotonic = _clock("monotonic")
# Where, under which name, and what stands there while an exploration runs.
_PLACES: list[tuple[Any, str, Any]] = [
    (threading, "Lock", Lock),
    (threading, "RLock", RLock),
    (threading, "_allocate_lock", Lock),
    (threading, "get_ident", _get_ident),
    (threading, "_time", _monotonic),
    (threading.Thread, "start", _start),
    (threading.Thread, "join", _join),
    (threading.Thread, "is_alive", _is_alive),
    (threading.Thread, "__hash__", _hash),
    (queue, "SimpleQueue", queue._PySimpleQueue),  # type: ignore[attr-defined]
    (queue, "time", _monotonic),
    (time, "sleep", _sleep),
    (time, "monotonic", _monotonic),
    (time, "monotonic_ns", _clock("monotonic_ns", unit=10**9)),
    (time, "perf_counter", _clock("perf_counter")),
    (time, "perf_counter_ns", _clock("perf_counter_ns", unit=10**9)),
    (time, "time", _clock("time", EPOCH)),
    (time, "time_ns", _clock("time_ns", EPOCH, unit=10**9)),
    (os, "urandom", _urandom),
]
_REAL: dict[tuple[Any, str], Any] = {(at, name): getattr(at, name) for at, name, _ in _PLACES}
# The same, by the real thing: for `from threading import Lock` in the program's own modules.
_BY_REAL = {
    id(_REAL[at, name]): new
    for at, name, new in _PLACES
    if at is not threading.Thread and not name.startswith("_") and at is not os
}


@contextmanager
def in_place(scope: Scope, functions: Iterable[Callable[..., object]]) -> Iterator[None]:
    """The stand-ins are in place, in `threading` and in every module of the program.

    Only one exploration can run at a time in a process.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise Uncontrolled("an exploration inside an exploration, or in two threads at once")
    linecache.checkcache()  # traces show the source as it is now
    chance, hook = random.getstate(), sys.unraisablehook
    kept = [(at, name, getattr(at, name)) for at, name in _COUNTED]
    bound = list(_bound_before(scope, functions))
    try:
        for at, name, new in _PLACES:
            setattr(at, name, new)
        for put, real in bound:
            put(_BY_REAL[id(real)])
        sys.unraisablehook = lambda args: None if args.exc_type is Abort else hook(args)
        logging.getLogger("concurrent.futures").addFilter(_no_abort)
        yield
    finally:
        logging.getLogger("concurrent.futures").removeFilter(_no_abort)
        sys.unraisablehook = hook
        for put, real in bound:
            put(real)
        for (at, name), real in _REAL.items():
            setattr(at, name, real)
        for at, name, real in kept:
            setattr(at, name, real)
        random.setstate(chance)
        _one_at_a_time.release()


def begin_afresh() -> None:
    """What the standard library counts and keeps for the whole process, new for each run."""
    _THREADING._counter = itertools.count(1).__next__
    _POOL._global_shutdown_lock = Lock()
    _POOL.ThreadPoolExecutor._counter = itertools.count().__next__
    random.seed(0)


_THREADING: Any = threading
_POOL: Any = concurrent.futures.thread
_COUNTED = (
    (_THREADING, "_counter"),
    (_POOL, "_global_shutdown_lock"),
    (_POOL.ThreadPoolExecutor, "_counter"),
)


def _no_abort(record: logging.LogRecord) -> bool:
    """Executors log what ends their threads, even Abort."""
    return not (record.exc_info and record.exc_info[0] is Abort)


def _bound_before(
    scope: Scope, functions: Iterable[Callable[..., object]]
) -> Iterator[tuple[Callable[[Any], None], Any]]:
    """Where the program's modules hold the real thing: what sets it anew, and what is there."""
    for names in _namespaces(scope, functions):
        for name, value in list(names.items()):
            if id(value) in _BY_REAL:
                yield partial(names.__setitem__, name), value
            elif isinstance(value, type) and is_dataclass(value):
                # In __init__, default factories are variables of a closure.
                for cell in getattr(vars(value).get("__init__"), "__closure__", None) or ():
                    if id(cell.cell_contents) in _BY_REAL:
                        yield partial(setattr, cell, "cell_contents"), cell.cell_contents


def _namespaces(
    scope: Scope, functions: Iterable[Callable[..., object]]
) -> Iterator[dict[str, Any]]:
    own = {id(f.__globals__): f.__globals__ for f in functions if isinstance(f, FunctionType)}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and scope.covers(file):
            own[id(vars(module))] = vars(module)
    yield from own.values()
