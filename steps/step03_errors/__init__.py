"""PyQueue, step 3: a job that fails says so."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

# A function that does the work of one kind of job, given the job's payload.
Handler = Callable[[dict[str, Any]], None]

_numbers = count(1)


class HandlerError(Exception):
    """A job's handler failed; `__cause__` is what the handler raised."""


@dataclass
class Job:
    """One piece of work: what kind it is, what it needs to know, how far it has come."""

    # What kind of work, such as "email".
    type: str
    # What the work needs to know. No two jobs share one by accident.
    payload: dict[str, Any] = field(default_factory=dict)
    # Different from that of every other job made by this program.
    id: str = field(default_factory=lambda: f"job-{next(_numbers)}")
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
