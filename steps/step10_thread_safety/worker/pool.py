"""Threads that take jobs out of a channel and have them processed, several at a time."""

import logging
from queue import SimpleQueue
from random import random
from threading import Lock, Thread, current_thread
from time import monotonic
from typing import Any

from ..entity.backoff import Random
from ..entity.context import Context, background
from ..entity.errors import ContextEnded, HandlerError, InvalidTransition, QueueStopped
from ..entity.handler import Handler
from ..entity.job import Job
from ..entity.status import Status
from ..handler.registry import Registry
from ..storage.job_storage import JobStorage
from ..usecase.job_processor import JobProcessor
from .stats import Stats

_log = logging.getLogger(__name__)


class WorkerPool:
    """A few threads for many jobs. Every accepted job ends completed, failed or pending.

    Its methods may be called from any thread, also from a handler.
    """

    def __init__(self, storage: JobStorage, registry: Registry, random: Random = random) -> None:
        self.stats = Stats()
        self._storage = storage
        self._registry = registry
        self._processor = JobProcessor(storage, random)
        # The ids of jobs to be done, and a None for each worker that is to go home.
        self._channel: SimpleQueue[str | None] = SimpleQueue()
        # Ends when the pool is not to finish what it has.
        self._ctx, self._cancel = background().with_cancel()
        # Held from looking whether the pool is stopped until what follows from it is done. Whoever
        # holds it may ask for the storage's lock, and never the other way.
        self._lock = Lock()
        # Once True, nothing is put into the channel but the Nones.
        self._stopped = False
        # Only grows, and not once the pool is stopped.
        self._workers: list[Thread] = []

    def start(self, worker_count: int) -> None:
        """Let so many workers begin, besides those that are there already.

        The first ones do what is pending in the storage, too. Raises ValueError for fewer than
        one, QueueStopped if the pool was stopped.
        """
        if worker_count < 1:
            raise ValueError(f"a pool has 1 worker or more, not {worker_count}")
        with self._lock:
            self._require_open()
            if not self._workers:
                for job in self._storage.list_by_status(self._ctx, Status.PENDING):
                    self._channel.put(job.id)
            for _ in range(worker_count):
                # Daemons, so that a handler that never returns does not keep the program alive.
                worker = Thread(target=self._work, daemon=True)
                worker.start()
                self._workers.append(worker)

    def submit(self, ctx: Context, job: Job) -> None:
        """Save the job and have it done; returns at once.

        Raises QueueStopped if the pool was stopped, and what the storage raises; then nothing is
        kept.
        """
        with self._lock:
            self._require_open()
            self._storage.save_job(ctx, job)
            # Before the first workers begin, it waits in the storage: they look there.
            if self._workers:
                self._channel.put(job.id)

    def stop(self, timeout: float | None = None) -> bool:
        """Take no more jobs, finish those there are, and send the workers home.

        After `timeout` seconds the workers begin no more runs, and handlers hear of it by their
        context; the jobs that were not begun stay pending. Returns whether all workers have gone
        home: if not, a handler may still be at work, and its job is processing. A second call waits
        for the same end. A handler that calls it does not wait for itself, and not at all if the
        pool was stopped already: two that wait for each other would wait for ever.
        """
        with self._lock:
            is_first, self._stopped = not self._stopped, True
            if is_first:
                for _ in self._workers:
                    self._channel.put(None)
        me = current_thread()
        if me in self._workers and not is_first:
            return False
        if _all_home([worker for worker in self._workers if worker is not me], timeout):
            return True
        self._cancel(QueueStopped("the queue was stopped"))
        return False

    def _require_open(self) -> None:
        if self._stopped:
            raise QueueStopped("the queue was stopped, and takes no more jobs")

    def _work(self) -> None:
        while (job_id := self._channel.get()) is not None:
            try:
                self._process(job_id)
            except Exception:
                # A storage out of order, say. The next job may fare better.
                _log.exception("job %s is left as it is", job_id)

    def _process(self, job_id: str) -> None:
        try:
            job = self._storage.get_job(self._ctx, job_id)
            handler = self._registry.get_handler(job.type)
            job = self._processor.process_job(self._ctx, job, _contained(handler))
        except (InvalidTransition, ContextEnded):
            return  # Somebody else has it, or it is to wait for another pool.
        except HandlerError:
            self.stats.count(Status.FAILED)
        else:
            self.stats.count(job.status)


def _all_home(workers: list[Thread], timeout: float | None) -> bool:
    """Wait for the threads to end; whether all did in time."""
    until = None if timeout is None else monotonic() + timeout
    for worker in workers:
        worker.join(None if until is None else max(0.0, until - monotonic()))
    return not any(worker.is_alive() for worker in workers)


def _contained(handler: Handler) -> Handler:
    """The handler, except that it fails where it asks Python to end: nobody here would hear."""

    def run(ctx: Context, payload: dict[str, Any]) -> None:
        try:
            handler(ctx, payload)
        except Exception:
            raise
        except BaseException as error:
            raise RuntimeError(f"the handler asked Python to end: {error!r}") from error

    return run
