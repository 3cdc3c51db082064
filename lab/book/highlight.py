"""Code as HTML, one line at a time, in the colors of every other code block of the site."""

import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from pygments import lex
from pygments.lexers import get_lexer_for_filename
from pygments.token import STANDARD_TYPES, _TokenType

# A piece of a line: its CSS class (such as "k" for a keyword) and its text.
Piece = tuple[str, str]
# Columns from the first one up to, and without, the second one.
Columns = tuple[int, int]


def pieces_by_line(text: str, name: str) -> list[list[Piece]]:
    """Each line of a file in colored pieces.

    The whole file is read at once, so that the middle of a docstring is known to be one.
    """
    lexer = get_lexer_for_filename(name, stripnl=False, ensurenl=True)
    lines: list[list[Piece]] = [[]]
    for kind, value in lex(text, lexer):
        for number, piece in enumerate(value.split("\n")):
            if number:
                lines.append([])
            if piece:
                lines[-1].append((_css_class(kind), piece))
    return lines


def line_html(pieces: Sequence[Piece], marks: Sequence[Columns] = ()) -> str:
    """One line as HTML; the marked columns stand out."""
    out: list[str] = []
    column = 0
    for css_class, text in pieces:
        edges = {min(max(edge - column, 0), len(text)) for mark in marks for edge in mark}
        cuts = sorted({0, len(text)} | edges)
        for start, end in pairwise(cuts):
            html = escape(text[start:end], quote=False)
            if css_class:
                html = f'<span class="{css_class}">{html}</span>'
            if any(first <= column + start and column + end <= last for first, last in marks):
                html = f"<mark>{html}</mark>"
            out.append(html)
        column += len(text)
    return "".join(out)


def without_indent(pieces: Sequence[Piece], indent: int) -> list[Piece]:
    """The line without its first `indent` columns, all of which are blank."""
    if not pieces:
        return []
    (css_class, text), *rest = pieces
    cut = text[indent:] if not text[:indent].strip() else text
    if len(text) < indent:
        return without_indent(rest, indent - len(text))
    return [(css_class, cut), *rest] if cut else list(rest)


def indent_of(lines: Sequence[str]) -> int:
    """How far all the lines are indented."""
    depths = [len(line) - len(line.lstrip()) for line in lines if line.strip()]
    return min(depths, default=0)


def words_of(line: str) -> list[str]:
    """A line cut into words, gaps and signs."""
    return re.findall(r"\w+|\s+|.", line)


def _css_class(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return STANDARD_TYPES.get(kind, "")
