"""Start Python with your queue and our steps at hand, to play with.

There, `import pyqueue` is yours, and `import steps.step03_errors` is ours. Start it again after a
change: Python reads a file once. Whatever else you give goes to Python: `python demo.py`.
"""

import argparse
import os
import signal
import subprocess
import sys

from lab.catalog import ROOT
from lab.commands.options import add_workspace, chosen_workspace


def configure(parser: argparse.ArgumentParser) -> None:
    add_workspace(parser)
    parser.set_defaults(passed_on=[])


def run(arguments: argparse.Namespace) -> int:
    folders = [str(chosen_workspace(arguments).folder), str(ROOT)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(folders)}
    command = [sys.executable, *(arguments.passed_on or ["-q"])]
    # Ctrl-C reaches every program of a terminal. Python answers it as it sees fit, be it a program
    # that finishes its work first, and this one waits.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command, env=environment)
    finally:
        signal.signal(signal.SIGINT, before)
