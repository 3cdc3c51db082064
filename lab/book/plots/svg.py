"""Drawing: a few shapes in the page's own colors, and the table that says the same in words.

Sizes are in pixels of a telephone's page; on a wider one the whole picture grows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

# As wide as a page of 390 pixels has room for.
WIDTH = 350


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a value stands on an axis."""

    # The values at its ends, and the pixels where they stand.
    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The pixel of a value; one beyond the ends stands beyond them."""
        part = (value - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 1)


def picture(name: str, title: str, description: str, height: int, shapes: Iterable[str]) -> str:
    """The shapes as one image; who cannot see it hears the title and the description."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-description">{escape(description)}</desc>'
        f"{''.join(shapes)}</svg>"
    )


def words(x: float, y: float, text: str, *, anchor: str = "start", look: str = "") -> str:
    """Text that begins, ends or has its middle at a point, as `anchor` says."""
    return f'<text class="{look}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def line(points: Iterable[tuple[float, float]], look: str) -> str:
    """Straight from each point to the next."""
    return f'<polyline class="{look}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'


def area(points: Iterable[tuple[float, float]], look: str) -> str:
    """What the line around these points encloses."""
    return f'<polygon class="{look}" points="{" ".join(f"{x},{y}" for x, y in points)}"/>'


def dots(points: Iterable[tuple[float, float]], look: str) -> str:
    """A small dot on each point."""
    path = "".join(f"M{x},{y}h0" for x, y in points)
    return f'<path class="{look}" d="{path}"/>'


def bars(tops: Iterable[tuple[float, float]], width: float, floor: float, look: str) -> str:
    """From the floor up to each point, which is the top left corner of its bar."""
    path = "".join(f"M{x},{floor}V{y}h{width}V{floor}z" for x, y in tops)
    return f'<path class="{look}" d="{path}"/>'


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first cell of each row names it."""
    columns = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        f"{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
        for name, *cells in rows
    )
    return (
        f'<table class="figures"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    )


def figure(image: str, caption: str, *tables: str) -> str:
    """The image, what to see in it, and its numbers, folded."""
    return (
        f'<figure class="plot">{image}<figcaption>{escape(caption)}</figcaption></figure>'
        f'<details class="plot"><summary>The numbers of this picture</summary>'
        f"{''.join(tables)}</details>"
    )
