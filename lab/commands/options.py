"""Options that several commands share."""

import argparse
import contextlib
from pathlib import Path

from lab.catalog import LabError, Step, step, steps
from lab.check import TIME_LIMIT
from lab.workspace import Workspace, default_workspace

# Seconds; a check that takes longer than a day is a mistake.
_LONGEST_TIME = 86_400


def add_step(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument(
        "step",
        type=step_number,
        metavar="N",
        nargs=None if required else "?",
        help="the step's number" + ("" if required else "; the one you are at if left out"),
    )


def step_number(word: str) -> int:
    """The number of a step that there is, as typed. Raises LabError for anything else."""
    if not word.isdecimal():
        there = ", ".join(str(s.number) for s in steps())
        raise LabError(f"{word!r} is not the number of a step; the steps are {there}")
    return step(int(word)).number


def add_workspace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workspace",
        type=Path,
        metavar="DIR",
        help="the folder that holds your package pyqueue/ (workspace/ if left out)",
    )


def add_timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=TIME_LIMIT,
        metavar="SECONDS",
        help="the time that all promises have together (%(default)g if left out)",
    )


def _seconds(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (seconds := float(text)) <= _LONGEST_TIME:
            return seconds
    raise argparse.ArgumentTypeError(f"give seconds, more than 0 and at most {_LONGEST_TIME}")


def chosen_workspace(arguments: argparse.Namespace) -> Workspace:
    return Workspace(arguments.workspace) if arguments.workspace else default_workspace()


def chosen_step(arguments: argparse.Namespace, workspace: Workspace) -> Step:
    """The step that was asked for, or else the one that the workspace is at."""
    return step(workspace.current_step() if arguments.step is None else arguments.step)
