"""Build the site, and serve it on this machine only."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.book.address import MADE_BY_US
from lab.catalog import DOCS, ROOT, STEPS, LabError

BUILT = ROOT / "build" / "book"

# What the pages are made of. A change in any of them makes a build stale.
_SOURCES = (DOCS, STEPS, ROOT / "lab" / "book", ROOT / "mkdocs.yml")
_PORTS_TRIED = 20


def build(out: Path) -> None:
    """Build the site into a folder; it can be served, or opened from the folder as it is.

    Replaces an earlier build. Raises LabError, and leaves the folder alone, if it holds
    anything else or if a page is wrong; the message is then MkDocs' own.
    """
    _refuse_what_is_not_ours(out)
    _replace(out)


def up_to_date(out: Path) -> bool:
    """Whether the folder holds a build of the pages as they are now."""
    stamp = out / MADE_BY_US
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _stamp()


class BookServer:
    """The site, served on 127.0.0.1 from the moment this is made until it is closed."""

    def __init__(self, folder: Path, port: int) -> None:
        """Take the port, or the next free one. Raises LabError if there is none nearby."""
        self._server = _listen(partial(_QuietHandler, directory=str(folder)), port)

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def serve_forever(self) -> None:
        """Answer until `close` is called from another thread, or Ctrl+C."""
        self._server.serve_forever(poll_interval=0.1)

    def shutdown(self) -> None:
        """Make `serve_forever` return; call it from another thread."""
        self._server.shutdown()

    def close(self) -> None:
        """Give the port back."""
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def start_book(port: int = 8000) -> BookServer:
    """Build the site if anything changed since the last time, and take a port to serve it on."""
    if not up_to_date(BUILT):
        _replace(BUILT)
    return BookServer(BUILT, port)


class _QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing about it."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def end_headers(self) -> None:
        # A page that was rebuilt is read anew.
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()


class _OwnPortServer(ThreadingHTTPServer):
    daemon_threads = True
    # Windows would let two servers share a port.
    allow_reuse_address = os.name != "nt"


def _listen(handler: partial[_QuietHandler], port: int) -> ThreadingHTTPServer:
    for candidate in range(port, port + _PORTS_TRIED):
        try:
            return _OwnPortServer(("127.0.0.1", candidate), handler)
        except OSError:
            continue
    raise LabError(f"no free port from {port} to {port + _PORTS_TRIED - 1}; choose one with --port")


def _replace(out: Path) -> None:
    stamp = _stamp()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".book-") as folder:
        fresh = Path(folder) / "book"
        _run_mkdocs(fresh)
        (fresh / MADE_BY_US).write_text(stamp, encoding="utf-8")
        if out.exists():
            shutil.rmtree(out)
        fresh.rename(out)


def _run_mkdocs(out: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(out)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise LabError(f"the book does not build:\n{done.stdout.strip()}")


def _refuse_what_is_not_ours(out: Path) -> None:
    if out.is_file():
        raise LabError(f"{out} is a file; give the name of a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / MADE_BY_US).is_file():
        raise LabError(f"{out} holds other files; give a new or an empty folder")


def _stamp() -> str:
    digest = hashlib.sha256()
    for path in _source_files():
        status = path.stat()
        line = f"{path.relative_to(ROOT).as_posix()} {status.st_size} {status.st_mtime_ns}\n"
        digest.update(line.encode())
    return digest.hexdigest()


def _source_files() -> Iterator[Path]:
    for source in _SOURCES:
        paths = [source] if source.is_file() else sorted(source.rglob("*"))
        yield from (p for p in paths if p.is_file() and "__pycache__" not in p.parts)
