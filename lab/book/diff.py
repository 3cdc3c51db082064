"""The `step-diff` fence: what changes in one file, or one symbol of it, between two steps.

```step-diff
02..03 __init__.py process
context: 3
title: Failing out loud
```
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate
from typing import Any

from markdown import Markdown

from lab.book.errors import FenceError
from lab.book.highlight import Columns, line_html, pieces_by_line, words_of
from lab.book.listing import figure
from lab.book.request import Request
from lab.book.source import Span, files_of, find, title_of, without_own_name

_USAGE = "NN..MM file.py, or NN..MM file.py Symbol"
# Lines less alike than this are shown as they are: marking nearly all of them says nothing.
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that stay, or lines that give way to others; numbers count from 1."""

    same: bool
    old: range
    new: range


Hunk = list[Block]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a `step-diff` fence shows."""

    before: str
    after: str
    file: str
    old: str
    new: str
    hunks: list[Hunk]
    request: Request

    @classmethod
    def parse(cls, body: str) -> "Difference":
        """Read the fence and compare. Raises FenceError where nothing differs."""
        request = Request.parse(body, usage=_USAGE, words=range(2, 4), options=("context", "title"))
        steps, file, symbol = (*request.words, None)[:3]
        before, dots, after = str(steps).partition("..")
        if not dots:
            raise FenceError(f"cannot read {steps!r}; write: {_USAGE}")
        old, new = (files_of(number).get(str(file), "") for number in (before, after))
        if not old and not new:
            raise FenceError(f"neither step {before} nor step {after} has a file {file!r}")
        hunks = compare(old, new, symbol=symbol, context=_context(request))
        if not hunks:
            raise FenceError(f"{' '.join(request.words)}: nothing changes")
        return cls(before, after, str(file), old, new, hunks, request)

    def blocks(self) -> Iterator[Block]:
        """Every block of lines that is not the same."""
        return (block for hunk in self.hunks for block in hunk if not block.same)


def compare(old: str, new: str, *, symbol: str | None = None, context: int = 2) -> list[Hunk]:
    """The changed blocks, each hunk with some lines around them.

    The package's own name is not a change. With a symbol, only its lines are compared;
    raises FenceError if neither text has it.
    """
    spans = [_span(text, symbol) for text in (old, new)]
    if symbol and spans == [None, None]:
        raise FenceError(f"neither file has a symbol {symbol!r}")
    a, b = (
        span.cut(without_own_name(text)) if span else []
        for span, text in zip(spans, (old, new), strict=True)
    )
    start_a, start_b = (span.first if span else 1 for span in spans)
    groups = SequenceMatcher(None, a, b, autojunk=False).get_grouped_opcodes(context)
    return [
        [
            Block(tag == "equal", range(start_a + i, start_a + j), range(start_b + k, start_b + m))
            for tag, i, j, k, m in group
        ]
        for group in groups
    ]


def step_diff(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The changed hunks; line numbers and signs are not copied."""
    difference = Difference.parse(source)
    removed = sum(len(block.old) for block in difference.blocks())
    added = sum(len(block.new) for block in difference.blocks())
    title = difference.request.option("title", " · ".join(difference.request.words[1:]))
    steps = f"{title_of(difference.before)} → {title_of(difference.after).removeprefix('step ')}"
    note = f'{steps} <span class="plus">+{added}</span> <span class="minus">&minus;{removed}</span>'
    label = f"{title}, {steps}: {added} lines added, {removed} removed"
    return figure("step-diff no-copy", title, note, "".join(_rows(difference)), label)


def _rows(difference: Difference) -> Iterator[str]:
    old = pieces_by_line(difference.old, difference.file)
    new = pieces_by_line(difference.new, difference.file)
    for number, hunk in enumerate(difference.hunks):
        if number:
            yield '<span class="line gap"></span>\n'
        for block in hunk:
            if block.same:
                for line in block.new:
                    html = line_html(new[line - 1])
                    yield f'<span class="line" data-new="{line}">{html}</span>\n'
                continue
            marks_old, marks_new = _marks(block, difference)
            for line, marks in zip(block.old, marks_old, strict=True):
                html = line_html(old[line - 1], marks)
                yield f'<del class="line" data-old="{line}">{html}</del>\n'
            for line, marks in zip(block.new, marks_new, strict=True):
                html = line_html(new[line - 1], marks)
                yield f'<ins class="line" data-new="{line}">{html}</ins>\n'


def _marks(block: Block, difference: Difference) -> tuple[list[list[Columns]], list[list[Columns]]]:
    """For each old and each new line, the words in which it differs from its counterpart."""
    marks_old: list[list[Columns]] = [[] for _ in block.old]
    marks_new: list[list[Columns]] = [[] for _ in block.new]
    old, new = difference.old.splitlines(), difference.new.splitlines()
    for offset, (i, j) in enumerate(zip(block.old, block.new, strict=False)):
        marks_old[offset], marks_new[offset] = _changed_words(old[i - 1], new[j - 1])
    return marks_old, marks_new


def _changed_words(old: str, new: str) -> tuple[list[Columns], list[Columns]]:
    if SequenceMatcher(None, old.split(), new.split(), autojunk=False).ratio() < _ALIKE:
        return [], []
    a, b = words_of(old), words_of(new)
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    at_a, at_b = ([0, *accumulate(map(len, words))] for words in (a, b))
    changes = [op for op in matcher.get_opcodes() if op[0] != "equal"]
    return (
        [(at_a[i], at_a[j]) for _, i, j, _, _ in changes if j > i],
        [(at_b[k], at_b[m]) for _, _, _, k, m in changes if m > k],
    )


def _span(text: str, symbol: str | None) -> Span | None:
    return find(text, symbol) if symbol else Span(1, len(text.splitlines()))


def _context(request: Request) -> int:
    value = request.option("context", "2")
    if not value.isdigit():
        raise FenceError(f"context is a number of lines, not {value!r}")
    return int(value)
