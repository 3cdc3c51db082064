"""The queue: the parts put together, for those who have work to be done."""

from collections.abc import Callable
from contextlib import suppress
from random import random
from typing import Any, Self, TypeVar

from .entity.backoff import Random
from .entity.errors import QueueStopped
from .entity.handler import Handler
from .entity.job import Job
from .entity.payload import copy_payload
from .entity.status import Status
from .handler.registry import Registry
from .storage.job_storage import JobStorage
from .storage.memory import MemoryStorage
from .worker.pool import WorkerPool
from .worker.signals import on_stop_signal

AnyHandler = TypeVar("AnyHandler", bound=Handler)


class Queue:
    """Takes in jobs by type, has the right handler do the work, and keeps how it went.

    Its methods belong to one event loop, and may be called from any task of it, also from a
    handler. `async with queue:` starts it, and stops it at the end of the block: at once if the
    block raised, and otherwise when all is done. Queues share neither handlers nor, unless they
    are given the same storage, jobs.
    """

    def __init__(
        self,
        storage: JobStorage | None = None,
        *,
        worker_count: int = 5,
        buffer_size: int | None = None,
        random: Random = random,
    ) -> None:
        """Keep the jobs in `storage`, or in memory; `random` chooses how long retries wait.

        `buffer_size` jobs can wait for a worker, by default two for each, until submitting waits
        too. Raises ValueError for fewer than one of either.
        """
        self._storage = MemoryStorage() if storage is None else storage
        self._registry = Registry()
        self._pool = WorkerPool(self._storage, self._registry, worker_count, buffer_size, random)

    def register_handler(self, job_type: str, handler: Handler, *, cpu_bound: bool = False) -> None:
        """From now on, let this handler do the work of jobs of this type.

        An async one runs in the event loop, and `stop` may cancel it. A plain one runs in a thread,
        one that is `cpu_bound` in another process: nobody can stop them, but they hear of the end
        by their context, and call `ctx.raise_if_done()` or come to an end in their own time. Other
        processes import the program that is started: let what it does stand below
        `if __name__ == "__main__":`.

        Raises HandlerAlreadyRegistered if the type has a handler, and TypeError if the type is
        not text, the handler not a function, or CPU-bound and not to be found by another process.
        Then nothing changes.
        """
        self._registry.register_handler(job_type, handler, cpu_bound=cpu_bound)

    def handler(
        self, job_type: str, *, cpu_bound: bool = False
    ) -> Callable[[AnyHandler], AnyHandler]:
        """Register the function below: `@queue.handler("email")`. It stays what it was.

        Raises TypeError for a bare `@queue.handler`, and what `register_handler` raises.
        """
        if not isinstance(job_type, str):
            raise TypeError(f'write @queue.handler("email"), not @queue.handler on {job_type!r}')

        def register(handler: AnyHandler) -> AnyHandler:
            self.register_handler(job_type, handler, cpu_bound=cpu_bound)
            return handler

        return register

    async def start(self) -> None:
        """Let the workers begin; what was submitted before has waited for them.

        A second call does nothing. Raises QueueStopped after `stop`.
        """
        await self._pool.start()

    async def stop(self, timeout: float | None = None) -> bool:
        """Take no more jobs, finish those there are, and return whether all is finished.

        After `timeout` seconds the handlers at work are cancelled: what they were at is pending
        again, like what was not begun.
        """
        return await self._pool.stop(timeout)

    async def run(self, timeout: float | None = None) -> bool:
        """Start, work until somebody stops the queue, and return whether all was finished then.

        SIGINT (Ctrl-C) and SIGTERM stop it, with `timeout` seconds to finish what there is; a
        second one ends that time. Whoever cancels this ends the work at once. Raises QueueStopped
        if it was stopped before, and what the storage raises at the start.
        """
        if self._pool.is_closed:
            raise QueueStopped("the queue was stopped, and does not run again")
        with on_stop_signal(self._stop_or_end):
            try:
                with suppress(QueueStopped):  # Somebody may stop it before it has begun.
                    await self._pool.start()
                await self._pool.wait_closed()
            except BaseException:
                await self._pool.stop(0)
                raise
            return await self._pool.stop(timeout)

    async def join(self) -> None:
        """Wait until every job that was accepted is completed or failed.

        Raises QueueStopped if the queue is stopped first, RuntimeError in a handler.
        """
        await self._pool.join()

    async def wait_for(self, job_id: str) -> Job:
        """The job once it is completed or failed: `job.status` tells which.

        Raises JobNotFound if there is none, JobNotFinished if this queue is done with it before, as
        after a stop, and RuntimeError in the handler that works on it.
        """
        return await self._pool.wait_for(job_id)

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        await self._pool.__aexit__(kind, error, trace)

    async def submit_job(self, job_type: str, payload: dict[str, Any], max_retry: int = 1) -> Job:
        """Make a job, have it done in `max_retry` runs at most, and return it, pending.

        Does not wait for the work, but for a place if the buffer is full. The job keeps a copy of
        the payload. Raises HandlerNotFound if no handler is registered for the type, InvalidPayload
        for what JSON does not have, ValueError for a `max_retry` below 1, QueueStopped after
        `stop`; then nothing is kept.
        """
        job = self._new_job(job_type, payload, max_retry)
        await self._pool.submit(job)
        return job

    async def submit_job_nowait(
        self, job_type: str, payload: dict[str, Any], max_retry: int = 1
    ) -> Job:
        """As `submit_job`, but raises QueueFull instead of waiting for a place."""
        job = self._new_job(job_type, payload, max_retry)
        await self._pool.submit_nowait(job)
        return job

    async def get_job(self, job_id: str) -> Job:
        """The job with this id, as the storage has it. Raises JobNotFound if there is none."""
        return await self._storage.get_job(job_id)

    async def list_by_status(self, status: Status) -> list[Job]:
        """The jobs with this status, the oldest first, as they were at one moment."""
        return await self._storage.list_by_status(status)

    def stats(self) -> dict[Status, int]:
        """How many jobs this queue has finished, by the status with which they ended."""
        return self._pool.stats.snapshot()

    def _new_job(self, job_type: str, payload: dict[str, Any], max_retry: int) -> Job:
        self._registry.get_handler(job_type)
        return Job(job_type, copy_payload(payload), max_retry=max_retry)

    def _stop_or_end(self) -> None:
        """The first request to end closes the queue, and the second one sends the workers home."""
        if self._pool.is_closed:
            self._pool.send_home()
        self._pool.close()
