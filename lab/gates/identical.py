"""What a step does not change is the same file as in the step before, byte for byte.

A fix of one step that was not carried into the next is noticed here: the files differ, and the
chapter of the next step has not a word of it.
"""

from collections.abc import Mapping

from lab.catalog import Package, Step, package_before
from lab.gates.told import changes, excuses, shown
from lab.say import command


def faults(step: Step) -> list[str]:
    """A sentence for each file that drifted away from the step before."""
    text = step.chapter.read_text(encoding="utf-8")
    return [fault for package in step.packages for fault in _faults(package, text)]


def _faults(package: Package, chapter: str) -> list[str]:
    before = package_before(package)
    if before is None:
        return []
    carry = command(f"carry {before.short}")
    return [
        f"{name} of {package.title} is not that of {before.title}, and the chapter says nothing "
        f"of it; if both should have the change: {carry}"
        for name in drifted(before.name, package.name, before.files(), package.files(), chapter)
    ]


def drifted(
    before: str, after: str, old: Mapping[str, str], new: Mapping[str, str], chapter: str
) -> list[str]:
    """The files of both packages that differ without the chapter's showing or excusing a line."""
    spoken_of = {excuse.file for excuse in excuses(chapter)}
    seen = shown(chapter)
    for change in changes(old, new, before, after):
        if not seen.isdisjoint([*change.old, *change.new]):
            spoken_of.add(change.file)
    both = old.keys() & new.keys() - spoken_of
    return sorted(name for name in both if old[name] != new[name])
