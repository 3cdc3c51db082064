"""Soundness is the product: what `op` leaves out makes no difference.

Each small program is run twice over every schedule within the bound: stopping before every single
bytecode, and only where `op` stops. Both must lead to the same set of outcomes.
"""

import dis
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from lab.race import outcomes, replay, stops
from tests.race.cases import Box, two

SLOW = pytest.mark.slow
Work = Callable[[Any], object]


@dataclass(frozen=True)
class Program:
    name: str
    setup: Callable[[], Any]
    workers: list[Work]
    outcome: Callable[[Any], object]


PROGRAMS: list[Program] = []


def program(setup: Callable[[], Any], outcome: Callable[[Any], object], count: int = 2) -> Any:
    """The decorated function, run by two workers with their numbers, is one of the programs."""

    def add(work: Callable[[Any, int], object]) -> Callable[[Any, int], object]:
        PROGRAMS.append(Program(work.__name__, setup, two(work)[:count], outcome))
        return work

    return add


def number() -> Box:
    return Box(n=0, seen=[None, None])


def result(box: Box) -> object:
    return box.n, tuple(box.seen)


@program(number, result)
def add_across_a_call(box, who):
    box.n = abs(box.n) + 1


@program(number, result)
def add_in_place(box, who):
    box.n += 1


@program(number, result)
def read_then_write(box, who):
    box.seen[who] = box.n
    box.n = who + 1


@program(number, result)
def write_then_read_the_other(box, who):
    box.seen[who] = 1
    box.n = box.seen[1 - who] or 5


@program(lambda: Box(items=[]), lambda box: tuple(box.items))
def truth_of_a_shared_list(box, who):
    items = box.items
    first = items or ["nothing"]
    items.append(f"{who} saw {first[0]}")


@program(lambda: Box(items=[]), lambda box: tuple(box.items))
def ask_whether_empty_then_append(box, who):
    items = box.items
    if not items:
        items.append(who)


def desks() -> Box:
    return Box(desks=([], []), seen=[None, None])


def seen(box: Box) -> object:
    return tuple(box.seen)


@program(desks, seen)
def announce_then_ask(box, who):
    mine, other, saw = box.desks[who], box.desks[1 - who], "nobody"
    mine.append(who)
    if other:
        saw = "somebody"
    box.seen[who] = saw


@program(desks, seen)
def announce_then_choose(box, who):
    mine, other = box.desks[who], box.desks[1 - who]
    mine.append(who)
    saw = other or "nobody"
    box.seen[who] = str(saw)


@program(lambda: Box(desks=([0], [0]), seen=[None, None]), seen)
def announce_then_unpack(box, who):
    mine, other = box.desks[who], box.desks[1 - who]
    mine[0] = 1
    (saw,) = other
    box.seen[who] = saw


@program(lambda: Box(items=[1]), lambda box: tuple(box.items))
def take_the_last(box, who):
    try:
        box.items.append(box.items.pop() + 1)
    except IndexError:
        box.items.append("none")


@program(lambda: Box(a=[1], b=[2]), lambda box: (tuple(box.a), tuple(box.b)))
def spread_one_list_into_another(box, who):
    mine, other = (box.a, box.b) if who else (box.b, box.a)
    mine[:] = [*other, who]


@program(lambda: Box(jobs={"x": 1}), lambda box: tuple(box.jobs.items()))
def check_then_set_a_key(box, who):
    jobs = box.jobs
    if who not in jobs:
        jobs[who] = len(jobs)


@program(lambda: Box(jobs={1: "a", 2: "b"}, seen=[None, None]), lambda box: tuple(box.seen))
def iterate_or_grow(box, who):
    if who:
        box.jobs[3] = "c"
        return
    try:
        box.seen[0] = tuple([key for key in box.jobs])  # noqa: C416
    except RuntimeError:
        box.seen[0] = "grew"


@program(lambda: Box(jobs=[1, 2], seen=None), lambda box: box.seen)
def unpack_a_list_that_changes(box, who):
    if who:
        box.jobs.append(3)
        box.jobs.pop(0)
        return
    try:
        a, b = box.jobs
        box.seen = a, b
    except ValueError:
        box.seen = "three"


@program(lambda: Box(jobs=["a"], seen=None), lambda box: box.seen)
def format_a_list_that_changes(box, who):
    jobs = box.jobs
    if who:
        jobs.append("b")
        jobs[0] = "c"
        return
    box.seen = f"{jobs} {len(jobs)}"


@program(lambda: Box(a=1, b=1, seen=None), lambda box: box.seen)
def two_fields_read_apart(box, who):
    if who:
        box.a = 2
        box.b = 2
    else:
        box.seen = (box.a, box.b)


@program(lambda: Box(a=[1], b=[1], seen=None), lambda box: box.seen)
def compare_two_lists(box, who):
    a, b = box.a, box.b
    if who:
        a.append(2)
        b.append(2)
    else:
        box.seen = (a == b, a < b)


def in_closure() -> Box:
    total = 0

    def add() -> None:
        nonlocal total
        seen = total
        total = seen + 1

    return Box(add=add, total=lambda: total)


@program(in_closure, lambda box: box.total())
def add_in_a_closure(box, who):
    box.add()


@program(lambda: Box(lock=threading.Lock(), n=0), lambda box: box.n)
def add_under_a_lock(box, who):
    with box.lock:
        box.n = abs(box.n) + 1


@program(lambda: Box(lock=threading.Lock(), got=[]), lambda box: tuple(box.got))
def try_a_lock(box, who):
    got = box.lock.acquire(blocking=False)
    box.got.append(got)
    if got:
        box.lock.release()


@program(lambda: Box(locks=[threading.Lock(), threading.Lock()]), lambda box: "both done")
def two_locks_in_two_orders(box, who):
    with box.locks[who], box.locks[1 - who]:
        pass


@program(lambda: Box(lock=threading.Lock(), n=0), lambda box: box.n)
def let_go_between(box, who):
    with box.lock:
        seen = box.n
    with box.lock:
        box.n = seen + 1


@program(lambda: Box(waiting=iter(range(3)), seen=[None, None]), lambda box: tuple(box.seen))
def share_an_iterator(box, who):
    box.seen[who] = next(box.waiting)


def counting() -> Any:
    n = 0
    while True:
        yield n
        n += 1


@program(lambda: Box(waiting=counting(), seen=[None, None]), lambda box: tuple(box.seen))
def share_a_generator(box, who):
    try:
        box.seen[who] = next(box.waiting)
    except ValueError:
        box.seen[who] = "already running"


class Careful:
    """Its attribute is a property, and has a lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.value = 0

    @property
    def n(self) -> int:
        with self.lock:
            return self.value

    @n.setter
    def n(self, value: int) -> None:
        with self.lock:
            self.value = value


@program(Careful, lambda careful: careful.value)
def add_through_a_property(careful, who):
    careful.n += 1


@program(lambda: Box(n=0), lambda box: box.n)
def undo_in_finally(box, who):
    try:
        box.n += 1
        if box.n == 2:
            raise KeyError(who)
    except KeyError:
        box.n += 10
    finally:
        box.n -= 1


@program(lambda: Box(n=0, flags=[False, False], turn=0), lambda box: box.n)
def peterson(box, who):
    box.flags[who] = True
    box.turn = 1 - who
    while box.flags[1 - who] and box.turn != who:
        pass
    box.n = abs(box.n) + 1
    box.flags[who] = False


@program(lambda: Box(set=threading.Event(), n=0), lambda box: box.n)
def set_an_event(box, who):
    if who:
        box.n = 1
        box.set.set()
    elif box.set.is_set():
        box.n += 5
    else:
        box.n -= 5


@program(lambda: Box(orders=queue.SimpleQueue(), got=None), lambda box: box.got)
def put_and_get(box, who):
    if who:
        box.orders.put("parcel")
        return
    try:
        box.got = box.orders.get_nowait(), box.orders.empty()
    except queue.Empty:
        box.got = "nothing", box.orders.empty()


@program(lambda: Box(changed=threading.Condition(), mail=[], got=None), lambda box: box.got)
def hand_over_on_a_condition(box, who):
    with box.changed:
        if who:
            box.mail.append("parcel")
            box.changed.notify()
        else:
            came = box.mail or box.changed.wait(timeout=5)
            box.got = bool(came), len(box.mail)


@program(lambda: Box(desks=threading.Semaphore(1), got=[]), lambda box: tuple(box.got))
def share_a_semaphore(box, who):
    got = box.desks.acquire(blocking=bool(who))
    box.got.append((who, got))
    if got:
        box.desks.release()


@program(lambda: Box(items=deque([1, 2]), n=0), lambda box: (tuple(box.items), box.n))
def rotate_a_deque(box, who):
    box.items.append(box.items.popleft())
    box.n += len(box.items)


def reduced(each: Program, preemptions: int) -> set[Any]:
    return outcomes(each.setup, each.workers, each.outcome, step="op", preemptions=preemptions)


@cache
def full(name: str, preemptions: int) -> set[Any]:
    each = next(each for each in PROGRAMS if each.name == name)
    every = "bytecode"
    return outcomes(each.setup, each.workers, each.outcome, step=every, preemptions=preemptions)


# Those that `--fast` tries: an attribute, a container, a lock, a condition of the library's.
QUICK = ["add_in_place", "ask_whether_empty_then_append", "try_a_lock", "set_an_event"]


def not_all_at_once(programs: list[Program]) -> list[Any]:
    return [each if each.name in QUICK else pytest.param(each, marks=SLOW) for each in programs]


@pytest.mark.parametrize("each", not_all_at_once(PROGRAMS), ids=lambda each: each.name)
def test_the_reduced_search_reaches_the_same_outcomes(each):
    assert reduced(each, 1) == full(each.name, 1)


@pytest.mark.slow
@pytest.mark.parametrize("each", PROGRAMS, ids=lambda each: each.name)
def test_and_so_it_does_with_two_preemptions(each):
    assert reduced(each, 2) == full(each.name, 2)


def many_names() -> Callable[[Any], object]:
    """A function with more names than fit into one bytecode, and a jump longer than that."""
    lines = [f"box.a{n} = box.n" for n in range(300)] + ["if box.n:"]
    lines += [*(f"    box.b{n} = 1" for n in range(200)), "box.done = True"]
    made: dict[str, Any] = {}
    source = "def work(box):\n" + "".join(f"    {line}\n" for line in lines)
    exec(compile(source, __file__, "exec"), made)
    return made["work"]  # type: ignore[no-any-return]


def test_every_bytecode_is_a_stop_also_where_it_has_a_prefix():
    work = many_names()

    box = lambda: Box(n=1)  # noqa: E731
    trace = replay("", box, [work], lambda box: True, step="bytecode", watch=lambda box: {})

    told = [each.opname for each in dis.get_instructions(work)]
    told = [name for name in told if name not in ("CACHE", "EXTENDED_ARG", "RESUME")]
    assert [step.op for step in trace.steps] == told


LIBRARY = ["set_an_event", "put_and_get", "hand_over_on_a_condition", "share_a_semaphore"]


@pytest.mark.parametrize(
    "each", not_all_at_once([p for p in PROGRAMS if p.name in LIBRARY]), ids=lambda p: p.name
)
def test_library_code_may_run_in_one_piece_between_two_locks(each, monkeypatch):
    before = reduced(each, 1)
    usual, stepped = stops.Scope._decide, {threading.__file__, queue.__file__}
    monkeypatch.setattr(stops.Scope, "_decide", lambda s, f: f in stepped or usual(s, f))

    assert reduced(each, 1) == before


HOLES = {
    "reading an attribute": ("LOAD_ATTR", "LOAD_METHOD"),
    "writing an attribute": ("STORE_ATTR",),
    "asking for the truth": ("POP_JUMP", "TO_BOOL", "UNARY_NOT"),
    "or and and": ("JUMP_IF_", "TO_BOOL", "POP_JUMP"),
    "a call": ("CALL",),
    "unpacking": ("UNPACK_SEQUENCE",),
}


@pytest.mark.parametrize(
    "hole", [hole if "writing" in hole else pytest.param(hole, marks=SLOW) for hole in HOLES]
)
def test_a_hole_in_the_reduction_shows(hole, monkeypatch):
    holes = {name for name in stops.dis.opmap if name.startswith(HOLES[hole])}
    monkeypatch.setattr(stops, "PRIVATE", stops.PRIVATE | holes)

    assert any(reduced(each, 1) != full(each.name, 1) for each in PROGRAMS)
