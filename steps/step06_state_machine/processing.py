"""Doing a job's work, and keeping on the job how it went."""

from .errors import HandlerError
from .handlers import Handler
from .job import Job
from .status import Status


def process(job: Job, handler: Handler) -> None:
    """Give the job's payload to the handler now, and keep on the job how it went.

    The job is processing while the handler works, completed once it returns, and failed
    if it raises; then the job keeps the error's text, and HandlerError is raised from what the
    handler raised. KeyboardInterrupt and SystemExit come through untouched and leave the job
    processing: nobody knows how far it came. Leaves the job alone, and raises TypeError if the
    handler is not a function, InvalidTransition if the job is not pending.
    """
    if not callable(handler):
        raise TypeError(f"handler must be a function, not {handler!r}; pass f, not f(...)")
    job.change_status(Status.PROCESSING)
    try:
        handler(job.payload)
    except Exception as error:
        job.change_status(Status.FAILED)
        job.error = repr(error)
        raise HandlerError(f"{job.id} ({job.type}) failed: {job.error}") from error
    job.change_status(Status.COMPLETED)
