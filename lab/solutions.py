"""Solutions other than ours: wrong ones to be rejected, right ones to be accepted.

Each is a TOML file in `tests/stepNN/wrong` or `tests/stepNN/right` that says how it differs from
the step: edits (`find` this text, which occurs once, and `replace` it) or whole files (`content`).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.catalog import LabError, Step, package_files


class BrokenSolution(LabError):
    """A solution's file does not fit its step (any more)."""


@dataclass(frozen=True, slots=True)
class Solution:
    """A package that differs from its step in one idea."""

    step: Step
    # The file that describes it.
    path: Path
    # What the learner who writes this believes, or what is different about it.
    idea: str
    # The name of the test that must reject it; None for a right one.
    caught_by: str | None
    edits: tuple[Mapping[str, str], ...]

    @property
    def name(self) -> str:
        """`step01/wrong/shared-payload`."""
        return f"{self.step.label}/{self.path.parent.name}/{self.path.stem}"

    def files(self) -> dict[str, str]:
        """The package's files. Raises BrokenSolution if an edit does not fit the step."""
        files = package_files(self.step.folder)
        for edit in self.edits:
            files[edit["file"]] = self._edited(files, edit)
        return files

    def write(self, workspace: Path) -> None:
        """Put the package where a learner's would be, in `workspace`/pyqueue."""
        for name, text in self.files().items():
            path = workspace / "pyqueue" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

    def _edited(self, files: Mapping[str, str], edit: Mapping[str, str]) -> str:
        if "content" in edit:
            return edit["content"].removeprefix("\n")
        text, wanted = files.get(edit["file"], ""), edit["find"]
        if (found := text.count(wanted)) != 1:
            raise BrokenSolution(
                f"{self.name}: the text to find occurs {found} times in {edit['file']}, "
                f"and must occur once:\n{wanted}"
            )
        return text.replace(wanted, edit["replace"])


def wrong_solutions(step: Step) -> list[Solution]:
    """The step's wrong solutions, by name."""
    return [_read(path, step, "misconception") for path in sorted(step.tests.glob("wrong/*.toml"))]


def right_solutions(step: Step) -> list[Solution]:
    """The step's right solutions other than ours, by name."""
    return [_read(path, step, "idea") for path in sorted(step.tests.glob("right/*.toml"))]


def _read(path: Path, step: Step, idea: str) -> Solution:
    try:
        described: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        caught_by = described["caught_by"] if idea == "misconception" else None
        return Solution(step, path, described[idea], caught_by, tuple(described["edit"]))
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise BrokenSolution(f"{path}: {error!r}") from error
