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
from _thread import allocate_lock
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from functools import partial
from types import FunctionType
from typing import Any

from lab.race import gates, scheduling, stops
from lab.race.execution import Abort
from lab.race.standins import locks, threads
from lab.race.standins.clocks import EPOCH, clock, sleep, urandom
from lab.race.standins.locks import Lock, RLock
from lab.race.stops import Scope
from lab.race.traces import Uncontrolled

_one_at_a_time = allocate_lock()
_monotonic = clock("monotonic")
# Where, under which name, and what stands there while an exploration runs.
_PLACES: list[tuple[Any, str, Any]] = [
    (threading, "Lock", Lock),
    (threading, "RLock", RLock),
    (threading, "_allocate_lock", Lock),
    (threading, "get_ident", threads.ident),
    (threading, "_time", _monotonic),
    (threading.Thread, "start", threads.start),
    (threading.Thread, "join", threads.join),
    (threading.Thread, "is_alive", threads.is_alive),
    (threading.Thread, "__hash__", threads.hash_),
    (queue, "SimpleQueue", queue._PySimpleQueue),  # type: ignore[attr-defined]  # private
    (queue, "time", _monotonic),
    (time, "sleep", sleep),
    (time, "monotonic", _monotonic),
    (time, "monotonic_ns", clock("monotonic_ns", unit=10**9)),
    (time, "perf_counter", clock("perf_counter")),
    (time, "perf_counter_ns", clock("perf_counter_ns", unit=10**9)),
    (time, "time", clock("time", EPOCH)),
    (time, "time_ns", clock("time_ns", EPOCH, unit=10**9)),
    (os, "urandom", urandom),
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
    scope.ours = [vars(module) for module in (gates, locks, stops, scheduling)]
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
