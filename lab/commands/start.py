"""Begin a step: your package gets what the step asks you to write, as stubs and TODOs.

You go on from your own code if it keeps the promises of the step before, and from ours if not. A
step that first builds a version which it then mends begins with that one, for everybody. Whatever
is in your package is copied to a dated backup first.
"""

import argparse
import ast
from collections.abc import Mapping
from datetime import UTC, datetime

from lab.book.address import place_in_book
from lab.catalog import LabError, Step, given, package_files, step, step_before
from lab.chapter import title_of
from lab.check import CannotCheck, check
from lab.commands.options import add_step
from lab.say import command, console, shown
from lab.starter import is_to_go, relocated, starter
from lab.workspace import Workspace, default_workspace


def configure(parser: argparse.ArgumentParser) -> None:
    add_step(parser, required=True)
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--mine", action="store_true", help="go on from your code in any case")
    origin.add_argument("--ours", action="store_true", help="go on from our code in any case")


def run(arguments: argparse.Namespace) -> int:
    workspace = default_workspace()
    chosen = step(arguments.step)
    if workspace.progress.current == chosen.number and workspace.has_package:
        raise LabError(
            f"you are at step {chosen.number} already: see {command('check')}; "
            f"to begin it anew, {command(f'reset {chosen.number}')}"
        )
    mine = wants_mine(workspace, chosen, mine=arguments.mine, ours=arguments.ours)
    begin(workspace, chosen, workspace.files() if mine else None)
    return 0


def wants_mine(workspace: Workspace, chosen: Step, *, mine: bool, ours: bool) -> bool:
    """Whether to go on from the learner's own code."""
    before = step_before(chosen.number)
    if len(chosen.packages) > 1 and not mine:
        console().print(
            f"Step {chosen.number} begins with the version that its chapter builds first.\n"
            f"To build it yourself, from your own code: {command(f'start {chosen.number} --mine')}"
        )
        return False
    if before is not None and not workspace.has_package:
        console().print(
            f"You have no queue of your own yet, so you go on from our step {before.number}."
        )
    if mine or ours or before is None or not workspace.has_package:
        return mine
    try:
        report = check(before.number, workspace.folder)
    except CannotCheck:
        return False
    if not report.broken:
        console().print(f"You go on from your own step {before.number}.")
        return True
    console().print(
        f"Your package keeps {len(report.kept)} of the {len(report.promises)} promises "
        f"of step {before.number}, so you go on from ours.\n"
        f"To go on from yours all the same: {command(f'start {chosen.number} --mine')}"
    )
    return False


def begin(workspace: Workspace, chosen: Step, mine: Mapping[str, str] | None) -> None:
    """Put the step's starter into the workspace, made from these files or else from ours."""
    before = step_before(chosen.number)
    if mine is None:
        base = ours = given(chosen)
    else:
        base, ours = dict(mine), package_files(before.folder) if before else {}
    after = package_files(chosen.folder)
    _require_readable(base)
    files = starter(chosen.number, base, ours, after)
    now = datetime.now(UTC)
    backup = workspace.back_up(now)
    workspace.replace_package(files)
    workspace.progress.start(chosen.number, now)
    if backup is not None:
        console().print(f"Your code as it was: {shown(backup)}")
    moved = [(old, new) for old, new in relocated(ours, after).items() if old in base]
    _say_what_is_next(workspace, chosen, files, moved)


def _require_readable(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        try:
            ast.parse(text, name)
        except (SyntaxError, ValueError) as error:  # older Pythons: ValueError for a null byte
            line = getattr(error, "lineno", None)
            raise LabError(
                f"Python cannot read your {name}{f' (line {line})' if line else ''}, so the "
                "step's stubs cannot be added to it; mend it, or use --ours"
            ) from error


def _say_what_is_next(
    workspace: Workspace, chosen: Step, files: Mapping[str, str], moved: list[tuple[str, str]]
) -> None:
    to_do = [name for name in sorted(files) if f"TODO(step {chosen.number})" in files[name]]
    console().print(f"\nStep {chosen.number} · {title_of(chosen)}", style="bold")
    console().print(f"  read   {place_in_book(chosen)}")
    if "__main__.py" in files:
        console().print(f"  given  {shown(workspace.package / '__main__.py')}, the scene")
    for old, new in sorted(moved):
        console().print(f"  moved  {old} to {shown(workspace.package / new)}, for you")
    for name in to_do:
        verb = "empty" if is_to_go(chosen.number, files[name]) else "write"
        console().print(f"  {verb}  {shown(workspace.package / name)}")
    console().print(f"  then   {command('watch')}   (a verdict each time you save)")
