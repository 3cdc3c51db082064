"""What a step does not change is the same file as in the step before, byte for byte.

A fix of one step that was not carried into the next is noticed here: the files differ, and the
chapter of the next step has not a word of it.
"""

from collections.abc import Mapping

from lab.catalog import Step, package_files, step_before
from lab.gates.told import changes, excuses, shown
from lab.say import command


def faults(step: Step) -> list[str]:
    """A sentence for each file that drifted away from the step before."""
    before = step_before(step.number)
    if before is None:
        return []
    text = step.chapter.read_text(encoding="utf-8")
    return [
        f"{name} differs from step {before.number}'s, and the chapter of step {step.number} says "
        f"nothing of it; if both should have the change: {command(f'carry {before.number}')}"
        for name in drifted(
            before, step, package_files(before.folder), package_files(step.folder), text
        )
    ]


def drifted(
    before: Step, step: Step, old: Mapping[str, str], new: Mapping[str, str], chapter: str
) -> list[str]:
    """The files of both steps that differ without the chapter's showing or excusing a line."""
    spoken_of = {excuse.file for excuse in excuses(chapter)}
    seen = shown(chapter)
    for change in changes(dict(old), dict(new), before, step):
        if not seen.isdisjoint([*change.old, *change.new]):
            spoken_of.add(change.file)
    both = old.keys() & new.keys() - spoken_of
    return sorted(name for name in both if old[name] != new[name])
