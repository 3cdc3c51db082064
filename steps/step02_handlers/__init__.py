"""PyQueue, step 2: any kind of work, by passing in the function that does it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

# A function that does the work of one kind of job, given the job's payload.
Handler = Callable[[dict[str, Any]], None]

_numbers = count(1)


@dataclass
class Job:
    """One piece of work: what kind it is, what it needs to know, how far it has come."""

    # What kind of work, such as "email".
    type: str
    # What the work needs to know. No two jobs share one by accident.
    payload: dict[str, Any] = field(default_factory=dict)
    # Different from that of every other job made by this program.
    id: str = field(default_factory=lambda: f"job-{next(_numbers)}")
    # "pending" until the work is done, then "completed".
    status: str = "pending"


def process(job: Job, handler: Handler) -> None:
    """Give the job's payload to the handler now; when it returns, the job is completed.

    Whatever the handler raises comes through, and the job stays pending.
    Raises TypeError, and leaves the job alone, if the handler is not a function.
    """
    if not callable(handler):
        raise TypeError(f"handler must be a function, not {handler!r}; pass f, not f(...)")
    handler(job.payload)
    job.status = "completed"
