"""What the queue asks of a place to keep jobs."""

from typing import Protocol

from ..entity.job import Job


class JobStorage(Protocol):
    """A place to keep jobs. Whatever has these methods is one: there is nothing to inherit."""

    def save_job(self, job: Job) -> None:
        """Keep the job as it is now; it takes the place of what was saved under its id."""
        ...

    def get_job(self, job_id: str) -> Job:
        """The job that was saved under this id. Raises JobNotFound if there is none."""
        ...
