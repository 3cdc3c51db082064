"""Carrying a change of one step into the steps after it.

Each step is a whole package, so a fix in step 4 has to be made in 5, 6, 7 and on. A three-way merge
makes it: what step 4 was, what it is now, and what step 5 is. Where a step has moved a name to
another file, the change follows the name.
"""

import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lab.starter import relocated
from lab.starter.symbols import Symbol, replaced, symbols

Files = Mapping[str, str]


class ConflictError(Exception):
    """The change cannot be made by a program; the message says which, and where it should go."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A later step with the change."""

    files: dict[str, str]
    # What a person has to do, in words; empty if all is done.
    left: list[str]


def carry(old: Files, new: Files, later: Files) -> Carried:
    """`later`, a step after `old`, with all that changed from `old` to `new`."""
    files, left = dict(later), []
    places = relocated(old, later)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            try:
                files = _changed(files, places.get(name, name), old.get(name), new.get(name))
            except ConflictError as conflict:
                left.append(f"{name}: {conflict}")
    return Carried(files, left)


def _changed(later: Files, place: str, old: str | None, new: str | None) -> dict[str, str]:
    """The later step's files, one of them with the change of one file."""
    there = later.get(place)
    if there == new:
        return dict(later)
    if new is None:
        if there != old:
            raise ConflictError("it is gone, and the next step has changed it")
        return {name: text for name, text in later.items() if name != place}
    if old is None:
        if there is not None:
            raise ConflictError("it is new, and the next step has another file of that name")
        return {**later, place: new}
    if there is not None:
        with suppress(ConflictError):
            return {**later, place: merged(old, new, there)}
    return _changed_by_name(later, old, new)


def _changed_by_name(later: Files, old: str, new: str) -> dict[str, str]:
    """Change the names one by one, wherever the later step has them."""
    before, after = symbols(old), symbols(new)
    if _without(before, old) != _without(after, new) or before.keys() != after.keys():
        raise ConflictError("more than the text of its names changed, and they are elsewhere now")
    files = dict(later)
    for name, symbol in after.items():
        if symbol.text != before[name].text:
            file = _file_with(name, later)
            there = symbols(files[file])[name]
            try:
                body = merged(before[name].text, symbol.text, there.text)
            except ConflictError:
                raise ConflictError(f"{name} is another in {file}, at the same lines") from None
            files[file] = replaced(files[file], there, body)
    return files


def _without(names: Mapping[str, Symbol], text: str) -> list[str]:
    """The lines that belong to no name, but for blank ones."""
    lines = text.splitlines()
    for symbol in reversed([*names.values()]):
        del lines[symbol.first : symbol.end]
    return [line for line in lines if line.strip()]


def _file_with(name: str, files: Files) -> str:
    found = [file for file, text in files.items() if name in symbols(text)]
    if len(found) != 1:
        where = f"is in {' and '.join(found)}" if found else "is in no file by that name"
        raise ConflictError(f"{name} {where} in the next step")
    return found[0]


def merged(old: str, new: str, other: str) -> str:
    """`other` with what changed from `old` to `new`. Raises ConflictError where both changed."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("other", "old", "new")]
        for path, text in zip(paths, (other, old, new), strict=True):
            path.write_text(f"{text.rstrip()}\n", encoding="utf-8", newline="\n")
        command = ["git", "merge-file", "--stdout", "--quiet", *map(str, paths)]
        result = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if result.returncode:
        raise ConflictError("both sides changed the same lines")
    return result.stdout
