"""The `step` fence: a symbol of a real file of a step, or the whole file.

```step
01/__init__.py Job
mark: default_factory
title: A payload of its own
```
"""

from dataclasses import dataclass
from html import escape
from typing import Any

from markdown import Markdown

from lab.book.errors import FenceError
from lab.book.highlight import indent_of, line_html, pieces_by_line, without_indent
from lab.book.request import Request
from lab.book.source import Span, named_in, read, span_of, title_of

_USAGE = "NN/file.py, or NN/file.py Symbol"


@dataclass(frozen=True, slots=True)
class Listing:
    """What a `step` fence shows."""

    number: str
    file: str
    symbol: str | None
    span: Span
    request: Request

    @classmethod
    def parse(cls, body: str) -> "Listing":
        """Read the fence and find its lines. Raises FenceError if anything is not there."""
        request = Request.parse(body, usage=_USAGE, words=range(1, 3), options=("mark", "title"))
        target, symbol = (*request.words, None)[:2]
        number, file = named_in(str(target))
        if not file:
            raise FenceError(f"cannot read {target!r}; write: {_USAGE}")
        return cls(number, file, symbol, span_of(number, file, symbol), request)


def step(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The fence's lines, with the numbers they have in the file."""
    listing = Listing.parse(source)
    text = read(listing.number, listing.file)
    lines = listing.span.cut(text)
    marked = _marked(lines, listing)
    indent = indent_of(lines)
    pieces = pieces_by_line(text, listing.file)[listing.span.first - 1 : listing.span.last]
    rows = "".join(
        _row(line_html(without_indent(line, indent)), listing.span.first + offset, offset in marked)
        for offset, line in enumerate(pieces)
    )
    what = f"{listing.file} · {listing.symbol}" if listing.symbol else listing.file
    title = listing.request.option("title", what)
    step_title = title_of(listing.number)
    # Two listings of one symbol, before and after, are not to be mistaken for each other.
    return figure("step", title, step_title, rows, f"{what}, {step_title}")


def figure(css_class: str, title: str, note: str, rows: str, label: str) -> str:
    """The frame around every piece of a step's code."""
    return (
        f'<figure class="code {css_class}"><figcaption><code>{escape(title)}</code>'
        f"<span>{note}</span></figcaption>"
        f'<div class="highlight"><pre tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<code>{rows}</code></pre></div></figure>"
    )


def _row(html: str, number: int, marked: bool) -> str:
    return f'<span class="line{" marked" if marked else ""}" data-new="{number}">{html}</span>\n'


def _marked(lines: list[str], listing: Listing) -> set[int]:
    found: set[int] = set()
    for wanted in listing.request.options.get("mark", []):
        hits = {offset for offset, line in enumerate(lines) if wanted in line}
        if not hits:
            raise FenceError(f"no line of {' '.join(listing.request.words)} contains {wanted!r}")
        found |= hits
    return found
