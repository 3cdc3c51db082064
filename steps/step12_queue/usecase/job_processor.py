"""Doing a job's work, and telling the storage how far it has come."""

from asyncio import CancelledError, current_task
from datetime import datetime

from ..entity.context import Context, require_context
from ..entity.errors import ContextEnded, HandlerError
from ..entity.handler import Handler, call_handler, require_handler
from ..entity.job import Job
from ..entity.payload import fresh_copy
from ..entity.status import Status
from ..storage.job_storage import JobStorage


class JobProcessor:
    """Processes jobs, and saves each change before it does anything else. Tasks may share one.

    So the storage is never further from the truth than one step: whoever looks there while a
    handler works finds the job processing, even if this program dies.
    """

    def __init__(self, storage: JobStorage) -> None:
        """Keep the jobs in `storage`."""
        self._storage = storage

    async def process_job(self, ctx: Context, job: Job, handler: Handler) -> Job:
        """Have the handler do a saved job's work, once.

        Returns the job as the storage has it then: completed, or pending if the handler raised and
        there are runs left. When it is to be tried again is for the caller to decide. If this was
        its last run, it is failed and keeps the error's text, and HandlerError is raised from what
        the handler raised.

        Whoever cancels this task while the handler works, or ends the context, breaks the run off:
        the job is pending, as if the run had not been, and CancelledError, Cancelled or
        DeadlineExceeded goes on. Once the context has ended, no run begins. KeyboardInterrupt,
        SystemExit and what the storage raises come through, and leave the job as it was then.
        Leaves the job alone, and raises TypeError if the handler is none, JobNotFound if it was
        never saved, InvalidTransition if it is not pending: somebody else has it.
        """
        require_context(ctx)
        require_handler(handler)
        return await self.run_job(ctx, job, handler)

    async def run_job(self, ctx: Context, job: Job, handler: Handler) -> Job:
        """As `process_job`, for a handler of which it is known that it is one."""
        ctx.raise_if_done()
        job = await self._storage.claim_job(job.id, ctx.clock.now())
        failure: BaseException | None = None
        try:
            # It may have ended while the job was claimed.
            ctx.raise_if_done()
            # A copy, so that a retry finds what was ordered and not what a first run made of it.
            await call_handler(handler, ctx, fresh_copy(job.payload))
        except (CancelledError, ContextEnded) as error:
            if ctx.done or _is_cancelled():
                await self._storage.update_job(job.mark_interrupted(ctx.clock.now()))
                raise
            # Nobody wanted this to end: it was something that the handler had begun itself.
            failure = error
        except Exception as error:
            failure = error
        job = _after(job, failure, ctx.clock.now())
        await self._storage.update_job(job)
        if job.status is Status.FAILED:
            raise HandlerError(f"{job.id} ({job.type}) failed: {job.error}") from failure
        return job


def _after(job: Job, failure: BaseException | None, now: datetime) -> Job:
    """The job once its handler is done with it."""
    return job.mark_completed(now) if failure is None else job.mark_failed(failure, now)


def _is_cancelled() -> bool:
    """Whether somebody wants the task that runs here to end."""
    task = current_task()
    return task is not None and task.cancelling() > 0
