"""Where a thread can be stopped: in whose code, and before what.

`line` stops before each statement, `op` before each bytecode that other threads could notice, and
`bytecode` before every single one: far slower, and there to check that `op` leaves nothing out.
"""

import ast
import dis
import inspect
import linecache
import os
import sys
import sysconfig
from collections.abc import Iterable
from functools import cache
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Literal

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
_CAN_BE_SUSPENDED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>")


class Scope:
    """Whose code is stopped in: all but the libraries and the explorer, or `only` these.

    Code out of scope runs on in one piece, from one lock operation to the next.
    """

    def __init__(self, only: Iterable[ModuleType | str | os.PathLike[str]] | None = None) -> None:
        self._only = None if only is None else {_path_of(each) for each in only}
        self._known: dict[str, bool] = {}

    def covers(self, file: str) -> bool:
        """Whether code of this file is in scope. Called for every call of every thread."""
        known = self._known.get(file)
        if known is None:
            known = self._known[file] = self._decide(file)
        return known

    def _decide(self, file: str) -> bool:
        if file.startswith(("<frozen ", "<string>")):
            return False
        path = _normal(file)
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


class Tracer:
    """Stops one thread where `step` says, by way of `sys.settrace`."""

    def __init__(self, worker: "Worker", scope: Scope, step: StepKind) -> None:
        self.worker = worker
        self.scope = scope
        self.step = step
        # Bytecodes since the thread's last stop.
        self.idle = 0
        # Calls that may be left half-way, and be ended at any time: generators and coroutines.
        self._suspended: set[FrameType] = set()

    def install(self) -> None:
        """Trace the calling thread from now on. Other threads' trace functions stay theirs."""
        sys.settrace(self.on_call)

    def remove(self) -> None:
        """Trace the calling thread no more, not even the calls that it is inside of."""
        here: FrameType | None = sys._getframe()
        while here:
            self._suspended.add(here)
            here = here.f_back
        for frame in self._suspended:
            # 3.12 crashes in a call that asks for opcodes, in a thread that traces no more.
            frame.f_trace_opcodes = False
        self._suspended.clear()
        sys.settrace(None)

    def on_call(self, frame: FrameType, event: str, arg: Any) -> Any:
        code = frame.f_code
        if not self.scope.covers(code.co_filename) or self.worker.run.looking:
            return None
        if self.step == "line":
            # Until 3.11 a comprehension is a function of its own; from 3.12 on it is not.
            return None if code.co_name in _COMPREHENSIONS else _ByLine(self, frame).on_event
        local = _ByBytecode(self, frame).on_event
        frame.f_trace = local  # 3.13: before f_trace_opcodes
        frame.f_trace_lines = False
        frame.f_trace_opcodes = True
        if code.co_flags & _CAN_BE_SUSPENDED:
            self._suspended.add(frame)
        return local


def statement_line(frame: FrameType) -> int:
    """Where the statement begins that the call is at: the same line in every Python."""
    code = frame.f_code
    # A lambda's own line, rather than that of the statement around it.
    return max(_statements(code.co_filename).head(frame.f_lineno), code.co_firstlineno)


def ask_for_bytecodes() -> None:
    """3.12 reports bytecodes only if some call asked for them before sys.settrace."""
    mine, before = sys._getframe(), sys.gettrace()
    sys.settrace(lambda frame, event, arg: None)  # or 3.12 crashes if another thread traces
    mine.f_trace_opcodes = True
    mine.f_trace_opcodes = False
    sys.settrace(before)


class _Stopping:
    """What the stops in one call have in common."""

    def __init__(self, tracer: Tracer, frame: FrameType) -> None:
        self.tracer = tracer
        self.worker = tracer.worker
        code = frame.f_code
        self.has_cells = bool(code.co_freevars or code.co_cellvars)
        self.last = -1
        self.turn = -1
        self.rounds = 0
        self.seen: object = None

    def stop(self, frame: FrameType, op: str) -> None:
        self.tracer.idle = 0
        came_round = frame.f_lasti <= self.last
        self.last = frame.f_lasti
        self.worker.stop(frame, op, gives_way=self._spins(frame, came_round))
        if self.has_cells:
            # Until 3.12 the interpreter copies f_locals back into the closure's cells when a
            # trace function returns, over what other threads wrote meanwhile. Reading it again
            # brings it up to date.
            frame.f_locals  # noqa: B018

    def _spins(self, frame: FrameType, came_round: bool) -> bool:
        """Whether a loop came round again, in one turn, and nothing to be seen has changed."""
        if self.turn != self.worker.turn:
            self.turn, self.rounds, self.seen = self.worker.turn, 0, None
        if not came_round:
            return False
        self.rounds += 1
        if self.rounds < 3:
            return False
        before, self.seen = self.seen, self.worker.run.picture(frame)
        return before == self.seen or self.rounds >= 200


class _ByLine(_Stopping):
    def __init__(self, tracer: Tracer, frame: FrameType) -> None:
        super().__init__(tracer, frame)
        self.comprehensions = _statements(frame.f_code.co_filename).comprehensions
        self.endless = _endless(frame.f_code)
        self.line = 0

    def on_event(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "line":
            line = statement_line(frame)
            again = frame.f_lasti <= self.last and line not in self.comprehensions
            if line != self.line or again:
                self.line = line
                self.stop(frame, "")
            if frame.f_lasti in self.endless:
                self.worker.run.endless(self.worker, frame)
        return self.on_event


class _ByBytecode(_Stopping):
    def __init__(self, tracer: Tracer, frame: FrameType) -> None:
        super().__init__(tracer, frame)
        code = frame.f_code
        hidden = PRIVATE if tracer.step == "op" else frozenset({"CACHE"})
        self.points = _points(code, hidden)

    def on_event(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "opcode":
            op = self.points.get(frame.f_lasti)
            if op is not None:
                self.stop(frame, op)
            else:
                self.tracer.idle += 1
                if self.tracer.idle > LONGEST_STEP:
                    self.worker.run.endless(self.worker, frame)
        return self.on_event


class _Statements:
    """Which lines of a file belong to one statement.

    Python's line events differ from version to version inside a statement of several lines, and
    for a comprehension. Its statements are the same everywhere, and what a reader steps by.
    """

    def __init__(self, source: str) -> None:
        # For each further line of a statement, the line it begins on.
        self._heads: dict[int, int] = {}
        # The statements with a comprehension. Where it loops, nothing begins anew.
        self.comprehensions: set[int] = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.stmt | ast.ExceptHandler):
                self._add(node)

    def head(self, line: int) -> int:
        return self._heads.get(line, line)

    def _add(self, node: ast.stmt | ast.ExceptHandler) -> None:
        last = _last_line_of_head(node)
        for line in range(_first_line(node), last + 1):
            self._heads[line] = node.lineno
        inside = (ast.ListComp, ast.SetComp, ast.DictComp)
        if any(isinstance(each, inside) and each.lineno <= last for each in ast.walk(node)):
            self.comprehensions.add(node.lineno)


def _first_line(node: ast.stmt | ast.ExceptHandler) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _last_line_of_head(node: ast.stmt | ast.ExceptHandler) -> int:
    """Where the statement ends, or for a compound one, where the part before its body does."""
    if isinstance(node, ast.Match):
        return max(node.lineno, node.cases[0].pattern.lineno - 1)
    body: list[ast.stmt] = getattr(node, "body", [])
    if not body:
        return node.end_lineno or node.lineno
    return max(node.lineno, _first_line(body[0]) - 1)


_known: dict[str, tuple[list[str], _Statements]] = {}


def _statements(file: str) -> _Statements:
    lines = linecache.getlines(file)
    if file not in _known or _known[file][0] != lines:
        _known[file] = lines, _parsed("".join(lines))
    return _known[file][1]


def _parsed(source: str) -> _Statements:
    try:
        return _Statements(source)
    except SyntaxError:  # not Python as a file, such as a cell of a notebook
        return _Statements("")


@cache
def _points(code: CodeType, hidden: frozenset[str]) -> dict[int, str]:
    return {
        each.offset: each.opname for each in dis.get_instructions(code) if each.opname not in hidden
    }


@cache
def _endless(code: CodeType) -> frozenset[int]:
    """Jumps to themselves: `while True: pass`, where no line ever begins again."""
    jumps = (each for each in dis.get_instructions(code) if each.opname == "JUMP_BACKWARD")
    return frozenset(each.offset for each in jumps if each.argval == each.offset)


@cache
def _normal(file: str) -> str:
    return os.path.normcase(os.path.abspath(file))


def _path_of(each: ModuleType | str | os.PathLike[str]) -> str:
    path = each.__file__ if isinstance(each, ModuleType) else os.fspath(each)
    if path is None:
        raise ValueError(f"{each!r} has no file; name a module or the path of a file")
    return os.path.normcase(os.path.abspath(path))
