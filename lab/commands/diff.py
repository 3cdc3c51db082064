"""Compare your code with ours, or one step with another.

`diff` shows how your package differs from ours at your step, `diff N` from ours at step N, and
`diff A B` what changed from step A to step B.
"""

import argparse
import difflib
from collections.abc import Iterator, Mapping

from rich.text import Text

from lab.catalog import LabError, package_files, step
from lab.commands.options import add_workspace, chosen_workspace, step_number
from lab.say import command, console, shown

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "steps", type=step_number, nargs="*", metavar="N", help="none, one or two steps"
    )
    add_workspace(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the differences. 0 also if there are some: they are no fault."""
    if len(arguments.steps) > 2:
        raise LabError("diff compares two things; give it no more than two steps")
    if len(arguments.steps) == 2:
        first, second = (step(number) for number in arguments.steps)
        sides = package_files(first.folder), package_files(second.folder)
        names = first.label, second.label
    else:
        workspace = chosen_workspace(arguments)
        if not workspace.has_package:
            raise LabError(
                f"there is nothing in {shown(workspace.package)} to compare with our step; "
                f"begin with {command('start 1')}"
            )
        number = arguments.steps[0] if arguments.steps else workspace.current_step()
        sides = workspace.files(), package_files(step(number).folder)
        names = "yours", step(number).label
    lines = list(differences(*sides, *names))
    for line in lines:
        console().print(Text(line, style=_style(line)))
    if not lines:
        console().print(f"no difference between {names[0]} and {names[1]}")
    return 0


def differences(
    old: Mapping[str, str], new: Mapping[str, str], old_name: str, new_name: str
) -> Iterator[str]:
    """The lines of a unified diff, over all files."""
    for name in sorted(old.keys() | new.keys()):
        yield from difflib.unified_diff(
            old.get(name, "").splitlines(),
            new.get(name, "").splitlines(),
            f"{old_name}/{name}",
            f"{new_name}/{name}",
            lineterm="",
        )


def _style(line: str) -> str:
    return "bold" if line.startswith(("+++", "---")) else _STYLES.get(line[:1], "")
