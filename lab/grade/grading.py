"""Grade every submission of a folder, several at a time, each in processes of its own."""

import os
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from lab.catalog import package_files, step, steps
from lab.check.report import CannotCheck
from lab.grade import limits
from lab.grade.process import Server
from lab.grade.rows import Row, Status
from lab.grade.submissions import BadSubmission, Submission, submissions
from lab.grade.trial import Limits, Trial

# Seconds of the processor for a promise; all together may have so many times as much.
SECONDS_EACH = 3.0
_TIMES_AS_MUCH = 8
# By the clock on the wall, a promise has so many times as much.
_TIMES_AS_LONG = 4
# Where ours needs long, another solution has so many times as much, and ours itself at most this.
_TIMES_OURS = 6
_TIMES_FOR_OURS = 10
# So many twins are tried, each of another test function.
_MOST_TWINS = 80


@dataclass(frozen=True, slots=True)
class Task:
    """A submission to be graded, and the step it is to be graded in, if somebody said."""

    submission: Submission
    step: int | None


def grade(
    folder: Path,
    numbers: Sequence[int | None] = (),
    *,
    workers: int = 0,
    each: float = SECONDS_EACH,
    on_row: Callable[[Row], None] = lambda row: None,
) -> list[Row]:
    """A row for each submission in the folder and each step, in the order of their names.

    Without steps, each submission is graded in the one that it says it is at. `each` is how many
    seconds of the processor a promise may take. Raises LabError if there is nothing to grade, and
    CannotCheck if our own solution does not keep every promise here.
    """
    tasks = [
        Task(submission, step(number).number if number is not None else None)
        for submission in submissions(folder)
        for number in (numbers or [None])
    ]
    with (
        tempfile.TemporaryDirectory(prefix="grade-", ignore_cleanup_errors=True) as stage,
        Graders(Path(stage), each) as graders,
        _pool(workers) as pool,
    ):
        futures = [pool.submit(_announced, graders, task, on_row) for task in tasks]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            graders.close()
            raise


def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="grader")


def _announced(graders: "Graders", task: Task, on_row: Callable[[Row], None]) -> Row:
    row = graders.grade(task)
    on_row(row)
    return row


class Graders:
    """The servers of all steps: as many for each as threads ask for one at the same time."""

    def __init__(self, stage: Path, each: float) -> None:
        self._stage = stage.resolve()
        self._limits = Limits(
            each=each,
            whole=_TIMES_AS_MUCH * each,
            silence=_TIMES_AS_LONG * each,
            tasks=limits.tasks_allowed(),
        )
        self._lock = threading.Lock()
        self._idle: dict[int, list[Server]] = {}
        self._all: list[Server] = []
        self._prepared: dict[int, _Prepared] = {}
        self._preparing: dict[int, threading.Lock] = {}
        # How many submissions are tried on each core now.
        self._busy = dict.fromkeys(limits.cores(), 0)

    def __enter__(self) -> "Graders":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        for server in self._all:
            server.close()

    def grade(self, task: Task) -> Row:
        """Its row, whatever goes wrong with it."""
        name, number = task.submission.name, task.step
        try:
            if number is None:
                number = self._step_of(task.submission)
        except BadSubmission as error:
            return Row(name, number, Status.NOT_GRADED, note=str(error))
        prepared = self._prepared_for(number)
        server, core = self._borrow(number), self._take_core()
        try:
            limits = replace(prepared.limits, core=core)
            return Trial(server, task.submission, self._stage, limits).row(number, prepared.twins)
        finally:
            with self._lock:
                self._idle[number].append(server)
                self._busy[core] -= 1

    def _step_of(self, submission: Submission) -> int:
        with tempfile.TemporaryDirectory(dir=self._stage) as folder:
            noted = submission.copy_to(Path(folder)).step
        known = [s.number for s in steps()]
        if noted not in known:
            raise BadSubmission("does not say which step it is at; give --step N")
        assert noted is not None
        return noted

    def _borrow(self, number: int) -> Server:
        with self._lock:
            idle = self._idle.setdefault(number, [])
            if idle:
                return idle.pop()
        server = Server(number)
        with self._lock:
            self._all.append(server)
        return server

    def _take_core(self) -> int | None:
        with self._lock:
            core = min(self._busy, key=self._busy.__getitem__)
            self._busy[core] += 1
        return core

    def _prepared_for(self, number: int) -> "_Prepared":
        with self._lock:
            preparing = self._preparing.setdefault(number, threading.Lock())
        with preparing:
            if number not in self._prepared:
                self._prepared[number] = self._prepare(number)
        return self._prepared[number]

    def _prepare(self, number: int) -> "_Prepared":
        """Try our own solution. Raises CannotCheck if it does not keep every promise here."""
        generous = replace(
            self._limits,
            each=_TIMES_FOR_OURS * self._limits.each,
            whole=_TIMES_FOR_OURS * self._limits.whole,
        )
        server = self._borrow(number)
        try:
            twins = _one_of_each(server.twins)
            with tempfile.TemporaryDirectory(dir=self._stage) as folder:
                ours = Path(folder) / "ours"
                for name, text in package_files(step(number).folder).items():
                    path = ours / "pyqueue" / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text, encoding="utf-8", newline="\n")
                trial = Trial(server, Submission(ours), self._stage, generous)
                row = trial.row(number, twins)
        finally:
            with self._lock:
                self._idle[number].append(server)
        if row.status is not Status.GRADED or row.points != row.of:
            raise CannotCheck(
                f"our own step {number} does not keep every promise on this machine, "
                f"so nobody can be graded: {row.note}"
            )
        return _Prepared(twins, _fair(self._limits, trial.took))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What a step's submissions are tried with, found out by trying ours."""

    # Tests whose twins nobody keeps, not even we.
    twins: list[str]
    limits: Limits


def _fair(limits: Limits, took: Mapping[str, float]) -> Limits:
    """The limits for people whose solution is right and slower than ours, which took so long."""
    more = {test: round(_TIMES_OURS * seconds, 1) for test, seconds in took.items()}
    return replace(
        limits,
        more={test: seconds for test, seconds in more.items() if seconds > limits.each},
        whole=max(limits.whole, sum(more.values())),
    )


def _one_of_each(tests: Sequence[str]) -> list[str]:
    """One test of each function, from all over the step, in a number that takes no time."""
    by_function = {test.partition("[")[0]: test for test in reversed(tests)}
    found = sorted(by_function.values(), key=tests.index)
    return found[:: max(1, -(-len(found) // _MOST_TWINS))]
