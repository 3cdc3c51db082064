"""An event loop on which nobody waits for real: when all tasks wait, its clock leaps.

So a promise about a retry in a minute is tried in a moment, and the order of what happens is the
same each time. Only for work that has left the loop, in a thread or a process, is waited for.
"""

import asyncio
import selectors
import time
import weakref
from collections.abc import Coroutine
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

_T = TypeVar("_T")


class StuckError(Exception):
    """Every task waits for what never comes, or goes round in circles; the message says where."""


class PythonEndedError(Exception):
    """A task asked Python to end, and nobody stopped it from doing so."""


class LeftOverError(Exception):
    """Tasks were left behind; the message says where they wait."""


def run(main: Coroutine[Any, Any, _T], *, turns: int | None = None) -> _T:
    """The result of a coroutine, on a fresh loop. Its clock begins at 0.

    Raises what the coroutine raises, StuckError when it can never end or has not ended after so
    many turns of the loop, LeftOverError if it leaves tasks behind, PythonEndedError for a task
    that raises KeyboardInterrupt or SystemExit, and what a task raised that nobody awaited.
    """
    loop = VirtualTimeLoop(turns)
    try:
        result = loop.run_until_complete(main)
        if left := loop.tasks():
            raise LeftOverError(f"{len(left)} of the tasks never ended: {places(left)}")
        if loop.unheard:
            raise loop.unheard[0]
        return result
    except (KeyboardInterrupt, SystemExit) as error:
        if loop.came_from_a_task(error):
            raise PythonEndedError(f"a task raised {error!r}, and so ended the loop") from error
        raise
    finally:
        loop.end()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """asyncio's own event loop, but for what time it is."""

    def __init__(self, turns: int | None = None) -> None:
        self._selector_of_time = _Selector(turns)
        super().__init__(self._selector_of_time)
        self._selector_of_time.loop = self
        # What tasks raised that nobody awaited.
        self.unheard: list[BaseException] = []
        self.set_exception_handler(self._hear)
        self._begun: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        task = super().create_task(coro, **options)
        self._begun.add(task)
        return task

    def came_from_a_task(self, error: BaseException) -> bool:
        """Whether a task raised this, and not somebody at the keyboard."""
        ended = [task for task in self._begun if task.done() and not task.cancelled()]
        return any(task.exception() is error for task in ended)

    def time(self) -> float:
        return self._selector_of_time.now

    def run_in_executor(  # type: ignore[override]  # takes any
        self, executor: Any, func: Any, *args: Any
    ) -> Any:
        future = super().run_in_executor(executor, func, *args)
        self._selector_of_time.elsewhere += 1
        future.add_done_callback(self._is_back)
        return future

    def tasks(self) -> list[asyncio.Task[Any]]:
        """Those that have not ended, the oldest first."""
        return sorted(asyncio.all_tasks(self), key=lambda task: task.get_name())

    def end(self) -> None:
        """Cancel what is left, and close."""
        self._selector_of_time.turns_left = None
        left = self.tasks()
        for task in left:
            task.cancel()
        # A task may refuse to end: it gets so many turns, and no more.
        for _ in range(100):
            if left and not all(task.done() for task in left):
                self.run_until_complete(asyncio.sleep(0))
        self._selector_of_time.elsewhere = 1
        self.run_until_complete(self.shutdown_default_executor())
        self.close()

    def _is_back(self, future: object) -> None:
        self._selector_of_time.elsewhere -= 1

    def _hear(self, loop: object, context: dict[str, Any]) -> None:
        self.unheard.append(context.get("exception") or RuntimeError(context["message"]))


class _Selector(selectors.DefaultSelector):
    """Where an event loop waits: for sockets, of which there are none, and for time to pass."""

    def __init__(self, turns: int | None) -> None:
        super().__init__()
        self.now = 0.0
        # None for as many as there may be.
        self.turns_left = turns
        # How many calls are at work in threads and processes.
        self.elsewhere = 0
        self.loop: VirtualTimeLoop | None = None

    def select(self, timeout: float | None = None) -> list[Any]:
        self._count_turn()
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if self.elsewhere:
            # What went wrong may be the way back from there: then nobody would ever come.
            if self.loop is not None and self.loop.unheard:
                raise self.loop.unheard[0]
            began = time.monotonic()
            ready = super().select(timeout)
            self.now += time.monotonic() - began
        elif timeout is not None:
            self.now += timeout
        elif self.loop is not None:
            raise StuckError(f"every task waits for what never comes: {places(self.loop.tasks())}")
        return ready

    def _count_turn(self) -> None:
        if self.turns_left is None or self.loop is None:
            return
        self.turns_left -= 1
        if self.turns_left < 0:
            raise StuckError(f"tasks go round in circles: {places(self.loop.tasks())}")


def places(tasks: list[asyncio.Task[Any]]) -> str:
    """Where tasks wait, each place once: `pool.py:120 in _work (3 tasks)`."""
    counts: dict[str, int] = {}
    for task in tasks:
        place = _place(task)
        counts[place] = counts.get(place, 0) + 1
    return "; ".join(p if n == 1 else f"{p} ({n} tasks)" for p, n in counts.items())


def _place(task: asyncio.Task[Any]) -> str:
    """The innermost line of a waiting task that is not asyncio's own."""
    found: FrameType | None = None
    waiting: Any = task.get_coro()
    while frame := getattr(waiting, "cr_frame", None) or getattr(waiting, "gi_frame", None):
        if found is None or "asyncio" not in Path(frame.f_code.co_filename).parts:
            found = frame
        waiting = getattr(waiting, "cr_await", None) or getattr(waiting, "gi_yieldfrom", None)
    if found is None:
        return "a task that has not begun"
    file = Path(found.f_code.co_filename).name
    return f"{file}:{found.f_lineno} in {found.f_code.co_name}"
