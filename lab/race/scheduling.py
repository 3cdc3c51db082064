"""One schedule of a program of threads: real threads, of which one runs at a time.

The strategy names the one. So the schedule of a whole run is a string of letters, and the same
string is the same run.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from lab.race.execution import LETTERS, Execution, Program, place
from lab.race.gates import Worker, closed
from lab.race.strategies import Strategy
from lab.race.traces import Deadlock, EndlessLoop, Uncontrolled


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
        self._verdict = closed()

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


def _stand(worker: Worker) -> tuple[str, int]:
    return worker.op, worker.frame.f_lasti if worker.frame else -1


def _is_daemon(thread: Thread) -> bool:
    # The interpreter ends the threads of an executor at exit, though they are not daemons.
    pool = sys.modules.get("concurrent.futures.thread")
    return thread.daemon or (pool is not None and thread in pool._threads_queues)
