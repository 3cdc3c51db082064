"""Put a step back to its beginning. Your work is copied to a dated backup first."""

import argparse

from lab.commands.options import add_step, chosen_step
from lab.commands.start import begin
from lab.workspace import default_workspace


def configure(parser: argparse.ArgumentParser) -> None:
    add_step(parser)


def run(arguments: argparse.Namespace) -> int:
    workspace = default_workspace()
    begin(workspace, chosen_step(arguments, workspace), mine=None)
    return 0
