"""Which packages keep to the standard library: steps 1 to 12, the explorer, and set-up."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from lab.catalog import ROOT, steps

# The steps up to this one import nothing that has to be installed.
LAST_STEP_OF_ITS_OWN = 12
# A file that only another program loads may import that program.
_PLUGIN_OF = {"pytest_plugin.py": "pytest"}


def packages() -> list[Path]:
    """The folders of the packages that must keep to it."""
    early = [step.folder for step in steps() if step.number <= LAST_STEP_OF_ITS_OWN]
    lab = [ROOT / "lab" / name for name in ("race", "setup")]
    return [*early, *(folder for folder in lab if folder.exists())]


def foreign_imports(package: Path, root: Path = ROOT) -> list[str]:
    """Each import that is neither of the standard library nor of the package itself.

    As `steps/step01_first_job/__init__.py:3 imports rich`.
    """
    return [
        f"{file.relative_to(root).as_posix()}:{line} imports {name}"
        for file in sorted(package.rglob("*.py"))
        for line, name in _imports(file, root)
        if not _is_allowed(name, ".".join(package.relative_to(root).parts))
        and name != _PLUGIN_OF.get(file.name)
    ]


def _is_allowed(name: str, package: str) -> bool:
    if name == package or name.startswith(package + "."):
        return True
    return name.partition(".")[0] in sys.stdlib_module_names


def _imports(file: Path, root: Path) -> Iterator[tuple[int, str]]:
    here = file.relative_to(root).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, _absolute(node, here)


def _absolute(node: ast.ImportFrom, here: tuple[str, ...]) -> str:
    if not node.level:
        return node.module or ""
    # One dot is the package that the file is in, and each further one the package above.
    start = here[: len(here) - node.level + 1]
    return ".".join([*start, *(node.module or "").split(".")]).rstrip(".")
