"""Doing a job's work, and telling the storage how far it has come."""

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

    def __init__(self, storage: JobStorage) -> None:
        self._storage = storage

    def process_job(self, job: Job, handler: Handler) -> None:
        """Give the job's payload to the handler now, and keep on the job how it went.

        The job is processing while the handler works, completed once it returns, and failed
        if it raises; then the job keeps the error's text, and HandlerError is raised from what
        the handler raised. KeyboardInterrupt and SystemExit come through untouched and leave the
        job processing: nobody knows how far it came. So does what the storage raises. Leaves the
        job alone, and raises TypeError if the handler is not a function, InvalidTransition if the
        job is not pending.
        """
        require_handler(handler)
        self._change(job, Status.PROCESSING)
        try:
            handler(job.payload)
        except Exception as error:
            self._change(job, Status.FAILED, repr(error))
            raise HandlerError(f"{job.id} ({job.type}) failed: {job.error}") from error
        self._change(job, Status.COMPLETED)

    def _change(self, job: Job, status: Status, error: str = "") -> None:
        job.change_status(status)
        job.error = error
        self._storage.save_job(job)
