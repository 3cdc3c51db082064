"""Doing a job's work, and keeping on the job how it went."""

from .errors import HandlerError
from .handlers import Handler
from .job import Job


def process(job: Job, handler: Handler) -> None:
    """Give the job's payload to the handler now, and keep on the job how it went.

    The job is processing while the handler works, completed once it returns, and failed
    if it raises; then HandlerError is raised from what the handler raised. KeyboardInterrupt
    and SystemExit come through untouched and leave the job processing: nobody knows how far
    it came. Raises TypeError, and leaves the job alone, if the handler is not a function.
    """
    if not callable(handler):
        raise TypeError(f"handler must be a function, not {handler!r}; pass f, not f(...)")
    job.status = "processing"
    try:
        handler(job.payload)
    except Exception as error:
        job.status = "failed"
        raise HandlerError(f"{job.id} ({job.type}) failed: {error!r}") from error
    job.status = "completed"
