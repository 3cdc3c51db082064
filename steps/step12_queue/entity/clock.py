"""What time it is, asked of somebody: so a test can say, and nobody has to wait for it."""

from datetime import UTC, datetime
from threading import TIMEOUT_MAX, Event
from time import monotonic
from typing import Protocol


class Clock(Protocol):
    """Whoever is asked. There are two times, and each is wrong where the other belongs."""

    def now(self) -> datetime:
        """The time of day, aware and in UTC: to be kept and shown. It may be set back."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment: to measure how long. It is never set back."""
        ...

    def wait(self, event: Event, seconds: float) -> None:
        """Return once the event is set, or this much later, whichever comes first."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()

    def wait(self, event: Event, seconds: float) -> None:
        event.wait(min(seconds, TIMEOUT_MAX))


def require_aware(moment: datetime) -> None:
    """Raises ValueError for a time of day that does not say where on earth it is meant."""
    # Not `tzinfo is None`: there are time zones that do not know how far away they are.
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone; make it with datetime.now(UTC)")
