"""What grading finds out: a row for each submission and step."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lab.check.report import Promise


class Status(StrEnum):
    """How grading went; only a graded row can have points."""

    GRADED = "graded"
    # It could not be tried: no package, no step, not a zip.
    NOT_GRADED = "not graded"
    # It did something to the test run, or what it says cannot be believed.
    NOT_BELIEVED = "not believed"


@dataclass(frozen=True, slots=True)
class Row:
    """A submission's points in a step, and why they are not all of them."""

    name: str
    # None if nobody said which.
    step: int | None
    status: Status
    points: float = 0
    of: float = 0
    # In one line, such as "does not import: SyntaxError, line 3"; empty if there is nothing to say.
    note: str = ""
    promises: Sequence[Promise] = ()
    # What a person should look at before believing the points.
    look_at: Sequence[str] = ()
    # Of the processor, for all runs together.
    seconds: float = 0.0

    @property
    def percent(self) -> float:
        """Of the points that can be had, with one decimal, never rounded up to 100."""
        if not self.of:
            return 0.0
        return 100.0 if self.points == self.of else min(99.9, round(100 * self.points / self.of, 1))
