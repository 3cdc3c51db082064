"""An old Python says in one line what is wrong and what to do."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.catalog import ROOT

LEARN = ROOT / "learn.py"
OLD_RELEASES = ["2.7", "3.6", "3.7", "3.8", "3.9", "3.10"]


def interpreter(release: str) -> str | None:
    """An interpreter of this release that starts, or None."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [*sorted(pyenv.glob(f"{release}.*/bin/python")), shutil.which(f"python{release}")]
    for path in filter(None, found):
        if subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return str(path)
    return None


@pytest.mark.parametrize("release", OLD_RELEASES)
def test_an_old_python_is_refused_in_one_line(release: str) -> None:
    python = interpreter(release)
    if python is None:
        pytest.skip(f"no Python {release} on this machine")

    refused = subprocess.run([python, str(LEARN), "test"], capture_output=True, text=True)

    assert_refusal(refused, release)


def test_the_refusal_does_not_depend_on_an_old_python_at_hand() -> None:
    pretend = "import sys, runpy; sys.version_info = (3, 10, 99); "
    pretend += "runpy.run_path(sys.argv[1], run_name='__main__')"

    refused = subprocess.run(
        [sys.executable, "-c", pretend, str(LEARN)], capture_output=True, text=True
    )

    assert_refusal(refused, "3.10.99")


def test_learn_py_parses_as_python_3_6() -> None:
    ast.parse(LEARN.read_text(encoding="utf-8"), feature_version=(3, 6))


def assert_refusal(run: "subprocess.CompletedProcess[str]", release: str) -> None:
    assert run.returncode == 1
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert line.startswith(f"PyQueue needs Python 3.11 or newer, and this is Python {release}")
    assert "install a newer one" in line
