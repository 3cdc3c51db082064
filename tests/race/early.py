"""A module that is imported before any exploration, with names bound and a lock made by then."""

from dataclasses import dataclass, field
from threading import Lock, Thread
from time import sleep

LOCK = Lock()
MAKERS = {"lock": Lock}


class Counter:
    def __init__(self) -> None:
        self.lock = Lock()
        self.n = 0

    def add(self) -> None:
        with self.lock:
            sleep(1)
            self.n = abs(self.n) + 1


class Adder(Thread):
    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self.counter = counter

    def run(self) -> None:
        self.counter.n = abs(self.counter.n) + 1


@dataclass
class Account:
    lock: Lock = field(default_factory=Lock)  # type: ignore[valid-type]
    balance: int = 0


def add_under_the_module_lock(counter: Counter) -> None:
    with LOCK:
        counter.n = abs(counter.n) + 1
