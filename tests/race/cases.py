"""Small pieces of a job queue, broken and right, that the explorer must tell apart.

Each case is a program as `explore` takes it. The five races are those of the chapter on thread
safety; the subtle ones have a lock, and hold it wrongly.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

State = Any


@dataclass(frozen=True)
class Case:
    name: str
    setup: Callable[[], State]
    workers: list[Callable[[State], object]]
    check: Callable[[State], object]
    # None: right; else the words that the failure's error has.
    fails_with: str | None = "check(state) is False"
    # Whether the race shows between two statements, or only inside one.
    between_lines: bool = True


class Box:
    """Shared by the workers of one schedule."""

    def __init__(self, **values: Any) -> None:
        vars(self).update(values)


def two(work: Callable[[State, int], object]) -> list[Callable[[State], object]]:
    return [lambda state: work(state, 0), lambda state: work(state, 1)]


# -- the five races of step 10 ---------------------------------------------------------------------


class RacyRegistry:
    def __init__(self) -> None:
        self.handlers: dict[str, str] = {}

    def register(self, kind: str, handler: str) -> bool:
        if kind in self.handlers:
            return False
        self.handlers[kind] = handler
        return True


class Registry(RacyRegistry):
    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()

    def register(self, kind: str, handler: str) -> bool:
        with self.lock:
            return super().register(kind, handler)


class Job:
    def __init__(self) -> None:
        self.status = "pending"
        self.result: str | None = None
        self.attempts = 0


class RacyStorage:
    def __init__(self) -> None:
        self.jobs = {1: Job(), 2: Job()}

    def save(self, number: int) -> None:
        self.jobs[number] = Job()

    def pending(self) -> list[int]:
        found = []
        for number, job in self.jobs.items():
            if job.status == "pending":
                found.append(number)
        return found

    def try_again(self, number: int) -> None:
        job = self.jobs[number]
        job.attempts = max(job.attempts, 0) + 1

    def claim(self) -> int | None:
        for number, job in list(self.jobs.items()):
            if job.status == "pending":
                job.status = "processing"
                return number
        return None

    def complete(self, number: int) -> None:
        job = self.jobs[number]
        job.status = "completed"
        job.result = "sent"

    def look_up(self, number: int) -> tuple[str, str | None]:
        job = self.jobs[number]
        return job.status, job.result


class Storage(RacyStorage):
    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.RLock()

    def save(self, number: int) -> None:
        with self.lock:
            super().save(number)

    def pending(self) -> list[int]:
        with self.lock:
            return super().pending()

    def try_again(self, number: int) -> None:
        with self.lock:
            super().try_again(number)

    def claim(self) -> int | None:
        with self.lock:
            return super().claim()

    def complete(self, number: int) -> None:
        with self.lock:
            super().complete(number)

    def look_up(self, number: int) -> tuple[str, str | None]:
        with self.lock:
            return super().look_up(number)


def registering(registry: type[RacyRegistry], fails: str | None) -> Case:
    def register(box: Box, number: int) -> None:
        box.won[number] = box.registry.register("email", f"handler-{number}")

    return Case(
        "two handlers for one type",
        lambda: Box(registry=registry(), won=[False, False]),
        two(register),
        lambda box: box.won.count(True) == 1,
        fails,
    )


def growing(storage: type[RacyStorage], fails: str | None) -> Case:
    return Case(
        "storage iterated while it grows",
        storage,
        [lambda jobs: jobs.save(3), lambda jobs: jobs.pending()],
        lambda jobs: len(jobs.jobs) == 3,
        fails and "RuntimeError: dictionary changed size",
    )


def counting(storage: type[RacyStorage], fails: str | None) -> Case:
    return Case(
        "an attempt that is not counted",
        storage,
        [lambda jobs: jobs.try_again(1)] * 2,
        lambda jobs: jobs.jobs[1].attempts == 2,
        fails,
        between_lines=False,
    )


def claiming(storage: type[RacyStorage], fails: str | None) -> Case:
    def claim(box: Box, number: int) -> None:
        box.claimed[number] = box.storage.claim()

    return Case(
        "two workers claim one job",
        lambda: Box(storage=storage(), claimed=[None, None]),
        two(claim),
        lambda box: box.claimed[0] != box.claimed[1],
        fails,
    )


def reading(storage: type[RacyStorage], fails: str | None) -> Case:
    def look(box: Box) -> None:
        box.seen = box.storage.look_up(1)

    return Case(
        "a job read half-updated",
        lambda: Box(storage=storage(), seen=None),
        [lambda box: box.storage.complete(1), look],
        lambda box: box.seen in {("pending", None), ("completed", "sent")},
        fails,
    )


WRONG = "check(state) is False"
RACES = [
    registering(RacyRegistry, WRONG),
    growing(RacyStorage, WRONG),
    counting(RacyStorage, WRONG),
    claiming(RacyStorage, WRONG),
    reading(RacyStorage, WRONG),
]
FIXED = [
    registering(Registry, None),
    growing(Storage, None),
    counting(Storage, None),
    claiming(Storage, None),
    reading(Storage, None),
]


# -- locks held wrongly ----------------------------------------------------------------------------


class CheckOutside(Registry):
    def register(self, kind: str, handler: str) -> bool:
        if kind in self.handlers:
            return False
        with self.lock:
            self.handlers[kind] = handler
        return True


class ReleasedBetween(Registry):
    def register(self, kind: str, handler: str) -> bool:
        with self.lock:
            known = kind in self.handlers
        if known:
            return False
        with self.lock:
            self.handlers[kind] = handler
        return True


class LockPerCall(Registry):
    def register(self, kind: str, handler: str) -> bool:
        with threading.Lock():
            return RacyRegistry.register(self, kind, handler)


@dataclass
class TwoLocks:
    """Deposits and withdrawals each have a lock, and one balance."""

    deposits: Any = field(default_factory=lambda: threading.Lock())
    withdrawals: Any = field(default_factory=lambda: threading.Lock())
    balance: int = 10

    def deposit(self, amount: int) -> None:
        with self.deposits:
            self.balance = self.balance + amount

    def withdraw(self, amount: int) -> None:
        with self.withdrawals:
            self.balance = self.balance - amount


class Mailbox:
    """Looks whether there is mail before it takes the lock: the notification can come between."""

    def __init__(self) -> None:
        self.arrived = threading.Condition()
        self.mail = 0

    def put(self) -> None:
        self.mail = self.mail + 1
        with self.arrived:
            self.arrived.notify()

    def get(self) -> None:
        if not self.mail:
            with self.arrived:
                self.arrived.wait()


class EscapingReader(Storage):
    def look_up(self, number: int) -> tuple[str, str | None]:
        with self.lock:
            job = self.jobs[number]
        return job.status, job.result


SUBTLE = [
    replace(registering(CheckOutside, WRONG), name="check outside, act inside"),
    replace(registering(ReleasedBetween, WRONG), name="lock released between"),
    replace(registering(LockPerCall, WRONG), name="a new lock per call"),
    Case(
        "two methods, two locks",
        TwoLocks,
        [lambda account: account.deposit(5), lambda account: account.withdraw(3)],
        lambda account: account.balance == 12,
        between_lines=False,
    ),
    Case(
        "notify without the lock's state",
        Mailbox,
        [lambda box: box.get(), lambda box: box.put()],
        lambda box: box.mail == 1,
        "Deadlock: A waits",
    ),
    replace(reading(EscapingReader, WRONG), name="a reader that escapes the lock"),
]


# -- right, and not easy ---------------------------------------------------------------------------


class Lazy:
    """Double-checked locking: the second look, under the lock, is the one that counts."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connection: object = None
        self.made = 0

    def get(self) -> object:
        if self.connection is None:
            with self.lock:
                if self.connection is None:
                    self.made = self.made + 1
                    self.connection = object()
        return self.connection


class Buffer:
    """Holds one item; who finds it full or empty waits."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.items: deque[int] = deque()
        self.taken: list[int] = []

    def put(self, item: int) -> None:
        with self.changed:
            while len(self.items) == 1:
                self.changed.wait()
            self.items.append(item)
            self.changed.notify()

    def take(self) -> None:
        with self.changed:
            while not self.items:
                self.changed.wait()
            self.taken.append(self.items.popleft())
            self.changed.notify()

    def produce(self) -> None:
        self.put(1)
        self.put(2)

    def consume(self) -> None:
        self.take()
        self.take()


class TicketLock:
    """First come, first served: draw a number, spin until it is called."""

    def __init__(self) -> None:
        self.drawing = threading.Lock()
        self.next = 0
        self.serving = 0
        self.served = 0

    def serve(self) -> None:
        with self.drawing:
            mine = self.next
            self.next = mine + 1
        while self.serving != mine:
            pass
        self.served = self.served + 1
        self.serving = mine + 1


RIGHT = [
    Case(
        "double-checked locking",
        Lazy,
        [lambda lazy: lazy.get()] * 2,
        lambda lazy: lazy.made == 1,
        None,
    ),
    Case(
        "bounded buffer on Condition",
        Buffer,
        [lambda buffer: buffer.produce(), lambda buffer: buffer.consume()],
        lambda buffer: buffer.taken == [1, 2],
        None,
    ),
    Case(
        "ticket lock",
        TicketLock,
        [lambda lock: lock.serve()] * 2,
        lambda lock: lock.served == 2,
        None,
    ),
]


class Transfer:
    """Two accounts, two locks, taken in the order of the transfer."""

    def __init__(self) -> None:
        self.ada = threading.Lock()
        self.grace = threading.Lock()

    def move(self, first: Any, second: Any) -> None:
        with first, second:
            pass


ABBA = Case(
    "two locks in two orders",
    Transfer,
    [lambda bank: bank.move(bank.ada, bank.grace), lambda bank: bank.move(bank.grace, bank.ada)],
    lambda bank: True,
    "Deadlock: A waits",
)
