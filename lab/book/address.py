"""Where the book can be read just now, for those who want to point into it."""

import contextlib
import os
from urllib.request import urlopen

from lab.catalog import ROOT, Step
from lab.say import command

# The port that the book is served on, unless somebody else has it.
PREFERRED_PORT = 8000

# The file that says: this folder is a build of ours and may be replaced.
MADE_BY_US = ".pyqueue-book"

_NOTE = ROOT / "build" / "book.address"


def note_address(address: str) -> None:
    """Tell the other commands where the book is being served."""
    _NOTE.parent.mkdir(parents=True, exist_ok=True)
    _NOTE.write_text(address, encoding="utf-8")


def forget_address(address: str) -> None:
    """Take it back, unless another server has noted its own meanwhile."""
    with contextlib.suppress(OSError):
        if _NOTE.read_text(encoding="utf-8") == address:
            _NOTE.unlink()


def place_in_book(step: Step, anchor: str = "") -> str:
    """A link to a step's chapter or one of its sections; without a server, how to get one."""
    page = step.address(anchor)
    base = _served_at()
    return f"{base}{page}" if base else f"{page} ({command('book')} shows it)"


def _served_at() -> str | None:
    """The noted address, if anybody answers there, unless PYQUEUE_BOOK says "not served"."""
    if os.environ.get("PYQUEUE_BOOK") == "not served":
        return None
    try:
        address = _NOTE.read_text(encoding="utf-8")
        # Somebody else may answer there by now: only a book of ours has this file.
        with urlopen(f"{address}{MADE_BY_US}", timeout=0.3):
            return address
    except (OSError, ValueError):
        return None
