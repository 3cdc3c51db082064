"""The queue: the parts put together, for those who have work to be done."""

from collections.abc import Callable
from contextlib import suppress
from random import random
from typing import Any, TypeVar

from .entity.backoff import Random
from .entity.context import Context, require_context
from .entity.errors import ContextEnded, HandlerError
from .entity.handler import Handler
from .entity.job import Job
from .handler.registry import Registry
from .storage.job_storage import JobStorage
from .storage.memory import MemoryStorage
from .usecase.job_processor import JobProcessor

AnyHandler = TypeVar("AnyHandler", bound=Handler)


class Queue:
    """Takes in jobs by type, has the right handler do the work, and keeps how it went.

    Queues share neither handlers nor, unless they are given the same storage, jobs.
    """

    def __init__(self, storage: JobStorage | None = None, random: Random = random) -> None:
        """Keep the jobs in `storage`, or in memory; `random` chooses how long retries wait."""
        self._storage = MemoryStorage() if storage is None else storage
        self._registry = Registry()
        self._processor = JobProcessor(self._storage, random)

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

    def submit_job(
        self, ctx: Context, job_type: str, payload: dict[str, Any], max_retry: int = 1
    ) -> Job:
        """Make a job and do its work now, in `max_retry` runs at most; the job says how it went.

        A handler that fails is no error of the submitter's: the job is failed, and keeps why. Nor
        is a context that ends once the work has begun: then the job may be pending still. Raises
        HandlerNotFound if no handler is registered for the type, ValueError for a `max_retry` below
        1, Cancelled or DeadlineExceeded if the context has ended before; then nothing is kept.
        KeyboardInterrupt and SystemExit come through, and leave the job in the storage processing.
        """
        require_context(ctx)
        handler = self._registry.get_handler(job_type)
        job = Job(job_type, payload, max_retry=max_retry, created_at=ctx.clock.now())
        self._storage.save_job(ctx, job)
        with suppress(HandlerError, ContextEnded):
            self._processor.process_job(ctx, job, handler)
        return job

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """The job with this id, as the storage has it. Raises JobNotFound if there is none."""
        require_context(ctx)
        return self._storage.get_job(ctx, job_id)
