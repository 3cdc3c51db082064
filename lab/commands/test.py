"""Run our own tests, and every gate that a change must pass.

Whatever else you give goes to pytest: `test tests/step02`, `test -k storage`.
"""

import argparse
import subprocess
import sys

from lab.catalog import ROOT

# What --fast leaves out: it needs a browser, or many seconds.
_SLOW = "not browser and not solutions and not slow"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fast",
        action="store_true",
        help="leave out what takes long: the browser, the wrong and right solutions, hostile code",
    )
    parser.set_defaults(passed_on=[])


def run(arguments: argparse.Namespace) -> int:
    selection = ["-m", _SLOW] if arguments.fast else []
    # The whole suite takes minutes: use every core. A part of it starts sooner on one.
    workers = [] if arguments.passed_on else ["-n", "auto"]
    command = [sys.executable, "-m", "pytest", *workers, *selection, *arguments.passed_on]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
