"""Where a thread can be stopped: in whose code, and before what.

`line` stops before each statement, `op` before each bytecode that other threads could notice, and
`bytecode` before every single one: far slower, and there to check that `op` leaves nothing out.

Python tells of statements by `sys.settrace`, and of bytecodes too up to 3.11. From 3.12 on
`sys.monitoring` does, for the program's own code alone and only where we want to hear of it.
"""

import dis
import os
import sys
import sysconfig
from _thread import get_ident
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Literal

from lab.race.statements import statement_line, statements

if TYPE_CHECKING:
    from lab.race.gates import Worker

StepKind = Literal["line", "op", "bytecode"]
STEP_KINDS = ("line", "op", "bytecode")

# Bytecodes that touch only the thread's own stack and variables. To switch before one of them
# is the same as to switch before the next one that is not here. Names of 3.11 to 3.14, in full:
# a prefix would let in JUMP_IF_TRUE_OR_POP, which asks a shared list for its length.
_PRIVATE = """
CACHE EXTENDED_ARG NOP NOT_TAKEN RESUME COPY SWAP POP_TOP POP_ITER PUSH_NULL END_FOR KW_NAMES
PRECALL LOAD_CONST LOAD_SMALL_INT LOAD_CONST_IMMORTAL LOAD_COMMON_CONSTANT LOAD_ASSERTION_ERROR
LOAD_FAST LOAD_FAST_CHECK LOAD_FAST_AND_CLEAR LOAD_FAST_LOAD_FAST LOAD_FAST_BORROW
LOAD_FAST_BORROW_LOAD_FAST_BORROW STORE_FAST STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST
JUMP_FORWARD JUMP_BACKWARD JUMP_BACKWARD_NO_INTERRUPT IS_OP
POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE POP_JUMP_FORWARD_IF_NONE POP_JUMP_FORWARD_IF_NOT_NONE
POP_JUMP_BACKWARD_IF_NONE POP_JUMP_BACKWARD_IF_NOT_NONE
RETURN_VALUE RETURN_CONST RETURN_GENERATOR PUSH_EXC_INFO POP_EXCEPT RERAISE CHECK_EXC_MATCH
MAKE_CELL COPY_FREE_VARS MAKE_FUNCTION SET_FUNCTION_ATTRIBUTE LOAD_CLOSURE
BUILD_TUPLE BUILD_LIST BUILD_STRING BUILD_SLICE
"""
PRIVATE = frozenset(_PRIVATE.split())
# A thread that computes this long without a step is in an endless loop.
LONGEST_STEP = 300_000

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARY = tuple(
    os.path.normcase(os.path.abspath(sysconfig.get_path(name))) + os.sep
    for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>")
# Bytecodes by their place in the code, for those that are worth a stop.
Points = dict[int, str]


class Scope:
    """Whose code is stopped in: all but the libraries and the explorer, or `only` these.

    Code out of scope runs on in one piece, from one lock operation to the next.
    """

    def __init__(self, only: Iterable[ModuleType | str | os.PathLike[str]] | None = None) -> None:
        self._only = None if only is None else {_path_of(each) for each in only}
        self._known: dict[str, bool] = {}
        # The variables of the modules that most calls of a run are made in: the explorer's own.
        self.ours: list[dict[str, Any]] = []

    def covers(self, file: str) -> bool:
        """Whether code of this file is in scope. Called for every call of every thread."""
        known = self._known.get(file)
        if known is None:
            known = self._known[file] = self._decide(file)
        return known

    def _decide(self, file: str) -> bool:
        if file.startswith(("<frozen ", "<string>")):
            return False
        path = os.path.normcase(os.path.abspath(file))
        if self._only is not None:
            return path in self._only
        return not path.startswith((os.path.normcase(_HERE), *_LIBRARY))

    def users_frame(self, frame: FrameType | None) -> tuple[FrameType | None, str]:
        """The nearest frame in scope, and the name of the call that it is inside of."""
        call = ""
        while frame and not self.covers(frame.f_code.co_filename):
            call = frame.f_code.co_qualname
            frame = frame.f_back
        return frame, call


class Stops:
    """Stops one thread where the program's `step` says."""

    def __init__(self, worker: "Worker", scope: Scope, step: StepKind) -> None:
        self._worker = worker
        self._scope = scope
        self._ours = scope.ours
        self._step = step
        self._hidden = _hidden(step)
        # Bytecodes since the last stop.
        self._idle = 0
        self._loops: dict[int, _Loop] = {}

    def install(self) -> None:
        """For the calling thread, from now on."""
        if self._step == "line" or sys.version_info < (3, 12):
            sys.settrace(self._on_call)

    def remove(self) -> None:
        sys.settrace(None)

    def begin_call(self, frame: FrameType) -> None:
        self._loops.pop(id(frame), None)

    def reach(self, frame: FrameType, op: str, loop: "_Loop | None" = None) -> None:
        """Stop here. A loop that spins gives way to those it may wait for."""
        self._idle = 0
        if loop is None:
            loop = self._loops.get(id(frame))
        if loop is None:
            loop = self._loops[id(frame)] = _Loop()
        self._worker.stop(frame, op, gives_way=loop.spins(frame, self._worker))

    def pass_by(self, frame: FrameType) -> None:
        """No stop here; but does it get on at all?"""
        self._idle += 1
        if self._idle > LONGEST_STEP:
            self._worker.is_endless(frame)

    def _on_call(self, frame: FrameType, event: str, arg: Any) -> Any:
        variables = frame.f_globals
        for ours in self._ours:  # no more than a short cut
            if variables is ours:
                return None
        code = frame.f_code
        if not self._scope.covers(code.co_filename) or self._worker.run.looking:
            return None
        if self._step != "line":
            frame.f_trace_lines, frame.f_trace_opcodes = False, True
            return self._by_bytecode(code)
        # Until 3.11 a comprehension is a function of its own; from 3.12 on it is not.
        return None if code.co_name in _COMPREHENSIONS else self._by_line(code)

    def _by_bytecode(self, code: CodeType) -> Callable[..., Any]:
        point_at, has_cells, loop = _points(code, self._hidden).get, _has_cells(code), _Loop()

        def on_event(frame: FrameType, event: str, arg: Any) -> Any:
            if event == "opcode":
                op = point_at(frame.f_lasti)
                if op is None:
                    self.pass_by(frame)
                else:
                    self.reach(frame, op, loop)
                    if has_cells:
                        _refresh_cells(frame)
            return on_event

        return on_event

    def _by_line(self, code: CodeType) -> Callable[..., Any]:
        comprehensions = statements(code.co_filename).comprehensions
        endless, has_cells = _jumps_back(code, to_themselves=True), _has_cells(code)
        line, last, loop = 0, -1, _Loop()

        def on_event(frame: FrameType, event: str, arg: Any) -> Any:
            nonlocal line, last
            if event == "line":
                now = statement_line(frame)
                if now != line or (frame.f_lasti <= last and now not in comprehensions):
                    line, last = now, frame.f_lasti
                    self.reach(frame, "", loop)
                    if has_cells:
                        _refresh_cells(frame)
                if frame.f_lasti in endless:
                    self._worker.is_endless(frame)
            return on_event

        return on_event


class _Loop:
    """The stops in one call, while one thread has the turn: does it go round in circles?"""

    def __init__(self) -> None:
        self._turn = -1
        self._last = -1
        self._rounds = 0
        self._seen: object = None

    def spins(self, frame: FrameType, worker: "Worker") -> bool:
        """Whether a loop came round again, in one turn, and nothing to be seen has changed."""
        came_round, self._last = frame.f_lasti <= self._last, frame.f_lasti
        if self._turn != worker.turn:
            self._turn, self._rounds, self._seen = worker.turn, 0, None
        if not came_round:
            return False
        self._rounds += 1
        if self._rounds < 3:
            return False
        before, self._seen = self._seen, worker.run.picture(frame)
        return before == self._seen or self._rounds >= 200


@contextmanager
def bytecodes_monitored(
    scope: Scope, step: StepKind, workers: dict[int, "Worker"]
) -> Iterator[None]:
    """From 3.12 on, the `workers` (by their `get_ident()`) stop before bytecodes of the program."""
    if step == "line" or sys.version_info < (3, 12):
        yield
        return
    monitoring, hidden = sys.monitoring, _hidden(step)
    tool = next(each for each in (3, 4, 2, 5, 1, 0) if monitoring.get_tool(each) is None)
    events, codes = monitoring.events, dict[int, tuple[CodeType, Points, frozenset[int]]]()

    def on_start(code: CodeType, offset: int) -> Any:
        if not scope.covers(code.co_filename):
            return monitoring.DISABLE
        if id(code) not in codes:
            codes[id(code)] = code, _points(code, hidden), _jumps_back(code)
            monitoring.set_local_events(tool, code, events.INSTRUCTION)
        if worker := workers.get(get_ident()):
            worker.stops.begin_call(sys._getframe(1))
        return None

    def on_bytecode(code: CodeType, offset: int) -> Any:
        _, points, jumps_back = codes[id(code)]
        op, worker = points.get(offset), workers.get(get_ident())
        if op is None:
            if offset not in jumps_back:
                return monitoring.DISABLE
            if worker:
                worker.stops.pass_by(sys._getframe(1))
        elif worker and not worker.run.looking:
            worker.stops.reach(sys._getframe(1), op)
        return None

    monitoring.use_tool_id(tool, "lab.race")
    try:
        monitoring.register_callback(tool, events.PY_START, on_start)
        monitoring.register_callback(tool, events.INSTRUCTION, on_bytecode)
        monitoring.set_events(tool, events.PY_START)
        monitoring.restart_events()
        yield
    finally:
        monitoring.set_events(tool, 0)
        for code, *_ in codes.values():
            monitoring.set_local_events(tool, code, 0)
        monitoring.free_tool_id(tool)


def _hidden(step: StepKind) -> frozenset[str]:
    return PRIVATE if step == "op" else frozenset({"CACHE"})


@cache
def _points(code: CodeType, hidden: frozenset[str]) -> Points:
    points, prefix = Points(), None
    for each in dis.get_instructions(code):
        if each.opname == "EXTENDED_ARG":
            prefix = each.offset if prefix is None else prefix
            continue
        if each.opname not in hidden:
            # 3.11 tells of the prefix of an instruction, and not of what follows it.
            if prefix is None or sys.version_info >= (3, 12):
                prefix = each.offset
            points[prefix] = each.opname
        prefix = None
    return points


@cache
def _jumps_back(code: CodeType, *, to_themselves: bool = False) -> frozenset[int]:
    """`while True: pass` is a jump to itself, where no line ever begins again."""
    jumps = (each for each in dis.get_instructions(code) if each.opname.startswith("JUMP_BACKWARD"))
    return frozenset(j.offset for j in jumps if not to_themselves or j.argval == j.offset)


def _has_cells(code: CodeType) -> bool:
    return bool(code.co_freevars or code.co_cellvars)


def _refresh_cells(frame: FrameType) -> None:
    """Bring a closure's variables up to date.

    Until 3.12 the interpreter copies `f_locals` back into them when a trace function returns, over
    what other threads wrote meanwhile.
    """
    frame.f_locals  # noqa: B018


def _path_of(each: ModuleType | str | os.PathLike[str]) -> str:
    path = each.__file__ if isinstance(each, ModuleType) else os.fspath(each)
    if path is None:
        raise ValueError(f"{each!r} has no file; name a module or the path of a file")
    return os.path.normcase(os.path.abspath(path))
