"""How long a class takes: `python -m benchmarks.grade --submissions 300`.

The class hands in our own solution, the right ones and the wrong ones of a step, by turns. Prints
the time by the clock and the time of the processor, which says more where other work runs beside
it. The aim is 300 submissions of step 9 in five minutes on two cores.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

from lab.catalog import package_files, step
from lab.grade.grading import grade
from lab.grade.rows import Row
from lab.solutions import right_solutions, wrong_solutions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=9)
    parser.add_argument("--submissions", type=int, default=300)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        hand_in(Path(folder), arguments.step, arguments.submissions)
        began = time.monotonic()
        rows = grade(Path(folder), [arguments.step], workers=arguments.workers)
        print_table(arguments, rows, time.monotonic() - began)


def hand_in(folder: Path, number: int, count: int) -> None:
    """Ours, a right one and a wrong one by turns, until there are enough."""
    chosen = step(number)
    ours = [package_files(chosen.folder)]
    right = [solution.files() for solution in right_solutions(chosen)]
    wrong = [solution.files() for solution in wrong_solutions(chosen)]
    kinds = [cycle(ours), cycle(right), cycle(wrong)]
    for index, kind in enumerate(islice(cycle(kinds), count)):
        for name, text in next(kind).items():
            path = folder / f"student-{index:03d}" / "pyqueue" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")


def print_table(arguments: argparse.Namespace, rows: list[Row], seconds: float) -> None:
    ours = resource.getrusage(resource.RUSAGE_SELF)
    servers = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = sum(used.ru_utime + used.ru_stime for used in (ours, servers))
    print(
        f"step {arguments.step}, {len(rows[0].promises)} promises, Python "
        f"{sys.version.split()[0]}, {arguments.workers} workers, {os.cpu_count()} cores"
    )
    print("| submissions | full points | by the clock | processor | of it, submissions | each |")
    print("|---|---|---|---|---|---|")
    full = sum(row.points == row.of for row in rows)
    own = sum(row.seconds for row in rows)
    print(
        f"| {len(rows)} | {full} | {seconds:.1f} s | {processor:.1f} s | {own:.1f} s "
        f"| {processor / len(rows):.2f} s |"
    )


if __name__ == "__main__":
    main()
