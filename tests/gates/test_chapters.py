"""Chapters and promises fit together: what one names, the other has."""

import ast
import re

import pytest

from lab.catalog import DOCS, Step, steps
from lab.chapter import read_chapter
from lab.solutions import wrong_solutions

# What every chapter has, besides its tasks.
ANATOMY = {
    "what-hurts",
    "by-the-end",
    "predict",
    "what-changed",
    "checkpoint",
    "not-proven",
    "others",
    "exercises",
    "instructor",
}
FRONT_MATTER = {"title", "step", "minutes", "summary", "builds_on"}


def anchors_named_by_tests(step: Step) -> set[str]:
    """What stands in the `chapter("…")` marks of a step's tests."""
    sources = [path.read_text(encoding="utf-8") for path in step.tests.glob("test_*.py")]
    calls = (n for text in sources for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call))
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "chapter"
        and isinstance(call.args[0], ast.Constant)
    }


each_step = pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)


@each_step
def test_a_chapter_has_the_parts_that_every_chapter_has(step):
    there = {section.anchor for section in read_chapter(step).sections}

    assert ANATOMY - there == set()


@each_step
def test_a_chapter_says_what_it_takes_and_what_it_builds_on(step):
    front_matter = read_chapter(step).front_matter

    assert FRONT_MATTER - front_matter.keys() == set()
    assert front_matter["step"] == step.number


@each_step
def test_a_chapter_builds_on_steps_before_it(step):
    builds_on = read_chapter(step).front_matter["builds_on"]

    assert [number for number in builds_on if not 0 < number < step.number] == []


@each_step
def test_every_promise_names_a_section_of_its_chapter(step):
    there = {section.anchor for section in read_chapter(step).sections}

    assert anchors_named_by_tests(step) != set()
    assert anchors_named_by_tests(step) - there == set()


@each_step
def test_every_task_and_every_exercise_has_three_hints(step):
    chapter = read_chapter(step)
    wanted = anchors_named_by_tests(step) | {
        s.anchor for s in chapter.sections if s.anchor.startswith("exercise-")
    }

    hints = {anchor: len(chapter.section(anchor).hints) for anchor in sorted(wanted)}

    assert hints == dict.fromkeys(hints, 3)


@each_step
def test_a_chapter_has_exercises_at_three_levels(step):
    exercises = [s for s in read_chapter(step).sections if s.anchor.startswith("exercise-")]

    assert len(exercises) >= 3


@each_step
def test_the_instructor_is_told_of_every_wrong_solution(step):
    text = step.chapter.read_text(encoding="utf-8")
    notes = text[text.index("{#instructor}") :]

    assert [w.name for w in wrong_solutions(step) if f"`{w.path.stem}`" not in notes] == []


@each_step
def test_a_chapter_is_in_the_navigation(step):
    configuration = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")

    assert re.search(rf"^ *- .*\bsteps/{step.page}\.md$", configuration, re.MULTILINE)


def test_an_anchor_is_found_in_a_mark_on_a_test_and_on_a_file(tmp_path, monkeypatch):
    (tmp_path / "test_a.py").write_text(
        'pytestmark = [pytest.mark.chapter("one")]\n\n'
        '@pytest.mark.chapter("two")\ndef test_a(): ...\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(Step, "tests", tmp_path)

    assert anchors_named_by_tests(steps()[0]) == {"one", "two"}
