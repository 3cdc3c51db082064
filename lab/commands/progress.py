"""Which steps are done, and how far you are with the one at hand."""

import argparse
from typing import Any

from rich.table import Table

from lab.catalog import steps
from lab.chapter import title_of
from lab.say import console, shown
from lab.workspace import default_workspace


def configure(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments."""


def run(arguments: argparse.Namespace) -> int:
    progress = default_workspace().progress
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("", "step", "", "promises", "checks", "hints"):
        table.add_column(heading, no_wrap=True)
    for step in steps():
        known = progress.step(step.number)
        table.add_row(
            ">" if step.number == progress.current else "",
            f"{step.number:02d} {title_of(step)}",
            state(known),
            f"{known['kept']}/{known['of']}" if "of" in known else "",
            str(known.get("checks", "")),
            str(sum(known.get("hints", {}).values()) or ""),
        )
    console().print(table)
    if progress.exists:
        console().print(f"\n(from {shown(progress.path)})")
    return 0


def state(known: dict[str, Any]) -> str:
    """A step's state in a word or two, from what the progress knows of it."""
    if "passed" in known:
        return f"passed {known['passed'][:10]}"
    return "started" if "started" in known else ""
