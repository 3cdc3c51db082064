"""`book`: read the book on this machine, or build it into a folder."""

import argparse
from pathlib import Path

from lab.book import site


def configure(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.description = "Serve the book on this machine until Ctrl+C, or build it."
    parser.add_argument(
        "--port", type=int, default=8000, help="where to serve it; else the next free one"
    )
    parser.add_argument(
        "--build",
        type=Path,
        metavar="DIR",
        help="build it into a new folder, for a web server or to be opened from there",
    )


def run(args: argparse.Namespace) -> int:
    """Serve or build; raises LabError where that cannot be done."""
    if args.build is not None:
        out = args.build.resolve()
        site.build(out)
        print(f"The book is in {out}; open {out / 'index.html'}")
        return 0
    with site.start_book(args.port) as server:
        print(f"The book is at {server.address} (Ctrl+C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
    return 0
