"""Make a repository for students to begin with: one step, its promises, its chapter, no solution.

It works on any Git host, and reports to GitHub Classroom where there is one. It needs pip alone.
"""

import argparse
from pathlib import Path

from lab.catalog import step
from lab.commands.options import add_step
from lab.say import console, shown


def configure(parser: argparse.ArgumentParser) -> None:
    add_step(parser, required=True)
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        required=True,
        help="a new or an empty folder to put it into",
    )


def run(arguments: argparse.Namespace) -> int:
    from lab.handout.assignment import write_assignment

    chosen = step(arguments.step)
    write_assignment(chosen, arguments.out)
    console().print(
        f"The assignment of step {chosen.number} is in {shown(arguments.out)}; its README is for "
        "the students",
        markup=False,
    )
    return 0
