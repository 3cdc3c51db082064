"""Examples, run as a reader runs them: as programs of their own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lab.catalog import ROOT

# Seconds after which a program that does not end is ended.
IN_TIME = 30
# What ends a program in peace, from outside.
REQUESTS = (
    [signal.CTRL_BREAK_EVENT]  # type: ignore[attr-defined, unused-ignore]
    if os.name == "nt"
    else [signal.SIGINT, signal.SIGTERM]
)
# So that the request reaches the program and not the tests.
APART = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {}


@contextmanager
def running(*arguments: str, **options: object) -> Iterator["subprocess.Popen[str]"]:
    """`python -m …`, with its output to be read; gone at the end of the block, and in time."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "100", "TERM": "xterm", "NO_COLOR": "1"},
        encoding="utf-8",
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **APART, **options},
    )
    # Whoever reads the output of a program that says nothing must not wait for ever either.
    alarm = threading.Timer(IN_TIME, process.kill)
    alarm.start()
    try:
        yield process
    finally:
        alarm.cancel()
        process.kill()
        process.communicate()


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """Wait for its end: its status, what it still printed, and what it complained of."""
    out, err = process.communicate(timeout=IN_TIME)
    return process.returncode, out or "", err or ""
