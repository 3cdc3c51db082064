"""Every changed line is told: a chapter shows each line that its step changes, or says why not.

A new line counts as shown if it stands in a `step` or a `step-diff` fence of the chapter. An old
line that goes away counts as shown if a fence shows it, or if it gives way to new lines and all
of those are shown. Blank lines need no telling.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.book.diff import Difference, compare
from lab.book.listing import Listing
from lab.book.pages import fences, front_matter
from lab.book.source import Span, find
from lab.catalog import Step, package_files, step_before

# A line of one side: the step's number, the file, the line's number.
Line = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Change:
    """Some lines of a file that give way to others; either side may be empty."""

    file: str
    old: tuple[Line, ...]
    new: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Untold:
    """A file, or one symbol of it, that the chapter's front matter says it does not show."""

    file: str
    symbol: str | None
    reason: str

    def __str__(self) -> str:
        return f"{self.file} {self.symbol}" if self.symbol else self.file


def faults(step: Step, chapter: Path | None = None, before: Step | None = None) -> list[str]:
    """What the step changes and its chapter neither shows nor excuses; stale excuses too."""
    page = chapter or step.chapter
    before = before or step_before(step.number)
    if not page.exists():
        return [f"{step.label} has no chapter {page.name}"]
    text = page.read_text(encoding="utf-8")
    problems = _malformed(text)
    new = package_files(step.folder)
    old = package_files(before.folder) if before else {}
    missing = _not_shown(changes(old, new, before, step), shown(text))
    excused = {excuse: _covered(excuse, step, before, new, old) for excuse in excuses(text)}
    for excuse, lines in excused.items():
        if not lines & missing:
            problems.append(f"untold {excuse}: there is nothing left to excuse; remove it")
    untold = missing - set().union(*excused.values())
    return problems + [_say(line, step, new, old) for line in sorted(untold)]


def changes(
    old: dict[str, str], new: dict[str, str], before: Step | None, step: Step
) -> Iterator[Change]:
    """Every change from one step's files to the other's."""
    number = before.number if before else 0
    for file in sorted(old.keys() | new.keys()):
        texts = old.get(file, ""), new.get(file, "")
        for hunk in compare(*texts, context=0):
            for block in hunk:
                sides = [(number, block.old, texts[0]), (step.number, block.new, texts[1])]
                lines = [
                    tuple((n, file, i) for i in side if text.splitlines()[i - 1].strip())
                    for n, side, text in sides
                ]
                yield Change(file, lines[0], lines[1])


def shown(text: str) -> set[Line]:
    """Every line of every step that the fences of a chapter show."""
    lines: set[Line] = set()
    for fence in fences(text):
        if fence.language == "step":
            listing = Listing.parse(fence.body)
            span = range(listing.span.first, listing.span.last + 1)
            lines.update((int(listing.number), listing.file, i) for i in span)
        elif fence.language == "step-diff":
            difference = Difference.parse(fence.body)
            for block in difference.blocks():
                lines.update((int(difference.before), difference.file, i) for i in block.old)
                lines.update((int(difference.after), difference.file, i) for i in block.new)
    return lines


def _not_shown(every: Iterator[Change], seen: set[Line]) -> set[Line]:
    missing: set[Line] = set()
    for change in every:
        new = set(change.new) - seen
        missing |= new
        if new or not change.new:
            missing |= set(change.old) - seen
    return missing


def excuses(text: str) -> list[Untold]:
    """What the front matter of a chapter says it does not show."""
    return [
        Untold(entry["file"], entry.get("symbol"), entry["reason"])
        for entry in _entries(text)
        if _is_excuse(entry)
    ]


def _malformed(text: str) -> list[str]:
    return [
        f"untold: an entry has a file, a reason, maybe a symbol, not {entry}"
        for entry in _entries(text)
        if not _is_excuse(entry)
    ]


def _entries(text: str) -> list[Any]:
    return front_matter(text).get("untold") or []


def _is_excuse(entry: Any) -> bool:
    known = isinstance(entry, dict) and entry.keys() <= {"file", "symbol", "reason"}
    return bool(known and entry.get("file") and str(entry.get("reason") or "").strip())


def _covered(
    excuse: Untold, step: Step, before: Step | None, new: dict[str, str], old: dict[str, str]
) -> set[Line]:
    """The lines of both sides that an excuse speaks of."""
    sides = [(step.number, new), (before.number if before else 0, old)]
    lines: set[Line] = set()
    for number, files in sides:
        text = files.get(excuse.file, "")
        whole = Span(1, len(text.splitlines()))
        span = find(text, excuse.symbol) if excuse.symbol else whole
        if span:
            lines.update((number, excuse.file, i) for i in range(span.first, span.last + 1))
    return lines


def _say(line: Line, step: Step, new: dict[str, str], old: dict[str, str]) -> str:
    number, file, at = line
    text = (new if number == step.number else old)[file].splitlines()[at - 1].strip()
    return f"step {number}, {file}, line {at} is shown by no fence: {text}"
