"""Set-up: make the lab's own Python environment once, then run the lab in it.

This package runs on the learner's Python before anything is installed, so it imports
the standard library only. `learn.py` calls `main`.
"""

import os
import sys
from collections.abc import Sequence

from .environment import Environment


def main(arguments: Sequence[str]) -> int:
    """Make the environment where it is missing or out of date, then run the lab in it.

    Returns the lab's exit status; on POSIX the lab takes this process over instead, so that
    signals reach it directly. The current directory stays the learner's. 1 means that set-up
    failed, 130 that Ctrl+C stopped it; either way a further run goes on from there.
    """
    environment = Environment.configured()
    if not environment.is_ready() and (status := _set_up(environment)):
        return status
    return _become([environment.python, "-P", "-m", "lab", *arguments])


def _set_up(environment: Environment) -> int:
    # Imported here: a run that finds everything ready does not need them, and starts sooner.
    from .errors import SetupError
    from .install import set_up

    try:
        set_up(environment)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def _become(command: list[str]) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform != "win32":
        os.execv(command[0], command)
    # On Windows exec would give the prompt back while the lab still runs. Ctrl+C goes to every
    # program on the console: the lab answers it, and this one waits for the lab.
    import signal
    import subprocess

    signal.signal(signal.SIGINT, lambda *_: None)
    return subprocess.call(command)
