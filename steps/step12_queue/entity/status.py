"""How far a job can come, and on which ways."""

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    """How far a job has come. Each is equal to its text: `Status.PENDING == "pending"`."""

    # Nobody works on it: nobody has begun, or it waits to be tried again.
    PENDING = "pending"
    # A handler works on it, or was stopped midway.
    PROCESSING = "processing"
    # The handler returned.
    COMPLETED = "completed"
    # The handler raised an error.
    FAILED = "failed"

    @property
    def is_terminal(self) -> bool:
        """Whether this is the end: no way leads on from here."""
        return not TRANSITIONS[self]


# The whole state machine: where each status can lead. What is not here cannot happen.
TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.PROCESSING}),
    Status.PROCESSING: frozenset({Status.COMPLETED, Status.FAILED, Status.PENDING}),
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(),
}
