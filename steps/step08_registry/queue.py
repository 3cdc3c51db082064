"""The queue: the parts put together, for those who have work to be done."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from .entity.errors import HandlerError
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

    def __init__(self, storage: JobStorage | None = None) -> None:
        """Keep the jobs in `storage`; without one, in memory."""
        self._storage = MemoryStorage() if storage is None else storage
        self._registry = Registry()
        self._processor = JobProcessor(self._storage)

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

    def submit_job(self, job_type: str, payload: dict[str, Any]) -> Job:
        """Make a job and do its work now; the job that is returned says how it went.

        A handler that fails is no error of the submitter's: the job is failed, and keeps why.
        Raises HandlerNotFound, and keeps nothing, if no handler is registered for the type.
        KeyboardInterrupt and SystemExit come through, and leave the job in the storage processing.
        """
        handler = self._registry.get_handler(job_type)
        job = Job(job_type, payload)
        self._storage.save_job(job)
        with suppress(HandlerError):
            self._processor.process_job(job, handler)
        return job

    def get_job(self, job_id: str) -> Job:
        """The job with this id, as the storage has it. Raises JobNotFound if there is none."""
        return self._storage.get_job(job_id)
