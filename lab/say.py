"""How the lab speaks: one console, and commands as the reader would type them."""

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def command(words: str = "") -> str:
    """A command of ours as it is typed here: `python3 learn.py start 1`."""
    default = "py learn.py" if os.name == "nt" else "python3 learn.py"
    if Path(sys.argv[0]).stem == "learn" and Path(sys.argv[0]).suffix != ".py":
        default = "learn"
    return f"{os.environ.get('PYQUEUE_COMMAND', default)} {words}".rstrip()


@cache
def console() -> "Console":
    """Where results are printed. rich costs 50 ms, so it is imported by those who print."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def shown(path: Path) -> str:
    """A path as a person at this folder would write it."""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # the current folder is gone, or is on another drive
        return str(path)
    return str(path) if relative.startswith("..") else Path(relative).as_posix()
