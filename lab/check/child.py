"""The process in which a learner's code runs.

It collects the promises, which takes most of the time and needs nothing of the learner's, and
waits for the word "go" on its standard input. Then it imports the package, tries each promise
once, and writes one JSON line for each thing that happens to what was its standard output:

    collected       the promises that will be tried, in order
    started         a promise is being tried
    finished        it was kept, or broken, and why; and the seconds of the processor that it took
    import_failed   the package could not be imported, and why; nothing was tried
    timed_out       time is up, and where the code was then; the process ends itself
    lab_failed      our own code failed, and how
    done            all promises were tried

A process that ends without `done` or `timed_out` was ended by the learner's code.
"""

import json
import os
import re
import sys
import threading
import time
import unittest
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from lab.catalog import ROOT, steps
from lab.check.explain import Comparison, explain_failure, explain_import, explain_time_out
from lab.check.places import Trail
from lab.check.report import Detail
from lab.loading import load_package
from lab.testing import made_by


def main(workspace: str, step: str, limit: str, only: str, *skip: str) -> None:
    """Try the promises of `step` on `workspace`/pyqueue, except those in `skip`.

    If `only` is not empty, it is the name of the one test function to try.
    """
    # Learners print, read their keyboard and close what they should not: keep ways of our own.
    orders = os.fdopen(os.dup(0), encoding="utf-8")
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)

    # Kept from before the learner's code could put something else in its place.
    encode = json.dumps

    def send(event: str, **more: object) -> None:
        events.write(encode({"event": event, **more}) + "\n")
        events.flush()

    def wait_for_go() -> None:
        if orders.readline() != "go\n":
            os._exit(0)  # whoever started us has lost interest

    reporter = Reporter(Path(workspace) / "pyqueue", set(skip), float(limit), send, wait_for_go)
    pytest.main(pytest_arguments(Path(workspace), int(step), only), plugins=[reporter])
    send("done")
    # A thread that the learner's code left running must not keep this process alive.
    os._exit(0)


def pytest_arguments(workspace: Path, number: int, only: str) -> list[str]:
    """What pytest is told, to try what holds at step `number`, or only one test of it."""
    folders = [s.tests for s in steps() if s.number <= number and s.tests.is_dir()]
    return [
        *(_places_of(only, folders) if only else map(str, folders)),
        f"--workspace={workspace}",
        f"--step={number}",
        f"--config-file={ROOT / 'pyproject.toml'}",
        f"--rootdir={ROOT}",
        "--quiet",
        "--tb=native",
        *("-p", "no:cacheprovider"),
        *("-p", "no:warnings"),
        *("-p", "no:faulthandler"),
    ]


def _places_of(test: str, folders: Iterable[Path]) -> list[str]:
    """The test function as pytest names it, wherever it is."""
    files = (file for folder in folders for file in sorted(folder.glob("test_*.py")))
    begins = re.compile(rf"^(async )?def {re.escape(test)}\(", re.MULTILINE)
    return [f"{file}::{test}" for file in files if begins.search(file.read_text(encoding="utf-8"))]


class Interrupted(Exception):
    """The learner's code let a KeyboardInterrupt out where none was expected."""


class Skipped(Exception):
    """The learner's code told pytest to skip the test, which would otherwise count as kept."""


class Verdicts:
    """A pytest plugin that reports on every promise that is tried."""

    def __init__(self, trail: Trail, send: Any) -> None:
        self._trail = trail
        self._send = send
        self._comparison: Comparison | None = None
        self._broken: dict[str, Sequence[Detail]] = {}
        # Of the processor. Kept from before the learner's code could stop the clock.
        self._seconds_used = time.process_time

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._comparison = None
        self._trail.forget()

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        self._comparison = Comparison(op, left, right)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, bool, bool]:
        name = name_of(item)
        self._send("started", test=name)
        began = self._seconds_used()
        handled = yield
        seconds = self._seconds_used() - began
        details = self._broken.pop(name, ())
        self._send("finished", test=name, ok=not details, details=details, seconds=seconds)
        return handled

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None]:
        try:
            with self._trail:
                yield
        except KeyboardInterrupt as interrupt:
            # Left as it is, it would end the whole run and not only this promise.
            raise Interrupted("KeyboardInterrupt").with_traceback(interrupt.__traceback__) from None
        except (pytest.skip.Exception, pytest.xfail.Exception, pytest.exit.Exception) as order:
            raise Skipped(repr(order)).with_traceback(order.__traceback__) from None
        except unittest.SkipTest as order:
            raise Skipped(repr(order)).with_traceback(order.__traceback__) from None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed and call.excinfo is not None and name_of(item) not in self._broken:
            printed = report.capstdout + report.capstderr
            self._broken[name_of(item)] = self.explain(item, call.excinfo.value, printed)
        return report

    def explain(self, item: pytest.Item, error: BaseException, printed: str) -> Sequence[Detail]:
        """Why the promise was broken."""
        return explain_failure(
            error,
            comparison=self._comparison,
            trail=self._trail,
            test=item,
            printed=printed,
        )


class Reporter(Verdicts):
    """A pytest plugin that imports the package, and reports on every promise."""

    def __init__(
        self, package: Path, skip: set[str], limit: float, send: Any, wait_for_go: Any
    ) -> None:
        super().__init__(Trail(package), send)
        self._package = package
        self._skip = skip
        self._limit = limit
        self._wait_for_go = wait_for_go

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if name_of(item) not in self._skip]
        self._send("collected", promises=[describe(item) for item in items])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool | None:
        self._wait_for_go()
        self._watch_the_clock()
        try:
            load_package(self._package)
        except BaseException as error:
            details = explain_import(error, self._package)
            self._send("import_failed", details=details)
            return True
        return None

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self._send("lab_failed", error=excinfo.exconly())

    def _watch_the_clock(self) -> None:
        learner = threading.get_ident()

        def time_is_up() -> None:
            frame: FrameType | None = sys._current_frames().get(learner)
            self._send("timed_out", details=explain_time_out(frame, self._package, self._limit))
            os._exit(0)

        clock = threading.Timer(self._limit, time_is_up)
        clock.daemon = True
        clock.start()


def name_of(item: pytest.Item) -> str:
    """The test's name without the label of the package that it is tried on."""
    path, _, test = item.nodeid.partition("::")
    function, _, parameters = test.partition("[")
    others = [p for p in parameters.removesuffix("]").split("-") if p and p != "workspace"]
    return f"{path}::{function}" + (f"[{'-'.join(others)}]" if others else "")


def describe(item: pytest.Item) -> dict[str, object]:
    """What a Promise is made of."""
    function = getattr(item, "function", None)
    words = getattr(item, "originalname", item.name).removeprefix("test_").replace("_", " ")
    promise = " ".join((getattr(function, "__doc__", None) or words).split())
    _, bracket, parameters = name_of(item).partition("[")
    chapter = item.get_closest_marker("chapter")
    return {
        "test": name_of(item),
        "promise": promise[0].upper() + promise[1:] + (f" [{parameters}" if bracket else ""),
        "step": made_by(item).number,
        "section": chapter.args[0] if chapter else None,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
