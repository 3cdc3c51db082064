"""Places in a learner's code: which line was it?"""

import linecache
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import NamedTuple, Self

from lab.say import shown

# So many functions of a trail are shown.
_LONGEST_TRAIL = 8


class Place(NamedTuple):
    """A line of a file."""

    file: str
    line: int

    def __str__(self) -> str:
        source = linecache.getline(self.file, self.line).strip()
        return f"{shown(Path(self.file))}:{self.line}" + (f"\n{source}" if source else "")


def in_traceback(tb: TracebackType | None, folder: Path) -> Place | None:
    """The innermost place of the traceback that lies in the folder."""
    return _last(frame for frame in traceback.walk_tb(tb) if _is_in(frame[0], folder))


def in_stack(frame: FrameType | None, folder: Path) -> Place | None:
    """The innermost place of the stack that lies in the folder."""
    stack = traceback.walk_stack(frame) if frame is not None else iter(())
    inside = (entry for entry in stack if _is_in(entry[0], folder))
    return next((Place(f.f_code.co_filename, line) for f, line in inside), None)


def _last(entries: Iterator[tuple[FrameType, int]]) -> Place | None:
    place = None
    for frame, line in entries:
        place = Place(frame.f_code.co_filename, line)
    return place


def _is_in(frame: FrameType, folder: Path) -> bool:
    """Whether the frame's code comes from the folder, or is this very file."""
    file, prefix = frame.f_code.co_filename, str(folder)
    return file.startswith(prefix) and file[len(prefix) :][:1] in ("", os.sep)


class Trail:
    """Remembers which functions in a folder were called, while it is entered as a context."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # In the order of their first calls.
        self._called: dict[CodeType, None] = {}

    def forget(self) -> None:
        self._called.clear()

    def __str__(self) -> str:
        """The functions called last, one a line, the earliest first."""
        return "\n".join(
            f"{shown(Path(code.co_filename))}:{code.co_firstlineno} {code.co_qualname}"
            for code in [*self._called][-_LONGEST_TRAIL:]
        )

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._on_call)
        return self

    def __exit__(self, *exception: object) -> None:
        sys.settrace(self._before)

    def _on_call(self, frame: FrameType, event: str, argument: object) -> None:
        # A lambda, such as a field's default_factory, is seldom where a learner should look.
        if not frame.f_code.co_name.startswith("<") and _is_in(frame, self.folder):
            self._called.setdefault(frame.f_code)
