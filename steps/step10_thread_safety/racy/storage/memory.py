"""Jobs kept in this process, until it ends."""

from ..entity.context import Context
from ..entity.errors import JobNotFound
from ..entity.job import Job
from ..entity.status import Status


class MemoryStorage:
    """A JobStorage in memory. A new one is empty, and no two share a job."""

    def __init__(self) -> None:
        # Every saved job, by its id. It is the job itself and no copy: whoever still holds the
        # job changes what is saved here, without a word to us. Step 10 will need better.
        self._jobs: dict[str, Job] = {}

    def save_job(self, ctx: Context, job: Job) -> None:
        """Keep the job, to be found by its id; it takes the place of what was saved under it."""
        ctx.raise_if_done()
        self._jobs[job.id] = job

    def update_job(self, ctx: Context, job: Job) -> None:
        """Keep the job in place of an earlier state of it. Raises JobNotFound if there is none."""
        self.get_job(ctx, job.id)
        self._jobs[job.id] = job

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """The job that was saved under this id. Raises JobNotFound if there is none."""
        ctx.raise_if_done()
        try:
            return self._jobs[job_id]
        except KeyError:
            raise JobNotFound(f"no job is saved under the id {job_id!r}") from None

    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        """The jobs with this status, the oldest first."""
        ctx.raise_if_done()
        return [job for job in self._jobs.values() if job.status == status]
