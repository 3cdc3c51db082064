"""What a chapter tells the instructor, and the fences that gather it.

```instructor
01
```

shows the notes of a chapter, or one part of them (`01 board`). `timetable` shows what some
chapters take: each with its minutes and its one sentence, and the sum.

```timetable
01..04
```
"""

import re
import textwrap
from collections.abc import Iterator
from html import escape
from typing import Any

from markdown import Markdown

from lab import catalog
from lab.book.errors import FenceError
from lab.book.pages import front_matter
from lab.book.request import Request
from lab.book.tree import as_html, tree
from lab.catalog import Step

# What each part is called here, and how a chapter's paragraph begins that opens it.
PARTS = {
    "time": ("Time", "Timing"),
    "misconceptions": ("Misconceptions",),
    "right": ("Right, and not ours", "Right"),
    "questions": ("Questions", "Questions for the room"),
    "board": ("Board plan",),
}

_FOLDED = '??? abstract "For the instructor"\n'
_OPENING = re.compile(r"\*\*(?P<name>[A-Z][a-z]+(?:[ ,]+[a-z]+)*)[^*]*\*\*")
_LINK = re.compile(r"\]\((?!https?:)")


def notes(step: Step) -> str:
    """The Markdown of a chapter's notes. Raises FenceError if it has none."""
    _, folded, rest = step.chapter.read_text(encoding="utf-8").partition(_FOLDED)
    if not folded:
        raise FenceError(f"{step.chapter.name} has no {_FOLDED.strip()}")
    lines = rest.splitlines()
    end = next((n for n, line in enumerate(lines) if line and not line.startswith(" ")), None)
    text = textwrap.dedent("\n".join(lines[:end])).strip()
    if _LINK.search(text):
        raise FenceError(f"{step.chapter.name}: a link in the notes works on no other page")
    return text


def part(step: Step, name: str) -> str:
    """One part of the notes, or nothing. Raises FenceError for a part that nobody knows."""
    if name not in PARTS:
        raise FenceError(f"the notes have no part {name!r}; there are {', '.join(PARTS)}")
    found = []
    current = ""
    for paragraph in notes(step).split("\n\n"):
        current = _part_opened_by(paragraph) or current
        if current == name:
            found.append(paragraph)
    return "\n\n".join(found)


def instructor(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The notes of a chapter, as they stand there."""
    request = Request.parse(source, usage="NN, or NN PART", words=range(1, 3))
    step = _step(request.words[0])
    text = part(step, request.words[1]) if len(request.words) > 1 else notes(step)
    if not text:
        raise FenceError(f"{step.chapter.name} has no notes of {request.words[1]}")
    shown = tree(text)
    shown.set("class", "instructor")
    return as_html(shown)


def timetable(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """A table of chapters and the minutes that each of them takes."""
    usage = "NN, NN..MM, or NN.. for all from there"
    (span,) = Request.parse(source, usage=usage, words=range(1, 2)).words
    chosen = list(_steps(*span.partition("..")))
    if not chosen:
        raise FenceError(f"cannot read {span!r}; write: {usage}")
    said = [front_matter(step.chapter.read_text(encoding="utf-8")) for step in chosen]
    rows = "".join(map(_row, chosen, said))
    minutes = sum(chapter["minutes"] for chapter in said)
    return (
        '<div class="timetable"><table><thead><tr><th scope="col">Chapter</th>'
        '<th scope="col">Minutes</th><th scope="col">What it is about</th></tr></thead>'
        f'<tbody>{rows}</tbody><tfoot><tr><th scope="row">Together</th><td>{minutes}</td>'
        "<td></td></tr></tfoot></table></div>"
    )


def _part_opened_by(paragraph: str) -> str | None:
    opening = _OPENING.match(paragraph)
    if opening is None:
        return None
    return next((part for part, names in PARTS.items() if opening["name"] in names), None)


def _row(step: Step, chapter: dict[str, Any]) -> str:
    title = f"{step.number} · {escape(chapter['title'])}"
    return (
        f'<tr><th scope="row"><a href="../{step.address()}">{title}</a></th>'
        f"<td>{chapter['minutes']}</td><td>{_inline(chapter['summary'])}</td></tr>"
    )


def _inline(text: str) -> str:
    """A sentence of Markdown, without the paragraph around it."""
    return as_html(tree(text)[0]).removeprefix("<p>").rstrip().removesuffix("</p>")


def _steps(first: str, dots: str, last: str) -> Iterator[Step]:
    begin = _step(first).number
    end = _step(last).number if last else catalog.steps()[-1].number if dots else begin
    return (step for step in catalog.steps() if begin <= step.number <= end)


def _step(word: str) -> Step:
    try:
        return catalog.step(_number(word))
    except catalog.LabError as error:
        raise FenceError(str(error)) from error


def _number(word: str) -> int:
    if not word.isdecimal():
        raise FenceError(f"{word!r} is not the number of a step")
    return int(word)
