"""What the queue asks of a place to keep jobs."""

from datetime import datetime
from typing import Protocol

from ..entity.job import Job
from ..entity.status import Status


class JobStorage(Protocol):
    """A place to keep jobs. Whatever has these methods is one: there is nothing to inherit.

    Each may let others go on while it waits, say for a database, and still does its whole work as
    one act: nobody sees half of it. Whoever cancels one does not know whether it was done.
    """

    async def save_job(self, job: Job) -> None:
        """Keep the job as it is now; it takes the place of what was saved under its id."""
        ...

    async def update_job(self, job: Job) -> None:
        """Keep the job in place of an earlier state of it. Raises JobNotFound if there is none."""
        ...

    async def claim_job(self, job_id: str, now: datetime) -> Job:
        """Mark a pending job as running, for this caller alone, and return it.

        Raises JobNotFound if there is none, InvalidTransition if it is not pending (any more).
        """
        ...

    async def get_job(self, job_id: str) -> Job:
        """The job that was saved under this id. Raises JobNotFound if there is none."""
        ...

    async def list_by_status(self, status: Status) -> list[Job]:
        """The jobs with this status, the oldest first, as they were at one moment."""
        ...
