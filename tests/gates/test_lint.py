"""The linters, each with our configuration, and each shown to notice what it is there for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.catalog import ROOT, steps

RUFF = ["ruff", "check", "--no-cache", "."]
FORMAT = ["ruff", "format", "--no-cache", "--check", "."]
MYPY = ["mypy"]
IMPORTS = ["-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
SPELLING = ["codespell_lib"]

TOOLS = [
    pytest.param(RUFF, id="ruff check"),
    pytest.param(FORMAT, id="ruff format"),
    pytest.param(MYPY, id="mypy", marks=pytest.mark.slow),
    pytest.param(IMPORTS, id="import-linter"),
    pytest.param(SPELLING, id="codespell"),
]


@pytest.mark.parametrize("tool", TOOLS)
def test_the_repository_passes(tool: list[str]) -> None:
    run = lint(tool, ROOT)

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A repository with our configuration and one step, without a fault yet."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("steps", "lab", "examples"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    for step in steps()[:2]:
        shutil.copytree(step.folder, tmp_path / "steps" / step.folder.name)
    (tmp_path / "learn.py").touch()
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_a_repository_without_a_fault_passes(scratch: Path, tool: list[str]) -> None:
    run = lint(tool, scratch)

    assert run.returncode == 0, run.stdout + run.stderr


# The word is in two pieces, so that the spelling of this file is right.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("tool", "fault", "complaint"),
    [
        pytest.param(RUFF, "import os\n", "F401", id="ruff check"),
        pytest.param(FORMAT, "x = {  'a':1 }\n", "would be reformatted", id="ruff format"),
        pytest.param(
            MYPY, 'n: int = "1"\n', "Incompatible types", id="mypy", marks=pytest.mark.slow
        ),
        pytest.param(SPELLING, "# rec" + "ieve\n", "==> receive", id="codespell"),
        pytest.param(IMPORTS, "import lab\n", "no step imports the lab", id="step imports lab"),
        pytest.param(
            IMPORTS,
            "from ..step02_handlers import Job\n",
            "no step imports another",
            id="step imports step",
        ),
    ],
)
def test_a_fault_is_noticed(scratch: Path, tool: list[str], fault: str, complaint: str) -> None:
    (scratch / "steps" / "step01_first_job" / "fault.py").write_text(fault, encoding="utf-8")

    run = lint(tool, scratch)

    assert run.returncode != 0
    assert complaint in run.stdout + run.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "fault", "complaint"),
    [
        ("examples", "import lab\n", "it knows no lab"),
        ("steps", "import examples\n", "nothing is made of examples"),
        ("lab", "import examples\n", "nothing is made of examples"),
    ],
)
def test_examples_are_built_on_steps_and_nothing_on_examples(
    scratch: Path, package: str, fault: str, complaint: str
) -> None:
    (scratch / package / "fault.py").write_text(fault, encoding="utf-8")

    run = lint(IMPORTS, scratch)

    assert run.returncode != 0
    assert f"{complaint} BROKEN" in run.stdout + run.stderr


def lint(tool: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a tool on a folder, as its own configuration says."""
    module = [] if tool[0] == "-c" else ["-m"]
    return subprocess.run(
        [sys.executable, *module, *tool],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
