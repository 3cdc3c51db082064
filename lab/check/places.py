"""Places in a learner's code: which line was it?"""

import linecache
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, NamedTuple, Self

from lab.say import shown


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
    """Remembers the last line in a folder that ran, while it is entered as a context."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.last: Place | None = None

    @property
    def folder(self) -> Path:
        return self._folder

    def forget(self) -> None:
        self.last = None

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._on_call)
        return self

    def __exit__(self, *exception: object) -> None:
        sys.settrace(self._before)

    def _on_call(self, frame: FrameType, event: str, argument: object) -> Any:
        # A lambda, such as a field's default_factory, is seldom where a learner should look.
        is_named = not frame.f_code.co_name.startswith("<")
        return self._on_line if is_named and _is_in(frame, self._folder) else None

    def _on_line(self, frame: FrameType, event: str, argument: object) -> Any:
        self.last = Place(frame.f_code.co_filename, frame.f_lineno)
        return self._on_line
