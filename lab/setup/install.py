"""Everything that set-up does: the folder, the packages in it, and a note that all is there.

uv installs in seconds, so it is used where it is there or can be had; pip does it where uv
fails. Nothing is ever installed outside the environment's own folder, so a system's
"externally managed" Python is no obstacle.
"""

import importlib.util
import os
import shutil
import sys
import sysconfig
import textwrap
from pathlib import Path

from . import folder
from .environment import ROOT, UV_LOCK, Environment
from .errors import NoNetworkError, SetupError
from .installers import Runner
from .reporter import Reporter
from .turns import our_turn

_NO_INSTALLER = """\
This Python has no way to install packages: both pip and ensurepip are missing.
On Debian and Ubuntu: sudo apt install python3-venv     Then run this again.
Elsewhere: install Python from https://www.python.org/downloads/"""


def set_up(environment: Environment, reporter: Reporter | None = None) -> None:
    """Make the environment ready; nobody else uses it meanwhile. Raises SetupError.

    What a run that was killed left behind is made anew; what it fetched is in the installers'
    own caches. The note that all is there comes last, so such a run is never taken for done.
    """
    reporter = reporter or Reporter()
    try:
        with our_turn(environment.folder, reporter) as turn:
            if not environment.is_ready():  # it is if another run made it while this one waited
                _make_ready(environment, Runner(reporter, turn))
    except OSError as error:
        raise SetupError(
            f"{environment.folder} cannot be set up: {error}\n"
            "Check that you may write there, or set PYQUEUE_VENV to another folder."
        ) from error


def _make_ready(environment: Environment, runner: Runner) -> None:
    say = runner.reporter.say
    say(f"Setting up PyQueue in {environment.folder} (once, and after an update).")
    environment.ready.unlink(missing_ok=True)
    again = folder.make(environment)
    Installation(environment, runner, again).run()
    _link_checkout(environment)
    environment.ready.write_text(environment.fingerprint(), encoding="ascii")
    say("Ready.\n")


class Installation:
    """Everything that the lock names, put into an environment, by uv or else by pip."""

    def __init__(self, environment: Environment, runner: Runner, again: bool) -> None:
        self._environment = environment
        self._runner = runner
        # Write again what is there already: a killed run may have left it half-written.
        self._again = again

    def run(self) -> None:
        """Install. Raises SetupError when neither uv nor pip can."""
        uv = shutil.which("uv") or self._fetched_uv()
        try:
            if uv:
                return self._install_with_uv(uv)
        except SetupError as error:
            # pip has settings of its own for indexes and proxies, and may get through.
            why = textwrap.shorten(str(error).splitlines()[-1], width=120, placeholder=" ...")
            self._runner.reporter.say(f"  uv does not work here: {why}")
            self._runner.reporter.say("  pip takes its place; that takes a minute")
        return self._install_with_pip()

    def _fetched_uv(self) -> str | None:
        """Have pip put uv into the environment; None where there is no uv for this machine."""
        try:
            self._pip("Fetching uv, the installer", "--only-binary", ":all:", lock=UV_LOCK)
        except NoNetworkError:
            raise
        except SetupError:
            return None
        return shutil.which("uv", path=os.path.dirname(self._environment.python))

    def _install_with_uv(self, uv: str) -> None:
        command = [uv, "pip", "install", "--python", self._environment.python]
        command += ["--reinstall"] if self._again else []
        command += ["--require-hashes", "-r", str(self._environment.lock)]
        self._runner.run("Installing the lab's packages", command)

    def _install_with_pip(self) -> None:
        options = ["--force-reinstall"] if self._again else []
        self._pip("Installing the lab's packages with pip", *options, lock=self._environment.lock)

    def _pip(self, what: str, *options: str, lock: Path) -> None:
        command = [*self._pip_command(), "install", "--disable-pip-version-check", *options]
        self._runner.run(what, [*command, "--require-hashes", "-r", str(lock)])

    def _pip_command(self) -> list[str]:
        """This Python's pip, told to work on the environment; else a pip of the environment's."""
        python = self._environment.python
        if importlib.util.find_spec("pip"):
            return [sys.executable, "-m", "pip", "--python", python]
        if not importlib.util.find_spec("ensurepip"):
            raise SetupError(_NO_INSTALLER)
        self._runner.run("Unpacking pip", [python, "-m", "ensurepip"])
        return [python, "-m", "pip"]


def _link_checkout(environment: Environment) -> None:
    """Let `import lab` and `import steps` find this checkout, from any folder."""
    base = str(environment.folder)
    packages = sysconfig.get_path("purelib", "venv", {"base": base, "platbase": base})
    # Each Python reads such files in an encoding of its own; plain ASCII suits them all.
    line = str(ROOT) if str(ROOT).isascii() else f"import sys; sys.path.append({str(ROOT)!a})"
    Path(packages, "pyqueue-checkout.pth").write_text(line + "\n", encoding="ascii")
