"""A pool of a step at work on a load: the real one, on a loop where time passes at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

from lab.book.simulator.load import Load
from lab.book.simulator.settings import Settings
from lab.virtual_time import VirtualTimeLoop

_STEP = "steps.step11_worker_pool"


class Event(NamedTuple):
    """Something that happened to a job."""

    # Seconds since the start.
    at: float
    # "comes" to the door, "enters", "begins" a run; and how the run ends: "completes" or "fails"
    # for good, or "retries" later.
    what: str
    # The job's number; they are counted as they come.
    job: int
    # How many of its runs have begun.
    attempt: int
    # Of a run that begins, the worker's number; of a retry, the second at which it is due.
    more: float | None = None


def simulate(settings: Settings, step: str = _STEP) -> list[Event]:
    """What the pool of that step does with the load, event by event, in the order it happens."""
    pyqueue = import_module(step)
    # A thread of its own has no event loop yet; this one may have.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(_run, _Shop(pyqueue, settings)).result()


class _Shop:
    """Who submits the jobs, who does them, and who takes notes."""

    def __init__(self, pyqueue: ModuleType, settings: Settings) -> None:
        self._pyqueue = pyqueue
        self._settings = settings
        self._load = Load(settings)
        self._arrivals = self._load.arrivals()
        self._attempts = [0] * len(self._arrivals)
        # The pool's tasks, numbered in the order in which it made them.
        self._workers: dict[object, int] = {}
        # What each worker is at.
        self._jobs: dict[object, int] = {}
        self.events: list[Event] = []

    async def open(self) -> None:
        """Let the pool work, until the time is over."""
        loop = asyncio.get_running_loop()
        registry = self._pyqueue.Registry()
        registry.register_handler("payment", self._handler())
        pool = self._pyqueue.WorkerPool(
            _storage(self._pyqueue, self._on_end),
            registry,
            self._settings.workers,
            self._settings.buffer,
            self._random,
        )
        await self._start(pool)
        callers = loop.create_task(self._callers(pool))
        await asyncio.sleep(self._settings.seconds)
        callers.cancel()
        await pool.stop(0)

    def happened(self) -> list[Event]:
        """What happened before the time was over."""
        return [event for event in self.events if event.at < self._settings.seconds]

    async def _start(self, pool: Any) -> None:
        before = asyncio.all_tasks()
        await pool.start()
        workers = sorted(asyncio.all_tasks() - before, key=_number_of)
        self._workers = {worker: number for number, worker in enumerate(workers)}

    async def _callers(self, pool: Any) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as callers:
            for number, arrival in enumerate(self._arrivals):
                if arrival.at > loop.time():
                    await asyncio.sleep(arrival.at - loop.time())
                callers.create_task(self._submit(pool, number))

    async def _submit(self, pool: Any, number: int) -> None:
        self._note("comes", number)
        await pool.submit(
            self._pyqueue.Job("payment", {"number": number}, max_retry=self._runs_by_pool)
        )

    @property
    def _holds(self) -> bool:
        return self._settings.retry == "holds"

    @property
    def _runs_by_pool(self) -> int:
        """The pool of step 11 holds no worker for a retry; one that does, holds it in a handler."""
        return 1 if self._holds else self._settings.max_retry

    def _handler(self) -> Callable[[Any, dict[str, Any]], Any]:
        return self._run_to_the_end if self._holds else self._run_once

    async def _run_to_the_end(self, ctx: object, payload: dict[str, Any]) -> None:
        """As step 10 did it: run, wait and run again, all in one worker."""
        backoff = import_module(f"{self._pyqueue.__name__}.entity.backoff").backoff
        number = payload["number"]
        while True:
            try:
                return await self._run_once(ctx, payload)
            except _BankIsAwayError:
                if self._attempts[number] >= self._settings.max_retry:
                    raise
            await asyncio.sleep(backoff(self._attempts[number], self._random))

    async def _run_once(self, ctx: object, payload: dict[str, Any]) -> None:
        number = payload["number"]
        worker = asyncio.current_task()
        self._jobs[worker] = number
        self._attempts[number] += 1
        self._note("begins", number, self._workers[worker])
        key, attempt = self._arrivals[number].key, self._attempts[number]
        fails = self._load.fails(key, attempt, asyncio.get_running_loop().time())
        await asyncio.sleep(self._load.seconds(key, attempt))
        if fails:
            raise _BankIsAwayError

    def _random(self) -> float:
        """Asked for by whoever is about to wait for a retry."""
        number = self._jobs[asyncio.current_task()]
        attempt = self._attempts[number]
        jitter = self._load.jitter(self._arrivals[number].key, attempt)
        longest = import_module(f"{self._pyqueue.__name__}.entity.backoff").longest_backoff
        due = asyncio.get_running_loop().time() + jitter * longest(attempt)
        self._note("retries", number, due)
        return jitter

    def _on_end(self, what: str, number: int) -> None:
        self._note(what, number)

    def _note(self, what: str, number: int, more: float | None = None) -> None:
        now = asyncio.get_running_loop().time()
        self.events.append(Event(now, what, number, self._attempts[number], more))


def _number_of(task: asyncio.Task[Any]) -> int:
    """asyncio counts the tasks that it makes: `Task-12`."""
    return int(task.get_name().rpartition("-")[2])


class _BankIsAwayError(Exception):
    """A run failed."""


def _storage(pyqueue: ModuleType, tell: Callable[[str, int], None]) -> Any:
    """The step's storage in memory, which says what it is told."""
    words = {"completed": "completes", "failed": "fails"}

    class Storage(pyqueue.MemoryStorage):  # type: ignore[misc,name-defined]  # of any step
        async def save_job(self, job: Any) -> None:
            tell("enters", job.payload["number"])
            await super().save_job(job)

        async def update_job(self, job: Any) -> None:
            if job.status in words:
                tell(words[job.status], job.payload["number"])
            await super().update_job(job)

    return Storage()


def _run(shop: _Shop) -> list[Event]:
    loop = _OrderlyLoop()
    try:
        loop.run_until_complete(shop.open())
    finally:
        loop.end()
    return shop.happened()


class _OrderlyLoop(VirtualTimeLoop):
    """What is due at the same moment happens in the order in which it was asked for.

    asyncio does not say in which order. It may be any, so a simulation may take this one.
    """

    def __init__(self) -> None:
        super().__init__()
        # How exact a moment is. Windows' own says 1/64 second, and would mix up what is not.
        self._clock_resolution = 1e-9
        self._alarms = 0

    def call_at(  # type: ignore[override]  # takes any
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> Any:
        self._alarms += 1
        return super().call_at(_Moment(when, self._alarms), callback, *args, context=context)


class _Moment(float):
    """A moment that comes before all others that are the same, but were asked for later."""

    number: int

    def __new__(cls, when: float, number: int) -> "_Moment":
        moment = super().__new__(cls, when)
        moment.number = number
        return moment

    def __lt__(self, other: float) -> bool:
        if isinstance(other, _Moment) and float(self) == float(other):
            return self.number < other.number
        return super().__lt__(other)
