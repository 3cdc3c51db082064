"""PyQueue, step 4: a job outlives the variable that held it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

# A function that does the work of one kind of job, given the job's payload.
Handler = Callable[[dict[str, Any]], None]


class PyQueueError(Exception):
    """What every error of PyQueue's own is: catch this to catch them all."""


class HandlerError(PyQueueError):
    """A job's handler failed; `__cause__` is what the handler raised."""


class JobNotFound(PyQueueError):
    """No job is saved under the id that was asked for."""


@dataclass
class Job:
    """One piece of work: what kind it is, what it needs to know, how far it has come."""

    # What kind of work, such as "email".
    type: str
    # What the work needs to know. No two jobs share one by accident.
    payload: dict[str, Any] = field(default_factory=dict)
    # Different from that of every other job, whichever program made it and whenever: chance,
    # because counters begin again and clocks stand still or are set back.
    id: str = field(default_factory=lambda: str(uuid4()))
    # "pending", then "processing" while a handler works, then "completed" or "failed".
    status: str = "pending"


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


# Every saved job, by its id. It is the job itself and no copy: whoever still holds the job
# changes what is saved here, without a word to us. Step 10 will need better.
_jobs: dict[str, Job] = {}


def save_job(job: Job) -> None:
    """Keep the job, to be found by its id; it takes the place of what was saved under that id."""
    _jobs[job.id] = job


def get_job(job_id: str) -> Job:
    """The job that was saved under this id. Raises JobNotFound if there is none."""
    try:
        return _jobs[job_id]
    except KeyError:
        raise JobNotFound(f"no job is saved under the id {job_id!r}") from None


def clear_storage() -> None:
    """Forget every saved job."""
    _jobs.clear()
