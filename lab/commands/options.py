"""Options that several commands share."""

import argparse
from pathlib import Path

from lab.catalog import Step, step
from lab.workspace import Workspace, default_workspace


def add_step(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument(
        "step",
        type=int,
        metavar="N",
        nargs=None if required else "?",
        help="the step's number" + ("" if required else "; the one you are at if left out"),
    )


def add_workspace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--workspace",
        type=Path,
        metavar="DIR",
        help="the folder that holds your package pyqueue/ (workspace/ if left out)",
    )


def chosen_workspace(arguments: argparse.Namespace) -> Workspace:
    return Workspace(arguments.workspace) if arguments.workspace else default_workspace()


def chosen_step(arguments: argparse.Namespace, workspace: Workspace) -> Step:
    """The step that was asked for, or else the one that the workspace is at."""
    return step(workspace.current_step() if arguments.step is None else arguments.step)
