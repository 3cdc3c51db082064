"""Tasks that take jobs out of a channel and have them processed, several at a time."""

import asyncio
import logging
from random import random
from typing import Any, Self

from ..entity.backoff import Random
from ..entity.context import Context, background
from ..entity.errors import ContextEnded, HandlerError, InvalidTransition, QueueFull, QueueStopped
from ..entity.handler import Handler, call_handler
from ..entity.job import Job
from ..entity.status import Status
from ..handler.registry import Registry
from ..storage.job_storage import JobStorage
from ..usecase.job_processor import JobProcessor
from .channel import Channel
from .stats import Stats

_log = logging.getLogger(__name__)


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
        # Held here, because the event loop alone keeps no task alive. None until the start.
        self._workers: list[asyncio.Task[None]] = []
        # The workers whose handler is at work, and on which job: only there may one be cancelled.
        self._at_work: dict[asyncio.Task[Any], str] = {}
        # What the pool has accepted and not brought to an end; after the stop, what it left.
        self._unfinished: set[str] = set()
        # Once True, nothing new is accepted.
        self._stopped = False
        # Set when the workers are to go home: all is done, or nothing more is to be.
        self._over = asyncio.Event()
        # Ends with it.
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
            if job.id not in self._unfinished:
                self._unfinished.add(job.id)
                self._channel.put(job.id)

    async def submit(self, job: Job) -> None:
        """Save the job and have it done; waits while the buffer is full.

        Raises QueueStopped if the pool was stopped, also meanwhile, and what the storage raises;
        then nothing is kept. Before the start jobs take no place: they wait in the storage.
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
        self._stopped = True
        # Whoever waits for a place gets this one, sees that it is too late, and hands it on.
        self._channel.give_place_back()
        own_job = self._at_work.get(_this_task())
        if own_job is not None:
            self._unfinished.discard(own_job)
        self._look_whether_over()
        try:
            async with asyncio.timeout(timeout):
                await self._over.wait()
        except TimeoutError:
            pass
        finally:
            self._send_home()
            if self._workers and own_job is None:
                await asyncio.wait(self._workers)
        return not self._unfinished

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        await self.stop(None if error is None else 0)

    def _require_open(self) -> None:
        if self._stopped:
            raise QueueStopped("the queue was stopped, and takes no more jobs")

    async def _accept(self, job: Job) -> None:
        """Save a job for which a place was taken, and put it there."""
        # From here on a stop waits for it, so that there are workers when it comes.
        self._unfinished.add(job.id)
        try:
            # It may have been stopped while the job waited for its place.
            self._require_open()
            await self._storage.save_job(job)
        except BaseException:
            self._channel.give_place_back()
            self._finish(job.id)
            raise
        if self._workers:
            self._channel.put_new(job.id)
        else:
            self._channel.give_place_back()
            self._finish(job.id)

    def _finish(self, job_id: str) -> None:
        """The pool has nothing more to do with this job."""
        self._unfinished.discard(job_id)
        self._look_whether_over()

    def _look_whether_over(self) -> None:
        if self._stopped and not self._unfinished:
            self._over.set()

    def _send_home(self) -> None:
        """No run begins from here on, and none goes on but of handlers that do not listen."""
        if self._ctx.done:
            return
        self._cancel(QueueStopped("the queue was stopped"))
        self._over.set()
        self._channel.close(len(self._workers))
        for worker, job_id in self._at_work.items():
            # Not a handler that waits for this very end: its job was taken out.
            if job_id in self._unfinished:
                worker.cancel()

    async def _work(self) -> None:
        while (job_id := await self._channel.get()) is not None:
            try:
                await self._process(job_id)
            except ContextEnded:
                pass  # It waits for another pool.
            except Exception:
                # A storage out of order, say. The next job may fare better.
                _log.exception("job %s is left as it is", job_id)
                self._finish(job_id)
            # To await what is there already lets nobody else get on. This does.
            await asyncio.sleep(0)

    async def _process(self, job_id: str) -> None:
        try:
            job = await self._storage.get_job(job_id)
            handler = self._watched(self._registry.get_handler(job.type), job_id)
            job = await self._processor.process_job(self._ctx, job, handler)
        except InvalidTransition:
            pass  # Somebody else has it.
        except HandlerError:
            self.stats.count(Status.FAILED)
        else:
            if job.status is Status.PENDING:
                self._retry_later(job)
                return
            self.stats.count(job.status)
        self._finish(job_id)

    def _retry_later(self, job: Job) -> None:
        # The worker does something else meanwhile. If the pool is over, the job stays pending.
        if not self._ctx.done:
            self._channel.put_later(job.id, job.backoff_duration(self._random))

    def _watched(self, handler: Handler, job_id: str) -> Handler:
        """The handler, such that the pool knows while it is at work.

        It fails where it asks Python to end: nobody here would hear.
        """

        async def run(ctx: Context, payload: dict[str, Any]) -> None:
            worker = _this_task()
            self._at_work[worker] = job_id
            try:
                await call_handler(handler, ctx, payload)
            except (Exception, asyncio.CancelledError, GeneratorExit):
                raise
            except BaseException as error:
                raise RuntimeError(f"the handler asked Python to end: {error!r}") from error
            finally:
                del self._at_work[worker]

        return run


def _this_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("no task runs here; await this in one, as asyncio.run(main()) does")
    return task
