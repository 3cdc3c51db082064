"""Where you are, what to do next, and the book, served until Ctrl+C."""

import argparse

from lab.book.address import PREFERRED_PORT, place_in_book
from lab.catalog import Step, step, step_after, steps
from lab.chapter import read_chapter, title_of
from lab.say import command, console, shown
from lab.workspace import Workspace, default_workspace


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-book", action="store_true", help="do not serve the book")
    parser.add_argument(
        "--port",
        type=int,
        default=PREFERRED_PORT,
        help="where to serve the book (%(default)d if left out; else the next free one)",
    )


def run(arguments: argparse.Namespace) -> int:
    workspace = default_workspace()
    console().print("PyQueue", style="bold")
    for line in where_you_are(workspace):
        console().print(f"  {line}", markup=False)
    if arguments.no_book:
        return 0
    from lab.commands.book import serve

    return serve(arguments.port)


def where_you_are(workspace: Workspace) -> list[str]:
    """The learner's state and the next command, a line each."""
    number = workspace.progress.current
    if number is None:
        first = steps()[0]
        return [f"You have not begun yet. {_length(first)}", f"next   {command('start 1')}"]
    current, known = step(number), workspace.progress.step(number)
    title = f"Step {number} of {steps()[-1].number}, {title_of(current)}"
    if "passed" in known and "of" in known and known["kept"] == known["of"]:
        return [f"{title}: passed.", *_onwards(step_after(number))]
    kept = f"{known['kept']} of {known['of']} promises kept" if "of" in known else "begun"
    return [
        f"{title}: {kept}.",
        f"read   {place_in_book(current)}",
        f"write  {shown(workspace.package)}",
        f"next   {command('watch')}   (a verdict each time you save)",
    ]


def _onwards(following: Step | None) -> list[str]:
    if following is None:
        return [f"That is the last step so far. Compare: {command('diff')}"]
    return [_length(following), f"next   {command(f'start {following.number}')}"]


def _length(following: Step) -> str:
    minutes = read_chapter(following).front_matter["minutes"]
    return f"Step {following.number}, {title_of(following)}, takes about {minutes} minutes."
