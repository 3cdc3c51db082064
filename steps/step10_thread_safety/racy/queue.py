"""The queue: the parts put together, for those who have work to be done."""

from collections.abc import Callable
from random import random
from typing import Any, TypeVar

from .entity.backoff import Random
from .entity.context import Context, require_context
from .entity.handler import Handler
from .entity.job import Job
from .entity.status import Status
from .handler.registry import Registry
from .storage.job_storage import JobStorage
from .storage.memory import MemoryStorage
from .worker.pool import WorkerPool

AnyHandler = TypeVar("AnyHandler", bound=Handler)


class Queue:
    """Takes in jobs by type, has the right handler do the work, and keeps how it went.

    Queues share neither handlers nor, unless they are given the same storage, jobs.
    """

    def __init__(self, storage: JobStorage | None = None, random: Random = random) -> None:
        """Keep the jobs in `storage`, or in memory; `random` chooses how long retries wait."""
        self._storage = MemoryStorage() if storage is None else storage
        self._registry = Registry()
        self._pool = WorkerPool(self._storage, self._registry, random)

    def register_handler(self, job_type: str, handler: Handler) -> None:
        """From now on, let this handler do the work of jobs of this type.

        Raises HandlerAlreadyRegistered if the type has a handler, and TypeError if the type is
        not text or the handler not a function. Then nothing changes.
        """
        self._registry.register_handler(job_type, handler)

    def handler(self, job_type: str) -> Callable[[AnyHandler], AnyHandler]:
        """Register the function below: `@queue.handler("email")`. It stays what it was.

        Raises TypeError for a bare `@queue.handler`, and what `register_handler` raises.
        """
        if not isinstance(job_type, str):
            raise TypeError(f'write @queue.handler("email"), not @queue.handler on {job_type!r}')

        def register(handler: AnyHandler) -> AnyHandler:
            self.register_handler(job_type, handler)
            return handler

        return register

    def start(self, worker_count: int = 5) -> None:
        """Let so many workers begin; what was submitted before has waited for them.

        Raises ValueError for fewer than one, QueueStopped after `stop`.
        """
        self._pool.start(worker_count)

    def stop(self, timeout: float | None = None) -> bool:
        """Take no more jobs, and wait until each worker has finished what it is doing.

        After `timeout` seconds it no longer waits. Returns whether all have finished.
        """
        return self._pool.stop(timeout)

    def submit_job(
        self, ctx: Context, job_type: str, payload: dict[str, Any], max_retry: int = 1
    ) -> Job:
        """Make a job, have it done in `max_retry` runs at most, and return it at once.

        What became of it, the job says later. Raises HandlerNotFound if no handler is registered
        for the type, ValueError for a `max_retry` below 1, QueueStopped after `stop`, Cancelled or
        DeadlineExceeded if the context has ended; then nothing is kept. The context is about the
        taking in: what ends the work is `stop`.
        """
        require_context(ctx)
        self._registry.get_handler(job_type)
        job = Job(job_type, payload, max_retry=max_retry, created_at=ctx.clock.now())
        self._pool.submit(ctx, job)
        return job

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """The job with this id, as the storage has it. Raises JobNotFound if there is none."""
        require_context(ctx)
        return self._storage.get_job(ctx, job_id)

    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        """The jobs with this status, the oldest first."""
        require_context(ctx)
        return self._storage.list_by_status(ctx, status)

    def stats(self) -> dict[Status, int]:
        """How many jobs this queue has finished, by the status with which they ended."""
        return self._pool.stats.snapshot()
