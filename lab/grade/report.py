"""A page about a class: who is where, what fails most, and which mistake is behind it.

One HTML file with everything in it: it asks nothing of any other place, runs no script, follows
the light or dark of the screen, and can be printed.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lab.catalog import LabError, step
from lab.chapter import Chapter, read_chapter
from lab.check.report import Promise
from lab.grade.misconceptions import Guess, Misconception, Sureness, broken_by, guesses
from lab.grade.rows import Row, Status
from lab.grade.style import STYLE

# So many promises are listed for each step.
_MOST_PROMISES = 15
_QUARTERS = ("under 25 %", "25 to 50 %", "50 to 75 %", "75 to 100 %", "every point")


def page(rows: Sequence[Row], known: Mapping[int, Sequence[Misconception]]) -> str:
    """The whole page. `known` has the misconceptions of each step that is to be looked into."""
    studied = [Studied(row, _guesses(row, known)) for row in rows]
    parts = [
        _summary(rows),
        _who_is_where(studied),
        *(_about_step(number, studied) for number in sorted(_steps(rows))),
        _to_look_at(rows),
        _HOW,
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>The class</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        "<h1>The class</h1>\n" + "\n".join(parts) + "\n</main>\n</body>\n</html>\n"
    )


@dataclass(frozen=True, slots=True)
class Studied:
    """A row, and which mistakes may be behind it."""

    row: Row
    guesses: Sequence[Guess]


def _guesses(row: Row, known: Mapping[int, Sequence[Misconception]]) -> list[Guess]:
    return guesses(broken_by(row), known.get(row.step or 0, ()))


def _steps(rows: Sequence[Row]) -> set[int]:
    return {row.step for row in rows if row.step is not None and row.promises}


def _summary(rows: Sequence[Row]) -> str:
    counts = Counter(row.status for row in rows)
    doubted = counts[Status.NOT_BELIEVED]
    words = f"<p>{counts[Status.GRADED]} of {_several(len(rows), 'submission')} graded"
    if counts[Status.NOT_GRADED]:
        words += f", {counts[Status.NOT_GRADED]} could not be"
    if doubted:
        words += f", and {doubted} not believed: see <a href='#look-at'>what to look at</a>"
    graded = [row for row in rows if row.status is Status.GRADED]
    quarters = Counter(4 if r.percent == 100 else int(r.percent // 25) for r in graded)
    lines = [
        (_text(words), str(quarters[number]), _bar(quarters[number], len(graded)))
        for number, words in enumerate(_QUARTERS)
    ]
    spread = _table("How the points are spread", ("points", "#how many", ""), lines)
    return f"{words}.</p>\n{spread}"


def _who_is_where(studied: Sequence[Studied]) -> str:
    lines = [
        (
            _text(s.row.name),
            "" if s.row.step is None else str(s.row.step),
            f"{s.row.points:g} of {s.row.of:g}",
            f"{s.row.percent:g} %",
            _bar(s.row.percent, 100),
            _why(s),
        )
        for s in studied
    ]
    columns = ("name", "#step", "#points", "#percent", "", "why not all of them")
    return _section("who", "Who is where") + _table("Each submission", columns, lines)


def _why(studied: Studied) -> str:
    row = studied.row
    mark = "" if row.status is Status.GRADED else f"<strong>{row.status}:</strong> "
    behind = "".join(
        f"<br><span class='guess'>{guess.sureness}: {_text(guess.misconception.idea)}</span>"
        for guess in studied.guesses
    )
    return mark + _text(row.note) + behind


def _about_step(number: int, studied: Sequence[Studied]) -> str:
    tried = [s for s in studied if s.row.step == number and s.row.status is Status.GRADED]
    chapter = _chapter(number)
    title = f"Step {number}" + (f" · {_text(chapter.title)}" if chapter else "")
    return (
        _section(f"step-{number}", title)
        + _broken_most(tried, {number: chapter} if chapter else {})
        + _mistakes(tried)
    )


def _chapter(number: int) -> Chapter | None:
    try:
        return read_chapter(step(number))
    except LabError:
        return None


def _broken_most(tried: Sequence[Studied], chapters: Mapping[int, Chapter]) -> str:
    """Code that cannot be imported says nothing about which promise is hard."""
    rows = [s.row for s in tried if not any(p.cannot_be_imported for p in s.row.promises)]
    broken: Counter[str] = Counter()
    promises: dict[str, Promise] = {}
    for row in rows:
        for promise in row.promises:
            if not promise.ok:
                broken[promise.test] += 1
                promises[promise.test] = promise
    if not broken:
        return "<p>Nobody broke a promise.</p>\n"
    order = sorted(broken, key=lambda test: (-broken[test], -promises[test].step, test))
    lines = [
        (
            _text(promises[test].promise),
            f"{promises[test].step}{_place(promises[test], chapters)}",
            f"{broken[test]} of {len(rows)}",
            _bar(broken[test], len(rows)),
        )
        for test in order[:_MOST_PROMISES]
    ]
    more = len(order) - len(lines)
    note = f"<p>and {_several(more, 'other promise')} that somebody broke.</p>\n" if more else ""
    columns = ("promise", "step, and what to reread", "#broken by", "")
    return _table("The promises that fail most", columns, lines) + note


def _place(promise: Promise, chapters: Mapping[int, Chapter]) -> str:
    chapter = chapters.get(promise.step) or _chapter(promise.step)
    titles = {s.anchor: s.title for s in chapter.sections} if chapter else {}
    return f", {_text(titles[promise.section])}" if promise.section in titles else ""


def _mistakes(tried: Sequence[Studied]) -> str:
    who: dict[Misconception, dict[Sureness, list[str]]] = defaultdict(lambda: defaultdict(list))
    for s in tried:
        for guess in s.guesses:
            who[guess.misconception][guess.sureness].append(s.row.name)
    if not who:
        return ""
    order = sorted(who, key=lambda m: (-sum(map(len, who[m].values())), m.name))
    lines = [
        (
            _text(mistake.idea),
            str(sum(map(len, who[mistake].values()))),
            "<br>".join(
                f"{sureness}: {_text(', '.join(names))}"
                for sureness in Sureness
                if (names := who[mistake].get(sureness))
            ),
        )
        for mistake in order
    ]
    return _table("What may be behind it", ("somebody believes", "#how many", "who"), lines)


def _to_look_at(rows: Sequence[Row]) -> str:
    lines = [
        (_text(row.name), "" if row.step is None else str(row.step), _text(what))
        for row in rows
        for what in [*([row.note] if row.status is Status.NOT_BELIEVED else []), *row.look_at]
    ]
    if not lines:
        return ""
    return (
        _section("look-at", "What to look at")
        + "<p>Read this code before you say anything to its author: there are innocent ways to end "
        "up here.</p>\n" + _table("What was seen", ("name", "#step", "what it did"), lines)
    )


_HOW = """<h2 id="how">How this was found</h2>
<p>Points are those of the promises that were kept. To find out what is behind it, the promises
that a submission broke are compared with those that each wrong solution of the step breaks.
<strong>Sure</strong> means: exactly the same promises, and no other known mistake breaks them.
<strong>Likely</strong>: the same as several known mistakes break, or at least six in ten of all
that either breaks. <strong>Possible</strong>: all that the mistake breaks is broken, and it is a
quarter of it or more. Somebody can make a mistake that is not known here, or break the same
promises for another reason. Ask them.</p>"""


def _section(anchor: str, title: str) -> str:
    return f'<h2 id="{anchor}">{title}</h2>\n'


def _table(caption: str, columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A column whose name begins with # holds numbers; one without a name is for the eye only."""
    kinds = ["number" if c.startswith("#") else "bar" if not c else "" for c in columns]
    head = "".join(
        f'<th scope="col" class="{kind}">{name.removeprefix("#")}</th>'
        if name
        else '<td class="bar"></td>'
        for name, kind in zip(columns, kinds, strict=True)
    )
    body = "\n".join(_line(line, kinds) for line in lines)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">\n<table>\n'
        f"<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>\n</div>\n"
    )


def _line(cells: Sequence[str], kinds: Sequence[str]) -> str:
    pairs = zip(cells[1:], kinds[1:], strict=True)
    others = "".join(f'<td class="{kind}">{cell}</td>' for cell, kind in pairs)
    return f'<tr><th scope="row">{cells[0]}</th>{others}</tr>'


def _bar(part: float, whole: float) -> str:
    width = round(100 * part / whole) if whole else 0
    return f'<span class="track" aria-hidden="true"><span style="width:{width}%"></span></span>'


def _several(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")


def _text(text: str) -> str:
    return escape(text)
