"""The layers of step 7 and later, guarded by import-linter, and each guard shown to bark."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.catalog import ROOT, steps

FIRST_WITH_LAYERS = 7
LAYERED = [step for step in steps() if step.number >= FIRST_WITH_LAYERS]

pytestmark = pytest.mark.parametrize("step", LAYERED, ids=lambda step: step.label)

UPWARDS = "a layer knows those below it and none above"
HOW_JOBS_ARE_KEPT = "what the queue does is independent of how jobs are kept"


@pytest.fixture
def scratch(tmp_path: Path, step) -> Path:
    """A repository with our configuration and this step alone."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("steps", "lab", "examples"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    shutil.copytree(step.folder, tmp_path / "steps" / step.folder.name)
    return tmp_path


def test_a_step_keeps_to_its_layers(scratch, step):
    run = lint_imports(scratch)

    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("file", "fault", "contract"),
    [
        ("entity/job.py", "from ..storage import memory", UPWARDS),
        ("entity/job.py", "def save():\n    from ..storage.memory import MemoryStorage", UPWARDS),
        ("entity/errors.py", "from ..usecase import job_processor", UPWARDS),
        ("storage/memory.py", "from ..usecase.job_processor import JobProcessor", UPWARDS),
        ("usecase/job_processor.py", "from ..storage import memory", HOW_JOBS_ARE_KEPT),
    ],
)
def test_an_import_the_wrong_way_is_noticed(scratch, step, file, fault, contract):
    path = scratch / "steps" / step.folder.name / file
    path.write_text(f"{path.read_text(encoding='utf-8')}\n\n{fault}\n", encoding="utf-8")

    run = lint_imports(scratch)

    assert run.returncode != 0
    assert f"{contract} BROKEN" in run.stdout


def lint_imports(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "200"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
