"""Rows as other programs read them: CSV, JSON, JUnit's XML, the line for GitHub Classroom.

The same rows give the same bytes.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from lab.catalog import LabError
from lab.check.report import Detail, Promise
from lab.classroom import Line, encoded, line_of, results
from lab.grade.rows import Row, Status
from lab.grade.weights import weight

COLUMNS = ("name", "step", "points", "of", "percent", "status", "note", "look at")
# A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
FORMAT = 1


def write_csv(rows: Sequence[Row], path: Path) -> None:
    """A line for each row."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([[_cell(cell) for cell in cells(row)] for row in rows])
    # With a byte order mark, Excel knows that it is UTF-8.
    path.write_text(text.getvalue(), encoding="utf-8-sig", newline="")


def cells(row: Row) -> tuple[str, ...]:
    """What stands under each of the COLUMNS."""
    number = "" if row.step is None else str(row.step)
    points, of, percent = f"{row.points:g}", f"{row.of:g}", f"{row.percent:g}"
    look_at = "; ".join(row.look_at)
    return (row.name, number, points, of, percent, str(row.status), row.note, look_at)


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULAS) else text


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Everything that is known, with the verdict on every promise."""
    whole = {"format": FORMAT, "rows": [_as_json(row) for row in rows]}
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _as_json(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "step": row.step,
        "status": str(row.status),
        "points": row.points,
        "of": row.of,
        "percent": row.percent,
        "note": row.note,
        "look_at": list(row.look_at),
        "promises": [
            {
                "test": p.test,
                "promise": p.promise,
                "step": p.step,
                "section": p.section,
                "ok": p.ok,
                "details": [list(detail) for detail in p.details],
            }
            for p in row.promises
        ],
    }


def read_json(path: Path) -> list[Row]:
    """What `write_json` wrote. Raises LabError for anything else."""
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        if whole["format"] != FORMAT:
            raise LabError(f"{path} has format {whole['format']}, and this reads format {FORMAT}")
        return [_row(read) for read in whole["rows"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise LabError(f"{path} is not what grade --json writes: {error!r}") from error


def _row(read: dict[str, Any]) -> Row:
    promises = tuple(
        Promise(**{**p, "details": tuple(Detail(*detail) for detail in p["details"])})
        for p in read["promises"]
    )
    return Row(
        name=read["name"],
        step=read["step"],
        status=Status(read["status"]),
        points=read["points"],
        of=read["of"],
        note=read["note"],
        promises=promises,
        look_at=tuple(read["look_at"]),
    )


def write_junit(rows: Sequence[Row], path: Path) -> None:
    """A suite for each row, a case for each promise; a row without promises is an error."""
    top = ElementTree.Element("testsuites")
    for row in rows:
        top.append(_suite(row))
    ElementTree.indent(top)
    path.write_bytes(ElementTree.tostring(top, encoding="utf-8", xml_declaration=True) + b"\n")


def _suite(row: Row) -> ElementTree.Element:
    believed = row.status is Status.GRADED
    name = f"{row.name}, step {row.step}" if row.step else row.name
    cases = [_case(promise, believed) for promise in row.promises]
    if not believed:
        cases.append(_error(row))
    failed = sum(case.find("failure") is not None for case in cases)
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": _xml(name),
            "tests": str(len(cases)),
            "failures": str(failed),
            "errors": str(0 if believed else 1),
        },
    )
    suite.extend(cases)
    return suite


def _case(promise: Promise, believed: bool) -> ElementTree.Element:
    place = promise.test.partition("::")[0].removesuffix(".py").replace("/", ".")
    case = ElementTree.Element("testcase", {"classname": place, "name": _xml(promise.promise)})
    if not promise.ok:
        first = promise.details[0].text if promise.details else ""
        ElementTree.SubElement(case, "failure", {"message": _xml(first)}).text = _xml(
            promise.message
        )
    elif not believed:
        ElementTree.SubElement(case, "skipped", {"message": "the run is not believed"})
    return case


def _error(row: Row) -> ElementTree.Element:
    case = ElementTree.Element("testcase", {"classname": "grade", "name": str(row.status)})
    ElementTree.SubElement(case, "error", {"message": _xml(row.note)})
    return case


def write_classroom(rows: Sequence[Row], path: Path) -> None:
    """One line for one submission. Raises LabError if there are several."""
    if len({row.name for row in rows}) != 1:
        raise LabError(
            f"--classroom is for a folder with one submission, and this one has {len(rows)}"
        )
    tests = [test for row in rows for test in _tests(row)]
    told = results(tests, most=sum(row.of for row in rows))
    path.write_text(encoded(told) + "\n", encoding="ascii", newline="\n")


def _tests(row: Row) -> list[Line]:
    """One for each promise that was broken, and one for all of a step that were kept."""
    if row.status is not Status.GRADED:
        return [Line(f"{row.status}: {row.note}", 0, ok=False, message=row.note)]
    broken = sorted((p for p in row.promises if not p.ok), key=lambda promise: -promise.step)
    kept: dict[int, list[Promise]] = defaultdict(list)
    for promise in row.promises:
        if promise.ok:
            kept[promise.step].append(promise)
    return [line_of(promise, 0) for promise in broken] + [
        Line(f"Step {number}: {len(promises)} kept", sum(map(weight, promises)))
        for number, promises in sorted(kept.items())
    ]


def _xml(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(c if c in "\t\n" or (c >= " " and not _is_odd(c)) else "\ufffd" for c in text)


def _is_odd(character: str) -> bool:
    return "\ud800" <= character <= "\udfff" or character in "\ufffe\uffff"
