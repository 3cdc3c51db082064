"""What a job is. It knows nothing about where it is kept or who does its work."""

from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from .backoff import Random, backoff
from .clock import require_aware
from .errors import InvalidTransition
from .failure import failure_text
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
    _: KW_ONLY
    # How often its handler may be called in all, the first time included: 1 is no retry.
    max_retry: int = 1
    # When it was made; aware, in UTC.
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    # When it last changed; aware, in UTC, and never earlier than it was before.
    updated_at: datetime = field(init=False)
    # How often its handler was called.
    attempts: int = field(default=0, init=False)
    # What the handler raised last, as text that outlives the program; empty if it never did, and
    # once the job is completed.
    error: str = field(default="", init=False)
    # Underscored because nobody may set it past the state machine: see `change_status`.
    _status: Status = field(default=Status.PENDING, init=False)

    def __post_init__(self) -> None:
        """Raises TypeError or ValueError for a job that could never run, or has no time zone."""
        _require_runs(self.max_retry)
        require_aware(self.created_at)
        self.created_at = self.updated_at = self.created_at.astimezone(UTC)

    @property
    def status(self) -> Status:
        """How far the job has come. It cannot be assigned; `change_status` changes it."""
        return self._status

    @property
    def can_retry(self) -> bool:
        """Whether a failure would not be the last: there are runs left."""
        return self.attempts < self.max_retry

    def backoff_duration(self, random: Random) -> float:
        """Seconds to wait before the next attempt."""
        return backoff(self.attempts, random)

    def mark_running(self, now: datetime) -> None:
        """The handler is about to be called. Raises InvalidTransition if it must not be."""
        self._change(Status.PROCESSING, now)
        self.attempts += 1

    def mark_completed(self, now: datetime) -> None:
        """The handler returned; earlier errors are forgotten. Raises InvalidTransition if idle."""
        self._change(Status.COMPLETED, now)
        self.error = ""

    def mark_failed(self, error: BaseException, now: datetime) -> None:
        """The handler raised this: back to pending if there are runs left, else failed.

        Raises InvalidTransition, and changes nothing, if no handler was at work.
        """
        self._change(Status.PENDING if self.can_retry else Status.FAILED, now)
        self.error = failure_text(error)

    def change_status(self, status: Status) -> None:
        """Go on to `status`. Raises InvalidTransition, and stays, if no way leads there."""
        if status not in TRANSITIONS[self._status]:
            raise InvalidTransition(self._refusal(status))
        self._status = Status(status)

    def _change(self, status: Status, now: datetime) -> None:
        require_aware(now)
        self.change_status(status)
        # A clock may have been set back since; what happened later is not to look earlier.
        self.updated_at = max(self.updated_at, now.astimezone(UTC))

    def _refusal(self, status: Status) -> str:
        here = self._status
        ways = f"leads to {' or '.join(sorted(TRANSITIONS[here]))}"
        return (
            f"{self.id} ({self.type}) cannot go from {here} to {status}; "
            f"{here} {'is the end' if here.is_terminal else ways}"
        )


def _require_runs(max_retry: int) -> None:
    if not isinstance(max_retry, int) or isinstance(max_retry, bool):
        raise TypeError(f"max_retry must be a whole number, not {max_retry!r}")
    if max_retry < 1:
        raise ValueError(f"max_retry is how often a job runs in all, so 1 or more, not {max_retry}")
