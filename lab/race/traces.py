"""What an exploration hands back: a verdict, and the steps of a schedule in words.

Nothing here holds an address, a time of day or a path of one machine: the same schedule gives the
same trace, today and on another computer.
"""

import json
import linecache
import re
import reprlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+|0x[0-9A-Fa-f]{6,}")
_FOLDERS = re.compile(
    r"(?<![\w.])(?:[A-Za-z]:)?[\\/](?:[^\s'\"<>:]*[\\/])?(?=[^\s'\"<>:\\/]+\.py\b)"
)
# A trace longer than this is printed without its middle: an endless loop has thousands of steps.
_LONGEST = 120
_QUICK_LOOK = 40
# What a column is headed by, for each letter; by default the letter itself.
Names = Mapping[str, str]
_LETTERS: Names = MappingProxyType({})
# The error of a program whose `check` says no more than that.
CHECK_IS_FALSE = "check(state) is False"
# A column is as wide as it must be, and no wider than this.
_WIDEST = 48


class Deadlock(Exception):
    """A verdict: nobody can go on, and somebody has not finished."""


class EndlessLoop(Exception):
    """A verdict: the program was still going after `max_steps` steps."""


class NoVerdictError(Exception):
    """Neither right nor wrong: the explorer cannot say, and its message says why."""


class Uncontrolled(NoVerdictError):
    """The program waits for something out of control; the message says where."""


class Diverged(NoVerdictError):
    """The same schedule behaved differently: the program depends on more than the schedule."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one thread did in one turn: from where it stood to just before its next stop."""

    # The letter of the thread or task; "~" where time passed instead.
    thread: str
    # The file, from its package on: `pyqueue/storage.py`. Empty inside library code.
    file: str
    line: int
    source: str
    # The bytecode, or the call the thread was inside of, such as `Queue.get`.
    op: str
    # The local and the shared values *before* this step, each as Python would print it.
    locals: dict[str, str]
    shared: dict[str, str]


@dataclass(frozen=True)
class Trace:
    """One schedule, step by step. `schedule` has one letter for each of `steps`."""

    schedule: str
    steps: list[Step] = field(repr=False)
    # The shared values at the end, before `check` ran.
    final: dict[str, str]
    # What went wrong, as `ValueError: …`, or None.
    error: str | None = None

    def to_json(self) -> str:
        """The whole trace for the pages of the book."""
        return json.dumps(asdict(self), indent=1)

    def __str__(self) -> str:
        """One column per thread, the shared values beside it."""
        head = f"{self.error or 'all is well'}  (schedule {_without_middle(self.schedule)})"
        return f"{head}\n{self.in_steps()}"

    def in_steps(self, names: Names = _LETTERS) -> str:
        """The columns alone, a row for each step; `names` are those of the threads, by letter."""
        widths = _widths(self.steps, names)
        rows = [_row(i, step, widths) for i, step in enumerate(self.steps, 1)]
        end = f"end  {' ' * sum(widths.values())}{_in_words(self.final)}"
        lines = [_heading(widths, names, "shared"), *_fold(rows), end]
        return "\n".join(line.rstrip() for line in lines)

    def in_lines(self, names: Names = _LETTERS) -> str:
        """For a quick look: one row for each line of source that a thread was at in one go.

        Beside it stand the shared values that are others when the thread is through with it.
        """
        turns = [list(turn) for _, turn in groupby(self.steps, _line_of)]
        before = [turn[0].shared for turn in turns]
        told = [
            replace(turn[0], op="", shared=_changed(old, new))
            for turn, old, new in zip(turns, before, [*before[1:], self.final], strict=True)
        ]
        # A thread that only begins, or is inside of a library, is at no line.
        told = [step for step in told if step.line or step.shared]
        widths = _widths(told, names)
        rows = [_row(number, step, widths) for number, step in enumerate(told, 1)]
        lines = [_heading(widths, names, "what changes"), *_fold(rows, _QUICK_LOOK)]
        return "\n".join(line.rstrip() for line in lines)


@dataclass(frozen=True)
class Failure(Trace):
    """A schedule that broke the program: `error` says how, `schedule` reproduces it."""

    error: str


@dataclass(frozen=True)
class Result:
    """The verdict of an exploration."""

    # How many schedules were run, and how long that took.
    schedules: int
    seconds: float
    # True: every schedule within the bound was run, and none failed. See the package's docstring.
    complete: bool
    # Those in the failing schedule; where none failed, the bound.
    preemptions: int
    failure: Failure | None = None

    def __str__(self) -> str:
        if self.failure:
            return str(self.failure)
        verdict = "every schedule" if self.complete else "NOT every schedule"
        bound = f"with at most {self.preemptions} preemptions"
        return f"no failure in {self.schedules} schedules: {verdict} {bound}"


def in_brief(error: BaseException) -> str:
    """An exception as one line, such as `KeyError: 'email'`."""
    # Where the stack ends differs with what looks on, and so do the words for it.
    text = "" if isinstance(error, RecursionError) else without_addresses(str(error))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def without_addresses(text: str) -> str:
    """The text without what differs from run to run and from machine to machine."""
    text = _ADDRESS.sub(lambda match: "" if match[0].startswith(" at") else "0x…", text)
    return _FOLDERS.sub("", text)


def shown(values: Mapping[str, object]) -> dict[str, str]:
    """Each value as Python prints it: short, in a stable order, without addresses."""
    return {name: without_addresses(_BRIEFLY.repr(value)) for name, value in values.items()}


def visible(state: object) -> Mapping[str, object]:
    """What to watch when nobody says: the state's own attributes.

    An attribute without a `repr` of its own is shown by *its* attributes, as `storage.jobs`.
    """
    if isinstance(state, dict):
        return {str(name): value for name, value in state.items()}
    inside = _attributes(state)
    if inside is None:
        return {"state": state}
    return dict(_opened(inside, depth=2))


def source_line(file: str, line: int) -> str:
    return linecache.getline(file, line).strip()


def short_path(file: str) -> str:
    """The path from the outermost package on, the same on every machine."""
    path = Path(file)
    top = path.parent
    while (top / "__init__.py").exists():
        top = top.parent
    return path.relative_to(top).as_posix()


class _Briefly(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 5
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = self.maxdeque = 20
        self.maxstring = self.maxother = self.maxlong = 120

    def repr_dict(self, x: dict[Any, Any], level: int) -> str:
        # In the order of insertion; the standard library's version sorts the keys.
        if level <= 0:
            return "{...}"
        shown = [f"{self.repr1(k, level - 1)}: {self.repr1(v, level - 1)}" for k, v in x.items()]
        more = ["..."] if len(shown) > self.maxdict else []
        return "{" + ", ".join(shown[: self.maxdict] + more) + "}"


_BRIEFLY = _Briefly()


def _attributes(value: object) -> dict[str, object] | None:
    if isinstance(value, type):
        return None
    if hasattr(value, "__dict__"):
        return dict(vars(value))
    if is_dataclass(value):
        return {f.name: getattr(value, f.name, None) for f in fields(value)}
    return None


def _opened(values: Mapping[str, object], depth: int) -> list[tuple[str, object]]:
    seen: list[tuple[str, object]] = []
    for name, value in values.items():
        plain = type(value).__repr__ is object.__repr__
        inside = _attributes(value) if plain and depth else None
        if inside:
            seen += [(f"{name}.{n}", v) for n, v in _opened(inside, depth - 1)]
        else:
            seen.append((name, value))
    return seen


def _widths(steps: list[Step], names: Names) -> dict[str, int]:
    letters = sorted({step.thread for step in steps})
    widths = {letter: len(names.get(letter, letter)) + 2 for letter in letters}
    for step in steps:
        widths[step.thread] = max(widths[step.thread], len(_cell(step)) + 2)
    return widths


def _heading(widths: Mapping[str, int], names: Names, last: str) -> str:
    heads = (f"{names.get(letter, letter):<{width}}" for letter, width in widths.items())
    return f"     {''.join(heads)}{last}"


def _cell(step: Step) -> str:
    op = f" [{step.op}]" if step.op else ""
    text = f"{step.line or ''} {step.source}".strip()
    return text[: _WIDEST - len(op)] + op


def _row(number: int, step: Step, widths: Mapping[str, int]) -> str:
    cells = (f"{_cell(step) if name == step.thread else '':<{w}}" for name, w in widths.items())
    return f"{number:>3}  {''.join(cells)}{_in_words(step.shared)}"


def _in_words(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items())


def _line_of(step: Step) -> tuple[str, str, int]:
    return step.thread, step.file, step.line


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in new.items() if old.get(name) != value}


def _fold(rows: list[str], longest: int = _LONGEST) -> list[str]:
    left_out = len(rows) - longest
    if left_out <= 0:
        return rows
    half = longest // 2
    return [*rows[:half], f"  …  {left_out} more steps", *rows[-half:]]


def _without_middle(schedule: str) -> str:
    return schedule if len(schedule) <= _LONGEST else f"{schedule[:40]}…{schedule[-40:]}"
