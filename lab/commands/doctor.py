"""`doctor`: can a learner work here, and if not, what would help?"""

import argparse
import importlib.util
import json
import os
import platform
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from lab.catalog import ROOT
from lab.setup.environment import Environment

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
_PACKAGES = ("pytest", "hypothesis", "rich", "mkdocs", "material")
_MEGABYTES_NEEDED = 100
_NEWEST_TRIED = (3, 14)
# The port that the book is served on where it is free.
_PORT = 8000


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    # What was looked at, such as "disk space".
    about: str
    # "problem" means that a learner cannot work like this; "note" that something optional
    # is missing.
    verdict: Literal["ok", "note", "problem"]
    found: str
    # What would help; empty if nothing needs to be done.
    remedy: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--json", action="store_true", help="the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Print every finding; 0 if a learner can work here, otherwise 1."""
    findings = [check() for check in CHECKS]
    if args.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        _show(findings)
    return int(any(finding.verdict == "problem" for finding in findings))


def python() -> Finding:
    """The Python that runs this; `learn.py` has refused those that are too old."""
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info[:2] > _NEWEST_TRIED:
        newest = ".".join(map(str, _NEWEST_TRIED))
        return Finding("Python", "note", found, f"newer than we have tried; {newest} will do")
    return Finding("Python", "ok", found)


def environment() -> Finding:
    """The packages are those that the lock names."""
    configured = Environment.configured()
    if not configured.is_running_this():
        found = f"{sys.prefix} (made without learn.py)"
        return Finding("environment", "note", found, "python3 learn.py makes one from the lock")
    if not configured.is_ready():
        return Finding("environment", "problem", "older than the lock", "run python3 learn.py")
    return Finding("environment", "ok", f"{configured.folder}, as the lock says")


def packages() -> Finding:
    """Everything that the lab imports is there."""
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        remedy = f"delete {Environment.configured().folder} and run python3 learn.py"
        return Finding("packages", "problem", f"missing: {', '.join(missing)}", remedy)
    return Finding("packages", "ok", "all there")


def workspace() -> Finding:
    """The learner's folder can be read and written, or can be made."""
    folder = _workspace()
    if not folder.exists():
        if os.access(_nearest_existing(folder), os.W_OK):
            return Finding("workspace", "ok", f"not yet; `start 1` makes {folder}")
        remedy = "set PYQUEUE_WORKSPACE to a folder that you may write"
        return Finding("workspace", "problem", f"{folder} cannot be made", remedy)
    try:
        files = sum(1 for path in folder.rglob("*.py") if path.read_bytes() is not None)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding("workspace", "problem", str(error), f"make {folder} yours again")
    return Finding("workspace", "ok", f"{folder}, {files} Python files")


def port() -> Finding:
    """Where the book will be served."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", _PORT))
        except OSError:
            found = f"{_PORT} is taken; the book chooses another"
            return Finding("port", "note", found)
    return Finding("port", "ok", f"{_PORT} is free")


def browser() -> Finding:
    """A browser that the tests of the book's pages can drive."""
    for name in _BROWSERS:
        if path := shutil.which(name):
            return Finding("browser", "ok", path)
    remedy = "only for tests of the book's pages: install Chromium"
    return Finding("browser", "note", "no Chromium or Chrome on the PATH", remedy)


def git() -> Finding:
    """Git, for those who contribute."""
    if path := shutil.which("git"):
        return Finding("git", "ok", path)
    return Finding("git", "note", "not on the PATH", "only for contributing: install git")


def terminal() -> Finding:
    """The terminal shows what the lab prints."""
    encoding = sys.stdout.encoding or "unknown"
    kind = "a terminal" if sys.stdout.isatty() else "not a terminal"
    color = "without color" if os.environ.get("NO_COLOR") else "with color"
    found = f"{kind}, {encoding}" + (f", {color}" if sys.stdout.isatty() else "")
    if encoding.lower().replace("-", "") != "utf8":
        return Finding("terminal", "note", found, "set PYTHONUTF8=1 to see every character")
    return Finding("terminal", "ok", found)


def disk() -> Finding:
    """There is room to work."""
    megabytes = shutil.disk_usage(ROOT).free // 1_000_000
    if megabytes < _MEGABYTES_NEEDED:
        remedy = f"free at least {_MEGABYTES_NEEDED} MB"
        return Finding("disk space", "problem", f"{megabytes} MB free", remedy)
    return Finding("disk space", "ok", f"{megabytes:,} MB free")


def watching() -> Finding:
    """A saved file looks different from before, which is what `watch` goes by."""
    try:
        seconds = _time_until_a_save_shows(_nearest_existing(_workspace()))
    except OSError as error:
        return Finding("watching files", "problem", str(error), "see workspace, above")
    found = f"a saved file is noticed after {seconds * 1000:.0f} ms"
    if seconds > 1:
        return Finding("watching files", "note", found, "put the workspace on a local disk")
    return Finding("watching files", "ok", found)


def clock() -> Finding:
    """The clock is not behind the files, which confuses Python's caches and secure connections."""
    now = datetime.now(UTC)
    found = f"{now:%Y-%m-%d %H:%M} UTC"
    if now.timestamp() < (ROOT / "learn.py").stat().st_mtime - 60:
        return Finding("clock", "problem", f"{found} is before these files", "set the clock")
    return Finding("clock", "ok", found)


CHECKS: tuple[Callable[[], Finding], ...] = (
    python,
    environment,
    packages,
    workspace,
    port,
    browser,
    git,
    terminal,
    disk,
    watching,
    clock,
)


def _workspace() -> Path:
    return Path(os.environ.get("PYQUEUE_WORKSPACE") or ROOT / "workspace").absolute()


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _time_until_a_save_shows(folder: Path, at_most: float = 3.0) -> float:
    descriptor, name = tempfile.mkstemp(dir=folder)
    os.close(descriptor)
    file = Path(name)
    try:
        before = file.stat().st_mtime_ns
        start = time.monotonic()
        while (elapsed := time.monotonic() - start) < at_most:
            file.write_bytes(b"saved")
            if file.stat().st_mtime_ns != before:
                break
        return elapsed
    finally:
        file.unlink()


def _show(findings: list[Finding]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    styles = {"ok": "green", "note": "yellow", "problem": "bold red"}
    for finding in findings:
        verdict = (f"{finding.verdict:8}", styles[finding.verdict])
        console.print(Text.assemble(verdict, f"{finding.about:15}{finding.found}"))
        if finding.remedy:
            console.print(Text(f"{'':23}{finding.remedy}"))
    bad = sum(finding.verdict == "problem" for finding in findings)
    console.print(f"\n{bad} to mend first." if bad else "\nYou can start.")
