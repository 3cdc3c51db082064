"""One more hint for the part of the chapter that you are at.

That is the section of the first promise that your last check found broken.
"""

import argparse

from lab.catalog import LabError
from lab.chapter import Chapter, Section, read_chapter
from lab.commands.options import add_step, chosen_step
from lab.say import command, console
from lab.workspace import Workspace, default_workspace


def configure(parser: argparse.ArgumentParser) -> None:
    add_step(parser)
    parser.add_argument(
        "--about",
        metavar="SECTION",
        help="a task or an exercise of the chapter, as --list names them",
    )
    parser.add_argument("--list", action="store_true", help="list what there are hints about")


def run(arguments: argparse.Namespace) -> int:
    workspace = default_workspace()
    chapter = read_chapter(chosen_step(arguments, workspace))
    if arguments.list:
        _list(chapter)
    else:
        _give(workspace, chapter, _section(workspace, chapter, arguments.about))
    return 0


def _list(chapter: Chapter) -> None:
    width = max((len(section.anchor) for section in chapter.with_hints), default=0) + 2
    for section in chapter.with_hints:
        console().print(f"{section.anchor:<{width}}{section.title}")
    console().print(f"\nOne of them: {command(f'hint {chapter.step.number} --about SECTION')}")


def _section(workspace: Workspace, chapter: Chapter, about: str | None) -> Section:
    """The section that is asked for, or that of the first broken promise, or else the first.

    Once the step has passed, that is the first exercise with a hint left.
    """
    if about is not None:
        return chapter.section(about)
    sections = {section.anchor: section for section in chapter.with_hints}
    if not sections:
        raise LabError(f"the chapter of step {chapter.step.number} has no hints")
    number = chapter.step.number
    known = workspace.progress.step(number)
    if known.get("section") in sections:
        return sections[known["section"]]
    in_order = list(sections.values())
    if "passed" not in known:
        return in_order[0]
    open_ones = (
        section
        for section in in_order
        if section.anchor.startswith("exercise")
        and workspace.progress.hints_seen(number, section.anchor) < len(section.hints)
    )
    return next(open_ones, in_order[-1])


def _give(workspace: Workspace, chapter: Chapter, section: Section) -> None:
    if not section.hints:
        raise LabError(f"there are no hints about {section.anchor}; see {command('hint --list')}")
    number = chapter.step.number
    level = min(workspace.progress.hints_seen(number, section.anchor) + 1, len(section.hints))
    workspace.progress.hint_given(number, section.anchor, level)
    console().print(f"{section.title}, hint {level} of {len(section.hints)}", style="bold")
    console().print(section.hints[level - 1], markup=False)
    if level == len(section.hints):
        console().print("\nThat was the last one.", end="")
        is_task = not section.anchor.startswith("exercise")
        passed = "passed" in workspace.progress.step(number)
        ours = command(f"solution {number}" + ("" if passed else " --give-up"))
        more = f"Our version: {ours}" if is_task else ""
        console().print(f" {more or 'About the others: ' + command('hint --list')}")
