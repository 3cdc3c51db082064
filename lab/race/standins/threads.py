"""Methods of threading.Thread, under control: so are Timer, executors, and the program's own."""

import threading
from _thread import get_ident

from lab.race.gates import Worker, current, current_run, current_worker
from lab.race.scheduling import Threads
from lab.race.traces import Deadlock, Uncontrolled

_real_start = threading.Thread.start
_real_join = threading.Thread.join
_real_is_alive = threading.Thread.is_alive


def start(thread: threading.Thread) -> None:
    run, me = current()
    if run is None:
        return _real_start(thread)
    if run.over and me:
        return me.refuse()
    if run.over:
        raise Uncontrolled("check() may not start threads: let a worker do it")
    if _worker_of(thread):
        raise RuntimeError("threads can only be started once")
    return run.spawn(thread)


def join(thread: threading.Thread, timeout: float | None = None) -> None:
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


def is_alive(thread: threading.Thread) -> bool:
    worker = _worker_of(thread)
    return not worker.done if worker else _real_is_alive(thread)


def _worker_of(thread: threading.Thread) -> Worker | None:
    run = current_run()
    return run.worker_of.get(thread) if isinstance(run, Threads) else None


def hash_(thread: threading.Thread) -> int:
    """By number, not by address: a set of threads has the same order in every run."""
    run = current_run()
    if not isinstance(run, Threads):
        return object.__hash__(thread)
    return run.numbers.setdefault(id(thread), len(run.numbers))


def ident() -> int:
    worker = current_worker()
    return worker.ident if worker else get_ident()
