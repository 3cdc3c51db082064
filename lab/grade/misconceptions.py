"""Which mistake is behind it? The promises somebody broke, beside those that wrong solutions break.

Each wrong solution of a step (`tests/stepNN/wrong`) is graded like a submission, once; what it
breaks is kept in `build/misconceptions/` until the step, its tests or the solutions change.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lab.catalog import ROOT, Step, steps
from lab.grade.grading import grade
from lab.grade.rows import Row, Status
from lab.solutions import wrong_solutions

CACHE = ROOT / "build" / "misconceptions"
# From here on two sets of promises are taken for the work of one mistake. The measure is Jaccard's:
# what both break, as a part of what either breaks.
_ALIKE = 0.6
# A mistake may be one of several only if it explains so much of what is broken.
_WORTH_MENTIONING = 0.25
# So many that are merely possible are named.
_MOST_POSSIBLE = 2


class Sureness(StrEnum):
    """How much stands behind it that somebody made a mistake."""

    # Exactly the promises that this wrong solution breaks, and no other one breaks the same.
    SURE = "sure"
    # Nearly the same promises, or the same as more than one wrong solution.
    LIKELY = "likely"
    # Everything this one breaks is broken, and more besides.
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Misconception:
    """What somebody believes who writes a wrong solution, and what breaks by it."""

    # `shared-payload`: the wrong solution's file.
    name: str
    # In words, as the file says it.
    idea: str
    breaks: frozenset[str]


@dataclass(frozen=True, slots=True)
class Guess:
    """A mistake that may be behind a row."""

    misconception: Misconception
    sureness: Sureness


def guesses(broken: Iterable[str], known: Sequence[Misconception]) -> list[Guess]:
    """The mistakes that may be behind these broken promises, the likeliest first; often none."""
    seen = frozenset(broken)
    if not seen:
        return []
    same = [m for m in known if m.breaks == seen]
    if same:
        return [Guess(m, Sureness.SURE if len(same) == 1 else Sureness.LIKELY) for m in same]
    best = max((_likeness(m.breaks, seen) for m in known), default=0)
    if best >= _ALIKE:
        return [Guess(m, Sureness.LIKELY) for m in known if _likeness(m.breaks, seen) == best]
    within = [m for m in known if m.breaks and m.breaks < seen]
    within = [m for m in within if len(m.breaks) >= _WORTH_MENTIONING * len(seen)]
    within.sort(key=lambda m: (-len(m.breaks), m.name))
    return [Guess(m, Sureness.POSSIBLE) for m in within[:_MOST_POSSIBLE]]


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def known_misconceptions(
    chosen: Step, *, cache: Path = CACHE, on_row: Callable[[Row], None] = lambda row: None
) -> list[Misconception]:
    """The step's misconceptions, with what each breaks. Takes a minute the first time."""
    ideas = {s.path.stem: s.idea for s in wrong_solutions(chosen)}
    path = cache / f"{chosen.label}-{_fingerprint(chosen)}.json"
    try:
        breaks = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        breaks = _measured(chosen, on_row)
        path.parent.mkdir(parents=True, exist_ok=True)
        for outdated in path.parent.glob(f"{chosen.label}-*.json"):
            outdated.unlink()
        path.write_text(json.dumps(breaks, indent=1) + "\n", encoding="utf-8")
    return [Misconception(name, idea, frozenset(breaks[name])) for name, idea in ideas.items()]


def _measured(chosen: Step, on_row: Callable[[Row], None]) -> dict[str, list[str]]:
    solutions = wrong_solutions(chosen)
    if not solutions:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        for solution in solutions:
            solution.write(Path(folder) / solution.path.stem)
        rows = grade(Path(folder), [chosen.number], on_row=on_row)
    return {row.name: broken_by(row) for row in rows}


def broken_by(row: Row) -> list[str]:
    """The tests of the promises that it broke; none if it was not tried, or not believed."""
    if row.status is not Status.GRADED or any(p.cannot_be_imported for p in row.promises):
        return []
    return [promise.test for promise in row.promises if not promise.ok]


def _fingerprint(chosen: Step) -> str:
    """Of everything that decides what a wrong solution breaks."""
    hashed = hashlib.sha256()
    folders = [chosen.folder, *(s.tests for s in steps() if s.number <= chosen.number)]
    for path in sorted(p for folder in folders for p in folder.rglob("*") if p.is_file()):
        if path.suffix in (".py", ".toml"):
            hashed.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return hashed.hexdigest()[:16]
