"""Find the submissions in a folder, and take out of each the Python files of its package.

Nothing of a submission is run, followed or unpacked here: links are left out, only regular files
that end in `.py` are read, and all of it is counted while it is read.
"""

import os
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lab.catalog import LabError
from lab.progress import Progress

# So many files and folders are looked at, and so many bytes of Python taken; ours have a hundredth.
_MOST_ENTRIES = 20_000
_MOST_BYTES = 4_000_000
# Deeper than this nobody hides a package.
_DEEPEST = 6
_PACKAGE = "pyqueue"
_PROGRESS = "progress.json"
_TOP = PurePosixPath()
# Folders that hold copies of packages, or nothing of the author's.
_PASSED_OVER = {"backups", "__MACOSX", "__pycache__", ".venv", ".git", "node_modules"}
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Bits of a zip's entry.
_ENCRYPTED = 0x1


class BadSubmission(LabError):
    """A submission that cannot be graded, and why."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What somebody handed in: a folder, or a zip of one."""

    path: Path

    @property
    def name(self) -> str:
        """The name in every table: that of the file, in characters that can be printed."""
        stem = self.path.stem if self.is_zip else self.path.name
        return printable(stem)

    @property
    def is_zip(self) -> bool:
        return self.path.suffix.lower() == ".zip" and not self.path.is_dir()

    def copy_to(self, folder: Path) -> "Copy":
        """Write the package to `folder`/pyqueue. Raises BadSubmission if there is none."""
        try:
            files = self._files()
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as e:
            raise BadSubmission(f"cannot be read: {printable(str(e))}") from e
        top = _package_in(files)
        package = folder / _PACKAGE
        for name, text in files.items():
            if name.endswith(".py") and name.startswith(top):
                path = package / name.removeprefix(top)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text)
        return Copy(package, _step_noted(files, top, folder))

    def _files(self) -> dict[str, bytes]:
        if self.path.is_symlink():
            raise BadSubmission("is a symbolic link, and those are not followed")
        if self.path.is_dir():
            return _taken(_in_folder(self.path))
        if self.is_zip:
            with zipfile.ZipFile(self.path) as archive:
                return _taken(_in_zip(archive))
        raise BadSubmission("is neither a folder nor a zip")


@dataclass(frozen=True, slots=True)
class Copy:
    """A submission's package, copied to where it will be tried."""

    package: Path
    # The step that its author was at, by their own progress.json; None if it does not say.
    step: int | None


def submissions(folder: Path) -> list[Submission]:
    """Everything in the folder that somebody may have handed in, by name.

    Hidden files are not. Raises LabError if there is no such folder or nothing in it.
    """
    if not folder.is_dir():
        raise LabError(f"there is no folder {folder}; give the one that holds the submissions")
    found = [Submission(path) for path in sorted(folder.iterdir()) if path.name[0] != "."]
    if not found:
        raise LabError(f"{folder} is empty; it should hold a folder or a zip for each submission")
    return found


def printable(text: str) -> str:
    """The text in one line that does nothing to a terminal, however it was named."""
    whole = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in whole)


# A file's path with forward slashes, its size as announced, and how to read at most so much of it.
_Entry = tuple[str, int, Callable[[int], bytes]]


def _taken(entries: Iterator["_Entry"]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = _MOST_BYTES
    for name, size, read in entries:
        if size > left or len(text := read(left + 1)) > left:
            raise BadSubmission(f"has more than {_MOST_BYTES // 1_000_000} MB of Python")
        files[name] = text
        left -= len(text)
    return files


def _in_folder(top: Path) -> Iterator[_Entry]:
    seen = 0
    for folder, folders, names in os.walk(top):  # which follows no links
        seen += len(folders) + len(names)
        if seen > _MOST_ENTRIES:
            raise BadSubmission(f"has more than {_MOST_ENTRIES:,} files")
        here = Path(folder).relative_to(top)
        folders[:] = [f for f in folders if _may_matter(here / f)]
        for name in sorted(names):
            path = Path(folder) / name
            if _is_wanted(name) and stat.S_ISREG((about := path.lstat()).st_mode):
                yield (here / name).as_posix(), about.st_size, _reader_of(path)


def _reader_of(path: Path) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        with path.open("rb") as file:
            return file.read(most)

    return read


def _in_zip(archive: zipfile.ZipFile) -> Iterator[_Entry]:
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES:
        raise BadSubmission(f"has more than {_MOST_ENTRIES:,} files")
    for entry in entries:
        path = _inside(entry.filename)
        if entry.is_dir() or not (_is_wanted(path.name) and _may_matter(path.parent)):
            continue
        if stat.S_ISLNK(entry.external_attr >> 16):
            continue
        if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _COMPRESSIONS:
            raise BadSubmission("is encrypted, or compressed in an unusual way; zip it plainly")
        yield path.as_posix(), entry.file_size, _reader_in(archive, entry)


def _reader_in(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        with archive.open(entry) as file:
            return file.read(most)

    return read


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        raise BadSubmission(f"names a path outside of itself: {printable(name)}")
    return path


def _is_wanted(name: str) -> bool:
    return name.endswith(".py") or name == _PROGRESS


def _may_matter(folder: Path | PurePosixPath) -> bool:
    return len(folder.parts) <= _DEEPEST and not _PASSED_OVER.intersection(folder.parts)


def _package_in(files: Mapping[str, bytes]) -> str:
    """The path of the package's folder, with a slash at its end: `workspace/pyqueue/`."""
    homes = [PurePosixPath(name).parent for name in files if name.endswith("__init__.py")]
    named = [home for home in homes if home.name == _PACKAGE]
    packages = [home for home in homes if home == _TOP or home.parent not in homes]
    for found in (_shallowest(named), _shallowest(packages)):
        if len(found) == 1:
            return "" if found[0] == _TOP else f"{found[0]}/"
        if found:
            raise BadSubmission(f"has several packages: {', '.join(map(str, found[:5]))}")
    raise BadSubmission("has no package: there is no pyqueue/__init__.py")


def _shallowest(folders: list[PurePosixPath]) -> list[PurePosixPath]:
    depth = min((len(folder.parts) for folder in folders), default=0)
    return [folder for folder in folders if len(folder.parts) == depth]


def _step_noted(files: Mapping[str, bytes], top: str, folder: Path) -> int | None:
    home = PurePosixPath(top).parent
    for name in dict.fromkeys([str(home / _PROGRESS), _PROGRESS]):
        if name in files:
            path = folder / _PROGRESS
            path.write_bytes(files[name])
            try:
                return Progress(path).current
            except (LabError, ValueError):
                return None
            finally:
                path.unlink()
    return None
