"""Running an installer: quietly, to its end, with a reason in plain words if it fails."""

import os
import subprocess
import tempfile
import textwrap
from dataclasses import dataclass

from .environment import ROOT
from .errors import NoNetworkError, SetupError
from .reporter import Reporter

# How long to wait between two looks at a running installer, in seconds.
_TICK = 0.1
_NO_NETWORK = """\
The packages that the lab needs could not be fetched: the package index did not answer.
The first run needs the network once; later runs do not. Connect, then run this again.
(Behind a proxy: set HTTPS_PROXY first.) In the installer's words:
"""
# A proxy that looks into connections has its certificate in the system's store, where uv does not
# look unless it is told to; pip does.
_SETTINGS = {"UV_SYSTEM_CERTS": "1"}
# What uv and pip write, in one place or another, when no index answers.
_NETWORK_WORDS = (
    "connection broken by",
    "connection refused",
    "dns error",
    "error sending request",
    "failed to connect",
    "failed to establish a new connection",
    "getaddrinfo failed",
    "name or service not known",
    "name resolution",
    "network is unreachable",
    "no such host is known",
    "operation timed out",
    "read timed out",
)


@dataclass(frozen=True)
class Runner:
    """Runs one command after the other for one set-up."""

    reporter: Reporter
    # The lock on the folder, which each command holds too while it runs.
    turn: int

    def run(self, what: str, command: list[str]) -> None:
        """Run it to its end; what it wrote is shown only if it fails.

        Raises NoNetworkError or SetupError. Ctrl+C ends the command and goes on.
        """
        self.reporter.begin(what)
        with tempfile.TemporaryFile() as log:
            status = self._watch(command, log.fileno())
            log.seek(0)
            said = log.read().decode("utf-8", "replace").strip()
        self.reporter.end("failed" if status else "done")
        if status and blames_network(said):
            raise NoNetworkError(_NO_NETWORK + _indented(_network_line(said)))
        if status:
            raise SetupError(f"{what} failed with status {status}:\n{_indented(said)}")

    def _watch(self, command: list[str], log: int) -> int:
        try:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=_SETTINGS | os.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=() if os.name == "nt" else (self.turn,),
            )
        except OSError as error:
            raise SetupError(f"{command[0]} does not start: {error}") from error
        try:
            while True:
                try:
                    return process.wait(_TICK)
                except subprocess.TimeoutExpired:
                    self.reporter.tick()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()  # so that nothing still writes when the next run begins
            raise


def blames_network(said: str) -> bool:
    """Whether an installer's words say that it reached no package index."""
    said = said.lower()
    return any(words in said for words in _NETWORK_WORDS)


def _network_line(said: str) -> str:
    """The first line with the reason; installers repeat it, at length, for each attempt."""
    lines = (line.strip() for line in said.splitlines() if blames_network(line))
    return textwrap.shorten(next(lines), width=300, placeholder=" ...")


def _indented(said: str, lines: int = 12) -> str:
    return "\n".join(f"    {line}" for line in said.splitlines()[-lines:])
