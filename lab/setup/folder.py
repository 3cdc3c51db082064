"""The environment's folder: made anew, or taken as it is found, or refused."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from .environment import Environment
from .errors import SetupError

_NOT_OURS = """\
{folder} is there, but it is not a Python environment and learn.py did not make it.
It is left alone. Move it away, or set PYQUEUE_VENV to a folder that may be made."""
_NOT_USABLE = """\
{folder} is an environment that learn.py did not make, and it does not work with this
Python (it has: {found}; needed: {needed}). It is left alone.
Move it away, or set PYQUEUE_VENV to a folder that may be made."""
_NOT_MADE = """\
{folder} could not be made: {error}
If a program from it is still running, stop that first. Otherwise check that you may write
there, or set PYQUEUE_VENV to another folder."""


def make(environment: Environment) -> bool:
    """Have an environment that packages can be installed into; True if it may hold some already.

    A folder that `learn.py` made is emptied and made anew, so that nothing of an older lock or
    of a run that was killed stays. One that somebody else made is used as it is if it works
    with this Python. Raises SetupError for everything else, and touches nothing then.
    """
    if environment.is_running_this():
        return True
    if environment.ours.exists() or not _has_content(environment.folder):
        _make_anew(environment)
        return False
    if not (environment.folder / "pyvenv.cfg").exists():
        raise SetupError(_NOT_OURS.format(folder=environment.folder))
    _check_that_it_works(environment)
    return True


def _has_content(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except FileNotFoundError:
        return False
    except OSError as error:
        raise SetupError(_NOT_MADE.format(folder=folder, error=error)) from error


def _make_anew(environment: Environment) -> None:
    folder = environment.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        environment.ours.touch()
        _empty(folder, keep=environment.OURS)
        venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(_NOT_MADE.format(folder=folder, error=error)) from error


def _empty(folder: Path, *, keep: str) -> None:
    for path in folder.iterdir():
        if path.name == keep:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _check_that_it_works(environment: Environment) -> None:
    needed = f"{sys.version_info[0]}.{sys.version_info[1]}"
    code = "import sys; print('{}.{}'.format(*sys.version_info))"
    try:
        answer = subprocess.run(
            [environment.python, "-c", code], capture_output=True, text=True, check=False
        )
        found = answer.stdout.strip() or "none that starts"
    except OSError:
        found = "none that starts"
    if found != needed:
        raise SetupError(_NOT_USABLE.format(folder=environment.folder, found=found, needed=needed))
