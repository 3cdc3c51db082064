"""Jobs kept in this process, until it ends."""

from datetime import datetime
from threading import Lock

from ..entity.context import Context
from ..entity.errors import JobNotFound
from ..entity.job import Job
from ..entity.status import Status


class MemoryStorage:
    """A JobStorage in memory. A new one is empty, and no two share a job."""

    def __init__(self) -> None:
        # Held for every look at `_jobs`, and never while somebody else's code runs.
        self._lock = Lock()
        # Every saved job, by its id, in the order in which they came. Jobs are frozen, so what is
        # handed out is safe with whoever gets it.
        self._jobs: dict[str, Job] = {}

    def save_job(self, ctx: Context, job: Job) -> None:
        """Keep the job, to be found by its id; it takes the place of what was saved under it."""
        ctx.raise_if_done()
        with self._lock:
            self._jobs[job.id] = job

    def update_job(self, ctx: Context, job: Job) -> None:
        """Keep the job in place of an earlier state of it. Raises JobNotFound if there is none."""
        ctx.raise_if_done()
        with self._lock:
            self._find(job.id)
            self._jobs[job.id] = job

    def claim_job(self, ctx: Context, job_id: str, now: datetime) -> Job:
        """Mark a pending job as running, for this caller alone, and return it.

        Raises JobNotFound if there is none, InvalidTransition if it is not pending (any more).
        """
        ctx.raise_if_done()
        with self._lock:
            running = self._find(job_id).mark_running(now)
            self._jobs[job_id] = running
        return running

    def get_job(self, ctx: Context, job_id: str) -> Job:
        """The job that was saved under this id. Raises JobNotFound if there is none."""
        ctx.raise_if_done()
        with self._lock:
            return self._find(job_id)

    def list_by_status(self, ctx: Context, status: Status) -> list[Job]:
        """The jobs with this status, the oldest first, as they were at one moment."""
        ctx.raise_if_done()
        with self._lock:
            return [job for job in self._jobs.values() if job.status == status]

    def _find(self, job_id: str) -> Job:
        """For those who hold the lock."""
        try:
            return self._jobs[job_id]
        except KeyError:
            raise JobNotFound(f"no job is saved under the id {job_id!r}") from None
