"""One set-up at a time, even when two terminals start one together."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .reporter import Reporter

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def our_turn(folder: Path, reporter: Reporter) -> Iterator[int]:
    """Wait until no other program sets this folder up, then keep the others waiting.

    The system lets the lock go when its holders end, however they end. It yields the
    lock's descriptor: a child that inherits it holds the lock too, so that an installer which
    outlives its parent is waited for.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder.with_name(folder.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _wait_for(descriptor, reporter)
        yield descriptor
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, reporter: Reporter) -> None:
    waiting = False
    while not _taken(descriptor):
        if not waiting:
            reporter.begin("Waiting for another set-up of the same folder")
            waiting = True
        time.sleep(0.1)
        reporter.tick()
    if waiting:
        reporter.end()


def _taken(descriptor: int) -> bool:
    try:
        _lock(descriptor)
    except PermissionError:  # how Windows says that it is held
        return False
    except BlockingIOError:  # how POSIX says it
        return False
    except OSError:
        # Some network file systems have no locks. Set-up then goes on without one.
        return True
    return True
