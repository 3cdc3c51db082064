"""The `journey` fence: every step there is and every step to come, from `docs/journey.toml`.

```journey
```
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from markdown import Markdown

from lab import catalog
from lab.book.errors import FenceError
from lab.book.request import Request


@dataclass(frozen=True, slots=True)
class Stop:
    """One step of the journey, whether it exists yet or not."""

    number: int
    slug: str
    title: str
    # The number of its part, such as "II".
    part: str
    # What is wrong before it.
    hurts: str


@dataclass(frozen=True, slots=True)
class Part:
    """Some steps that belong together, and what they give."""

    number: str
    title: str
    gives: str


@cache
def stops() -> tuple[Stop, ...]:
    """Every step, in order. Raises FenceError where the list and the folders disagree."""
    found = tuple(Stop(**entry) for entry in _plan()["steps"])
    planned = {(stop.number, stop.slug) for stop in found}
    for step in catalog.steps():
        if (step.number, step.slug) not in planned:
            raise FenceError(f"docs/journey.toml does not list {step.folder.name}")
    return found


def parts() -> tuple[Part, ...]:
    """Every part, in order."""
    return tuple(Part(**entry) for entry in _plan()["parts"])


def journey(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The parts, each with its steps; those that exist are links to their chapters."""
    Request.parse(source, usage="nothing: the fence is empty", words=range(1))
    there = {step.number: f"steps/{step.page}.html" for step in catalog.steps()}
    return f'<div class="journey">{"".join(_part(part, there) for part in parts())}</div>'


def _part(part: Part, there: dict[int, str]) -> str:
    items = "".join(_stop(stop, there) for stop in stops() if stop.part == part.number)
    return (
        f'<section class="part" aria-labelledby="part-{part.number}">'
        f'<h3 id="part-{part.number}"><span>Part {part.number}</span> {escape(part.title)}</h3>'
        f"<p>{escape(part.gives)}</p><ol>{items}</ol></section>"
    )


def _stop(stop: Stop, there: dict[int, str]) -> str:
    title = f"<strong>{escape(stop.title)}</strong>"
    if stop.number in there:
        title = f'<a href="{there[stop.number]}">{title}</a>'
    else:
        title += ' <span class="planned">planned</span>'
    state = "there" if stop.number in there else "to-come"
    return (
        f'<li class="{state}" value="{stop.number}">{title}'
        f'<span class="hurts">{escape(stop.hurts)}</span></li>'
    )


def _plan() -> dict[str, Any]:
    return tomllib.loads((catalog.DOCS / "journey.toml").read_text(encoding="utf-8"))
