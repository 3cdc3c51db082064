"""An event loop without sockets, on a virtual clock, whose next task the strategy names."""

import asyncio
import inspect
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

from lab.race import gates
from lab.race.gates import LETTERS, Abort, Context, Options, place
from lab.race.stops import LONGEST_STEP, statement_line
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

TIME = "~"
# Steps that tasks may take, once they are cancelled, to end.
_FAREWELL = 10_000


class Loop(asyncio.BaseEventLoop):
    """asyncio's event loop, but for who is next and what time it is."""

    def __init__(self, options: Options, strategy: Strategy, workers: int, record: bool) -> None:
        super().__init__()
        self.options = options
        self.strategy = strategy
        self.record = record
        self.context = _OnTasks(self)
        # False in setup and check: there, asyncio's own order holds, and nothing is noted.
        self.exploring = False
        self.closing = False
        self.workers: list[asyncio.Task[object]] = []
        self.letters: dict[object, str] = {}
        self._extra = workers
        # Where a worker that has not begun will begin.
        self.begins: dict[object, Callable[..., object]] = {}
        self.schedule: list[str] = []
        self.steps: list[Step] = []
        self.watch: Callable[[], Mapping[str, object]] = dict
        self.error: BaseException | None = None
        self.fault: NoVerdictError | None = None
        # Counts what was run, so that others see whether anything moves.
        self.moved = 0
        self._lines = 0

    # -- the phases of a run -----------------------------------------------------------------------

    def complete(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Call it, in asyncio's own order, with what it awaits; None if the verdict comes first."""
        task = super().create_task(_result(function, *arguments))
        try:
            return self.run_until_complete(task)
        except RuntimeError:
            if self.error or self.fault:
                return None
            raise

    def begin(self, letter: str, work: Callable[..., object], state: object) -> None:
        """Make a task of a worker."""
        task = super().create_task(_result(work, state))
        self.workers.append(task)
        self.letters[task] = letter
        self.begins[task] = work

    def explore(self) -> None:
        """Let the tasks go on, as the strategy says, until the workers are done or one failed."""
        self.exploring = bool(self.workers)
        try:
            if self.exploring:
                self.run_forever()
        except (SystemExit, KeyboardInterrupt) as error:
            self.fail(error)
        self.exploring = False

    @contextmanager
    def ended(self) -> Iterator[None]:
        """Whatever happens inside, all tasks have ended afterwards, and the loop is closed."""
        sys.settrace(self.count_lines)
        try:
            yield
        finally:
            sys.settrace(None)
            verdict = self.error, self.fault
            self._end()
            self.error, self.fault = verdict

    def _end(self) -> None:
        self.closing, self.exploring, self.moved = True, False, 0
        self.error = self.fault = None
        left = asyncio.all_tasks(self)
        for task in left:
            task.cancel()
        if left:
            self.complete(asyncio.wait, left)
        self.error, self.moved = None, 0
        self.complete(self.shutdown_asyncgens)
        self.close()

    # -- what asyncio asks of an event loop --------------------------------------------------------

    def time(self) -> float:
        return self.context.clock

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        task = super().create_task(coro, **options)
        if not self.closing:
            if self._extra == len(LETTERS):
                self._refuse(f"more than {len(LETTERS)} tasks in one run")
            self.letters[task] = letter = LETTERS[self._extra]
            self._extra += 1
            if not options.get("name"):
                task.set_name(f"task {letter}")  # asyncio counts on from run to run
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not self.closing:
            self.fail(context.get("exception") or RuntimeError(context.get("message", "")))

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Any, *args: Any
    ) -> NoReturn:
        self._refuse(
            "to_thread or run_in_executor: a thread; explore threads with lab.race.explore"
        )

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Any, *args: Any, context: Any = None
    ) -> Any:
        if gates.current_run() is not self.context:
            self._refuse("a call from a thread that the explorer does not control")
        return self.call_soon(callback, *args, context=context)

    def _process_events(self, event_list: object) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def _make_socket_transport(self, *args: Any, **options: Any) -> NoReturn:
        self._refuse("a socket")

    def _make_subprocess_transport(self, *args: Any, **options: Any) -> NoReturn:
        self._refuse("a subprocess")

    async def sock_connect(self, sock: Any, address: Any) -> NoReturn:
        self._refuse("a socket")

    def _refuse(self, what: str) -> NoReturn:
        self.fault = Uncontrolled(f"the explorer for tasks does not control {what}")
        raise self.fault

    # -- one step ----------------------------------------------------------------------------------

    def _run_once(self) -> None:
        """Called by `run_forever` again and again."""
        self.moved += 1
        self._lines = 0
        ready: Any = self._ready  # type: ignore[attr-defined]
        kept = [handle for handle in ready if not handle.cancelled()]
        ready.clear()
        ready.extend(kept)
        if self._at_end():
            self.stop()
        elif kept and self._letter(kept[0]) is None:
            ready.popleft()._run()  # a callback: it belongs to the step before
        elif self.exploring:
            self._explore(kept)
        elif kept:
            ready.popleft()._run()
        else:
            self._fire(self._timers())

    def _at_end(self) -> bool:
        if self.error or self.fault:
            return True
        if self.closing and self.moved > _FAREWELL:
            self.fail(EndlessLoop("a task goes on after it was cancelled"))
        if not self.exploring:
            return False
        failed = [t for t in self.workers if t.done() and not t.cancelled() and t.exception()]
        if failed:
            self.fail(failed[0].exception() or AssertionError())
        return bool(failed) or all(task.done() for task in self.workers)

    def _explore(self, ready: list[Any]) -> None:
        waiting = {self._letter(handle) or "": handle for handle in ready}
        waiting.pop("", None)
        timers = self._timers()
        names = list(waiting)
        if timers and (not names or self.options.timers == "race"):
            names.append(TIME)
        if not names:
            return self.fail(Deadlock(self._who_waits()))
        if len(self.schedule) == self.options.max_steps:
            return self.fail(EndlessLoop(f"still going after {self.options.max_steps} steps"))
        at = tuple(self._stand(handle) for handle in waiting.values())
        name = self.strategy.choose(names[:1], names[1:], at)
        self.schedule.append(name)
        if self.record:
            self.steps.append(self._describe(name, waiting.get(name), timers))
        if name == TIME:
            self._fire(timers)
        else:
            self._resume(waiting[name], ready)
        return None

    def _resume(self, chosen: Any, ready: list[Any]) -> None:
        """Run the chosen task, as if those before it in the queue had come a little later."""
        place = ready.index(chosen)
        callbacks = [handle for handle in ready[:place] if self._letter(handle) is None]
        late = [handle for handle in ready[:place] if self._letter(handle) is not None]
        queue: Any = self._ready  # type: ignore[attr-defined]
        queue.clear()
        queue.extend([*late, *ready[place + 1 :]])
        for handle in [*callbacks, chosen]:
            if not handle.cancelled():
                handle._run()

    def _timers(self) -> list[Any]:
        scheduled: Any = self._scheduled  # type: ignore[attr-defined]
        return sorted(
            (handle for handle in scheduled if not handle.cancelled()),
            key=lambda handle: float(handle.when()),
        )

    def _fire(self, timers: list[Any]) -> None:
        if not timers:
            return self.fail(Deadlock("setup() or check() waits for what never happens"))
        first, scheduled = timers[0], self._scheduled  # type: ignore[attr-defined]
        self.context.clock = max(self.context.clock, first.when())
        scheduled.remove(first)
        first._scheduled = False
        first._run()
        return None

    # -- verdicts ----------------------------------------------------------------------------------

    def fail(self, error: BaseException) -> None:
        """The verdict: the program broke. Or the explorer did, or was refused something."""
        if isinstance(error, NoVerdictError):
            self.fault = self.fault or error
        self.error = self.error or error

    def count_lines(self, frame: FrameType, event: str, arg: object) -> Any:
        """A trace function: a task that computes on and on is in an endless loop."""
        if self.context.looking or not self.options.scope.covers(frame.f_code.co_filename):
            return None
        self._lines += 1
        if self._lines > LONGEST_STEP:
            self.fail(EndlessLoop(f"a task never gets on from {place(frame)}, and never awaits"))
            raise Abort
        return self.count_lines

    def never_retrieved(self) -> BaseException | None:
        """The exception of a task that failed and that nobody looked at."""
        for task in self.letters:
            if getattr(task, "_log_traceback", False) and isinstance(task, asyncio.Task):
                return task.exception()
        return None

    # -- in words ----------------------------------------------------------------------------------

    def _letter(self, handle: Any) -> str | None:
        return self.letters.get(getattr(handle._callback, "__self__", None))

    def _stand(self, handle: Any) -> tuple[str | None, int]:
        frame = self._frame(handle._callback.__self__)
        return self._letter(handle), frame.f_lasti if frame else -1

    def _frame(self, task: Any) -> FrameType | None:
        """The innermost call of the program that the suspended task is inside of."""
        found, coroutine = None, task.get_coro()
        while frame := getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None):
            if self.options.scope.covers(frame.f_code.co_filename):
                found = frame
            coroutine = getattr(coroutine, "cr_await", None) or getattr(
                coroutine, "gi_yieldfrom", None
            )
        return found

    def _describe(self, name: str, handle: Any, timers: list[Any]) -> Step:
        shared = self.look()
        if handle is None:
            when = timers[0].when()
            return Step(TIME, "", 0, f"{when:g} s have passed", "", {}, shared)
        task = handle._callback.__self__
        frame = self._frame(task)
        if frame:
            file, line = frame.f_code.co_filename, statement_line(frame)
            own = shown(frame.f_locals)
        else:
            code = getattr(self.begins.get(task), "__code__", None)
            if code is None or not self.options.scope.covers(code.co_filename):
                return Step(name, "", 0, "", task.get_coro().__qualname__, {}, shared)
            file, line, own = code.co_filename, code.co_firstlineno, {}
        return Step(name, short_path(file), line, source_line(file, line), "", own, shared)

    def look(self) -> dict[str, str]:
        self.context.looking = True
        try:
            return shown(self.watch())
        finally:
            self.context.looking = False

    def _who_waits(self) -> str:
        waiting = [(name, task) for task, name in self.letters.items() if task in self.workers]
        return "; ".join(
            f"{name} waits at {place(self._frame(task))}"
            for name, task in waiting
            if isinstance(task, asyncio.Task) and not task.done()
        )


class _OnTasks(Context):
    """Locks, threads and clocks in a program of tasks: it is all one thread."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self.loop = loop

    def spawn(self, thread: threading.Thread, letter: str | None = None) -> None:
        self.loop._refuse(f"the thread {thread.name}")


async def _result(function: Callable[..., Any], *arguments: object) -> Any:
    value = function(*arguments)
    return await value if inspect.isawaitable(value) else value
