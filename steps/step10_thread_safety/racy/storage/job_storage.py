"""What the queue asks of a place to keep jobs."""

from typing import Protocol

from ..entity.context import Context
from ..entity.job import Job
from ..entity.status import Status


class JobStorage(Protocol):
    """A place to keep jobs. Whatever has these methods is one: there is nothing to inherit.

    Each raises Cancelled or DeadlineExceeded, and does nothing, once its context has ended.
    """

    def save_job(self, ctx: Context, job: Job) -> None:
        """Keep the job as it is now; it takes the place of what was saved under its id."""
        ...

    def update_job(self, ctx: Context, job: Job) -> None:
        """Keep the job in place of an earlier state of it. Raises JobNotFound if there is none."""
        ...

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """The job that was saved under this id. Raises JobNotFound if there is none."""
        ...

    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        """The jobs with this status, the oldest first."""
        ...
