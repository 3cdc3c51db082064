"""Try every promise that holds at a step on your code, once.

The exit code is 0 if all are kept, 1 if some are broken, 2 if they could not be tried.
"""

import argparse
import json
from datetime import UTC, datetime

from lab.catalog import Step
from lab.check import Report, check
from lab.check.lesson import in_lesson_order
from lab.commands.options import add_step, add_timeout, add_workspace, chosen_step, chosen_workspace
from lab.say import console, shown
from lab.workspace import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    add_step(parser)
    add_workspace(parser)
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON only")
    parser.add_argument("--all", action="store_true", help="explain every broken promise")
    add_timeout(parser)


def run(arguments: argparse.Namespace) -> int:
    workspace = chosen_workspace(arguments)
    step = chosen_step(arguments, workspace)
    report = in_lesson_order(check(step.number, workspace.folder, limit=arguments.timeout))
    if arguments.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        from lab.check.show import show

        show(report, everything=arguments.all)
        if not report.broken:
            _say_what_is_left(workspace, step)
    if arguments.workspace is None:
        note(workspace, step, report)
    return 1 if report.broken else 0


def _say_what_is_left(workspace: Workspace, step: Step) -> None:
    """Every promise is kept, and yet a TODO says that something is to be done."""
    todo = f"TODO(step {step.number})"
    places = [
        f"{shown(workspace.package / name)}:{number}"
        for name, text in workspace.files().items()
        for number, line in enumerate(text.splitlines(), 1)
        if todo in line
    ]
    if places:
        console().print(
            f"Is there something left of {todo}? If not, delete what says so: {', '.join(places)}",
            markup=False,
        )


def note(workspace: Workspace, step: Step, report: Report) -> None:
    """Keep the outcome in the learner's progress."""
    first = next(iter(report.broken), None)
    workspace.progress.checked(
        step.number,
        kept=len(report.kept),
        of=len(report.promises),
        section=first.section if first and first.step == step.number else None,
        imported=not (first and first.cannot_be_imported),
        now=datetime.now(UTC),
    )
