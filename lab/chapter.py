"""A step's chapter as the lab reads it: its front matter, its sections and their hints."""

import re
import textwrap
from dataclasses import dataclass
from typing import Any

from lab.book.pages import front_matter
from lab.catalog import LabError, Step

_HEADING = re.compile(r"^(#{1,4}) (?P<title>.+?)(?: \{ ?#(?P<anchor>[\w-]+) ?\})?$")
_HINT = re.compile(r'^\?\?\? hint "Hint (?P<level>\d)"$')
_FENCE = re.compile(r"^\s*(```|~~~)")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a chapter, from its heading to the next one."""

    title: str
    anchor: str
    # From the gentlest to the one that nearly tells.
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    step: Step
    # What stands between the two `---` lines: title, minutes, summary, builds_on, untold.
    front_matter: dict[str, Any]
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        return str(self.front_matter["title"])

    def section(self, anchor: str) -> Section:
        """The section with this anchor. Raises LabError, naming those there are."""
        for section in self.sections:
            if section.anchor == anchor:
                return section
        there = ", ".join(section.anchor for section in self.sections)
        raise LabError(f"the chapter has no section {anchor}; its sections are {there}")

    @property
    def with_hints(self) -> tuple[Section, ...]:
        """The tasks and exercises, in order."""
        return tuple(section for section in self.sections if section.hints)


def read_chapter(step: Step) -> Chapter:
    """Read a step's chapter. Raises LabError if it is missing or has no front matter."""
    try:
        text = step.chapter.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LabError(f"step {step.number} has no chapter {step.chapter}") from None
    said = front_matter(text)
    if not said:
        raise LabError(f"{step.chapter} does not begin with front matter between two --- lines")
    return Chapter(step, said, tuple(_sections(text)))


def title_of(step: Step) -> str:
    """The chapter's title, or the slug in words for a step without a chapter."""
    try:
        return read_chapter(step).title
    except LabError:
        return step.slug.replace("_", " ").capitalize()


def _sections(body: str) -> list[Section]:
    sections: list[Section] = []
    lines = body.splitlines()
    in_fence = False
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            in_fence = not in_fence
        elif in_fence:
            continue
        elif heading := _HEADING.match(line):
            if heading["anchor"]:
                sections.append(Section(heading["title"], heading["anchor"], ()))
        elif sections and _HINT.match(line):
            section = sections[-1]
            hints = (*section.hints, _indented(lines[number + 1 :]))
            sections[-1] = Section(section.title, section.anchor, hints)
    return sections


def _indented(lines: list[str]) -> str:
    block = []
    for line in lines:
        if line.strip() and not line.startswith("    "):
            break
        block.append(line)
    return textwrap.dedent("\n".join(block)).strip()
