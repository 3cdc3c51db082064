"""Show our version of a step, once your own has passed, or if you give up."""

import argparse

from lab.catalog import LabError, package_files, step
from lab.commands.options import add_step
from lab.say import command, console
from lab.workspace import default_workspace


def configure(parser: argparse.ArgumentParser) -> None:
    add_step(parser, required=True)
    parser.add_argument("--give-up", action="store_true", help="show it before yours has passed")


def run(arguments: argparse.Namespace) -> int:
    chosen = step(arguments.step)
    passed = "passed" in default_workspace().progress.step(chosen.number)
    if not (passed or arguments.give_up):
        raise LabError(
            f"your step {chosen.number} has not passed yet; try {command('hint')}, "
            f"or {command(f'solution {chosen.number} --give-up')}"
        )
    from rich.syntax import Syntax

    for name, text in package_files(chosen.folder).items():
        console().print(f"# {chosen.folder.name}/{name}", style="bold")
        if console().is_terminal:
            console().print(Syntax(text, "python", background_color="default"))
        else:
            console().print(text, markup=False, end="")
    console().print(f"# how yours differs: {command(f'diff {chosen.number}')}", style="bold")
    return 0
