"""Tasks that take jobs out of a channel and have them processed, several at a time."""

import asyncio
import logging
from itertools import count
from random import random
from typing import Any, Self

from ..entity.backoff import Random
from ..entity.context import Context, background
from ..entity.errors import (
    ContextEnded,
    HandlerError,
    InvalidTransition,
    JobNotFinished,
    QueueFull,
    QueueStopped,
)
from ..entity.handler import Handler
from ..entity.job import Job
from ..entity.status import Status
from ..handler.registry import Entry, Registry
from ..storage.job_storage import JobStorage
from ..usecase.job_processor import JobProcessor
from .backlog import Backlog
from .channel import Channel
from .runner import Runner
from .stats import Stats

_log = logging.getLogger(__name__)

# So many jobs a worker does until it lets others get on, if it never has to wait.
_IN_A_ROW = 32


class WorkerPool:
    """A few tasks for many jobs. Every accepted job ends completed, failed or pending.

    Its methods belong to one event loop, and may be called from any task of it, also from a
    handler. `async with pool:` starts it, and stops it at the end of the block: at once if the
    block raised, and otherwise when all is done.
    """

    def __init__(
        self,
        storage: JobStorage,
        registry: Registry,
        worker_count: int = 5,
        buffer_size: int | None = None,
        random: Random = random,
    ) -> None:
        """A pool that nobody has started yet.

        `buffer_size` new jobs can wait for a worker, by default two for each, until submitting
        waits too. Raises ValueError for fewer than one of either.
        """
        buffer_size = 2 * worker_count if buffer_size is None else buffer_size
        if worker_count < 1:
            raise ValueError(f"a pool has 1 worker or more, not {worker_count}")
        if buffer_size < 1:
            raise ValueError(f"a buffer has 1 place or more, not {buffer_size}")
        self.stats = Stats()
        self._storage = storage
        self._registry = registry
        self._processor = JobProcessor(storage)
        self._random = random
        self._worker_count = worker_count
        self._channel = Channel(buffer_size)
        self._runner = Runner(worker_count)
        # Held here, because the event loop alone keeps no task alive. None until the start.
        self._workers: list[asyncio.Task[None]] = []
        # The workers whose handler is at work, and on which job: only there may one be cancelled.
        self._at_work: dict[asyncio.Task[Any], str] = {}
        # What the pool has accepted and not brought to an end; after the stop, what it left.
        self._backlog = Backlog()
        # Set once nothing new is accepted.
        self._closed = asyncio.Event()
        # Once True, what is not in the backlog is not for this pool to do.
        self._has_begun = False
        # How many workers have gone home.
        self._home = 0
        # Ends when it is over.
        self._ctx, self._cancel = background().with_cancel()

    async def start(self) -> None:
        """Let the workers begin, with what is pending in the storage. A second call does nothing.

        Raises QueueStopped if the pool was stopped, and what the storage raises; then it is.
        """
        self._require_open()
        if self._workers:
            return
        self._workers = [asyncio.create_task(self._work()) for _ in range(self._worker_count)]
        try:
            pending = await self._storage.list_by_status(Status.PENDING)
        except BaseException:
            await self.stop(0)
            raise
        # While the storage was asked, the pool may have been stopped, and jobs submitted.
        self._require_open()
        for job in pending:
            if job.id not in self._backlog:
                self._backlog.add(job.id)
                self._channel.put(job.id)
        self._has_begun = True

    async def submit(self, job: Job) -> None:
        """Save the job and have it done; waits while the buffer is full.

        Raises QueueStopped if the pool was stopped, also meanwhile, and what the storage raises;
        then nothing is kept. Before the start jobs take no place, and nobody waits.
        """
        self._require_open()
        await self._channel.take_place()
        await self._accept(job)

    async def submit_nowait(self, job: Job) -> None:
        """As `submit`, but raises QueueFull instead of waiting for a place."""
        self._require_open()
        if self._channel.is_full:
            raise QueueFull("no place is free in the buffer; submit waits for one")
        # There is one, so this does not wait: nobody else runs before it is taken.
        await self._channel.take_place()
        await self._accept(job)

    async def stop(self, timeout: float | None = None) -> bool:
        """Take no more jobs, finish those there are, retries included, and send the workers home.

        After `timeout` seconds the handlers at work are cancelled instead, and what they were at
        is pending again, like what was not begun. Returns whether everything was finished. A
        handler may catch its cancellation to clean up, and is waited for.

        A second call waits for the same end, and may bring it sooner. A handler that calls this
        does not wait for itself. Whoever cancels it while it waits ends the work at once.
        """
        self.close()
        own_job = self._at_work.get(_this_task())
        if own_job is not None:
            self._backlog.remove(own_job)
        try:
            # What was never started will not be finished.
            async with asyncio.timeout(timeout if self._workers else 0):
                await self._backlog.wait_until_idle()
        except TimeoutError:
            pass
        finally:
            self.send_home()
            if self._workers and own_job is None:
                await asyncio.wait(self._workers)
        return not self._backlog

    def close(self) -> None:
        """Take no more jobs. What was accepted goes on; `stop` waits for it."""
        if not self._closed.is_set():
            self._closed.set()
            # Whoever waits for a place gets this one, sees that it is too late, and hands it on.
            self._channel.give_place_back()

    @property
    def is_closed(self) -> bool:
        """Whether the pool takes no more jobs."""
        return self._closed.is_set()

    async def wait_closed(self) -> None:
        """Wait until the pool takes no more jobs."""
        await self._closed.wait()

    def send_home(self) -> None:
        """No run begins from here on, and none goes on but of handlers that do not listen."""
        if self._is_over:
            return
        self.close()
        self._cancel(QueueStopped("the queue was stopped"))
        self._runner.tell_end()
        self._backlog.give_up()
        self._channel.close(len(self._workers))
        for worker, job_id in self._at_work.items():
            # Not a handler that waits for this very end: its job was taken out.
            if job_id in self._backlog:
                worker.cancel()
        if not self._workers:
            self._backlog.close()

    async def join(self) -> None:
        """Wait until there is nothing to do: until all that was accepted is finished.

        Raises QueueStopped if it will not be, RuntimeError in a handler, whose own job is not.
        """
        if _this_task() in self._at_work:
            raise RuntimeError("a handler that waits for all jobs waits for itself")
        if not await self._backlog.wait_until_idle():
            raise QueueStopped(f"the queue was stopped with {len(self._backlog)} jobs to do")

    async def wait_for(self, job_id: str) -> Job:
        """The job once it is completed or failed, by this pool.

        Raises JobNotFound if there is none, JobNotFinished if the pool is done with it before,
        RuntimeError in the handler that works on it.
        """
        if self._at_work.get(_this_task()) == job_id:
            raise RuntimeError(f"the handler that works on {job_id} cannot wait for its end")
        # First to wait and then to look: it may end between the two.
        with self._backlog.end_of(job_id) as end:
            job = await self._storage.get_job(job_id)
            if not job.status.is_terminal:
                if self._may_finish(job_id):
                    await end
                job = await self._storage.get_job(job_id)
        if not job.status.is_terminal:
            raise JobNotFinished(f"{job_id} is {job.status}, and this queue is done with it")
        return job

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        await self.stop(None if error is None else 0)

    def _require_open(self) -> None:
        if self._closed.is_set():
            raise QueueStopped("the queue was stopped, and takes no more jobs")

    @property
    def _is_over(self) -> bool:
        """Whether the workers were sent home."""
        return self._ctx.done

    @property
    def _is_empty(self) -> bool:
        """Whether they have gone."""
        return self._is_over and self._home == len(self._workers)

    def _may_finish(self, job_id: str) -> bool:
        return not self._is_empty and (job_id in self._backlog or not self._has_begun)

    async def _accept(self, job: Job) -> None:
        """Save a job for which a place was taken, and put it there."""
        try:
            # It may have been stopped while the job waited for its place.
            self._require_open()
            # From here on a stop waits for it, so that there are workers when it comes.
            self._backlog.add(job.id)
            await self._storage.save_job(job)
        except BaseException:
            self._channel.give_place_back()
            self._backlog.finish(job.id)
            raise
        if self._workers:
            self._channel.put_new(job.id)
        else:
            # Before the start, nobody makes places free.
            self._channel.give_place_back()
            self._channel.put(job.id)

    async def _work(self) -> None:
        worker = _this_task()
        try:
            for turn in count(1):
                if (job_id := await self._channel.get()) is None:
                    return
                await self._do(worker, job_id)
                # Somebody may have cancelled this task, and a handler taken it for its own affair.
                if worker.cancelling():
                    return
                # To await what is there already lets nobody else get on. This does.
                if turn % _IN_A_ROW == 0:
                    await asyncio.sleep(0)
        finally:
            self._home += 1
            if self._home == len(self._workers):
                # The last one turns off the light.
                self._backlog.close()
                await self._runner.close()

    async def _do(self, worker: asyncio.Task[Any], job_id: str) -> None:
        try:
            await self._process(worker, job_id)
        except ContextEnded:
            pass  # It waits for another pool.
        except Exception:
            # A storage out of order, say. The next job may fare better.
            _log.exception("job %s is left as it is", job_id)
            self._backlog.finish(job_id)

    async def _process(self, worker: asyncio.Task[Any], job_id: str) -> None:
        try:
            job = await self._storage.get_job(job_id)
            handler = self._watched(self._registry.get_entry(job.type), worker, job_id)
            job = await self._processor.run_job(self._ctx, job, handler)
        except InvalidTransition:
            pass  # Somebody else has it.
        except HandlerError:
            self.stats.count(Status.FAILED)
        else:
            if job.status is Status.PENDING:
                self._retry_later(job)
                return
            self.stats.count(job.status)
        self._backlog.finish(job_id)

    def _retry_later(self, job: Job) -> None:
        # The worker does something else meanwhile. If the pool is over, the job stays pending.
        if not self._is_over:
            self._channel.put_later(job.id, job.backoff_duration(self._random))

    def _watched(self, entry: Entry, worker: asyncio.Task[Any], job_id: str) -> Handler:
        """The handler, such that the pool knows while it is at work."""

        async def run(ctx: Context, payload: dict[str, Any]) -> None:
            self._at_work[worker] = job_id
            try:
                await self._runner.run(entry, ctx, payload)
            finally:
                del self._at_work[worker]

        return run


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("no task runs here; await this in one, as asyncio.run(main()) does")
    return task
