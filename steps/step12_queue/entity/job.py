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


@dataclass(frozen=True)
class Job:
    """One piece of work, as it was at one moment. It never changes: what happens makes a new one.

    So threads can share it. Whoever holds one holds a truth, though perhaps not the latest.
    """

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
    # How often its handler was called; a run that was broken off from outside does not count.
    attempts: int = field(default=0, init=False)
    # What the handler raised last, as text that outlives the program; empty if it never did, and
    # once the job is completed.
    error: str = field(default="", init=False)
    # How far it has come. No job is made anywhere but at its beginning.
    status: Status = field(default=Status.PENDING, init=False)

    def __post_init__(self) -> None:
        """Raises TypeError or ValueError for a job that could never run, or has no time zone."""
        _require_runs(self.max_retry)
        require_aware(self.created_at)
        created_at = self.created_at.astimezone(UTC)
        object.__setattr__(self, "created_at", created_at)
        object.__setattr__(self, "updated_at", created_at)

    @property
    def can_retry(self) -> bool:
        """Whether a failure would not be the last: there are runs left."""
        return self.attempts < self.max_retry

    def backoff_duration(self, random: Random) -> float:
        """Seconds to wait before the next attempt."""
        return backoff(self.attempts, random)

    def mark_running(self, now: datetime) -> "Job":
        """The job as its handler is called. Raises InvalidTransition if it must not be."""
        return self._changed(Status.PROCESSING, now, attempts=self.attempts + 1)

    def mark_completed(self, now: datetime) -> "Job":
        """The job once its handler has returned, without earlier errors.

        Raises InvalidTransition if no handler was at work.
        """
        return self._changed(Status.COMPLETED, now, error="")

    def mark_failed(self, error: BaseException, now: datetime) -> "Job":
        """The job once its handler has raised: pending again if it has runs left, else failed.

        Raises InvalidTransition if no handler was at work.
        """
        status = Status.PENDING if self.can_retry else Status.FAILED
        return self._changed(status, now, error=failure_text(error))

    def mark_interrupted(self, now: datetime) -> "Job":
        """The job once its run was broken off from outside: pending, as if it had not been run.

        Raises InvalidTransition if no handler was at work.
        """
        return self._changed(Status.PENDING, now, attempts=self.attempts - 1)

    def change_status(self, status: Status) -> "Job":
        """The job with this status. Raises InvalidTransition if no way leads there."""
        if status not in TRANSITIONS[self.status]:
            raise InvalidTransition(self._refusal(status))
        return self._with(status=Status(status))

    def _changed(self, status: Status, now: datetime, **changes: object) -> "Job":
        if now.tzinfo is not UTC:
            require_aware(now)
            now = now.astimezone(UTC)
        if status not in TRANSITIONS[self.status]:
            raise InvalidTransition(self._refusal(status))
        # A clock may have been set back since; what happened later is not to look earlier.
        return self._with(status=status, updated_at=max(self.updated_at, now), **changes)

    def _with(self, **changes: object) -> "Job":
        """Another job, alike but for these. Nobody has seen it yet, so it may still be written."""
        job = object.__new__(type(self))
        job.__dict__.update(self.__dict__, **changes)
        return job

    def _refusal(self, status: Status) -> str:
        here = self.status
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
