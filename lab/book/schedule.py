"""The fences of recorded races: `schedule` is played back, and `scheduler` is played.

```schedule
10/racy counter
title: How a count is lost
```

```scheduler
10/racy charge
hint: Both workers have to pass the check before one of them writes.
```

Without JavaScript, and on paper, each is a table. What is recorded, `lab.book.races` says.
"""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

from markdown import Markdown

from lab.book.errors import FenceError
from lab.book.highlight import Columns, indent_of, line_html, pieces_by_line, without_indent
from lab.book.races import RECORD, RECORDINGS, Recording, came_of
from lab.book.request import Request
from lab.book.source import files_of, find
from lab.catalog import ROOT, package
from lab.race.execution import LETTERS

# More letters than this are counted instead of written.
_LONG = 40
_USAGE = "NN SCENARIO, or NN/racy SCENARIO"


def schedule(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The race player around a table of its steps. Raises FenceError if there is no such race."""
    request = Request.parse(source, usage=_USAGE, words=range(2, 3), options=("title",))
    race = _Recorded.named(request, game=False)
    moves, states = race.data["moves"], race.data["states"]
    replay = (
        f"Schedule <code>{_in_short(race.data['schedule'])}</code>: {race.letters}. "
        f"On your own code: <code>python3 learn.py race {race.number} {race.scenario}</code>"
        f"{_by_bytecode(race)}."
    )
    return race.figure("race-player", race.steps(moves, states), replay, {})


def scheduler(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Markdown, **_: Any
) -> str:
    """The game around what can be said without playing it. Raises FenceError like `schedule`."""
    request = Request.parse(source, usage=_USAGE, words=range(2, 3), options=("title", "hint"))
    race = _Recorded.named(request, game=True)
    moves, table = race.data["fewest"], ""
    if moves:
        table = race.steps(moves, list(_walked(race.data["states"], moves)))
    return race.figure(
        "race-game", table, _in_numbers(race), {"hints": request.options.get("hint", [])}
    )


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A recording, and the source that goes with it."""

    name: str
    scenario: str
    title: str
    data: dict[str, Any]
    functions: "tuple[_Function, ...]"

    @classmethod
    def named(cls, request: Request, *, game: bool) -> "_Recorded":
        name, scenario = request.words
        recording = _recording(name, scenario, game=game)
        if not recording.path.exists():
            raise FenceError(f"{name} {scenario} is not recorded yet; run: {RECORD}")
        data = json.loads(recording.path.read_text(encoding="utf-8"))
        functions = tuple(_Function.read(name, each, data) for each in data["functions"])
        title = request.option("title", data["title"][:1].upper() + data["title"][1:])
        return cls(name, scenario, title, data, functions)

    @property
    def number(self) -> int:
        return package(self.name).step.number

    @property
    def letters(self) -> str:
        """`A is worker 1, B is worker 2`."""
        pairs = zip(LETTERS, self.data["threads"], strict=False)
        return ", ".join(f"{letter} is {escape(name)}" for letter, name in pairs)

    def figure(self, tag: str, table: str, note: str, more: dict[str, Any]) -> str:
        """The element, and in it all that its script needs."""
        data = json.dumps({**self.data, **more}, ensure_ascii=False, separators=(",", ":"))
        # No data can end the script, and the page stays well-formed XML.
        inline = data.replace("<", "\\u003c").replace("&", "\\u0026")
        sources = "".join(function.html(number) for number, function in enumerate(self.functions))
        return (
            # Markdown takes an element that it does not know for a part of a paragraph.
            f'<div class="race no-copy"><{tag}><p class="race-title">{escape(self.title)}</p>'
            f'{table}<p class="race-note">{note}</p><template>{sources}</template>'
            f'<script type="application/json">{inline}</script></{tag}></div>'
        )

    def steps(self, moves: str, states: list[dict[str, Any]]) -> str:
        """A table with a row for each line that a thread runs."""
        rows = "".join(
            self._step(number, moves[number - 1], states[number - 1], states[number])
            for number in range(1, len(moves) + 1)
        )
        return (
            f'<table class="race-steps"><caption>{escape(self.title)}</caption><thead><tr>'
            "<th>Step</th><th>Who</th><th>What it runs</th><th>What changes</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )

    def _step(self, number: int, letter: str, before: dict[str, Any], after: dict[str, Any]) -> str:
        thread = LETTERS.index(letter)
        function, line, *columns = self.data["paths"][before["at"][thread]][-1]
        code = self.functions[function].line_html(
            line, [(columns[0], columns[1])] if columns else []
        )
        place = f"{self.functions[function].file}:{line}"
        changes = escape("; ".join(self._changes(thread, before, after)))
        return (
            f'<tr class="thread-{thread}"><td>{number}</td>'
            f"<td>{escape(self.data['threads'][thread])}</td>"
            f"<td><small>{escape(place)}</small> <code>{code}</code></td><td>{changes}</td></tr>"
        )

    def _changes(self, thread: int, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
        values = zip(self.data["values"], before["shared"], after["shared"], strict=True)
        yield from (f"{name}: {old} → {new}" for name, old, new in values if old != new)
        name = self.data["threads"][thread]
        if waits := _waits(after, thread):
            yield f"{name} waits {waits}"
        if after["at"][thread] == "ended" and came_of(after, thread) not in ("", "done"):
            yield f"{name} ends with {came_of(after, thread)}"
        if after.get("error"):
            yield self.data["harm"]


@dataclass(frozen=True, slots=True)
class _Function:
    """A function that is shown: its lines without its docstring."""

    file: str
    name: str
    text: str
    lines: tuple[int, ...]
    # For each line, the parts of it before which threads stand in this recording.
    parts: dict[int, list[Columns]]

    @classmethod
    def read(cls, package_name: str, function: str, data: dict[str, Any]) -> "_Function":
        file, name = function.split()
        text = files_of(package_name).get(file) or (ROOT / file).read_text(encoding="utf-8")
        lines = tuple(_lines_of(text, name))
        places = [
            place
            for path in data["paths"]
            for place in path
            if data["functions"][place[0]] == function
        ]
        if not {place[1] for place in places} <= set(lines):
            raise FenceError(f"{function} has changed since it was recorded; run: {RECORD}")
        parts: dict[int, list[Columns]] = {}
        for _, line, *columns in places:
            if columns and (columns[0], columns[1]) not in parts.setdefault(line, []):
                parts[line].append((columns[0], columns[1]))
        return cls(file, name, text, lines, parts)

    def html(self, number: int) -> str:
        """The listing. A line of which parts are run stands there once more for each."""
        rows = "".join(
            self._row(line, columns)
            for line in self.lines
            for columns in (None, *self.parts.get(line, []))
        )
        return (
            f'<div class="race-function" data-function="{number}">'
            f"<p><code>{escape(self.name)}</code> <span>{escape(self.file)}</span></p>"
            f"<pre><code>{rows}</code></pre></div>"
        )

    def _row(self, line: int, columns: Columns | None) -> str:
        html = self.line_html(line, [columns] if columns else [], self._indent)
        depth = indent_of([self.text.splitlines()[line - 1]]) - self._indent
        part = f' data-part="{columns[0]}-{columns[1]}" hidden=""' if columns else ""
        return f'<span class="line" data-line="{line}" style="--depth: {depth}"{part}>{html}</span>'

    def line_html(self, line: int, marks: list[Columns], indent: int | None = None) -> str:
        """One line in color, without its indentation unless it says how much of it."""
        source = self.text.splitlines()[line - 1]
        indent = indent_of([source]) if indent is None else indent
        pieces = without_indent(pieces_by_line(self.text, "source.py")[line - 1], indent)
        return line_html(pieces, [(first - indent, last - indent) for first, last in marks])

    @property
    def _indent(self) -> int:
        return indent_of([self.text.splitlines()[line - 1] for line in self.lines])


def _lines_of(text: str, name: str) -> Iterator[int]:
    """The numbers of a function's lines, without blank ones and its docstring."""
    span = find(text, name)
    if span is None:
        raise FenceError(f"there is no {name} any more; record it anew: {RECORD}")
    told = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = text.splitlines()
    for line in range(span.first, span.last + 1):
        if line not in told and lines[line - 1].strip():
            yield line


def _recording(name: str, scenario: str, *, game: bool) -> Recording:
    files_of(name)
    of_kind = [each for each in RECORDINGS if each.game == game]
    for each in of_kind:
        if (package(each.package), each.scenario) == (package(name), scenario):
            return each
    there = ", ".join(f"{each.package} {each.scenario}" for each in of_kind)
    raise FenceError(f"no race {name} {scenario!r} is recorded for this; there are {there}")


def _walked(states: list[dict[str, Any]], moves: str) -> Iterator[dict[str, Any]]:
    state = states[0]
    yield state
    for letter in moves:
        state = states[state["next"][letter]]
        yield state


def _waits(state: dict[str, Any], thread: int) -> str:
    return str(dict(enumerate(state.get("waits", []))).get(thread, ""))


def _in_short(schedule: str) -> str:
    """`AAAABBA`, or if that would be long, `50 A, 13 B, 28 A`."""
    if len(schedule) <= _LONG:
        return schedule
    return ", ".join(f"{len(list(run))} {letter}" for letter, run in groupby(schedule))


def _by_bytecode(race: _Recorded) -> str:
    if race.data["step"] == "line":
        return ""
    return ", where threads take turns inside of lines: a step is the marked part of a line"


def _in_numbers(race: _Recorded) -> str:
    ways, wrong = race.data["ways"]
    once, wrong_once = race.data["interrupted_once"]
    harm = race.data["harm"]
    if not wrong:
        return (
            f"Line by line there are {ways:,} ways to schedule the two, and in none of them "
            f"{escape(harm)}."
        )
    return (
        f"Line by line there are {ways:,} ways to schedule the two. In {wrong:,} of them "
        f"{escape(harm)}. Threads are seldom interrupted, though: of the {once:,} ways with one "
        f"interruption it is {wrong_once:,}."
    )
