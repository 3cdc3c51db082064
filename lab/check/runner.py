"""Start the processes in which a learner's code runs, and gather what they report."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab.catalog import ROOT, step
from lab.check.report import NOT_TRIED, CannotCheck, Detail, Promise, Report

# Seconds that all promises of a check have together: so many, and so many more for each step,
# since its promises come on top of those of all the steps before.
_TIME_LIMIT = 7.0
_MORE_TIME = 3.0
# Seconds beyond its limit after which a process that did not end itself is killed.
_GRACE = 2.0
# Seconds that a process has to start and to collect the promises: none of the learner's fault.
_TIME_TO_START = 60.0

_ENDED_PYTHON = Detail(
    "ended", "your code ended Python itself: is there an os._exit, a closed sys.stdout, or a crash?"
)
_NOT_TRIED = Detail(NOT_TRIED, "the time was used up before its turn came")


def check(number: int, workspace: Path, *, limit: float | None = None, only: str = "") -> Report:
    """Try every promise that holds at step `number` on `workspace`/pyqueue.

    `limit` is in seconds, for all promises together; without one it is 10 s in step 1, and 3 s more
    in each step after it. With `only`, the name of a test function, no other is tried. Raises
    CannotCheck if there is no package to try them on; whatever is wrong with the package itself is
    a verdict, and in the report.
    """
    require_package(workspace)
    trial = Trial(number, workspace, limit=limit, only=only)
    try:
        return trial.run()
    finally:
        trial.close()


def require_package(workspace: Path) -> None:
    """Raises CannotCheck unless `workspace` holds a package `pyqueue`."""
    if not workspace.is_dir():
        raise CannotCheck(f"there is no folder {workspace}")
    if not (workspace / "pyqueue" / "__init__.py").is_file():
        raise CannotCheck(
            f"there is no pyqueue/__init__.py in {workspace}, which should hold your package"
        )


class Trial:
    """One check, prepared: a process has collected the promises and waits for `run`.

    Prepared before the learner saves, it gives its verdict in a tenth of a second.
    """

    def __init__(
        self, number: int, workspace: Path, *, limit: float | None = None, only: str = ""
    ) -> None:
        self._number = step(number).number
        self._workspace = workspace.resolve()
        self._limit = _TIME_LIMIT + _MORE_TIME * number if limit is None else limit
        self._only = only
        self._child = self._start(self._limit)

    def run(self) -> Report:
        """Try the promises on the package as it is now. To be called once."""
        tally = _Tally(self._limit)
        tally.count(self._child)
        # Code that ends the process takes one promise with it; the others get a new process.
        while tally.wants_another_process:
            self._child.close()
            self._child = self._start(self._limit - tally.seconds, tally.finished)
            tally.count(self._child)
        return Report(self._number, tally.promises, tally.seconds)

    def close(self) -> None:
        """End the process, whether it has run or not."""
        self._child.close()

    @property
    def has_ended(self) -> bool:
        """Whether its process is gone."""
        return self._child.has_ended

    def _start(self, limit: float, skip: Iterable[str] = ()) -> "_Child":
        what = [str(self._workspace), str(self._number), str(limit), self._only, *skip]
        return _Child(what, limit)


class _Child:
    """A process that runs `lab.check.child`."""

    def __init__(self, arguments: list[str], limit: float) -> None:
        self.was_killed = False
        # Seconds from "go" to the end.
        self.seconds = 0.0
        self._limit = limit
        self._process = subprocess.Popen(
            # -P: a learner's file named json.py must not become everybody's json.
            [sys.executable, "-P", "-m", "lab.check.child", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def events(self) -> Iterator[dict[str, Any]]:
        """Hand on what the process reports, until it has done or ends; say "go" in between."""
        yield from self._read(until=("collected", "done"), within=_TIME_TO_START)
        began = time.monotonic()
        self._say_go()
        yield from self._read(until=("done", "timed_out"), within=self._limit + _GRACE)
        self.seconds = time.monotonic() - began

    def _read(self, *, until: tuple[str, ...], within: float) -> Iterator[dict[str, Any]]:
        clock = threading.Timer(within, self._kill)
        clock.daemon = True
        clock.start()
        try:
            for line in self._process.stdout or ():
                try:
                    event = json.loads(line)
                except ValueError:
                    continue  # not ours: the learner's code found the pipe
                yield event
                if event["event"] in until:
                    return
        finally:
            clock.cancel()

    def _say_go(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.write("go\n")
                self._process.stdin.flush()

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def complaint(self) -> str:
        """What the process wrote before it could report anything."""
        self._end()
        assert self._process.stderr is not None
        return self._process.stderr.read().strip()

    def close(self) -> None:
        self._end()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            # What was not flushed concerns nobody once the process has ended.
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _kill(self) -> None:
        self.was_killed = True
        self._end()

    def _end(self) -> None:
        """End the process and, where the platform can name them, those that it started."""
        if sys.platform == "win32":
            self._process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class _Tally:
    """The verdicts so far, over one process or several."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._promises: dict[str, Promise] = {}
        self._verdicts: set[str] = set()
        self._current: str | None = None
        self._tried_any = False
        # Seconds that the promises took; starting a process does not count.
        self.seconds = 0.0
        # Whether a new process could try what the last one left.
        self.wants_another_process = False

    @property
    def promises(self) -> list[Promise]:
        """All promises; those that nobody came to say so."""
        return [
            p if p.test in self._verdicts else replace(p, details=(_NOT_TRIED,))
            for p in self._promises.values()
        ]

    @property
    def finished(self) -> list[str]:
        """The tests of the promises with a verdict."""
        return [test for test in self._promises if test in self._verdicts]

    def count(self, child: _Child) -> None:
        """Take in all that the process reports, and how it ended."""
        self._current, self._tried_any, last = None, False, ""
        for event in child.events():
            last = event["event"]
            self._note(event)
        self.seconds += child.seconds
        if not self._promises:
            raise CannotCheck(f"the tests could not be collected\n{child.complaint()}".strip())
        if child.was_killed:
            self._stopped_by(Detail("time limit", f"still running after {self._limit:g} s"))
        ended_python = last in ("collected", "started", "finished") and not child.was_killed
        if ended_python:
            self._stopped_by(_ENDED_PYTHON)
        are_left = len(self._verdicts) < len(self._promises)
        self.wants_another_process = ended_python and are_left and self.seconds < self._limit

    def _note(self, event: dict[str, Any]) -> None:
        details = tuple(Detail(*detail) for detail in event.get("details", ()))
        match event["event"]:
            case "collected":
                for described in event["promises"]:
                    self._promises.setdefault(described["test"], Promise(**described))
            case "started":
                self._current, self._tried_any = event["test"], True
            case "finished":
                self._current = None
                self._decide(event["test"], event["ok"], details)
            case "import_failed" | "timed_out":
                self._stopped_by(*details)
            case "lab_failed":
                raise CannotCheck(f"the lab failed, not your code; please report: {event['error']}")

    def _stopped_by(self, *details: Detail) -> None:
        """One promise was being tried when the end came; before the first, none can be."""
        tests = [self._current] if self._current else list(self._promises)
        if self._tried_any and not self._current:
            return
        for test in tests:
            if test not in self._verdicts:
                self._decide(test, False, details)

    def _decide(self, test: str, ok: bool, details: tuple[Detail, ...]) -> None:
        self._promises[test] = replace(self._promises[test], ok=ok, details=details)
        self._verdicts.add(test)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
    }
