"""The learner's own folder: their package, their progress, and a backup before every change."""

import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from lab.catalog import ROOT, LabError, package_files, package_names
from lab.progress import Progress
from lab.say import command


def default_workspace() -> "Workspace":
    """`workspace/` beside learn.py, or the folder that PYQUEUE_WORKSPACE names."""
    return Workspace(Path(os.environ.get("PYQUEUE_WORKSPACE") or ROOT / "workspace"))


class Workspace:
    """A folder in which somebody builds their own queue. Nothing in it is ever lost."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        # The package under construction.
        self.package = self.folder / "pyqueue"
        self.backups = self.folder / "backups"
        self.progress = Progress(self.folder / "progress.json")

    @property
    def has_package(self) -> bool:
        return self.package.is_dir() and any(self.package.iterdir())

    def current_step(self) -> int:
        """The step that was started last. Raises LabError, saying how to begin, before any was."""
        number = self.progress.current
        if number is None:
            raise LabError(f"no step is started yet; begin with {command('start 1')}")
        return number

    def files(self) -> dict[str, str]:
        """The package's Python files, by path."""
        try:
            return package_files(self.package)
        except UnicodeDecodeError as error:
            name = self._undecodable()
            raise LabError(f"{self.package / name} is not UTF-8 text: {error}") from error

    def back_up(self, now: datetime) -> Path | None:
        """Copy the package to a dated folder, and return it; None if there is nothing to copy."""
        if not self.has_package:
            return None
        name = f"{now:%Y-%m-%d-%H%M%S}"
        if (number := self.progress.current) is not None:
            name += f"-step{number:02d}"
        target = _unused(self.backups / name)
        shutil.copytree(
            self.package,
            target,
            ignore=shutil.ignore_patterns("__pycache__"),
            ignore_dangling_symlinks=True,
        )
        return target

    def replace_package(self, files: Mapping[str, str]) -> None:
        """Make these the package's Python files; other files stay. Back up first."""
        for name in set(package_names(self.package)) - files.keys():
            (self.package / name).unlink()
        self._remove_empty_folders()
        for name, text in files.items():
            path = self.package / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

    def _remove_empty_folders(self) -> None:
        """Folders without a file that somebody wrote; Python may have left its own behind."""
        folders = [path for path in self.package.rglob("*") if path.is_dir()]
        for folder in sorted(folders, reverse=True):
            files = [path for path in folder.rglob("*") if not path.is_dir()]
            if all(path.parent.name == "__pycache__" for path in files):
                shutil.rmtree(folder)

    def _undecodable(self) -> str:
        for name in package_names(self.package):
            try:
                (self.package / name).read_text(encoding="utf-8-sig")
            except UnicodeDecodeError:
                return name
        return ""


def _unused(path: Path) -> Path:
    candidates = (path.with_name(f"{path.name}-{n}") for n in range(2, 1_000))
    return path if not path.exists() else next(c for c in candidates if not c.exists())
