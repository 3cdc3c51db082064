"""Read the book on this machine, or build it into a folder."""

import argparse
from pathlib import Path

from lab.book import site
from lab.book.address import PREFERRED_PORT, forget_address, note_address
from lab.say import console, shown


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=int,
        default=PREFERRED_PORT,
        help="where to serve it (%(default)d if left out; else the next free one)",
    )
    parser.add_argument(
        "--build",
        "--offline",
        type=Path,
        metavar="DIR",
        help="build it into a new folder, for a web server, or to be opened from there offline",
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve or build; raises LabError where that cannot be done."""
    if arguments.build is None:
        return serve(arguments.port)
    out = arguments.build.resolve()
    site.build(out)
    console().print(f"The book is in {shown(out)}; open {shown(out / 'index.html')}", markup=False)
    return 0


def serve(port: int) -> int:
    """Serve the book until Ctrl+C."""
    if not site.up_to_date(site.BUILT):
        console().print("  building the book, which takes a few seconds …")
    with site.start_book(port) as server:
        note_address(server.address)
        console().print(f"  book   {server.address}   (Ctrl+C ends it)", markup=False)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            console().print()
        finally:
            forget_address(server.address)
    return 0
