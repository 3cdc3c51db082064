"""What a job is. It knows nothing about where it is kept or who does its work."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from .errors import InvalidTransition
from .status import TRANSITIONS, Status


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
    # What the handler raised, as text that outlives the program; empty unless the job failed.
    error: str = field(default="", init=False)
    # Underscored because nobody may set it past the state machine: see `change_status`.
    _status: Status = field(default=Status.PENDING, init=False)

    @property
    def status(self) -> Status:
        """How far the job has come. It cannot be assigned; `change_status` changes it."""
        return self._status

    def change_status(self, status: Status) -> None:
        """Go on to `status`. Raises InvalidTransition, and stays, if no way leads there."""
        if status not in TRANSITIONS[self._status]:
            raise InvalidTransition(self._refusal(status))
        self._status = Status(status)

    def _refusal(self, status: Status) -> str:
        here = self._status
        ways = f"leads to {' or '.join(sorted(TRANSITIONS[here]))}"
        return (
            f"{self.id} ({self.type}) cannot go from {here} to {status}; "
            f"{here} {'is the end' if here.is_terminal else ways}"
        )
