"""Where everything is: the steps that exist, their chapters and their tests.

A step exists when `steps/stepNN_slug/` does. Nothing here or elsewhere knows how many there are.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = ROOT / "steps"
DOCS = ROOT / "docs"
TESTS = ROOT / "tests"

_STEP_FOLDER = re.compile(r"step(\d\d)_([a-z0-9_]+)")


class LabError(Exception):
    """Something the user asked for cannot be done; the message says what would be right."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the tutorial, as the folders name it."""

    number: int
    # The folder's name after the number, such as "first_job".
    slug: str

    @property
    def label(self) -> str:
        """`step01`: the name of its tests' folder and of its parametrized tests."""
        return f"step{self.number:02d}"

    @property
    def folder(self) -> Path:
        """The package: a complete PyQueue at this point."""
        return STEPS / f"{self.label}_{self.slug}"

    @property
    def module(self) -> str:
        """The package's dotted name, as `python -m` takes it."""
        return f"steps.{self.folder.name}"

    @property
    def tests(self) -> Path:
        """The folder of the promises that this step adds."""
        return TESTS / self.label

    @property
    def page(self) -> str:
        """The chapter's name without an ending, such as `01-first-job`."""
        return f"{self.number:02d}-{self.slug.replace('_', '-')}"

    @property
    def chapter(self) -> Path:
        """The chapter's Markdown file."""
        return DOCS / "steps" / f"{self.page}.md"

    def address(self, anchor: str = "") -> str:
        """Where the chapter, or a section of it, is in the book: `steps/01-first-job.html#done`."""
        return f"steps/{self.page}.html" + (f"#{anchor}" if anchor else "")


@cache
def steps() -> tuple[Step, ...]:
    """Every step that exists, in order."""
    found = (_STEP_FOLDER.fullmatch(path.name) for path in STEPS.iterdir() if path.is_dir())
    return tuple(sorted((Step(int(m[1]), m[2]) for m in found if m), key=lambda s: s.number))


def step(number: int) -> Step:
    """The step with this number. Raises LabError, naming those there are."""
    for candidate in steps():
        if candidate.number == number:
            return candidate
    there = ", ".join(str(s.number) for s in steps())
    raise LabError(f"there is no step {number}; the steps are {there}")


def step_after(number: int) -> Step | None:
    """The next step that exists, or None after the last one."""
    return next((s for s in steps() if s.number > number), None)


def step_before(number: int) -> Step | None:
    """The step that this one builds on, or None for the first one."""
    return next((s for s in reversed(steps()) if s.number < number), None)


def package_files(folder: Path) -> dict[str, str]:
    """The text of every Python file below a package, by its path with forward slashes."""
    # Python takes a byte order mark, with which some editors begin a file, for no part of it.
    return {name: (folder / name).read_text(encoding="utf-8-sig") for name in package_names(folder)}


def package_names(folder: Path) -> list[str]:
    """The path of every Python file below a package, with forward slashes."""
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*.py"))
        if "__pycache__" not in path.parts and path.is_file()
    ]
