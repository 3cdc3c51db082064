"""How the work goes, in numbers."""

from ..entity.status import Status


class Stats:
    """How many jobs ended how. A new one has counted nothing."""

    def __init__(self) -> None:
        # Only statuses that were counted.
        self._counts: dict[Status, int] = {}

    def count(self, status: Status) -> None:
        """One more job ended with this status."""
        self._counts[status] = self._counts.get(status, 0) + 1

    def snapshot(self) -> dict[Status, int]:
        """The numbers as they are now. Statuses with which no job has ended are not in it."""
        return dict(self._counts)
