"""One schedule of one program, from `setup` to `check`: what threads and tasks have in common."""

import os
import random
from _thread import get_ident
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from string import ascii_letters, ascii_uppercase
from threading import Thread
from types import FrameType, ModuleType
from typing import Any, Literal, TypedDict

from lab.race.statements import statement_line
from lab.race.stops import STEP_KINDS, Scope, StepKind
from lab.race.strategies import Strategy
from lab.race.traces import (
    CHECK_IS_FALSE,
    EndlessLoop,
    Failure,
    NoVerdictError,
    Step,
    Trace,
    Uncontrolled,
    in_brief,
    short_path,
    shown,
    source_line,
    visible,
)

LETTERS = ascii_uppercase + ascii_letters[:26]

Only = Iterable[ModuleType | str | os.PathLike[str]]
Watch = Callable[[Any], Mapping[str, object]]
Timers = Literal["race", "last"]


class Abort(BaseException):
    """Unwinds the threads and tasks of an execution that is over."""


class Options(TypedDict, total=False):
    """What `explore` and `replay` must be given alike. Tasks have no `step`."""

    step: StepKind
    watch: Watch | None
    only: Only | None
    timers: Timers
    max_steps: int


@dataclass(frozen=True)
class Program:
    """What is explored, and in which steps."""

    setup: Callable[[], Any]
    workers: Sequence[Callable[[Any], object]]
    check: Callable[[Any], object]
    watch: Watch | None = None
    only: Only | None = None
    step: StepKind = "line"
    timers: Timers = "race"
    max_steps: int = 10_000

    def __post_init__(self) -> None:
        if self.step not in STEP_KINDS:
            raise ValueError(f'step is "line" or "op", not {self.step!r}')
        if self.timers not in ("race", "last"):
            raise ValueError(f'timers is "race" or "last", not {self.timers!r}')
        if len(self.workers) > len(LETTERS):
            raise ValueError(f"at most {len(LETTERS)} workers, not {len(self.workers)}")

    @cached_property
    def scope(self) -> Scope:
        return Scope(self.only)


class Execution(ABC):
    """One schedule, and the world it happens in. `Threads` and `Tasks` say who can go on."""

    # Whether the thread that runs setup() is traced, by `on_call`.
    traces_home = False

    def __init__(self, program: Program, strategy: Strategy, record: bool) -> None:
        self.program = program
        self.strategy = strategy
        self.record = record
        # The thread that runs `setup` and `check`.
        self.home = get_ident()
        # Seconds on the virtual clock.
        self.clock = 0.0
        self.urandom = random.Random(0).randbytes
        # While values are looked at, locks and traces keep out of it.
        self.looking = False
        # True from the last step on: the verdict is known.
        self.over = False
        self.schedule: list[str] = []
        self.steps: list[Step] = []
        # What is wrong with the program, and what hinders a verdict. The first of each stays.
        self.error: BaseException | None = None
        self.fault: BaseException | None = None
        self._look: Callable[[], Mapping[str, object]] = dict
        self._letters = iter(LETTERS[len(program.workers) :])

    def run(self) -> Trace:
        """From setup to check, and to the end of all that was started."""
        program, final = self.program, dict[str, str]()
        self.strategy.begin()
        try:
            state = self.call(program.setup)
            self._look = lambda: (program.watch or visible)(state)
            self.perform(state)
            if self.record or self.strategy.looks:
                final = self.look()
            if not self.error and not self.fault:
                self._judge(state)
        finally:
            self.over = True
            self.end()
        if self.fault:
            raise self.fault
        schedule = "".join(self.schedule)
        if self.error is None:
            return Trace(schedule, self.steps, final)
        return Failure(schedule, self.steps, final, in_brief(self.error))

    @abstractmethod
    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Call setup or check."""

    @abstractmethod
    def perform(self, state: Any) -> None:
        """Let the workers go on, step by step, until the verdict is known."""

    @abstractmethod
    def end(self) -> None:
        """See to it that nothing of the program goes on."""

    @abstractmethod
    def spawn(self, thread: Thread) -> None:
        """The program starts a thread."""

    def on_call(self, frame: FrameType, event: str, arg: object) -> Any:
        """The trace function of the home thread, where there is one."""
        return None

    def running(self) -> int:
        """By what `_thread.get_ident()` says in it, the thread that should get on."""
        return self.home

    def progress(self) -> int:
        """A number that changes as long as anything moves."""
        return len(self.schedule)

    def break_off(self, fault: BaseException) -> None:
        """Called from outside: there will be no verdict."""
        self.fault, self.over = self.fault or fault, True

    def fail(self, error: BaseException) -> None:
        """The verdict: the program broke. Or the explorer did, or was refused something."""
        if isinstance(error, NoVerdictError):
            self.fault = self.fault or error
        if not self.over:
            self.error, self.over = error, True

    def forgotten(self) -> BaseException | None:
        """An error that nobody looked at."""
        return None

    def choose(self, free: list[str], paid: list[str], at: tuple[Any, ...]) -> str:
        """Ask the strategy whose step is next."""
        if len(self.schedule) == self.program.max_steps:
            raise EndlessLoop(f"still going after {self.program.max_steps} steps")
        name = self.strategy.choose(free, paid, at)
        self.schedule.append(name)
        return name

    def next_letter(self) -> str:
        for letter in self._letters:
            return letter
        raise Uncontrolled(f"more than {len(LETTERS)} threads or tasks in one run")

    def look(self) -> dict[str, str]:
        """The shared values, as text."""
        with self._quietly():
            return shown(self._look())

    def picture(self, frame: FrameType) -> dict[str, str]:
        """All that can be seen of the program's state from here, to tell whether it changed."""
        with self._quietly():
            return shown({**self._look(), **frame.f_locals})

    def describe(self, name: str, frame: FrameType | None, op: str) -> Step:
        """The step that is next, in words."""
        if frame is None:
            return Step(name, "", 0, "", op, {}, self.look())
        with self._quietly():
            own = shown(frame.f_locals)
        return self.step_at(name, frame.f_code.co_filename, statement_line(frame), op, own)

    def step_at(
        self, name: str, file: str, line: int, op: str = "", own: dict[str, str] | None = None
    ) -> Step:
        source = source_line(file, line)
        return Step(name, short_path(file), line, source, op, own or {}, self.look())

    def _judge(self, state: Any) -> None:
        try:
            if self.call(self.program.check, state) is False:
                self.error = AssertionError(CHECK_IS_FALSE)
        except NoVerdictError:
            raise
        except Exception as error:
            self.error = error
        self.error = self.error or self.forgotten()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        self.looking = True
        try:
            yield
        finally:
            self.looking = False


_current: list[Execution] = []


def execution_here() -> Execution | None:
    """The execution whose setup() or check() the calling thread runs."""
    return _current[0] if _current and _current[0].home == get_ident() else None


@contextmanager
def current(execution: Execution) -> Iterator[None]:
    """Make this the execution of the calling thread."""
    _current[:] = [execution]
    try:
        yield
    finally:
        if _current == [execution]:
            _current.clear()


def place(frame: FrameType | None) -> str:
    if frame is None:
        return "a call into a library"
    file, line = frame.f_code.co_filename, statement_line(frame)
    return f"{short_path(file)}:{line} `{source_line(file, line)}`"
