"""A look into a queue at work, in the terminal, while simulated customers keep it busy.

    python -m examples.live_view
    python -m examples.live_view --seconds 10

Ctrl-C closes the shop in peace, and a second one at once. Where there is no terminal, there is a
line every second.
"""

import argparse
import asyncio
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from steps.step12_queue import Job, Queue, Status

from .shop import RUNS_IN, Customers, register_handlers

WORKERS = 4
# How many jobs may wait for a worker.
PLACES = 12
# Seconds to finish what there is, once the shop closes.
DRAIN = 10
# Seconds over which the throughput is taken.
LATELY = 5
# How many failures are shown.
FAILURES = 3

CLOSING = "closing, and finishes what there is; Ctrl-C ends it at once"


@dataclass(frozen=True)
class Sight:
    """What was to be seen of the shop at one moment."""

    # Whether jobs are still taken, and what a Ctrl-C would do.
    state: str
    # For each worker, the job that it is at. Which worker is which, the queue does not say: a job
    # keeps its line for as long as it is worked on.
    workers: list[Job | None]
    # Jobs that nobody has begun.
    waiting: int
    # Jobs that failed and are to be tried again: at their time, and then once a worker is free.
    retries: int
    completed: int
    failed: int
    # Jobs that ended in each of the last few seconds.
    per_second: float
    # The last jobs that failed for good, the latest first.
    failures: list[Job]
    # Customers who came, and those of them for whose job there was no place.
    came: int
    turned_away: int

    @property
    def busy(self) -> int:
        """How many workers have something to do."""
        return sum(job is not None for job in self.workers)

    @property
    def left(self) -> int:
        """Jobs that have not ended."""
        return self.busy + self.waiting + self.retries


class Observer:
    """Looks at a queue from outside, with nothing but what it tells everybody.

    It sees moments: a job that begins and ends between two of them is never seen at work.
    """

    def __init__(self, queue: Queue, worker_count: int, customers: Customers) -> None:
        self._queue = queue
        self._customers = customers
        self._seats: list[Job | None] = [None] * worker_count
        # When was looked, and how many jobs had ended by then; the oldest first.
        self._ended: deque[tuple[float, int]] = deque()

    async def look(self, *, is_over: bool = False) -> Sight:
        """What is to be seen now. The queue does not say whether it is over."""
        working = await self._queue.list_by_status(Status.PROCESSING)
        pending = await self._queue.list_by_status(Status.PENDING)
        failures = await self._queue.list_by_status(Status.FAILED)
        ended = self._queue.stats()
        self._seats = seated(self._seats, working)
        return Sight(
            state=self._state(is_over),
            workers=self._seats,
            waiting=sum(job.attempts == 0 for job in pending),
            retries=sum(job.attempts > 0 for job in pending),
            completed=ended.get(Status.COMPLETED, 0),
            failed=ended.get(Status.FAILED, 0),
            per_second=self._per_second(sum(ended.values())),
            failures=sorted(failures, key=lambda job: job.updated_at, reverse=True)[:FAILURES],
            came=self._customers.came,
            turned_away=self._customers.turned_away,
        )

    def _state(self, is_over: bool) -> str:
        if is_over:
            return "closed"
        return "open; Ctrl-C closes it" if self._customers.are_coming else CLOSING

    def _per_second(self, ended: int) -> float:
        now = asyncio.get_running_loop().time()
        self._ended.append((now, ended))
        while now - self._ended[0][0] > LATELY:
            self._ended.popleft()
        since, before = self._ended[0]
        return (ended - before) / (now - since) if now > since else 0.0


def seated(seats: Sequence[Job | None], working: Sequence[Job]) -> list[Job | None]:
    """Each job that is worked on, where it was before if it was there, or else in a free seat."""
    now = {job.id: job for job in working}
    after = [None if job is None else now.pop(job.id, None) for job in seats]
    newcomers = iter(now.values())
    return [next(newcomers, None) if job is None else job for job in after]


def picture(sight: Sight) -> RenderableType:
    """All that there is, for a terminal."""
    return Group(
        Text.assemble(("The shop's queue", "bold"), f" is {sight.state}"),
        worker_table(sight.workers),
        number_table(sight),
        *(Text(f"  {named(job)} failed: {job.error}", "red") for job in sight.failures),
    )


def worker_table(workers: Sequence[Job | None]) -> Table:
    table = Table()
    for title, width in ("Worker", 6), ("Job", 16), ("Run", 6), ("For", 6), ("Runs in", 9):
        table.add_column(title, width=width)
    now = datetime.now(UTC)
    for number, job in enumerate(workers, start=1):
        if job is None:
            table.add_row(f"{number}", Text("idle", "dim"))
        else:
            # It last changed when its run began.
            since = (now - job.updated_at).total_seconds()
            run = f"{job.attempts} of {job.max_retry}"
            table.add_row(f"{number}", named(job), run, f"{since:.1f} s", RUNS_IN[job.type])
    return table


def number_table(sight: Sight) -> Table:
    table = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=PLACES, completed=sight.waiting, width=2 * PLACES)
    table.add_row("  Waiting", f"{sight.waiting:>5} of {PLACES}", bar)
    table.add_row("  Retries to come", f"{sight.retries:>5}")
    table.add_row("  Completed", f"{sight.completed:>5}", f"{sight.per_second:.1f} jobs a second")
    table.add_row("  Failed", f"{sight.failed:>5}")
    table.add_row("  Turned away", f"{sight.turned_away:>5}")
    return table


def named(job: Job) -> str:
    return f"{job.type} {job.payload['order']}"


def line(sight: Sight) -> str:
    """The same in one line, for a file."""
    return (
        f"{datetime.now():%H:%M:%S}  workers {sight.busy}/{len(sight.workers)}"
        f"  waiting {sight.waiting}/{PLACES}  retries {sight.retries}"
        f"  completed {sight.completed}  failed {sight.failed}"
        f"  turned away {sight.turned_away}  {sight.per_second:.1f}/s"
    )


def summary(sight: Sight) -> str:
    """What became of everybody who came."""
    return (
        f"Customers: {sight.came}, turned away: {sight.turned_away}. "
        f"Jobs completed: {sight.completed}, failed: {sight.failed}, left: {sight.left}."
    )


Show = Callable[[Sight], None]


@contextmanager
def screen(console: Console) -> Iterator[tuple[Show, float]]:
    """How to show what is seen, and every how many seconds."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield lambda sight: print(line(sight), flush=True), 1.0
        return
    with Live(console=console, auto_refresh=False) as live:
        yield lambda sight: live.update(picture(sight), refresh=True), 0.1


async def keep_showing(observer: Observer, show: Show, seconds: float) -> None:
    while True:
        show(await observer.look())
        await asyncio.sleep(seconds)


async def close_after(queue: Queue, seconds: float) -> None:
    await asyncio.sleep(seconds)
    await queue.stop(DRAIN)


async def watch(console: Console, seconds: float | None) -> None:
    """Open the shop and look, until somebody closes it or so many seconds are over."""
    queue = Queue(worker_count=WORKERS, buffer_size=PLACES)
    register_handlers(queue)
    customers = Customers(queue)
    observer = Observer(queue, WORKERS, customers)
    with screen(console) as (show, every):
        # An error in one of the tasks cancels the others and the queue with them.
        async with asyncio.TaskGroup() as group:
            beside = [
                group.create_task(customers.come()),
                group.create_task(keep_showing(observer, show, every)),
            ]
            if seconds is not None:
                beside.append(group.create_task(close_after(queue, seconds)))
            await queue.run(DRAIN)
            for task in beside:
                task.cancel()
        last = await observer.look(is_over=True)
        show(last)
    print(summary(last))


def main(arguments: Sequence[str] | None = None) -> None:
    says = argparse.ArgumentParser(prog="python -m examples.live_view", description="A look.")
    says.add_argument("--seconds", type=float, help="close after so long; by default, on Ctrl-C")
    options = says.parse_args(arguments)
    try:
        asyncio.run(watch(Console(), options.seconds))
    except* BrokenPipeError:
        # Whoever read the lines has gone, and the queue has ended. Python still wants to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
