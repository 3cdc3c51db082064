"""Threads that take waiting jobs and have them processed, several at a time."""

import logging
from collections import deque
from random import random
from threading import Thread
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

# Seconds that a worker rests when there is nothing to do.
REST = 0.01


class WorkerPool:
    """A few threads for many jobs."""

    def __init__(self, storage: JobStorage, registry: Registry, random: Random = random) -> None:
        self.stats = Stats()
        self._storage = storage
        self._registry = registry
        self._processor = JobProcessor(storage, random)
        # Jobs that no worker has taken yet, the oldest first.
        self._waiting: deque[Job] = deque()
        # Ends when the workers are to go home.
        self._ctx, self._cancel = background().with_cancel()
        self._workers: list[Thread] = []

    def start(self, worker_count: int) -> None:
        """Let so many workers begin, besides those that are there already.

        They do what is pending in the storage, too. Raises ValueError for fewer than one,
        QueueStopped if the pool was stopped.
        """
        if worker_count < 1:
            raise ValueError(f"a pool has 1 worker or more, not {worker_count}")
        self._require_open()
        # Some of these may wait already. That does no harm: whoever takes a job a second time
        # finds it processing.
        self._waiting.extend(self._storage.list_by_status(self._ctx, Status.PENDING))
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
        self._require_open()
        self._storage.save_job(ctx, job)
        self._waiting.append(job)

    def stop(self, timeout: float | None = None) -> bool:
        """Take no more jobs, and send each worker home once it has finished what it is doing.

        After `timeout` seconds it no longer waits for them. Returns whether all have gone home.
        """
        self._cancel(QueueStopped("the queue was stopped"))
        for worker in self._workers:
            worker.join(timeout)
        return not any(worker.is_alive() for worker in self._workers)

    def _require_open(self) -> None:
        if self._ctx.done:
            raise QueueStopped("the queue was stopped, and takes no more jobs")

    def _work(self) -> None:
        while not self._ctx.done:
            if self._waiting:
                self._process(self._waiting.popleft())
            else:
                self._ctx.wait(REST)

    def _process(self, job: Job) -> None:
        try:
            handler = self._registry.get_handler(job.type)
            self._processor.process_job(self._ctx, job, _contained(handler))
        except (InvalidTransition, ContextEnded):
            return  # Somebody else has it, or it is to wait until the pool is started again.
        except HandlerError:
            pass  # The job says so.
        except Exception:
            # A storage out of order, say. The next job may fare better.
            _log.exception("job %s is left as it is", job.id)
            return
        self.stats.count(job.status)


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
