"""PyQueue, step 1: one job, done while you wait."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

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


def process(job: Job) -> None:
    """Do the job's work now; when it is done, the job is completed.

    Whatever the work raises comes through, and the job stays pending.
    """
    send_email(job.payload)
    job.status = "completed"


def send_email(payload: dict[str, Any]) -> None:
    """Pretend to send an email: print whom it goes to and its subject."""
    print(f"To {payload['to']}: {payload['subject']}")
