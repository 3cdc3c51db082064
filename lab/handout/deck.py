"""A chapter's slides as one HTML file that needs no other file, no server and no network."""

from html import escape
from pathlib import Path

from lab.book.style import sheet_with_fonts
from lab.book.tree import as_html
from lab.catalog import Step
from lab.chapter import title_of
from lab.handout.slides import Slide, slides

_HERE = Path(__file__).parent
_KEYS = (
    ("→ ↓ Page down Space", "the next slide"),
    ("← ↑ Page up Shift+Space", "the slide before"),
    ("Home, End", "the first, the last"),
    ("a number, then Enter", "that slide"),
    ("n", "what to say, under each slide"),
    ("s", "what to say, in a window of its own that follows this one"),
    ("d", "dark or light"),
    ("+ -", "larger or smaller"),
    ("f", "the whole screen"),
    ("?", "these keys"),
)


def deck(step: Step) -> str:
    """The whole file."""
    title = f"{step.number} · {title_of(step)}"
    made = slides(step)
    pages = "".join(_section(n, len(made), slide, step) for n, slide in enumerate(made, 1))
    return _PAGE.format(
        title=escape(title),
        style=sheet_with_fonts() + _read("colors.css") + _read("deck.css"),
        slides=pages,
        count=len(made),
        keys="".join(f"<dt>{escape(keys)}</dt><dd>{escape(what)}</dd>" for keys, what in _KEYS),
        script=_read("deck.js"),
    )


def _section(number: int, count: int, slide: Slide, step: Step) -> str:
    shown = "".join(map(as_html, slide.shown))
    notes = "".join(map(as_html, slide.notes))
    kicker = f'<p class="kicker">PyQueue, step {step.number}</p>' if slide.kind == "title" else ""
    return (
        f'<section class="slide {slide.kind}" id="{number}" tabindex="-1" '
        f'aria-roledescription="slide" aria-label="{number} of {count}: {escape(slide.title)}">'
        f'<div class="face md-typeset">{kicker}<h2>{escape(slide.title)}</h2>{shown}</div>'
        f'<div class="notes md-typeset" role="note" aria-label="What to say">{notes}</div>'
        "</section>"
    )


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_PAGE = """<!doctype html>
<html lang="en" data-md-color-scheme="default">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · slides</title>
<style>{style}</style>
</head>
<body>
<header><h1>{title}</h1></header>
<main>{slides}</main>
<footer>
<button type="button" data-do="before" aria-label="Slide before">←</button>
<p id="place" role="status" aria-live="polite">1 of {count}</p>
<button type="button" data-do="next" aria-label="Next slide">→</button>
<button type="button" data-do="notes" aria-pressed="false">Notes</button>
<button type="button" data-do="keys">Keys</button>
</footer>
<dialog aria-labelledby="keys"><h2 id="keys">Keys</h2><dl>{keys}</dl>
<form method="dialog"><button>Close</button></form></dialog>
<script>{script}</script>
</body>
</html>
"""
