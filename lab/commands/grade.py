"""Grade every submission in a folder: points for each promise that is kept.

A submission is a folder with pyqueue/ in it, or a zip of one. Its code runs shut in, on a copy,
and has a row in the table whatever it does. The exit code is 0 if all were graded or have a row
that says why not, and 2 if nothing could be graded.
"""

import argparse
from pathlib import Path

from lab.commands.options import step_number
from lab.grade.grading import SECONDS_EACH


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="the folder of submissions")
    add_grading(parser)
    for form, what in (("csv", "a table for a spreadsheet"), ("json", "every verdict")):
        parser.add_argument(f"--{form}", type=Path, metavar="F", help=f"write {what} to F")
    parser.add_argument("--junit", type=Path, metavar="F", help="write JUnit's XML to F")
    parser.add_argument(
        "--classroom", type=Path, metavar="F", help="write to F what GitHub Classroom reads"
    )


def add_grading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--step",
        type=step_number,
        nargs="+",
        default=[],
        metavar="N",
        help="the steps to grade; without any, the one that each submission's progress.json names",
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=SECONDS_EACH,
        metavar="SECONDS",
        help="what one promise may compute (3); all together may compute eight times that",
    )
    parser.add_argument(
        "--workers", type=int, default=0, metavar="N", help="so many at a time (one per core)"
    )


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 3_600:
        raise argparse.ArgumentTypeError("give seconds, from 1 to 3600")
    return seconds


def run(arguments: argparse.Namespace) -> int:
    from lab.grade import files
    from lab.grade.show import graded_with_progress, show

    rows = graded_with_progress(arguments)
    for path, write in (
        (arguments.csv, files.write_csv),
        (arguments.json, files.write_json),
        (arguments.junit, files.write_junit),
        (arguments.classroom, files.write_classroom),
    ):
        if path is not None:
            write(rows, path)
    show(rows)
    return 0
