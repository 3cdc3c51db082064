"""Make a page about a class: who is where, what fails most, and which mistake is behind it.

Give the JSON that `grade --json` wrote, or the folder of submissions, which is graded first. The
first time, a step's wrong solutions are tried as well, to know what each of them breaks.
"""

import argparse
from pathlib import Path

from lab.catalog import ROOT, step
from lab.commands.grade import add_grading
from lab.say import console, shown


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source", type=Path, metavar="DIR", help="the folder of submissions, or grade's JSON"
    )
    add_grading(parser)
    parser.add_argument(
        "--to",
        type=Path,
        default=ROOT / "build" / "report.html",
        metavar="F",
        help="write the page to F (build/report.html)",
    )
    parser.add_argument(
        "--points-only", action="store_true", help="do not look for what is behind it"
    )


def run(arguments: argparse.Namespace) -> int:
    from lab.grade.files import read_json
    from lab.grade.misconceptions import known_misconceptions
    from lab.grade.report import page
    from lab.grade.show import graded_with_progress

    if arguments.source.is_file():
        rows = read_json(arguments.source)
    else:
        arguments.folder = arguments.source
        rows = graded_with_progress(arguments)
    numbers = {row.step for row in rows if row.step is not None and row.promises}
    known = {}
    if not arguments.points_only:
        with console().status("trying the wrong solutions, to know what each of them breaks"):
            known = {number: known_misconceptions(step(number)) for number in sorted(numbers)}
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    arguments.to.write_text(page(rows, known), encoding="utf-8")
    console().print(f"The page is {shown(arguments.to)}", markup=False)
    return 0
