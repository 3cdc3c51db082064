"""What the queue asks of a place to keep jobs."""

from typing import Protocol

from ..entity.context import Context
from ..entity.job import Job


class JobStorage(Protocol):
    """A place to keep jobs. Whatever has these methods is one: there is nothing to inherit.

    Each raises Cancelled or DeadlineExceeded, and does nothing, once its context has ended.
    """

    def save_job(self, ctx: Context, job: Job) -> None:
        """Keep the job as it is now; it takes the place of what was saved under its id."""
        ...

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """The job that was saved under this id. Raises JobNotFound if there is none."""
        ...
