"""How the work goes, in numbers."""

from threading import Lock

from ..entity.status import Status


class Stats:
    """How many jobs ended how. A new one has counted nothing.

    Its methods may be called from any thread.
    """

    def __init__(self) -> None:
        # Held from reading a number until the next one is written: the two are one act.
        self._lock = Lock()
        # Only statuses that were counted.
        self._counts: dict[Status, int] = {}

    def count(self, status: Status) -> None:
        """One more job ended with this status."""
        with self._lock:
            self._counts[status] = self._counts.get(status, 0) + 1

    def snapshot(self) -> dict[Status, int]:
        """The numbers as they are now. Statuses with which no job has ended are not in it."""
        with self._lock:
            return dict(self._counts)
