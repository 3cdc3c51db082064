"""threading.Lock and threading.RLock, under control.

Condition, Event, Semaphore, Barrier and queue.Queue are Python code on top of these two.
"""

from _thread import RLock as _RealRLock
from _thread import allocate_lock
from collections.abc import Callable
from typing import Any

from lab.race.execution import Execution
from lab.race.gates import Worker, current, current_run, current_worker
from lab.race.traces import Deadlock


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
        run, me = current()
        if run is None:
            return bool(self._real.acquire(blocking, timeout))
        if run.looking:
            return True
        if timeout != -1 and (timeout < 0 or not blocking):
            raise ValueError("only a blocking call has a timeout, and it is not negative")
        who = me or run
        waits = blocking and not self._is_free_for(who, run)
        if me and not waits and self._made != (me, len(me.run.schedule)):
            me.stop_before_call("acquire")  # to wait is a stop of its own
        if not self._is_free_for(who, run) and not (blocking and self._wait(run, me, timeout)):
            return False
        self._run, self._owner, self._count = run, who, self._held_in(run) + 1
        return True

    def release(self) -> None:
        run, me = current()
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

    def _is_free_for(self, who: Worker | Execution, run: Execution) -> bool:
        held = self._count and self._run is run
        return not held or (self._reentrant and self._owner is who)

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
