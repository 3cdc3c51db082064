"""Doing a job's work, and telling the storage how far it has come."""

from copy import deepcopy
from random import random

from ..entity.backoff import Random
from ..entity.context import Context, require_context
from ..entity.errors import HandlerError
from ..entity.handler import Handler, require_handler
from ..entity.job import Job
from ..entity.status import Status
from ..storage.job_storage import JobStorage


class JobProcessor:
    """Processes jobs, and saves each change before it does anything else. Threads may share one.

    So the storage is never further from the truth than one step: whoever looks there while a
    handler works finds the job processing, even if this program dies.
    """

    def __init__(self, storage: JobStorage, random: Random = random) -> None:
        """Keep the jobs in `storage`, and let `random` choose how long each waits for a retry."""
        self._storage = storage
        self._random = random

    def process_job(self, ctx: Context, job: Job, handler: Handler) -> Job:
        """Have the handler do a saved job's work, and again after a while if it fails.

        Returns the completed job. The storage has it as processing while the handler works, and as
        failed if it raised in its last run; then the job keeps the error's text, and HandlerError
        is raised from what the handler raised. Between two runs the job is pending, and the caller
        waits.

        Once the context has ended, no run begins: Cancelled or DeadlineExceeded is raised, and a
        job that has runs left is pending. A run that has begun is up to the handler, and however it
        ends, the storage hears of it. KeyboardInterrupt, SystemExit and what the storage raises
        come through, and leave the job as it was then. Leaves the job alone, and raises TypeError
        if the handler is none, JobNotFound if it was never saved, InvalidTransition if it is not
        pending: somebody else has it.
        """
        require_context(ctx)
        require_handler(handler)
        while True:
            ctx.raise_if_done()
            job, error = self._run(ctx, job, handler)
            if error is None:
                return job
            if job.status is Status.FAILED:
                raise HandlerError(f"{job.id} ({job.type}) failed: {job.error}") from error
            ctx.wait(job.backoff_duration(self._random))

    def _run(self, ctx: Context, job: Job, handler: Handler) -> tuple[Job, Exception | None]:
        """One attempt: the job as it is now, and what the handler raised, if it did."""
        # What has happened must be saved, also when the work was cancelled meanwhile.
        saving = ctx.without_cancel()
        job = self._storage.claim_job(saving, job.id, ctx.clock.now())
        failure = None
        try:
            # A copy, so that a retry finds what was ordered and not what a first run made of it.
            handler(ctx, deepcopy(job.payload))
        except Exception as error:
            failure = error
            job = job.mark_failed(error, ctx.clock.now())
        else:
            job = job.mark_completed(ctx.clock.now())
        self._storage.update_job(saving, job)
        return job, failure
