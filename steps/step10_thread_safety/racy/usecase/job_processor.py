"""Doing a job's work, and telling the storage how far it has come."""

from random import random

from ..entity.backoff import Random
from ..entity.context import Context, require_context
from ..entity.errors import HandlerError
from ..entity.handler import Handler, require_handler
from ..entity.job import Job
from ..entity.status import Status
from ..storage.job_storage import JobStorage


class JobProcessor:
    """Processes jobs, and saves each change before it does anything else.

    So the storage is never further from the truth than one step: whoever looks there while a
    handler works finds the job processing, even if this program dies.
    """

    def __init__(self, storage: JobStorage, random: Random = random) -> None:
        """Keep the jobs in `storage`, and let `random` choose how long each waits for a retry."""
        self._storage = storage
        self._random = random

    def process_job(self, ctx: Context, job: Job, handler: Handler) -> None:
        """Have the handler do the job's work, again after a while if it fails, until it is done.

        The job is processing while the handler works, completed once it returns, and failed if
        it raised in its last run; then the job keeps the error's text, and HandlerError is raised
        from what the handler raised. Between two runs the job is pending, and the caller waits.

        Once the context has ended, no run begins: Cancelled or DeadlineExceeded is raised, and a
        job that has runs left is pending. A run that has begun is up to the handler, and however it
        ends, the storage hears of it. KeyboardInterrupt, SystemExit and what the storage raises
        come through, and leave the job as it was then. Leaves the job alone, and raises TypeError
        if the handler is none, InvalidTransition if the job is not pending.
        """
        require_context(ctx)
        require_handler(handler)
        while True:
            ctx.raise_if_done()
            error = self._run(ctx, job, handler)
            if error is None:
                return
            if job.status is Status.FAILED:
                raise HandlerError(f"{job.id} ({job.type}) failed: {job.error}") from error
            ctx.wait(job.backoff_duration(self._random))

    def _run(self, ctx: Context, job: Job, handler: Handler) -> Exception | None:
        """One attempt; returns what the handler raised, if it did."""
        # What has happened must be saved, also when the work was cancelled meanwhile.
        saving = ctx.without_cancel()
        job.mark_running(ctx.clock.now())
        self._storage.save_job(saving, job)
        try:
            handler(ctx, job.payload)
        except Exception as error:
            job.mark_failed(error, ctx.clock.now())
            self._storage.update_job(saving, job)
            return error
        job.mark_completed(ctx.clock.now())
        self._storage.update_job(saving, job)
        return None
