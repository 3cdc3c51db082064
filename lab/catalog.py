"""Where everything is: the steps that exist, their chapters and their tests.

A step exists when `steps/stepNN_slug/` does. Nothing here or elsewhere knows how many there are.
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = ROOT / "steps"
DOCS = ROOT / "docs"
TESTS = ROOT / "tests"

# Inside a step: the complete version that its chapter builds first, and then finds wanting.
RACY = "racy"

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
    def packages(self) -> tuple["Package", ...]:
        """What its chapter builds, in order; the last one is the step."""
        racy = self.folder / RACY
        first = (Package(f"{self.number:02d}/{RACY}", self, racy),) if racy.is_dir() else ()
        return (*first, Package(f"{self.number:02d}", self, self.folder))

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


@dataclass(frozen=True, slots=True)
class Package:
    """A complete PyQueue in a folder: a step, or what its chapter builds on the way there."""

    # What the book's fences call it: `09`, or `10/racy`.
    name: str
    # The step whose chapter is about it.
    step: Step
    folder: Path

    @property
    def short(self) -> str:
        """`9` or `10/racy`, as people type it."""
        return self.name.lstrip("0")

    @property
    def title(self) -> str:
        """`step 9` or `step 10/racy`, as people read it."""
        return f"step {self.short}"

    def files(self) -> dict[str, str]:
        """The text of every Python file of it, by its path with forward slashes."""
        return package_files(self.folder)


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


def packages() -> list[Package]:
    """Everything that the book builds, each from the one before it."""
    return [package for each in steps() for package in each.packages]


def package(name: str) -> Package:
    """The package that is called so: `9`, `09` or `10/racy`. Raises LabError, naming all."""
    for candidate in packages():
        if candidate.short == name.lstrip("0"):
            return candidate
    there = ", ".join(p.short for p in packages())
    raise LabError(f"there is no step {name!r}; there are {there}")


def package_before(later: Package) -> Package | None:
    """What this one is built from, or None for the first."""
    return next((a for a, b in pairwise(packages()) if b == later), None)


def package_after(earlier: Package) -> Package | None:
    """What is built from this one, or None for the last."""
    return next((b for a, b in pairwise(packages()) if a == earlier), None)


def given(chosen: Step) -> dict[str, str]:
    """The files that a step goes on from: what its chapter builds first, or the step before."""
    if len(chosen.packages) > 1:
        return chosen.packages[0].files()
    before = step_before(chosen.number)
    return package_files(before.folder) if before else {}


def package_files(folder: Path) -> dict[str, str]:
    """The text of every Python file below a package, by its path with forward slashes."""
    # Python takes a byte order mark, with which some editors begin a file, for no part of it.
    return {name: (folder / name).read_text(encoding="utf-8-sig") for name in package_names(folder)}


def package_names(folder: Path) -> list[str]:
    """The path of every Python file of a package, with forward slashes.

    The racy version inside a step is a package of its own.
    """
    paths = (
        path.relative_to(folder)
        for path in sorted(folder.rglob("*.py"))
        if "__pycache__" not in path.parts and path.is_file()
    )
    is_step = folder.parent == STEPS
    return [path.as_posix() for path in paths if not (is_step and path.parts[0] == RACY)]
