"""The process that has collected a step's promises, and tries them on one submission after another.

It never runs a submission's code itself: for each run it makes a process (POSIX), which inherits
pytest and the promises, or it is that process (Windows), and then is good for one run.

Orders come in, one JSON object a line; an order names a copy of a submission, the promises to try,
whether their twins are tried instead, and a key. What happens in a run goes out over a pipe of its
own, each line with its number and a mark that only the key makes, so that a line which somebody
else wrote is known as such. The events are those of `lab.check.child` and

    refused       what somebody wanted to do, and was not allowed to
    replaced      what was put in place of a part of the test run; nothing after it counts
"""

import contextlib
import gc
import hashlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from lab.catalog import ROOT
from lab.check.child import Verdicts, describe, name_of, pytest_arguments
from lab.check.explain import explain_import
from lab.check.places import Trail
from lab.check.report import Detail
from lab.grade import guard, landlock
from lab.grade.limits import limit_all, limit_next
from lab.grade.seals import Seals
from lab.grade.twins import twin_of
from lab.loading import load_package
from lab.testing import Subject

# Seals are looked at after the import, at the end, and after so many promises.
_PROMISES_PER_LOOK = 50
# A run is short and its memory limited: a twentieth of its time went into looking for garbage.
_COLLECT_SELDOM = (50_000, 20, 100)
# prctl: whoever loses its parent becomes a child of this process.
_BE_THE_LAST_PARENT = 36


def main(step: str, number: str) -> None:
    """Serve on the socket with this number (POSIX), or on standard input and output."""
    nowhere = Path(os.devnull).parent
    channel: Channel = SocketChannel(int(number)) if number else PipeChannel()
    server = Server(channel)
    # What one submission prints must not be in a file that the next one inherits.
    words = [*pytest_arguments(nowhere, int(step), ""), "--capture=sys"]
    code = pytest.main(words, plugins=[server])
    channel.send({"event": "lab_failed", "error": f"pytest ended with {code!r}"})
    os._exit(1)


class Channel(Protocol):
    """Where orders come from, and where answers go."""

    def orders(self) -> Iterator[dict[str, Any]]: ...

    def send(self, answer: dict[str, Any]) -> None: ...

    def perform(
        self, run: Callable[[dict[str, Any], int], None], order: dict[str, Any]
    ) -> None: ...


class SocketChannel(Channel):
    """A process for each order. The pipe for its events comes with the order."""

    def __init__(self, number: int) -> None:
        self._socket = socket.socket(fileno=number)
        self._lines = b""
        self._pipe = -1
        _adopt_orphans()

    def orders(self) -> Iterator[dict[str, Any]]:
        while (line := self._line()) is not None:
            yield json.loads(line)

    def send(self, answer: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps(answer).encode() + b"\n")

    def perform(self, run: Callable[[dict[str, Any], int], None], order: dict[str, Any]) -> None:
        process = os.fork()
        if process == 0:
            self._become(run, order)
        os.close(self._pipe)
        self.send({"event": "began", "process": process})
        self._line()  # when its time is over, or it has done, we are told
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)  # it may not have come to lead a group yet
        _, status, used = os.wait4(process, 0)
        _end_orphans()
        self.send(
            {
                "event": "ended",
                "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
                "seconds": used.ru_utime + used.ru_stime,
            }
        )

    def _become(self, run: Callable[[dict[str, Any], int], None], order: dict[str, Any]) -> None:
        try:
            os.setsid()
            self._socket.close()
            run(order, self._pipe)
        finally:
            os._exit(0)

    def _line(self) -> bytes | None:
        while b"\n" not in self._lines:
            received, pipes, _, _ = socket.recv_fds(self._socket, 65536, 1)
            if not received:
                return None
            self._lines += received
            self._pipe = pipes[0] if pipes else self._pipe
        line, _, self._lines = self._lines.partition(b"\n")
        return line


class PipeChannel(Channel):
    """This process for one order. Where there is no fork, there is no better way."""

    def __init__(self) -> None:
        self._orders = os.fdopen(os.dup(0), "rb")
        self._events = os.dup(1)

    def orders(self) -> Iterator[dict[str, Any]]:
        if line := self._orders.readline():
            yield json.loads(line)

    def send(self, answer: dict[str, Any]) -> None:
        os.write(self._events, json.dumps(answer).encode() + b"\n")

    def perform(self, run: Callable[[dict[str, Any], int], None], order: dict[str, Any]) -> None:
        self._orders.close()
        run(order, self._events)


def _adopt_orphans() -> None:
    """A process that left its group, and lost its parent, still does not get away (Linux)."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_BE_THE_LAST_PARENT, 1, 0, 0, 0)


def _end_orphans() -> None:
    while children := _children():
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(child, 0)


def _children() -> list[int]:
    try:
        tasks = Path("/proc/self/task").iterdir()
        return [int(n) for task in tasks for n in (task / "children").read_text().split()]
    except OSError:
        return []


class Untraced(Trail):
    """Nobody asks which functions a submission ran, and to watch them takes time."""

    def __enter__(self) -> "Untraced":
        return self

    def __exit__(self, *exception: object) -> None:
        pass


class Unexplained(Verdicts):
    """Verdicts on twins, of which nobody wants to know why they are not kept."""

    def explain(self, item: pytest.Item, error: BaseException, printed: str) -> Sequence[Detail]:
        return (Detail("seen", "a twin that is not kept"),)


class Server:
    """A pytest plugin that collects, and then serves."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        # The guard lets nobody start a process.
        session.items[:] = [i for i in session.items if not i.get_closest_marker("processes")]
        twins = {name_of(item): twin for item in session.items if (twin := twin_of(item))}
        promises = [describe(item) for item in session.items]
        self._channel.send({"event": "collected", "promises": promises, "twins": list(twins)})
        _remember(session)
        # What is there now is never looked at again by the collector: no page is copied for it.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECT_SELDOM)
        for order in self._channel.orders():
            self._channel.perform(lambda order, pipe: run(session, twins, order, pipe), order)
        os._exit(0)


def _remember(session: pytest.Session) -> None:
    """Have pytest find out beforehand what is the same in every run and takes time in each."""
    for item in session.items:
        _ = item.location  # kept in the item
    # Which conftest.py has a say about a test; pytest asks again for each hook of each test.
    session.gethookproxy = cache(session.gethookproxy)  # type: ignore[method-assign, assignment]  # it only remembers
    for item in session.items:
        session.gethookproxy(item.path)
    guard.readable_files()


def run(session: pytest.Session, twins: dict[str, Any], order: dict[str, Any], pipe: int) -> None:
    """Try the promises on a submission, in this process, which is not the same afterwards."""
    copy = Path(order["copy"]).resolve()
    wanted = set(order["tests"])
    items = [item for item in session.items if name_of(item) in wanted]
    subject = Subject("workspace", copy / "pyqueue")
    for item in items:
        # Each is a pytest.Function, which has both; `callspec` is no part of its public face.
        assert isinstance(item, pytest.Function)
        item.callspec.params["pyqueue"] = subject
        if order["twins"]:
            item.obj = twins[name_of(item)]
    send = sender(pipe, bytes.fromhex(order["key"]))
    kind = Unexplained if order["twins"] else Verdicts
    session.config.pluginmanager.register(kind(Untraced(copy / "pyqueue"), send))
    if order["twins"]:
        session.config.option.tbstyle = "value"
    allowed = [order["more"].get(name_of(item), order["seconds_each"]) for item in items]
    whole, tasks = order["seconds"], order["tasks"]
    _stay_on(order["core"])
    # Hypothesis keeps notes: in the copy, where a run may write.
    set_hypothesis_home_dir(copy / ".hypothesis")
    twins.clear()
    order.clear()
    _shut_in(copy, pipe, whole, tasks)
    try_all(session, items, copy, send, allowed)


def sender(pipe: int, key: bytes) -> Callable[..., None]:
    """A function that writes an event and the mark that proves where it comes from."""
    # Kept from before the submission could put something else in the place of any of them.
    encode, mark, write = json.dumps, hashlib.blake2b, os.write
    number = 0

    def send(event: str, **more: object) -> None:
        nonlocal number
        text = encode({"event": event, "number": number, **more}).encode()
        number += 1
        line = mark(text, key=key, digest_size=16).hexdigest().encode() + b" " + text + b"\n"
        while line:
            line = line[write(pipe, line) :]

    return send


def try_all(
    session: pytest.Session,
    items: list[pytest.Item],
    copy: Path,
    send: Callable[..., None],
    allowed: list[float],
) -> None:
    """Import the package and try the items, or say why the package cannot be imported.

    `allowed` are the seconds of the processor that each of them may take.
    """
    package = copy / "pyqueue"
    hook, look_after = session.config.hook, _PROMISES_PER_LOOK
    refusals: set[str] = set()
    next_limit, protocol = limit_next, hook.pytest_runtest_protocol

    def refused(what: str) -> None:
        if what not in refusals and len(refusals) < 20:
            refusals.add(what)
            send("refused", what=what[:500])

    def is_whole() -> bool:
        if what := broken():
            send("replaced", what=what)
        return not what

    guard.install(str(copy), refused)
    broken = Seals(hook).broken
    next_limit(min(allowed))
    try:
        load_package(package)
    except BaseException as error:
        send("import_failed", details=explain_import(error, package))
        return
    for number, item in enumerate(items):
        if number % look_after == 0 and not is_whole():
            return
        next_limit(allowed[number])
        following = items[number + 1] if number + 1 < len(items) else None
        protocol(item=item, nextitem=following)
    if is_whole():
        send("done")


def _stay_on(core: int | None) -> None:
    """Have all threads of a run on one core, where the system lets us.

    Promises about races hand the turn from thread to thread a hundred thousand times, and to wake
    a thread on another core takes longer.
    """
    if core is not None and sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, {core})


def _shut_in(copy: Path, pipe: int, seconds: float, tasks: int) -> None:
    """Take away what belongs to the server, and the greater part of the machine."""
    temporary = copy / "tmp"
    temporary.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP", "HOME", "PYTEST_DEBUG_TEMPROOT"):
        os.environ[name] = str(temporary)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.chdir(copy)
    sys.dont_write_bytecode = True
    limit_all(seconds, tasks)
    landlock.confine(
        names=[ROOT],
        read=map(Path, [*guard.readable_folders(), *guard.readable_files(), *_to_start_python()]),
        write=[copy, Path(os.devnull)],
    )


def _to_start_python() -> list[str]:
    """What the system reads when a promise starts Python."""
    own = (sys.prefix, sys.base_prefix, sys.executable, "/usr", "/lib", "/lib64", "/bin")
    system = ("/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/proc")
    return [*own, *system]


if __name__ == "__main__":
    main(*sys.argv[1:])
