"""Grade one submission: as many runs as it takes, each of a fresh copy, and one of the twins."""

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lab.catalog import ROOT
from lab.check.report import NOT_TRIED, Detail, Promise
from lab.grade.process import Ending, Order, Run, Server
from lab.grade.rows import Row, Status
from lab.grade.submissions import BadSubmission, Submission, printable
from lab.grade.weights import weight

# After so many promises that did not end, the others are not tried: they would not end either.
_MOST_STOPS = 3
# Code that ends Python takes one promise with it. After so many, the others are not tried.
_MOST_ENDS = 25
_TIME_IS_UP = "time limit"
_ENDED = Detail("ended", "the code ended Python itself, or Python crashed")
_LEFT = Detail(NOT_TRIED, "too many promises before it did not come to an end")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,}\b")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much time a submission has."""

    # Of the processor: for one promise, and for all runs together.
    each: float
    whole: float
    # By the clock on the wall: in which a promise must end, even if it only sleeps.
    silence: float
    # Processes and threads that this user may have.
    tasks: int
    # Of the processor, for promises that may have more.
    more: Mapping[str, float] = field(default_factory=dict)
    # The processor's core that it has to itself, if there are enough; None for any.
    core: int | None = None

    def of(self, test: str | None) -> float:
        """Seconds of the processor for one promise, or for the import."""
        return self.more.get(test or "", self.each)


@dataclass(slots=True)
class _Findings:
    """What the runs of a submission have shown so far."""

    promises: dict[str, Promise]
    verdicts: dict[str, bool] = field(default_factory=dict)
    refused: dict[str, None] = field(default_factory=dict)
    # Why nothing of it can be believed; empty if there is no reason.
    forged: str = ""
    # Why the package could not be imported, or was not done being so; empty if it was.
    not_imported: Sequence[Detail] = ()
    seconds: float = 0.0

    @property
    def left(self) -> list[str]:
        return [test for test in self.promises if test not in self.verdicts]

    def decide(self, test: str, ok: bool, details: Sequence[Detail]) -> None:
        # Two promises can have one name; then both must be kept.
        ok = ok and self.verdicts.get(test, True)
        self.verdicts[test] = ok
        if not ok:
            told = tuple(Detail(label, _told(text)) for label, text in details)
            self.promises[test] = replace(self.promises[test], ok=False, details=told)
        else:
            self.promises[test] = replace(self.promises[test], ok=True, details=())


class Trial:
    """One submission in one step, tried by one server."""

    def __init__(self, server: Server, submission: Submission, stage: Path, limits: Limits) -> None:
        self._server = server
        self._submission = submission
        self._stage = stage
        self._limits = limits
        self._findings = _Findings({p["test"]: Promise(**p) for p in server.promises})
        # Of the processor, for each promise that came to its end.
        self.took: dict[str, float] = {}

    def row(self, step: int, twins: Collection[str]) -> Row:
        """Its points, whatever it does. `twins` are the tests whose twins are tried."""
        try:
            self._try_promises()
            self._try_twins([test for test in twins if self._findings.verdicts.get(test)])
            return self._judged(step)
        except BadSubmission as error:
            note = str(error)
        except Exception as error:  # of ours; the others in the class still want their rows
            note = f"the lab failed: {printable(repr(error))}"
        return Row(self._submission.name, step, Status.NOT_GRADED, note=note)

    def _try_promises(self) -> None:
        found = self._findings
        stops = ends = 0
        while found.left and not found.forged and not found.not_imported:
            before = len(found.verdicts)
            ending, current, was_done = self._try(found.left, twins=False)
            if was_done or found.forged or found.not_imported:
                break
            reason = self._reason(ending, current)
            if current is None and len(found.verdicts) == before:
                found.not_imported = (reason,)
            elif current is not None:
                found.decide(current, False, (reason,))
            stops += ending.used_its_time
            ends += not ending.used_its_time
            if stops >= _MOST_STOPS or ends >= _MOST_ENDS or self._seconds_left <= 0:
                break
        why = found.not_imported or (_LEFT,)
        for test in found.left:
            found.decide(test, False, why)

    def _try_twins(self, tests: list[str]) -> None:
        if not tests or self._findings.forged:
            return
        found = self._findings
        self._findings = about_twins = _Findings(dict(found.promises))
        self._try(tests, twins=True)
        self._findings = found
        found.seconds += about_twins.seconds
        kept = sum(about_twins.verdicts.values())
        found.forged = about_twins.forged
        if kept:
            found.forged = f"keeps {kept} of {len(tests)} promises that no code can keep"

    def _try(self, tests: list[str], *, twins: bool) -> tuple[Ending, str | None, bool]:
        """One run: how it ended, the promise that was being tried then, whether it was done."""
        copy = self._stage / secrets.token_hex(8)
        copy.mkdir(mode=0o700)
        try:
            self._submission.copy_to(copy)
            run = self._server.run(
                Order(
                    str(copy),
                    tests,
                    twins,
                    self._limits.each,
                    self._limits.more,
                    self._seconds_left,
                    self._limits.tasks,
                    self._limits.core,
                ),
                silence=self._limits.silence,
            )
            current, was_done = self._listen(run)
        finally:
            _remove(copy)
        self._findings.seconds += run.ending.seconds
        if run.ending.wrote_to_us:
            self._findings.forged = "wrote into the report of its own run"
        return run.ending, current, was_done

    def _listen(self, run: Run) -> tuple[str | None, bool]:
        found, current, was_done = self._findings, None, False
        for event in run.events():
            match event:
                case {"event": "started", "test": test}:
                    current = test
                case {"event": "finished", "test": test, "ok": ok}:
                    found.decide(test, ok, _details(event))
                    self.took[test] = max(event["seconds"], self.took.get(test, 0.0))
                    current = None
                case {"event": "import_failed"}:
                    found.not_imported = _details(event)
                case {"event": "refused", "what": what}:
                    found.refused[_told(what)] = None
                case {"event": "replaced", "what": what}:
                    found.forged = _told(what)
                case {"event": "done"}:
                    was_done = True
        return current, was_done

    @property
    def _seconds_left(self) -> float:
        return max(0.0, self._limits.whole - self._findings.seconds)

    def _reason(self, ending: Ending, test: str | None) -> Detail:
        if ending.was_too_slow:
            return Detail(_TIME_IS_UP, f"stopped: it did not end within {self._limits.silence:g} s")
        if ending.used_its_time:
            return Detail(
                _TIME_IS_UP, f"stopped: it computed for more than {self._limits.of(test):g} s"
            )
        return _ENDED

    def _judged(self, step: int) -> Row:
        found = self._findings
        promises = tuple(found.promises.values())
        points = sum(weight(promise) for promise in promises if promise.ok)
        return Row(
            self._submission.name,
            step,
            Status.NOT_BELIEVED if found.forged else Status.GRADED,
            points=0 if found.forged else points,
            of=sum(map(weight, promises)),
            note=found.forged or _note(promises, found.not_imported),
            promises=promises,
            look_at=[f"wanted to {what}" for what in found.refused],
            seconds=found.seconds,
        )


def _note(promises: Sequence[Promise], not_imported: Sequence[Detail]) -> str:
    """In one line, why it is not all of the points."""
    if not_imported:
        what, *where = [detail.text.partition("\n")[0] for detail in not_imported]
        return f"does not import: {what}" + (f" ({where[0]})" if where else "")
    stopped = [p for p in promises if p.details and p.details[0].label in (_TIME_IS_UP, "ended")]
    untried = [p for p in promises if p.details and p.details[0].label == NOT_TRIED]
    if stopped:
        text = f"{stopped[0].details[0].text}, in: {stopped[0].promise}"
        more = f" and {len(stopped) - 1} more" if len(stopped) > 1 else ""
        return text + more + (f"; {len(untried)} not tried" if untried else "")
    broken = [p for p in promises if not p.ok]
    return f"first broken: {_first(broken).promise}" if broken else ""


def _first(broken: Sequence[Promise]) -> Promise:
    """Of what the step itself is about, before what an earlier one promised."""
    return max(broken, key=lambda promise: promise.step)


def _details(event: Mapping[str, Any]) -> tuple[Detail, ...]:
    return tuple(Detail(*detail) for detail in event.get("details", ()))


def _told(text: str) -> str:
    """The same on every run, and without the folders of this machine."""
    return _ADDRESS.sub("0x…", text.replace(f"{ROOT}/", ""))


def _remove(folder: Path) -> None:
    """Whatever is in there, and even if it was locked."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for locked, _, _ in os.walk(folder):
            with contextlib.suppress(OSError):
                os.chmod(locked, 0o700)
        shutil.rmtree(folder, ignore_errors=True)
