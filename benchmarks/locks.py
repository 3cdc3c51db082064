"""What it costs to guard a table that is read 19 times for each time that it is written.

    python -m benchmarks.locks
    python -m benchmarks.locks --beside python3.12 python3.13

Four guards: one plain lock; two read-write locks, which let readers in together and differ in who
waits for whom; copy on write, where readers need no lock, because a table that was handed out never
changes. Some reads look at one entry, some walk through all, and some wait while they hold the
lock, as for a disk. Prints, in Markdown, how often the others do it while the plain lock does it
once. The four take turns, and each number is a median.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median
from threading import Barrier, Condition, Lock, Thread
from typing import Protocol

THREADS = 4
# One in so many is a write.
WRITE_EVERY = 20
REPEAT = 15

Table = Mapping[int, str]
Read = Callable[[Table], object]


class Guarded(Protocol):
    """A table that several threads read and write."""

    def read(self, read: Read) -> None: ...

    def write(self, key: int, value: str) -> None: ...


class WithPlainLock:
    """One at a time, whoever it is."""

    def __init__(self, table: Table) -> None:
        self._lock = Lock()
        self._table = dict(table)

    def read(self, read: Read) -> None:
        with self._lock:
            read(self._table)

    def write(self, key: int, value: str) -> None:
        with self._lock:
            self._table[key] = value


class ReadersFirst:
    """Any number of readers, or one writer, who waits as long as readers keep coming."""

    def __init__(self) -> None:
        # Held for a moment by a reader who comes or goes, and all the time by a writer.
        self._free = Condition(Lock())
        self._readers = 0

    def begin_read(self) -> None:
        with self._free:
            self._readers += 1

    def end_read(self) -> None:
        with self._free:
            self._readers -= 1
            if self._readers == 0:
                self._free.notify_all()

    def begin_write(self) -> None:
        self._free.acquire()
        while self._readers:
            self._free.wait()

    def end_write(self) -> None:
        self._free.release()


class WritersFirst(ReadersFirst):
    """Any number of readers, or one writer; no reader overtakes a writer who waits."""

    def __init__(self) -> None:
        super().__init__()
        # Those who wait, and the one who writes.
        self._writers = 0

    def begin_read(self) -> None:
        with self._free:
            while self._writers:
                self._free.wait()
            self._readers += 1

    def begin_write(self) -> None:
        self._free.acquire()
        self._writers += 1
        while self._readers:
            self._free.wait()

    def end_write(self) -> None:
        self._writers -= 1
        self._free.notify_all()
        self._free.release()


class WithReadersFirst:
    """Readers together, writers alone."""

    lock: type[ReadersFirst] = ReadersFirst

    def __init__(self, table: Table) -> None:
        self._lock = self.lock()
        self._table = dict(table)

    def read(self, read: Read) -> None:
        self._lock.begin_read()
        try:
            read(self._table)
        finally:
            self._lock.end_read()

    def write(self, key: int, value: str) -> None:
        self._lock.begin_write()
        try:
            self._table[key] = value
        finally:
            self._lock.end_write()


class WithWritersFirst(WithReadersFirst):
    """The same, with the other lock."""

    lock = WritersFirst


class WithCopyOnWrite:
    """Readers take what is there; a writer puts a new table in its place."""

    def __init__(self, table: Table) -> None:
        # Held by writers only: two who copy the same table would lose one of their changes.
        self._lock = Lock()
        self._table = table

    def read(self, read: Read) -> None:
        read(self._table)

    def write(self, key: int, value: str) -> None:
        with self._lock:
            self._table = {**self._table, key: value}


GUARDS: dict[str, Callable[[Table], Guarded]] = {
    "plain lock": WithPlainLock,
    "readers first": WithReadersFirst,
    "writers first": WithWritersFirst,
    "copy on write": WithCopyOnWrite,
}


def look(table: Table) -> object:
    return table[7]


def walk(table: Table) -> object:
    return [key for key, status in table.items() if status == "pending"]


def wait(table: Table) -> object:
    time.sleep(0.0002)
    return table[7]


# Each kind of read, how many entries the table has, and how many operations a thread does.
READS: dict[str, tuple[Read, int, int]] = {
    "looks at one of 20": (look, 20, 10_000),
    "looks at one of 1,000": (look, 1000, 10_000),
    "walks through 1,000": (walk, 1000, 400),
    "waits 0.2 ms": (wait, 20, 100),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--beside", nargs="*", default=[], metavar="PYTHON")
    parser.add_argument("--rows", action="store_true", help="no heading; for the benchmark itself")
    options = parser.parse_args()
    if not options.rows:
        print("| Python | a read …", *GUARDS, sep=" | ", end=" |\n")
        print("|---" * (len(GUARDS) + 2) + "|")
    for name, (read, entries, operations) in READS.items():
        print_row(name, relative_speeds(read, entries, operations))
    for python in options.beside:
        subprocess.run([python, "-m", __spec__.name, "--rows"], check=True)


def print_row(name: str, speeds: dict[str, float]) -> None:
    version = ".".join(map(str, sys.version_info[:2]))
    print(f"| {version} | {name}", *(f"{s:.2f}" for s in speeds.values()), sep=" | ", end=" |\n")
    sys.stdout.flush()


def relative_speeds(read: Read, entries: int, operations: int) -> dict[str, float]:
    """By guard: how often it does it while the plain lock does it once."""
    table = dict.fromkeys(range(entries), "pending")
    ratios: dict[str, list[float]] = {name: [] for name in GUARDS}
    for _ in range(REPEAT):
        seconds = {name: timed(guard(table), read, operations) for name, guard in GUARDS.items()}
        for name in GUARDS:
            ratios[name].append(seconds["plain lock"] / seconds[name])
    return {name: median(values) for name, values in ratios.items()}


def timed(guarded: Guarded, read: Read, operations: int) -> float:
    """Seconds until all threads have done so many operations each."""
    together = Barrier(THREADS + 1)

    def work() -> None:
        together.wait()
        for number in range(operations):
            if number % WRITE_EVERY:
                guarded.read(read)
            else:
                guarded.write(7, "completed")

    threads = [Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    together.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
