"""Every state that a program of threads can be in, and not one schedule after another.

Two schedules that lead to the same state go on alike. So a program with millions of schedules has
some hundreds of states, and all of its schedules can be drawn, counted and walked.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from types import FrameType
from typing import Any

from lab.race.execution import Program
from lab.race.gates import Worker
from lab.race.scheduling import Threads
from lab.race.search import Search
from lab.race.statements import statement_line
from lab.race.stops import Scope
from lab.race.strategies import Letters, Script, Strategy
from lab.race.traces import Trace, without_addresses

# A file and a function in it, as its `__qualname__` says without `<locals>`: `Job.mark_running`.
Function = tuple[str, str]
Columns = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """A line in one of the functions that are looked at."""

    function: Function
    line: int
    # The part of the line that is next, if threads stop inside of lines.
    columns: Columns | None = None


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one thread is."""

    # The calls of the functions looked at that it is in, the outermost first. The last one's line
    # is the one that it is about to run, or is inside of.
    path: tuple[Place, ...] = ()
    # It is somewhere else: before it stood there, after it, or in something called from there.
    elsewhere: bool = False
    # What it waits for, in words; empty for one that can go on.
    waits: str = ""
    done: bool = False
    # All that tells it from another thread at the same lines: its instructions, its variables.
    calls: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Where all threads are, by letter, and the shared values. Two that are equal go on alike."""

    threads: tuple[tuple[str, Stand], ...]
    shared: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class End:
    """How a schedule ended: the shared values, and what was wrong, or None."""

    shared: tuple[tuple[str, str], ...]
    error: str | None


Node = State | End


@dataclass(frozen=True)
class Graph:
    """Every state of a program, with what follows when one or the other thread runs a line."""

    start: Node
    edges: Mapping[State, Mapping[str, Node]]

    def nodes(self) -> list[Node]:
        """All states and ends, those that are reached in fewer lines first."""
        found = {self.start: None}
        queue = deque(found)
        while queue:
            node = queue.popleft()
            for _, after in self.ways_from(node):
                if after not in found:
                    found[after] = None
                    queue.append(after)
        return list(found)

    def ways_from(self, node: Node) -> list[tuple[str, Node]]:
        """Who can go on, and where that leads."""
        return [] if isinstance(node, End) else sorted(self.edges[node].items())

    def schedules(self) -> "Schedules":
        """How many schedules there are, and how many go wrong."""
        return self._schedules(self.start, "", None, {})

    def schedules_with(self, preemptions: int) -> "Schedules":
        """The same of those with so many preemptions, no more and no fewer."""
        return self._schedules(self.start, "", preemptions, {})

    def fewest(self) -> str | None:
        """Of the schedules that go wrong, one with the fewest preemptions; None if none does."""
        queue: deque[tuple[Node, str, int]] = deque([(self.start, "", 0)])
        seen = set[tuple[Node, str]]()
        while queue:
            node, moves, preemptions = queue.popleft()
            if isinstance(node, End) and node.error:
                return moves
            if (node, moves[-1:]) in seen:
                continue
            seen.add((node, moves[-1:]))
            for name, after in reversed(self.ways_from(node)):
                if self._preempts(node, moves[-1:], name):
                    queue.append((after, moves + name, preemptions + 1))
                else:
                    queue.appendleft((after, moves + name, preemptions))
        return None

    def _preempts(self, node: Node, last: str, name: str) -> bool:
        """Whether it takes the turn from one who could go on."""
        return name != last and any(able == last for able, _ in self.ways_from(node))

    def _schedules(
        self, node: Node, last: str, left: int | None, known: "dict[_Asked, Schedules]"
    ) -> "Schedules":
        if isinstance(node, End):
            counts = left in (None, 0)
            return Schedules(int(counts), int(counts and node.error is not None))
        asked = node, "" if left is None else last, left
        if asked not in known:
            total, wrong = 0, 0
            for name, after in self.ways_from(node):
                spent = left is not None and self._preempts(node, last, name)
                if spent and not left:
                    continue
                rest = left - 1 if left is not None and spent else left
                found = self._schedules(after, name, rest, known)
                total, wrong = total + found.total, wrong + found.wrong
            known[asked] = Schedules(total, wrong)
        return known[asked]


@dataclass(frozen=True, slots=True)
class Schedules:
    """How many there are, and how many of them go wrong."""

    total: int
    wrong: int


_Asked = tuple[Node, str, int | None]


def every_state(program: Program, functions: Iterable[Function]) -> Graph:
    """Explore all schedules in which threads take turns in these functions, line by line.

    There is no bound on preemptions. What a thread does elsewhere is part of the line it comes
    from. States are taken to be one where the threads stand at the same lines, with the same plain
    values in their variables, and the watched values are equal: `program.watch` must show all that
    makes a difference.
    """
    walk = _EveryState(functions)
    Search(_Looked, program).traces(walk)
    return Graph(walk.start, walk.edges)


def states_of(program: Program, functions: Iterable[Function], schedule: str) -> list[Node]:
    """The states that one schedule goes through: one before each of its letters, and the end."""
    script = _Replayed(functions, schedule)
    Search(_Looked, program).traces(script)
    return script.nodes


def end_of(program: Program, functions: Iterable[Function], moves: str) -> Node:
    """How the program ends if its threads take turns like this in these functions.

    The moves are those of a graph, one letter for each line.
    """
    walk = _Walked(functions, moves)
    Search(_Looked, program).traces(walk)
    return walk.ended


class _Looking(Strategy):
    """A strategy that is told in which state the program is, and how it ended."""

    looks = True

    def __init__(self, functions: Iterable[Function]) -> None:
        self.functions = frozenset(functions)

    def end(self, trace: Trace) -> None:
        """The schedule is over."""


class _EveryState(_Looking):
    """Goes every way from every state once."""

    exhaustive = True

    def __init__(self, functions: Iterable[Function]) -> None:
        super().__init__(functions)
        self.edges: dict[State, dict[str, Node]] = {}
        self.start: Node = End((), None)
        # The choices that lead to a state, and then to a way that nobody went yet.
        self._todo: list[list[str]] = [[]]

    def begin(self) -> None:
        super().begin()
        self._script = self._todo.pop()
        self._chosen: list[str] = []
        self._last: tuple[State, str] | None = None

    def more(self) -> bool:
        return bool(self._todo)

    def pick(self, free: Letters, paid: Letters, at: Any) -> str:
        (state,) = at
        able = sorted([*free, *paid])
        if passing := _passing(state, [*free, *paid]):
            return passing
        self._arrive(state)
        name = self._way(state, able)
        self._chosen.append(name)
        self._last = state, name
        return name

    def end(self, trace: Trace) -> None:
        self._arrive(_end(trace))

    def _arrive(self, node: Node) -> None:
        if self._last is None:
            self.start = node
        else:
            state, name = self._last
            self.edges[state][name] = node

    def _way(self, state: State, able: list[str]) -> str:
        depth = len(self._chosen)
        if depth < len(self._script):
            return self._script[depth]
        if state not in self.edges:
            self.edges[state] = {}
            self._todo += [[*self._chosen, name] for name in able[1:]]
        return able[0]


class _Walked(_Looking):
    """One way through a graph."""

    def __init__(self, functions: Iterable[Function], moves: str) -> None:
        super().__init__(functions)
        self._moves = moves
        self.ended: Node = End((), None)

    def begin(self) -> None:
        super().begin()
        self._left = iter(self._moves)

    def more(self) -> bool:
        return self.ended == End((), None)

    def pick(self, free: Letters, paid: Letters, at: Any) -> str:
        return _passing(at[0], [*free, *paid]) or next(self._left)

    def end(self, trace: Trace) -> None:
        self.ended = _end(trace)


class _Replayed(_Looking):
    """One given schedule, and the states on its way."""

    def __init__(self, functions: Iterable[Function], schedule: str) -> None:
        super().__init__(functions)
        self._script = Script(schedule)
        self.nodes: list[Node] = []

    def begin(self) -> None:
        super().begin()
        self._script.begin()

    def more(self) -> bool:
        return not self.nodes

    def pick(self, free: Letters, paid: Letters, at: Any) -> str:
        self.nodes.append(at[0])
        return self._script.pick(free, paid, at)

    def end(self, trace: Trace) -> None:
        self.nodes.append(_end(trace))


def _passing(state: State, able: Letters) -> str | None:
    """One who is elsewhere, and so goes on until it is back where threads take turns."""
    stands = dict(state.threads)
    return next((name for name in able if stands[name].elsewhere), None)


def _end(trace: Trace) -> End:
    return End(tuple(trace.final.items()), trace.error)


class _Looked(Threads):
    """Threads that are looked at before each step."""

    def run(self) -> Trace:
        trace = super().run()
        if isinstance(self.strategy, _Looking):
            self.strategy.end(trace)
        return trace

    def choose(self, free: list[str], paid: list[str], at: tuple[Any, ...]) -> str:
        # The rehearsal has a strategy that looks at nothing.
        looking = isinstance(self.strategy, _Looking)
        return super().choose(free, paid, (self._state(),) if looking else at)

    def _state(self) -> State:
        assert isinstance(self.strategy, _Looking)
        with self._quietly():
            stands = [
                (worker.name, _stand(worker, self.program.scope, self.strategy.functions))
                for worker in self.workers
            ]
        return State(tuple(stands), tuple(self.look().items()))


def _stand(worker: Worker, scope: Scope, functions: frozenset[Function]) -> Stand:
    if worker.done:
        return Stand(done=True)
    waits = "" if worker.ready else worker.waits_for()
    can_choose = worker.may_go is not None
    calls = list(dropwhile(lambda c: _function(c) not in functions, _calls(worker.frame, scope)))
    shown = list(takewhile(lambda c: _function(c) in functions, calls))
    in_a_line = worker.op != "" and worker.run.program.step == "line"
    return Stand(
        tuple(_place(call, worker if call is calls[-1] else None) for call in shown),
        elsewhere=not can_choose and (not calls or shown != calls or in_a_line),
        waits=waits,
        calls=tuple((_function(call), call.f_lasti, _variables(call)) for call in calls),
    )


def _place(call: FrameType, stopped: Worker | None) -> Place:
    columns = _columns(call) if stopped and stopped.run.program.step != "line" else None
    return Place(_function(call), statement_line(call), columns)


def _calls(frame: FrameType | None, scope: Scope) -> list[FrameType]:
    """Those of the program, the outermost first."""
    calls: list[FrameType] = []
    while frame is not None:
        if scope.covers(frame.f_code.co_filename):
            calls.append(frame)
        frame = frame.f_back
    return calls[::-1]


def _function(frame: FrameType) -> Function:
    name = frame.f_code.co_qualname.replace(".<locals>", "").removesuffix(".<listcomp>")
    return frame.f_code.co_filename, name


def _columns(call: FrameType) -> Columns | None:
    first, last, start, end = list(call.f_code.co_positions())[call.f_lasti // 2]
    return None if first != last or start is None or end is None else (start, end)


def _variables(frame: FrameType) -> tuple[tuple[str, str], ...]:
    return tuple((name, _plain(value)) for name, value in frame.f_locals.items())


def _plain(value: object) -> str:
    """A value that says the same in every run; of anything else, what it is."""
    plain = value is None or isinstance(value, str | int | float)
    return without_addresses(repr(value)) if plain else type(value).__name__
