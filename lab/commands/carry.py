"""Carry your change of a step into all later steps, and stop where a person must look.

The change is what step N's package has now, compared with the last commit. If a later step cannot
take it, nothing is written there: make the change in that step by hand, and carry on from it.
"""

import argparse
import subprocess
from pathlib import Path

from lab.carry import carry
from lab.catalog import RACY, ROOT, LabError, Package, package, package_after
from lab.say import command, console


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "step",
        metavar="N",
        help="the step's number; 10/racy for what its chapter builds first",
    )
    parser.add_argument("--since", metavar="REV", default="HEAD", help="compare with this commit")


def run(arguments: argparse.Namespace) -> int:
    """0 if every later step has the change, 1 if one of them needs a person."""
    here = package(arguments.step)
    if committed(here, arguments.since) == here.files():
        raise LabError(f"{here.title} is as it was in {arguments.since}: nothing to carry")
    while (later := package_after(here)) is not None:
        if not _carried(here, later, arguments.since):
            return 1
        here = later
    console().print(f"Every later step has it. Now see: {command('test')}")
    return 0


def _carried(here: Package, later: Package, revision: str) -> bool:
    before = later.files()
    result = carry(committed(here, revision), here.files(), before)
    if result.left:
        console().print(f"{later.title}  stopped, nothing written:", style="red")
        for line in result.left:
            console().print(f"  {line}", markup=False)
        console().print(
            f"Change {later.folder.relative_to(ROOT).as_posix()} by hand, "
            f"then {command(f'carry {later.short}')}"
        )
        return False
    changed = [name for name in result.files if result.files[name] != before.get(name)]
    removed = sorted(before.keys() - result.files.keys())
    for name in changed:
        path = later.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(result.files[name], encoding="utf-8", newline="\n")
    for name in removed:
        (later.folder / name).unlink()
    told = ", ".join([*changed, *(f"{name} (removed)" for name in removed)])
    console().print(f"{later.title}  {told or 'has it already'}", markup=False)
    return True


def committed(chosen: Package, revision: str) -> dict[str, str]:
    """The package as it is in a commit. Raises LabError where Git does not have it."""
    folder = chosen.folder.relative_to(ROOT).as_posix()
    listing = _git("ls-tree", "-r", "--name-only", revision, "--", f"{folder}/")
    paths = [
        path
        for path in listing.splitlines()
        if path.endswith(".py") and not path.startswith(f"{folder}/{RACY}/")
    ]
    if not paths:
        raise LabError(f"{revision} has no {folder}; commit the step first, or give --since")
    return {
        Path(path).relative_to(folder).as_posix(): _git("show", f"{revision}:{path}")
        for path in paths
    }


def _git(*words: str) -> str:
    try:
        result = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
        )
    except FileNotFoundError:
        raise LabError("git is needed to know what changed, and it is not installed") from None
    if result.returncode:
        raise LabError(f"git {words[0]}: {result.stderr.strip()}")
    return result.stdout
