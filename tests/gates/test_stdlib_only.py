"""Early steps, the explorer and set-up import the standard library and themselves, nothing else."""

from pathlib import Path

import pytest

from lab.gates.stdlib_only import foreign_imports, packages


@pytest.mark.parametrize("package", packages(), ids=lambda package: package.name)
def test_it_keeps_to_the_standard_library(package: Path) -> None:
    assert foreign_imports(package) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import rich", "rich"),
        ("from pytest import mark", "pytest"),
        ("from ...step02_handlers import Job", "steps.step02_handlers"),
        ("from steps.step02_handlers import Job", "steps.step02_handlers"),
        ("from lab.catalog import ROOT", "lab.catalog"),
        ("def later():\n    import rich.console", "rich.console"),
    ],
)
def test_an_import_of_anything_else_is_found(tmp_path: Path, line: str, name: str) -> None:
    package = make_step(tmp_path, line)

    (found,) = foreign_imports(package, tmp_path)

    assert found.startswith("steps/step01_first_job/deep/inside.py:")
    assert found.endswith(f"imports {name}")


@pytest.mark.parametrize(
    "line",
    ["import os.path", "from . import sibling", "from .. import Job", "from ..emails import send"],
)
def test_an_import_of_its_own_is_not(tmp_path: Path, line: str) -> None:
    package = make_step(tmp_path, line)

    assert foreign_imports(package, tmp_path) == []


def make_step(root: Path, line: str) -> Path:
    """A step with a package in it, from whose module `..` is the step itself."""
    package = root / "steps" / "step01_first_job"
    (package / "deep").mkdir(parents=True)
    (package / "deep" / "inside.py").write_text(line + "\n", encoding="utf-8")
    return package
