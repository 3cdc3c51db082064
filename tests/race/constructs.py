"""One worker per construct whose line events differ between versions of Python.

Run as a program, it prints the traces of all of them; they must be the same everywhere.
"""

import json
import threading

from lab.race import replay
from tests.race.cases import Box


def comprehensions(box):
    box.a = [n + 1 for n in range(3) if n]
    box.b = [
        n + 1
        for n in range(3)
        if n  # on a line of its own
    ]
    box.c = {n: n + n for n in "ab"}, {n + n for n in "c"}
    box.d = sum(
        n
        for n in range(2)
    )  # fmt: skip


def locks(box):
    with box.lock:
        box.a = 1
    with (
        box.lock,
        box.other,
    ):
        box.a = 2
    with box.lock, box.other:
        return box.a


def failures(box):
    for n in range(2):
        try:
            if n:
                raise KeyError(
                    "email",
                )
            continue
        except KeyError as error:
            box.a = str(error)
        finally:
            box.b = n


def branches(box):
    n = 1 if box.lock else 2
    if n and (
        box.lock or
        n
    ):  # fmt: skip
        box.a = max(
            1,
            min(2, 3),
        )
    elif n:
        box.a = 2
    match n:
        case 0:
            box.b = "none"
        case 1:
            box.b = "one"


def loops(box):
    box.n = 0
    while box.n < 2: box.n += 1  # noqa: E701  # fmt: skip
    while True:
        box.n += 1
        if box.n > 3:
            break
    for n in [1, 2]:
        box.n = n
    else:
        box.n = 0


def functions(box):
    def double(n):
        return n * 2

    class Parcel:
        weight = 3

        def heavy(self):
            return self.weight > 2

    box.a = [double(n) for n in (1, 2)]
    box.b = Parcel().heavy()
    box.c = sorted(
        [2, 1],
        key=lambda n: -n,
    )
    box.d = list(each() for each in (lambda: 1, lambda: 2))  # noqa: C400


def generators(box):
    def numbers():
        yield 1
        yield from [2, 3]

    for n in numbers():
        box.a = n


WORKERS = [comprehensions, locks, failures, branches, loops, functions, generators]


def traces() -> dict[str, list[str]]:
    """For each worker, run by two threads in turns of three steps, what they did."""
    found = {}
    for work in WORKERS:
        setup = lambda: Box(lock=threading.Lock(), other=threading.Lock())  # noqa: E731
        trace = replay("AAABBB", setup, [work, work], lambda box: True)
        found[work.__name__] = [f"{s.thread} {s.source} {s.op} {s.shared}" for s in trace.steps]
    return found


if __name__ == "__main__":
    print(json.dumps(traces(), indent=1))
