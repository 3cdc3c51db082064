"""Points as GitHub Classroom's reporter takes them from a step of a workflow.

Its action `autograding-grading-reporter` reads from an environment variable one JSON object, in
Base64: a status, the most points there are, and tests, each with its status, points and message.
`grade --classroom` writes one of graded rows; the repository that `assignment` makes writes one
of its own check, which is `output` here.
"""

import base64
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.check import Report, check
from lab.check.lesson import in_lesson_order
from lab.check.report import Promise

# An environment variable cannot be of any length.
_MOST_BROKEN = 40
_LONGEST_MESSAGE = 400


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table that the reporter prints."""

    name: str
    score: float
    ok: bool = True
    # Why it is broken, and the test that says so.
    message: str = ""
    where: str = ""


def output(number: int, workspace: Path) -> str:
    """Check `workspace`/pyqueue, and say it as an output of a workflow's step."""
    tests = points_of(in_lesson_order(check(number, workspace)))
    return f"result={encoded(results(tests, most=len(tests)))}"


def points_of(report: Report) -> list[Line]:
    """A point for each promise of the step, and one for all that earlier steps promised.

    A student begins with nearly all of those.
    """
    own = [promise for promise in report.promises if promise.step == report.step]
    earlier = [promise for promise in report.promises if promise.step < report.step]
    tests = [line_of(promise, int(promise.ok)) for promise in own]
    if earlier:
        broken = [promise.promise for promise in earlier if not promise.ok]
        words = f"All {len(earlier)} promises of earlier steps"
        tests.append(Line(words, int(not broken), not broken, "\n".join(broken), "tests"))
    return tests


def line_of(promise: Promise, score: float) -> Line:
    return Line(promise.promise, score, promise.ok, promise.message, promise.test)


def results(tests: Sequence[Line], *, most: float) -> dict[str, Any]:
    """The object that the reporter reads. `most` are the points that there are."""
    points = sum(test.score for test in tests)
    return {
        "version": 1,
        "status": "pass" if most and math.isclose(points, most) else "fail",
        "max_score": most,
        "tests": [_as_json(test) for test in _not_too_many(tests)],
    }


def encoded(results: dict[str, Any]) -> str:
    """The one line that goes into the variable."""
    return base64.b64encode(json.dumps(results).encode()).decode()


def _not_too_many(tests: Sequence[Line]) -> Iterator[Line]:
    """All that are kept, the first that are broken, and how many are broken besides."""
    left = _MOST_BROKEN
    for test in tests:
        left -= not test.ok
        if test.ok or left >= 0:
            yield test
    if left < 0:
        yield Line(f"and {-left} more", 0, ok=False, message="see the others first")


def _as_json(test: Line) -> dict[str, Any]:
    return {
        "name": test.name,
        "status": "pass" if test.ok else "fail",
        "score": test.score,
        "message": test.message[:_LONGEST_MESSAGE],
        "test_code": test.where,
        "filename": "",
        "line_no": 0,
        "execution_time": "",
    }
