"""Every changed line is told: a chapter shows each line that its step changes, or says why not.

A new line counts as shown if it stands in a `step` or a `step-diff` fence of the chapter. An old
line that goes away counts as shown if a fence shows it, or if it gives way to new lines and all
of those are shown. Blank lines need no telling.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from lab.book.diff import Difference, compare
from lab.book.listing import Listing
from lab.book.pages import fences, front_matter
from lab.book.source import Span, find, title_of
from lab.catalog import Package, Step, package_before

# A line of one side: the package's name, the file, the line's number.
Line = tuple[str, str, int]


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


def faults(step: Step, chapter: Path | None = None, before: Package | None = None) -> list[str]:
    """What the step changes and its chapter neither shows nor excuses; stale excuses too.

    A step that builds a racy version first changes the step before into that one, and that one
    into itself.
    """
    page = chapter or step.chapter
    before = before or package_before(step.packages[0])
    if not page.exists():
        return [f"{step.label} has no chapter {page.name}"]
    text = page.read_text(encoding="utf-8")
    problems = _malformed(text)
    stages = [before, *step.packages]
    texts = {package.name: package.files() for package in stages if package}
    missing = set[Line]()
    for old, new in pairwise(stages):
        missing |= _not_shown(_changes_between(old, new, texts), shown(text))
    excused = {excuse: _covered(excuse, texts) for excuse in excuses(text)}
    for excuse, lines in excused.items():
        if not lines & missing:
            problems.append(f"untold {excuse}: there is nothing left to excuse; remove it")
    untold = missing - set().union(*excused.values())
    return problems + [_say(line, texts) for line in sorted(untold)]


def changes(
    old: Mapping[str, str], new: Mapping[str, str], before: str, after: str
) -> Iterator[Change]:
    """Every change from one package's files to the other's; `before` and `after` name the two."""
    for file in sorted(old.keys() | new.keys()):
        texts = old.get(file, ""), new.get(file, "")
        for hunk in compare(*texts, context=0):
            for block in hunk:
                sides = [(before, block.old, texts[0]), (after, block.new, texts[1])]
                lines = [
                    tuple((name, file, i) for i in side if text.splitlines()[i - 1].strip())
                    for name, side, text in sides
                ]
                yield Change(file, lines[0], lines[1])


def shown(text: str) -> set[Line]:
    """Every line of every step that the fences of a chapter show."""
    lines: set[Line] = set()
    for fence in fences(text):
        if fence.language == "step":
            listing = Listing.parse(fence.body)
            span = range(listing.span.first, listing.span.last + 1)
            lines.update((listing.number, listing.file, i) for i in span)
        elif fence.language == "step-diff":
            difference = Difference.parse(fence.body)
            for block in difference.blocks():
                lines.update((difference.before, difference.file, i) for i in block.old)
                lines.update((difference.after, difference.file, i) for i in block.new)
    return lines


def _changes_between(
    old: Package | None, new: Package | None, texts: Mapping[str, Mapping[str, str]]
) -> Iterator[Change]:
    assert new is not None
    before = old.name if old else ""
    return changes(texts.get(before, {}), texts[new.name], before, new.name)


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


def _covered(excuse: Untold, texts: Mapping[str, Mapping[str, str]]) -> set[Line]:
    """The lines of all packages that an excuse speaks of."""
    lines: set[Line] = set()
    for name, files in texts.items():
        text = files.get(excuse.file, "")
        whole = Span(1, len(text.splitlines()))
        span = find(text, excuse.symbol) if excuse.symbol else whole
        if span:
            lines.update((name, excuse.file, i) for i in range(span.first, span.last + 1))
    return lines


def _say(line: Line, texts: Mapping[str, Mapping[str, str]]) -> str:
    name, file, at = line
    text = texts[name][file].splitlines()[at - 1].strip()
    return f"{title_of(name)}, {file}, line {at} is shown by no fence: {text}"
