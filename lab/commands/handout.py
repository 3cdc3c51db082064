"""Put the book, or some of its chapters, into one file: a PDF, an e-book, or HTML to print.

Hints and answers go to the back. The notes for instructors are left out unless you ask for them.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from lab.catalog import LabError, Step, step
from lab.commands.options import step_number
from lab.say import command, console, shown


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "steps",
        type=step_number,
        nargs="*",
        metavar="N",
        help="the steps whose chapters you want; the whole book if left out",
    )
    parser.add_argument("--pdf", type=Path, metavar="FILE", help="for paper; needs a browser")
    parser.add_argument("--epub", type=Path, metavar="FILE", help="for an e-reader")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="one page, to be printed by your own browser"
    )
    parser.add_argument(
        "--for-teachers", action="store_true", help="with the notes for instructors"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write every file that is asked for. Raises LabError if none is, or one cannot be."""
    writers: dict[str, Callable[[list[Step], bool, Path], str]] = {
        "html": _html,
        "epub": _epub,
        "pdf": _pdf,
    }
    wanted = [(write, out) for name, write in writers.items() if (out := vars(arguments)[name])]
    if not wanted:
        raise LabError(
            f"as what? Say --pdf, --epub or --html, such as {command('handout --pdf book.pdf')}"
        )
    chosen = [step(number) for number in sorted(set(arguments.steps))]
    for write, out in wanted:
        if out.is_dir():
            raise LabError(f"{shown(out)} is a folder; give the name of a file")
        more = write(chosen, arguments.for_teachers, out)
        console().print(f"{_what(chosen)}{more}: {shown(out)}", markup=False)
    return 0


def _what(chosen: list[Step]) -> str:
    numbers = ", ".join(str(step.number) for step in chosen)
    return f"Chapter{'s' * (len(chosen) > 1)} {numbers}" if chosen else "The book"


def _html(chosen: list[Step], for_teachers: bool, out: Path) -> str:
    from lab.handout.paper import document

    out.write_text(document(chosen, for_teachers=for_teachers), encoding="utf-8", newline="\n")
    return ""


def _pdf(chosen: list[Step], for_teachers: bool, out: Path) -> str:
    from lab.handout.paper import document, write_pdf

    printed = write_pdf(document(chosen, for_teachers=for_teachers), out)
    return f", {printed.pages} pages"


def _epub(chosen: list[Step], for_teachers: bool, out: Path) -> str:
    from lab.handout.epub import write_epub

    write_epub(chosen, out, for_teachers=for_teachers)
    return ""
