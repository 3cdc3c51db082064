"""Workspaces for the tests of the lab: small packages that somebody might have written."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.catalog import ROOT, package_files, step
from lab.check import Promise, Report, check


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace whose package is ours of step 1, for a test to spoil."""
    for name, text in package_files(step(1).folder).items():
        path = tmp_path / "pyqueue" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def main_file(workspace: Path) -> Path:
    """The file in which step 1 has everything."""
    return workspace / "pyqueue" / "__init__.py"


@pytest.fixture
def spoil(main_file: Path) -> Callable[[str, str], None]:
    """Replace a text that occurs once in the package's main file."""

    def replace(text: str, by: str) -> None:
        source = main_file.read_text(encoding="utf-8")
        assert source.count(text) == 1
        main_file.write_text(source.replace(text, by), encoding="utf-8")

    return replace


@pytest.fixture
def checked(workspace: Path) -> Callable[..., Report]:
    def check_it(number: int = 1, limit: float = 10) -> Report:
        return check(number, workspace, limit=limit)

    return check_it


def promise(report: Report, words: str) -> Promise:
    """The one promise with these words."""
    (found,) = [p for p in report.promises if p.promise == words]
    return found


@pytest.fixture
def learn(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command of the lab in a workspace of the test's own, as a learner's shell would."""

    def run(*words: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "lab", *words],
            cwd=ROOT,
            env=learners_environment(tmp_path),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )

    return run


def learners_environment(workspace: Path) -> dict[str, str]:
    import os

    return {
        **os.environ,
        "PYQUEUE_WORKSPACE": str(workspace),
        "PYQUEUE_COMMAND": "python3 learn.py",
        "PYTHONUTF8": "1",
        "COLUMNS": "100",
    }


def verdicts(output: str) -> dict[str, bool]:
    """What `check --json` printed, by promise."""
    return {p["promise"]: p["ok"] for p in json.loads(output)["promises"]}
