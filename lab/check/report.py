"""What a check finds out: a verdict on each promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lab.catalog import LabError

# The label of what went wrong before any promise was tried.
THE_IMPORT = "the import"

# The labels of what is not there yet: a stub, a name, a file.
TO_DO, MISSING = "to do", "missing"
UNWRITTEN = (TO_DO, MISSING)


class CannotCheck(LabError):
    """There is no verdict, and it is not for the learner's code to change that."""


class Detail(NamedTuple):
    """One line (or a few) of what went wrong, under a word that says what it tells."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise and whether the package kept it."""

    # The test, as pytest names it: `tests/step01/test_job.py::test_a_new_job_is_pending`.
    test: str
    # The promise in words.
    promise: str
    # The step that made it, and the section of that step's chapter that teaches it.
    step: int
    section: str | None
    ok: bool = False
    # Why it was broken; empty for a promise that was kept.
    details: tuple[Detail, ...] = ()

    @property
    def cannot_be_imported(self) -> bool:
        """Whether it is broken like all the others, because the package cannot be imported."""
        return any(detail.label == THE_IMPORT for detail in self.details)

    @property
    def message(self) -> str:
        """Why the promise was broken, as text to read; empty if it was kept."""
        width = max(len("your code"), *(len(detail.label) for detail in self.details), 0) + 2
        return "\n".join(
            f"{detail.label:<{width}}" + detail.text.replace("\n", "\n" + " " * width)
            for detail in self.details
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on every promise that holds at a step."""

    step: int
    promises: Sequence[Promise]
    # Seconds that it took, measured from the word "go".
    seconds: float

    @property
    def kept(self) -> Sequence[Promise]:
        return [promise for promise in self.promises if promise.ok]

    @property
    def broken(self) -> Sequence[Promise]:
        return [promise for promise in self.promises if not promise.ok]

    def as_json(self) -> dict[str, Any]:
        """The report in the form that `check --json` prints and that other programs read."""
        return {
            "step": self.step,
            "passed": len(self.kept),
            "failed": len(self.broken),
            "promises": [
                {"test": p.test, "promise": p.promise, "ok": p.ok, "message": p.message}
                for p in self.promises
            ],
        }
