"""Our end of a server: start it, order a run, and read what is reported, within limits."""

import contextlib
import hashlib
import hmac
import json
import os
import queue
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from lab.catalog import ROOT
from lab.check.report import CannotCheck

# Seconds that a server has to start and to collect the promises.
_TIME_TO_START = 120.0
# So many bytes of events a run may send, in so many seconds of silence at most.
_MOST_BYTES = 8_000_000
_SIZE_OF_MARK = 32
# Of the time in which a run is silent, the part on the processor from which on it is not asleep.
_SHARE_THAT_COMPUTES = 0.03
# What a server's environment keeps of ours; whatever else is in it concerns no submission.
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "WINDIR", "TZ")


@dataclass(frozen=True, slots=True)
class Order:
    """One run of a submission."""

    # The folder with the package, of which nothing else is known to anybody.
    copy: str
    tests: list[str]
    # Whether their twins are tried instead.
    twins: bool
    # Of the processor: for a single promise, for some that may have more, and for the whole run.
    seconds_each: float
    more: Mapping[str, float]
    seconds: float
    # How many processes and threads this user may have.
    tasks: int
    # The processor's core to run on; None for any.
    core: int | None = None


@dataclass(slots=True)
class Ending:
    """How a run ended."""

    seconds: float = 0.0
    # The signal that ended it; 0 if none did.
    signal: int = 0
    # It was silent for too long, and we ended it.
    was_too_slow: bool = False
    # Somebody wrote what was not ours to the pipe, or more than anybody has to say.
    wrote_to_us: bool = False

    @property
    def used_its_time(self) -> bool:
        return self.was_too_slow or self.signal == getattr(signal, "SIGXCPU", None)


class Server:
    """A process that has collected a step's promises. To be used by one thread."""

    def __init__(self, step: int, *, forks: bool = hasattr(os, "fork")) -> None:
        self._step = step
        self._forks = forks
        self.promises: list[Mapping[str, Any]] = []
        # The tests that have a twin.
        self.twins: list[str] = []
        self._start()

    def run(self, order: Order, *, silence: float) -> "Run":
        """Begin a run, which is over when its events are. `silence` is in seconds."""
        if self._process.poll() is not None:
            self.close()
            self._start()
        return Run(self, order, silence)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.close()

    def _start(self) -> None:
        (self._start_forking if self._forks else self._start_plain)()
        clock = threading.Timer(_TIME_TO_START, self._process.kill)
        clock.start()
        try:
            collected = self.answer()
        finally:
            clock.cancel()
        if collected.get("event") != "collected":
            raise CannotCheck(f"the tests could not be collected: {collected.get('error', '')}")
        self.promises, self.twins = collected["promises"], collected["twins"]

    def _start_forking(self) -> None:
        ours, theirs = socket.socketpair()
        self.socket = ours
        self._process = subprocess.Popen(
            self._command(str(theirs.fileno())),
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        theirs.close()
        self._answers: IO[bytes] = ours.makefile("rb")
        self._ends: list[Any] = [self._answers, ours]

    def _start_plain(self) -> None:
        self._process = subprocess.Popen(
            self._command(""),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._answers = self._process.stdout
        self._ends = [self._process.stdin, self._process.stdout]

    def _command(self, channel: str) -> list[str]:
        return [sys.executable, "-P", "-m", "lab.grade.server", str(self._step), channel]

    def answer(self) -> dict[str, Any]:
        """The next answer; an empty one if the server is gone."""
        with contextlib.suppress(OSError, ValueError):
            answer: dict[str, Any] = json.loads(self._answers.readline())
            return answer
        return {}

    def begin(self, order: bytes) -> tuple[int, int]:
        """Hand over an order: the pipe to read from, and the number of the process."""
        if not self._forks:
            assert self._process.stdin is not None
            self._process.stdin.write(order)
            self._process.stdin.flush()
            return os.dup(self._answers.fileno()), self._process.pid
        reading, writing = os.pipe()
        try:
            sent = socket.send_fds(self.socket, [order], [writing])
            self.socket.sendall(order[sent:])
        finally:
            os.close(writing)
        return reading, self.answer().get("process", 0)

    def end(self) -> dict[str, Any]:
        """End the run, whatever it is doing, with all that it started."""
        if self._forks:
            with contextlib.suppress(OSError):
                self.socket.sendall(b"\n")
            return self.answer()
        with contextlib.suppress(OSError):
            self._process.kill()
        return {"signal": max(0, -self._process.wait())}


class Run:
    """One run: its events, and then how it ended."""

    def __init__(self, server: Server, order: Order, silence: float) -> None:
        self.ending = Ending()
        self._server = server
        self._silence = silence
        self._key = secrets.token_bytes(32)
        self._chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        text = json.dumps({**asdict(order), "key": self._key.hex()}).encode() + b"\n"
        self._pipe, self._process = server.begin(text)
        self._computed = 0.0

    def events(self) -> Iterator[dict[str, Any]]:
        """What our own code in the process reports, and nothing else."""
        reader = threading.Thread(target=self._read, daemon=True)
        reader.start()
        number = 0
        try:
            for line in self._lines():
                event = self._proven(line)
                if event is None or event["number"] != number:
                    self.ending.wrote_to_us = True
                    return
                number += 1
                yield event
                if event["event"] in ("done", "import_failed", "replaced"):
                    return
        finally:
            ended = self._server.end()
            self.ending.seconds = ended.get("seconds", 0.0)
            self.ending.signal = ended.get("signal", 0)
            reader.join(timeout=5)

    def _lines(self) -> Iterator[bytes]:
        rest, seen = b"", 0
        until = time.monotonic() + self._silence
        while True:
            try:
                chunk = self._chunks.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                if self._computes():
                    until = time.monotonic() + self._silence
                    continue
                self.ending.was_too_slow = True
                return
            if not chunk:
                return
            seen += len(chunk)
            if seen > _MOST_BYTES:
                self.ending.wrote_to_us = True
                return
            *lines, rest = (rest + chunk).split(b"\n")
            yield from lines
            if lines:
                until = time.monotonic() + self._silence

    def _computes(self) -> bool:
        """Whether it was silent because it computes, or waits for its turn of the processor.

        Then its time on the processor decides, and not how busy the machine is. Linux says so.
        """
        try:
            fields = Path(f"/proc/{self._process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return False
        computed = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        before, self._computed = self._computed, computed
        return computed - before > _SHARE_THAT_COMPUTES * self._silence

    def _proven(self, line: bytes) -> dict[str, Any] | None:
        mark, text = line[:_SIZE_OF_MARK], line[_SIZE_OF_MARK + 1 :]
        right = hashlib.blake2b(text, key=self._key, digest_size=_SIZE_OF_MARK // 2).hexdigest()
        if not hmac.compare_digest(mark, right.encode()):
            return None
        event: dict[str, Any] = json.loads(text)
        return event

    def _read(self) -> None:
        seen = 0
        try:
            while seen <= _MOST_BYTES and (chunk := os.read(self._pipe, 65536)):
                seen += len(chunk)
                self._chunks.put(chunk)
        finally:
            os.close(self._pipe)
            self._chunks.put(b"")


def _environment() -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
    }
