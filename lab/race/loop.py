"""A real event loop without sockets, on a virtual clock, whose next task the strategy names."""

import asyncio
import inspect
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NoReturn

from lab.race.execution import LETTERS, Abort, Execution, Program, execution_here, place
from lab.race.stops import LONGEST_STEP
from lab.race.strategies import Strategy
from lab.race.traces import Deadlock, EndlessLoop, Step, Uncontrolled

TIME = "~"
# Turns of the loop in which tasks must end, once they are cancelled.
_FAREWELL = 10_000


class Tasks(Execution):
    """One schedule of a program of tasks."""

    traces_home = True

    def __init__(self, program: Program, strategy: Strategy, record: bool) -> None:
        super().__init__(program, strategy, record)
        self.loop = Loop(self)
        self.letters: dict[object, str] = {}
        # False in setup and check: there, asyncio's own order holds, and nothing is noted.
        self.exploring = False
        self.closing = False
        # Turns of the loop so far, and lines in the present one.
        self.turns = 0
        self._lines = 0
        self._workers: list[asyncio.Task[object]] = []
        # Where a worker that has not begun will begin.
        self._begins: dict[object, Callable[..., object]] = {}

    # -- what Execution asks of a kind -------------------------------------------------------------

    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        task = self.loop.without_letter(_result(function, *arguments))
        try:
            return self.loop.run_until_complete(task)
        except RuntimeError:  # the loop was stopped: the verdict came first
            if error := self.fault or self.error:
                raise error from None
            raise

    def perform(self, state: Any) -> None:
        for letter, work in zip(LETTERS, self.program.workers, strict=False):
            task = self.loop.without_letter(_result(work, state))
            self._workers.append(task)
            self.letters[task] = letter
            self._begins[task] = work
        self.exploring = True
        try:
            self.loop.run_forever()
        except (SystemExit, KeyboardInterrupt) as error:
            self.fail(error)
        self.exploring = False

    def end(self) -> None:
        self.closing, self.exploring, self.turns = True, False, 0
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete_or_not(asyncio.wait(left))
        self.turns = 0
        self.loop.run_until_complete_or_not(self.loop.shutdown_asyncgens())
        self.loop.close()

    def spawn(self, thread: threading.Thread) -> None:
        self.refuse(f"the thread {thread.name}")

    def progress(self) -> int:
        return self.turns

    def forgotten(self) -> BaseException | None:
        """The exception of a task that failed and that nobody looked at."""
        for task in self.letters:
            if getattr(task, "_log_traceback", False) and isinstance(task, asyncio.Task):
                return task.exception()
        return None

    def on_call(self, frame: FrameType, event: str, arg: object) -> Any:
        """A trace function: a task that computes on and on is in an endless loop."""
        if self.looking or not self.program.scope.covers(frame.f_code.co_filename):
            return None
        self._lines += 1
        if self._lines > LONGEST_STEP:
            self.fail(EndlessLoop(f"a task never gets on from {place(frame)}, and never awaits"))
            raise Abort
        return self.on_call

    def refuse(self, what: str) -> NoReturn:
        fault = Uncontrolled(f"the explorer for tasks does not control {what}")
        self.break_off(fault)
        raise fault

    # -- one turn of the loop ----------------------------------------------------------------------

    def turn(self, ready: list[Any]) -> list[Any] | None:
        """What is run of the `ready`, in this order; None when the loop must stop."""
        self.turns += 1
        self._lines = 0
        if self._is_over():
            return None
        if ready and self.letter(ready[0]) is None:
            return ready[:1]  # a callback: it belongs to the step before
        if self.exploring:
            return self._next_step(ready)
        return ready[:1] or self.loop.next_timer()

    def letter(self, handle: Any) -> str | None:
        # Of a callback such as `tasks.discard` it is a set, of which there is no hash.
        task = getattr(handle._callback, "__self__", None)
        return self.letters.get(task) if isinstance(task, asyncio.Future) else None

    def _is_over(self) -> bool:
        if self.closing:
            return self.turns > _FAREWELL
        if self.exploring and not self.over:
            failed = [t for t in self._workers if t.done() and not t.cancelled() and t.exception()]
            if failed:
                self.fail(failed[0].exception() or AssertionError())
        return self.over or (self.exploring and all(task.done() for task in self._workers))

    def _next_step(self, ready: list[Any]) -> list[Any] | None:
        waiting = {letter: handle for handle in ready if (letter := self.letter(handle))}
        timer, names = self.loop.first_timer(), list(waiting)
        if timer and (not names or self.program.timers == "race"):
            names.append(TIME)
        try:
            if not names:
                raise Deadlock(self._who_waits())
            at = tuple(self._stand(name, handle) for name, handle in waiting.items())
            name = self.choose(names[:1], names[1:], at)
        except Exception as error:
            verdict = isinstance(error, Deadlock | EndlessLoop)
            self.fail(error) if verdict else self.break_off(error)
            return None
        if self.record:
            self.steps.append(self._step(name, waiting.get(name), timer))
        if name == TIME:
            return self.loop.next_timer()
        # As if those before it in the queue had come a little later; callbacks go first.
        chosen = waiting[name]
        before = ready[: ready.index(chosen)]
        return [*(handle for handle in before if self.letter(handle) is None), chosen]

    # -- in words ----------------------------------------------------------------------------------

    def _stand(self, letter: str, handle: Any) -> tuple[str, int]:
        frame = self._frame(handle._callback.__self__)
        return letter, frame.f_lasti if frame else -1

    def _frame(self, task: Any) -> FrameType | None:
        """The innermost call of the program that the suspended task is inside of."""
        found, coroutine = None, task.get_coro()
        while frame := getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None):
            if self.program.scope.covers(frame.f_code.co_filename):
                found = frame
            coroutine = getattr(coroutine, "cr_await", None) or getattr(
                coroutine, "gi_yieldfrom", None
            )
        return found

    def _step(self, name: str, handle: Any, timer: Any) -> Step:
        if handle is None:
            return Step(name, "", 0, f"{timer.when():g} s have passed", "", {}, self.look())
        task = handle._callback.__self__
        code = getattr(self._begins.get(task), "__code__", None)
        frame = self._frame(task)
        if frame or code is None or not self.program.scope.covers(code.co_filename):
            op = "" if frame else task.get_coro().__qualname__
            return self.describe(name, frame, op)
        return self.step_at(name, code.co_filename, code.co_firstlineno)

    def _who_waits(self) -> str:
        return "; ".join(
            f"{self.letters[task]} waits at {place(self._frame(task))}"
            for task in self._workers
            if not task.done()
        )


class Loop(asyncio.BaseEventLoop):
    """asyncio's event loop, but for who is next and what time it is."""

    def __init__(self, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks

    def without_letter(self, coroutine: Any) -> asyncio.Task[Any]:
        return super().create_task(coroutine)

    def run_until_complete_or_not(self, awaitable: Any) -> None:
        """As far as it gets."""
        try:
            self.run_until_complete(self.without_letter(awaitable))
        except RuntimeError:
            awaitable.close()

    def first_timer(self) -> Any:
        scheduled: Any = self._scheduled  # type: ignore[attr-defined]  # asyncio's own
        waiting = [handle for handle in scheduled if not handle.cancelled()]
        return min(waiting, key=lambda handle: float(handle.when()), default=None)

    def next_timer(self) -> list[Any] | None:
        """Time passes."""
        first = self.first_timer()
        if first is None:
            self._tasks.fail(Deadlock("setup() or check() waits for what never happens"))
            return None
        self._tasks.clock = max(self._tasks.clock, first.when())
        self._scheduled.remove(first)  # type: ignore[attr-defined]  # asyncio's own
        first._scheduled = False
        return [first]

    def _run_once(self) -> None:
        """Called by `run_forever` again and again."""
        queue: Any = self._ready  # type: ignore[attr-defined]  # asyncio's own
        ready = [handle for handle in queue if not handle.cancelled()]
        chosen = self._tasks.turn(ready)
        queue.clear()
        queue.extend(handle for handle in ready if not chosen or handle not in chosen)
        if chosen is None:
            self.stop()
        for handle in chosen or ():
            if not handle.cancelled():
                handle._run()

    # -- what asyncio asks of an event loop --------------------------------------------------------

    def time(self) -> float:
        return self._tasks.clock

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        task = super().create_task(coro, **options)
        if not self._tasks.closing:
            self._tasks.letters[task] = letter = self._tasks.next_letter()
            if not options.get("name"):
                task.set_name(f"task {letter}")  # asyncio counts on from run to run
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not self._tasks.closing:
            self._tasks.fail(context.get("exception") or RuntimeError(context.get("message", "")))

    def run_in_executor(  # type: ignore[override]  # it refuses
        self, executor: Any, func: Any, *args: Any
    ) -> NoReturn:
        self._tasks.refuse(
            "to_thread or run_in_executor: a thread; explore threads with lab.race.explore"
        )

    def call_soon_threadsafe(  # type: ignore[override]  # takes any
        self, callback: Any, *args: Any, context: Any = None
    ) -> Any:
        if execution_here() is not self._tasks:
            self._tasks.refuse("a call from a thread that the explorer does not control")
        return self.call_soon(callback, *args, context=context)

    def _process_events(self, event_list: object) -> None:
        pass

    def _write_to_self(self) -> None:
        pass

    def _make_socket_transport(self, *args: Any, **options: Any) -> NoReturn:
        self._tasks.refuse("a socket")

    def _make_subprocess_transport(self, *args: Any, **options: Any) -> NoReturn:
        self._tasks.refuse("a subprocess")

    async def sock_connect(self, sock: Any, address: Any) -> NoReturn:
        self._tasks.refuse("a socket")


async def _result(function: Callable[..., Any], *arguments: object) -> Any:
    value = function(*arguments)
    return await value if inspect.isawaitable(value) else value
