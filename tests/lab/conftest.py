"""Workspaces for the tests of the lab: small packages that somebody might have written."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from lab.catalog import package_files, step
from lab.check import Report, check
from lab.cli import main


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


class Done(NamedTuple):
    """What a command did."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def learn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Run a command of the lab in a workspace of the test's own."""
    for name, value in learners_environment(tmp_path).items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> Done:
        try:
            code = main(words)
        except SystemExit as refusal:  # argparse's way to refuse
            code = int(refusal.code or 0)
        return Done(code, *capsys.readouterr())

    return run


def learners_environment(workspace: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYQUEUE_WORKSPACE": str(workspace),
        "PYQUEUE_BOOK": "not served",
        "PYQUEUE_COMMAND": "python3 learn.py",
        "PYTHONUTF8": "1",
        "COLUMNS": "100",
    }
