"""Check your code again each time you save a file. Ctrl+C ends it."""

import argparse
import os
import time
from pathlib import Path

from lab.check import Trial
from lab.check.lesson import in_lesson_order
from lab.check.runner import require_package
from lab.check.show import show
from lab.commands.check import note
from lab.commands.options import add_step, add_timeout, add_workspace, chosen_step, chosen_workspace
from lab.say import console, shown

# Seconds between two looks at the files.
_PAUSE = 0.05

# What tells one state of a folder from another: each file's time of change and size.
Snapshot = dict[str, tuple[int, int]]


def configure(parser: argparse.ArgumentParser) -> None:
    add_step(parser)
    add_workspace(parser)
    add_timeout(parser)


def run(arguments: argparse.Namespace) -> int:
    workspace = chosen_workspace(arguments)
    step = chosen_step(arguments, workspace)
    require_package(workspace.folder)
    trial = Trial(step.number, workspace.folder, limit=arguments.timeout)
    try:
        while True:
            seen = snapshot(workspace.package)
            report = in_lesson_order(trial.run())
            trial.close()
            # The next process gets ready while the learner reads.
            trial = Trial(step.number, workspace.folder, limit=arguments.timeout)
            console().clear()
            show(report)
            console().print(f"\nWatching {shown(workspace.package)} (Ctrl+C ends it)")
            if arguments.workspace is None:
                note(workspace, step, report)
            wait_for_change(workspace.package, seen)
    finally:
        trial.close()


def wait_for_change(folder: Path, seen: Snapshot) -> None:
    """Return once the Python files of the folder are no longer as they were seen."""
    while snapshot(folder) in (seen, {}):
        time.sleep(_PAUSE)


def snapshot(folder: Path) -> Snapshot:
    """The state of the Python files below a folder. An editor may be moving them meanwhile."""
    state: Snapshot = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(parent, name)
                try:
                    status = os.stat(path)
                except FileNotFoundError:
                    continue
                state[path] = (status.st_mtime_ns, status.st_size)
    return state
