"""Make a chapter's slides: one HTML file, to be opened in any browser, with or without a network.

Press ? in it for the keys. Printing gives a page for each slide.
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
        metavar="FILE",
        help="where to write it (slides-NN.html here if left out); replaces an earlier one",
    )


def run(arguments: argparse.Namespace) -> int:
    from lab.handout.deck import deck

    chosen = step(arguments.step)
    out = arguments.out or Path(f"slides-{chosen.number:02d}.html")
    out.write_text(deck(chosen), encoding="utf-8", newline="\n")
    console().print(f"The slides of step {chosen.number} are in {shown(out)}", markup=False)
    return 0
