"""Points as GitHub Classroom's reporter takes them from a step of a workflow.

Its action `autograding-grading-reporter` reads from an environment variable one JSON object, in
Base64: `status`, `max_score`, and `tests`, each with `name`, `status`, `score` and `message`.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lab.catalog import LabError
from lab.check.report import Promise
from lab.grade.rows import Row, Status
from lab.grade.weights import weight

# An environment variable cannot be of any length.
_MOST_BROKEN = 40
_LONGEST_MESSAGE = 400


def write_classroom(rows: Sequence[Row], path: Path) -> None:
    """One line for one submission. Raises LabError if there are several."""
    if len({row.name for row in rows}) != 1:
        raise LabError(
            f"--classroom is for a folder with one submission, and this one has {len(rows)}"
        )
    whole = {
        "version": 1,
        "status": "pass" if all(row.of and row.points == row.of for row in rows) else "fail",
        "max_score": sum(row.of for row in rows),
        "tests": [test for row in rows for test in _tests(row)],
    }
    path.write_bytes(base64.b64encode(json.dumps(whole).encode()) + b"\n")


def _tests(row: Row) -> list[dict[str, Any]]:
    """One for each promise that was broken, and one for all of a step that were kept."""
    if row.status is not Status.GRADED:
        return [_test(f"{row.status}: {row.note}", 0, row.note, ok=False)]
    broken = [promise for promise in row.promises if not promise.ok]
    broken.sort(key=lambda promise: -promise.step)
    tests = [_test(p.promise, 0, p.message, ok=False) for p in broken[:_MOST_BROKEN]]
    if more := len(broken) - len(tests):
        tests.append(_test(f"and {more} more", 0, "see the others first", ok=False))
    kept: dict[int, list[Promise]] = defaultdict(list)
    for promise in row.promises:
        if promise.ok:
            kept[promise.step].append(promise)
    return tests + [
        _test(f"Step {number}: {len(promises)} kept", sum(map(weight, promises)), "")
        for number, promises in sorted(kept.items())
    ]


def _test(name: str, score: float, message: str, *, ok: bool = True) -> dict[str, Any]:
    status = "pass" if ok else "fail"
    return {"name": name, "status": status, "score": score, "message": message[:_LONGEST_MESSAGE]}
