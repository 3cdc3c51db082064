"""The notes for instructors: told once, in the chapters, and gathered where they are wanted."""

from pathlib import Path

import pytest
from markdown import Markdown

from lab.book.errors import FenceError
from lab.book.instructor import PARTS, instructor, notes, part, timetable
from lab.catalog import DOCS, Step, step, steps

NOTES = """\
---
title: The shop
minutes: 7
summary: It *sells*.
---
## For the instructor {#instructor}

??? abstract "For the instructor"
    **Timing (50 minutes).** Predict: 4.

    **Misconceptions**, by the wrong solution:

    | file | believes |
    |---|---|
    | `one` | two |

    **Questions for the room.** Why?

[^note]: A footnote of the page.
"""


@pytest.fixture
def chapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The chapter of every step, for a test to spoil."""
    page = tmp_path / "page.md"
    page.write_text(NOTES, encoding="utf-8")
    monkeypatch.setattr(Step, "chapter", page)
    return page


def shown(fence: object, body: str) -> str:
    return fence(body, "instructor", "instructor", {}, Markdown())  # type: ignore[operator]


@pytest.mark.usefixtures("chapter")
def test_the_notes_of_a_chapter_are_shown_where_they_are_wanted() -> None:
    html = shown(instructor, "01")

    assert "<strong>Timing (50 minutes).</strong> Predict: 4." in html
    assert "<td>two</td>" in html
    assert "A footnote" not in html


@pytest.mark.usefixtures("chapter")
def test_one_part_can_be_asked_for() -> None:
    assert shown(instructor, "01 questions").count("<p>") == 1
    assert part(step(1), "misconceptions").endswith("| `one` | two |")


@pytest.mark.usefixtures("chapter")
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "NN, or NN PART"),
        ("99", "there is no step 99"),
        ("one", "'one' is not the number"),
        ("01 songs", "no part 'songs'; there are time,"),
        ("01 board", "has no notes of board"),
    ],
)
def test_a_fence_that_asks_for_what_is_not_there_fails(body: str, says: str) -> None:
    with pytest.raises(FenceError, match=says):
        shown(instructor, body)


def test_a_chapter_without_notes_fails(chapter: Path) -> None:
    chapter.write_text("# No notes", encoding="utf-8")

    with pytest.raises(FenceError, match="has no"):
        notes(step(1))


def test_a_link_that_works_on_the_chapters_own_page_only_fails(chapter: Path) -> None:
    chapter.write_text(NOTES.replace("Why?", "See [this](04-storage.md)."), encoding="utf-8")

    with pytest.raises(FenceError, match="a link in the notes"):
        notes(step(1))


@pytest.mark.usefixtures("chapter")
@pytest.mark.parametrize(("body", "count"), [("01", 1), ("01..03", 3), ("02..", len(steps()) - 1)])
def test_a_timetable_adds_the_minutes_up(body: str, count: int) -> None:
    html = shown(timetable, body)

    assert html.count("<td>It <em>sells</em>.</td>") == count
    assert f"<td>{7 * count}</td>" in html.partition("<tfoot>")[2]


@pytest.mark.parametrize("body", ["", "03..01", "x", "01..99"])
def test_a_timetable_of_nothing_fails(body: str) -> None:
    with pytest.raises(FenceError):
        shown(timetable, body)


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_every_chapter_tells_the_instructor_what_every_chapter_tells(step: Step) -> None:
    assert [name for name in PARTS if name != "right" and not part(step, name)] == []


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_the_page_for_teachers_has_every_chapter(step: Step) -> None:
    page = (DOCS / "teach" / "chapters.md").read_text(encoding="utf-8")

    assert f"](../steps/{step.page}.md)\n\n```instructor\n{step.number:02d}\n```" in page
