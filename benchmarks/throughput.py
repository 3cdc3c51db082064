"""What a job costs in our queue, and what it costs in others: `python -m benchmarks.throughput`.

    python -m benchmarks.throughput --step 11             an earlier step
    python -m benchmarks.throughput --rounds 21           more of them, for a machine that is busy

taskiq, huey and pgqueuer take part where they are installed. They need not share a home with us:

    python3.11 -m venv /tmp/benchvenv
    /tmp/benchvenv/bin/pip install taskiq huey pgqueuer
    /tmp/benchvenv/bin/python -m benchmarks.throughput

A job counts itself and does nothing else. All are handed in before the first is done, which is the
best case for each. The contenders take turns, and every number is a median. Both times are given,
by the clock and of the processor; the ratios are of the processor's, because a clock also measures
what else the machine does. Prints Markdown.

What is compared: our queue keeps every job and each change of its status. So does pgqueuer, in a
table in memory. huey keeps a pickled job until a thread takes it. taskiq's worker (`Receiver`)
takes from a broker of one asyncio.Queue, written here as its documentation shows: the nearest to
what we are. Its InMemoryBroker is no queue: each job becomes a task at once, or with
`await_inplace` runs inside the call that hands it in. Of each, settings were tried in turn, and
the fastest are here: plain JSON and no casting for taskiq, no results for huey, one call to enqueue
all and small batches for pgqueuer.

The aims for step 12: a quarter of (b) with ids by uuid4, four times taskiq's worker, more than
huey's best; 0.2 ms to the handler's start; 1,000 bytes for a job that waits; and a cost that does
not grow with the number of jobs that wait.
"""

import argparse
import asyncio
import gc
import os
import signal
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from secrets import token_hex
from statistics import median, quantiles
from typing import Any, Self
from uuid import uuid4

from lab.catalog import step

WORKERS = 10
PAYLOAD = {"order": "A-1001"}
# Jobs that are measured while others wait, and jobs by which memory is measured.
SLICE = 1_000
WEIGHED = 10_000
# Jobs that come to an idle queue.
ARRIVALS = 1_000

# One step's Queue, whichever step's it is.
QueueClass = Callable[..., Any]


class Watch:
    """Seconds by the clock and of the processor, as long as its block takes."""

    def __enter__(self) -> Self:
        # What is there already, such as the modules of the others, is not this one's garbage.
        gc.collect()
        gc.freeze()
        self._clock, self._processor = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.processor = time.process_time() - self._processor
        self.clock = time.perf_counter() - self._clock
        gc.unfreeze()


@dataclass(frozen=True)
class Contender:
    """Somebody who takes part: does so many jobs, the watch running meanwhile."""

    name: str
    run: Callable[[int, Watch], None]
    # What has to be installed, if anything.
    package: str | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--step", type=int, default=12, help="11 or later")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--jobs", type=int, default=10_000, help="in each round, for each")
    parser.add_argument("--most", type=int, default=10**6, help="jobs that wait at the same time")
    options = parser.parse_args()
    queue_class = import_module(step(options.step).module).Queue
    print(
        f"Step {options.step}, Python {sys.version.split()[0]}, {os.cpu_count()} cores, "
        f"{options.jobs:,} jobs, {WORKERS} workers, {options.rounds} rounds\n"
    )
    print_throughput(f"**PyQueue, step {options.step}**", queue_class, options)
    print_latency(queue_class)
    print_memory(queue_class, options.rounds)
    print_waiting(queue_class, options.most)


# -- throughput ------------------------------------------------------------------------------------


def print_throughput(ours: str, queue_class: QueueClass, options: argparse.Namespace) -> None:
    everybody = contenders(ours, queue_class)
    present = [one for one in everybody if one.package is None or installed(one.package)]
    watches: dict[str, list[Watch]] = {one.name: [] for one in present}
    for _ in range(options.rounds):
        for one in present:
            watch = Watch()
            one.run(options.jobs, watch)
            watches[one.name].append(watch)
    print("| | processor, µs a job | clock, µs a job | jobs of ours in that time |")
    print("|---|---|---|---|")
    for one in everybody:
        found = installed(one.package) if one.package else ""
        if one in present:
            print(
                f"| {one.name}{found} | {cells(watches[one.name], watches[ours], options.jobs)} |"
            )
        else:
            print(f"| {one.name} | not installed | | |")


def contenders(ours: str, queue_class: QueueClass) -> list[Contender]:
    tasks, in_place = (
        in_loop(partial(taskiq_broker, is_in_place)) for is_in_place in (False, True)
    )
    return [
        Contender(ours, in_loop(partial(pyqueue, queue_class))),
        Contender("(a) a bare asyncio.Queue", in_loop(bare_queue)),
        Contender("(b) with jobs in a dict, ids by uuid4", in_loop(partial(minimum, by_uuid))),
        Contender("(b) with ids of 16 random bytes", in_loop(partial(minimum, by_bytes))),
        Contender("taskiq, worker over an asyncio.Queue", in_loop(taskiq_worker), "taskiq"),
        Contender("taskiq, InMemoryBroker: tasks", tasks, "taskiq"),
        Contender("taskiq, InMemoryBroker: in place", in_place, "taskiq"),
        Contender("huey, 1 thread", partial(huey, 1), "huey"),
        Contender("huey, 4 threads", partial(huey, 4), "huey"),
        Contender("huey, 10 threads", partial(huey, 10), "huey"),
        Contender("pgqueuer, batches of 10", in_loop(partial(pgqueuer, 10)), "pgqueuer"),
        Contender("pgqueuer, batches of 100", in_loop(partial(pgqueuer, 100)), "pgqueuer"),
    ]


def cells(theirs: list[Watch], ours: list[Watch], jobs: int) -> str:
    ratio = median(their.processor / our.processor for their, our in zip(theirs, ours, strict=True))
    processor = median(watch.processor for watch in theirs) / jobs * 1e6
    clock = median(watch.clock for watch in theirs) / jobs * 1e6
    return f"{processor:.1f} | {clock:.1f} | {ratio:.2f}"


def installed(package: str) -> str:
    """Its version with a space before it, or nothing."""
    try:
        return f" ({version(package)})"
    except PackageNotFoundError:
        return ""


def in_loop(
    run: Callable[[int, Watch], Coroutine[Any, Any, None]],
) -> Callable[[int, Watch], None]:
    return lambda jobs, watch: asyncio.run(run(jobs, watch))


def require_all(done: list[object], jobs: int) -> None:
    if len(done) != jobs:
        raise SystemExit(f"{len(done)} of {jobs} jobs were done")


async def pyqueue(queue_class: QueueClass, jobs: int, watch: Watch) -> None:
    done: list[object] = []

    async def work(ctx: object, payload: dict[str, Any]) -> None:
        done.append(payload)

    queue = queue_class(worker_count=WORKERS, buffer_size=jobs)
    queue.register_handler("order", work)
    await queue.start()
    with watch:
        for _ in range(jobs):
            await queue.submit_job("order", PAYLOAD)
        await queue.stop()
    require_all(done, jobs)


async def bare_queue(jobs: int, watch: Watch) -> None:
    """No job, no status: what goes in comes out."""
    done: list[object] = []
    queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    async def work(payload: dict[str, Any]) -> None:
        done.append(payload)

    async def worker() -> None:
        while (payload := await queue.get()) is not None:
            await work(payload)

    with watch:
        async with asyncio.TaskGroup() as workers:
            for _ in range(WORKERS):
                workers.create_task(worker())
            for _ in range(jobs):
                await queue.put(PAYLOAD)
            for _ in range(WORKERS):
                await queue.put(None)
    require_all(done, jobs)


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"


@dataclass(slots=True)
class MinimalJob:
    """What a job is at least, for somebody who wants to ask later how it went."""

    id: str
    type: str
    payload: dict[str, Any]
    status: Status = Status.PENDING
    attempts: int = 0


def by_uuid() -> str:
    return str(uuid4())


def by_bytes() -> str:
    return token_hex(16)


async def minimum(new_id: Callable[[], str], jobs: int, watch: Watch) -> None:
    """What any queue has to do at least: make a job, keep it, find it, change it twice."""
    done: list[object] = []
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    saved: dict[str, MinimalJob] = {}

    async def work(payload: dict[str, Any]) -> None:
        done.append(payload)

    async def worker() -> None:
        while (job_id := await queue.get()) is not None:
            job = saved[job_id]
            job.status = Status.PROCESSING
            job.attempts += 1
            await work(job.payload)
            job.status = Status.COMPLETED

    with watch:
        async with asyncio.TaskGroup() as workers:
            for _ in range(WORKERS):
                workers.create_task(worker())
            for _ in range(jobs):
                job = MinimalJob(new_id(), "order", dict(PAYLOAD))
                saved[job.id] = job
                await queue.put(job.id)
            for _ in range(WORKERS):
                await queue.put(None)
    require_all(done, jobs)


async def taskiq_worker(jobs: int, watch: Watch) -> None:
    from taskiq import AsyncBroker
    from taskiq.formatters.json_formatter import JSONFormatter
    from taskiq.receiver import Receiver

    class QueueBroker(AsyncBroker):
        def __init__(self) -> None:
            super().__init__()
            self.messages: asyncio.Queue[bytes] = asyncio.Queue()

        async def kick(self, message: Any) -> None:
            await self.messages.put(message.message)

        async def listen(self) -> Any:
            while True:
                yield await self.messages.get()

    broker = QueueBroker().with_formatter(JSONFormatter())
    done: list[object] = []
    all_done, over = asyncio.Event(), asyncio.Event()

    @broker.task
    async def work(payload: dict[str, Any]) -> None:
        done.append(payload)
        if len(done) == jobs:
            all_done.set()

    receiver = Receiver(broker, validate_params=False, max_async_tasks=WORKERS)
    listening = asyncio.create_task(receiver.listen(over))
    with watch:
        for _ in range(jobs):
            await work.kiq(PAYLOAD)
        await all_done.wait()
    over.set()
    await listening
    require_all(done, jobs)


async def taskiq_broker(in_place: bool, jobs: int, watch: Watch) -> None:
    from taskiq import InMemoryBroker
    from taskiq.formatters.json_formatter import JSONFormatter

    broker = InMemoryBroker(cast_types=False, await_inplace=in_place)
    broker = broker.with_formatter(JSONFormatter())
    done: list[object] = []

    @broker.task
    async def work(payload: dict[str, Any]) -> None:
        done.append(payload)

    await broker.startup()
    with watch:
        for _ in range(jobs):
            await work.kiq(PAYLOAD)
        await broker.wait_all()
    await broker.shutdown()
    require_all(done, jobs)


def huey(threads: int, jobs: int, watch: Watch) -> None:
    from huey import MemoryHuey

    app = MemoryHuey(results=False)
    done: list[object] = []
    all_done = threading.Event()

    @app.task()
    def work(payload: dict[str, Any]) -> None:
        done.append(payload)
        if len(done) == jobs:
            all_done.set()

    # The consumer takes the signals for itself.
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    consumer = app.create_consumer(workers=threads, periodic=False)
    with watch:
        for _ in range(jobs):
            work(PAYLOAD)
        # Only now: threads that wait for work would take turns with the one that makes it.
        consumer.start()
        all_done.wait()
    consumer.stop(graceful=True)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    require_all(done, jobs)


async def pgqueuer(batch_size: int, jobs: int, watch: Watch) -> None:
    from pgqueuer import PgQueuer
    from pgqueuer.types import QueueExecutionMode

    app = PgQueuer.in_memory()
    done: list[object] = []

    @app.entrypoint("order")
    async def work(job: Any) -> None:
        done.append(job.payload)

    payload = b'{"order": "A-1001"}'
    with watch:
        await app.qm.queries.enqueue(["order"] * jobs, [payload] * jobs, [0] * jobs)
        await app.run(batch_size=batch_size, mode=QueueExecutionMode.drain)
    require_all(done, jobs)


# -- latency, memory, and how both grow ------------------------------------------------------------


def print_latency(queue_class: QueueClass) -> None:
    waits = [1000 * wait for wait in asyncio.run(latencies(queue_class))]
    print("\n| from `submit_job`, the queue being idle, to the handler's start | ms |")
    print("|---|---|")
    print(f"| median of {ARRIVALS:,} | {median(waits):.3f} |")
    print(f"| 95th percentile | {quantiles(waits, n=20)[-1]:.3f} |")


async def latencies(queue_class: QueueClass) -> list[float]:
    """Seconds that each of many jobs waited, which came one at a time."""
    loop = asyncio.get_running_loop()
    began: asyncio.Future[float] = loop.create_future()

    async def work(ctx: object, payload: dict[str, Any]) -> None:
        began.set_result(time.perf_counter())

    queue = queue_class(worker_count=WORKERS)
    queue.register_handler("order", work)
    waits = []
    async with queue:
        for _ in range(ARRIVALS):
            began = loop.create_future()
            # Long enough for every worker to have gone to sleep.
            await asyncio.sleep(0.001)
            submitted = time.perf_counter()
            await queue.submit_job("order", PAYLOAD)
            waits.append(await began - submitted)
    return waits


def print_memory(queue_class: QueueClass, rounds: int) -> None:
    sizes = [asyncio.run(weight(queue_class)) for _ in range(min(rounds, 3))]
    print("\n| memory | bytes |")
    print("|---|---|")
    print(f"| a job that waits, with a payload of one key | {median(sizes):.0f} |")


async def weight(queue_class: QueueClass) -> float:
    """Bytes that a waiting job takes, all that the queue has for it included."""

    async def work(ctx: object, payload: dict[str, Any]) -> None:
        pass

    queue = queue_class(worker_count=WORKERS, buffer_size=WEIGHED)
    queue.register_handler("order", work)
    await queue.start()
    gc.collect()
    tracemalloc.start()
    for _ in range(WEIGHED):
        await queue.submit_job("order", PAYLOAD)
    gc.collect()
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await queue.stop()
    return used / WEIGHED


def print_waiting(queue_class: QueueClass, most: int) -> None:
    numbers = [number for number in (10**3, 10**4, 10**5, 10**6) if number <= most]
    found: dict[int, list[tuple[float, float]]] = {number: [] for number in numbers}
    for _ in range(3):
        for number in numbers:
            found[number].append(asyncio.run(costs(queue_class, number)))
    print("\n| jobs that wait | to hand in one more, processor, µs | to do one, processor, µs |")
    print("|---|---|---|")
    for number, pairs in found.items():
        submit, work = (median(times) * 1e6 for times in zip(*pairs, strict=True))
        print(f"| {number:,} | {submit:.1f} | {work:.1f} |")


async def costs(queue_class: QueueClass, waiting: int) -> tuple[float, float]:
    """Seconds of the processor to hand in a job, and to do one, while so many wait."""
    queue = queue_class(worker_count=WORKERS, buffer_size=waiting + SLICE)
    finished: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    done = 0

    async def work(ctx: object, payload: dict[str, Any]) -> None:
        nonlocal done
        done += 1
        if done == SLICE:
            finished.set_result(time.process_time())
        if done >= SLICE:
            # The others stay where they are, until the loop's end cancels them all.
            await asyncio.Event().wait()

    queue.register_handler("order", work)
    await queue.start()
    for _ in range(waiting):
        await queue.submit_job("order", PAYLOAD)
    gc.collect()
    began = time.process_time()
    for _ in range(SLICE):
        await queue.submit_job("order", PAYLOAD)
    submitted = time.process_time()
    return (submitted - began) / SLICE, (await finished - submitted) / SLICE


if __name__ == "__main__":
    main()
