"""The verdicts of a check in the form that GitHub Classroom's reporter reads.

That is one line, `result=` and then JSON in base 64: a status, the most points there are, and each
test with its status and its points. A promise of the step is worth one point. What earlier steps
promised is worth one point together: a student begins with nearly all of it.
"""

import base64
import json
from pathlib import Path
from typing import Any

from lab.check import Report, check
from lab.check.lesson import in_lesson_order


def output(number: int, workspace: Path) -> str:
    """Check `workspace`/pyqueue, and say it as an output of a workflow's step."""
    verdicts = json.dumps(results(in_lesson_order(check(number, workspace))))
    return f"result={base64.b64encode(verdicts.encode()).decode()}"


def results(report: Report) -> dict[str, Any]:
    own = [promise for promise in report.promises if promise.step == report.step]
    earlier = [promise for promise in report.promises if promise.step < report.step]
    tests = [_test(p.promise, p.test, ok=p.ok, message=p.message) for p in own]
    if earlier:
        broken = [promise.promise for promise in earlier if not promise.ok]
        words = f"All {len(earlier)} promises of earlier steps"
        tests.append(_test(words, "tests", ok=not broken, message="\n".join(broken)))
    return {
        "version": 1,
        "status": "fail" if report.broken else "pass",
        "max_score": len(tests),
        "tests": tests,
    }


def _test(name: str, where: str, *, ok: bool, message: str) -> dict[str, Any]:
    return {
        "name": name,
        "status": "pass" if ok else "fail",
        "score": int(ok),
        "message": message,
        "test_code": where,
        "filename": "",
        "line_no": 0,
        "execution_time": "",
    }
