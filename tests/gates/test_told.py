"""Every line that a step changes is shown by its chapter, or the chapter says why not."""

from pathlib import Path

import pytest

from lab.catalog import Step, package, step, steps
from lab.gates import told


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_every_changed_line_is_told(step: Step) -> None:
    faults = told.faults(step)

    assert not faults, "\n".join(faults)


WHOLE = """\
```step-diff
02..03 __init__.py
```

```step-diff
02..03 __main__.py
```
"""
NO_SCENE = WHOLE.rpartition("```step-diff")[0]


def faults(folder: Path, text: str, untold: str = "") -> list[str]:
    page = folder / "03-errors.md"
    page.write_text(f"---\nstep: 3\nuntold: [{untold}]\n---\n{text}", encoding="utf-8")
    return told.faults(step(3), page)


def test_a_diff_of_every_file_tells_all(tmp_path: Path) -> None:
    assert faults(tmp_path, WHOLE) == []


def test_a_file_that_no_fence_shows_is_named_line_by_line(tmp_path: Path) -> None:
    found = faults(tmp_path, NO_SCENE)

    assert any("step 3, __main__.py" in fault and "def charge_card" in fault for fault in found)
    assert not any("__init__.py" in fault for fault in found)


def test_the_diff_of_a_symbol_tells_only_of_the_symbol(tmp_path: Path) -> None:
    found = faults(tmp_path, WHOLE.replace("__init__.py", "__init__.py process"))

    assert any("class HandlerError" in fault for fault in found)
    assert not any("raise HandlerError" in fault for fault in found)


def test_new_lines_in_a_step_fence_tell_of_what_they_replace(tmp_path: Path) -> None:
    listing = "```step\n03/__init__.py\n```\n"

    assert faults(tmp_path, listing + WHOLE.partition("\n\n")[2]) == []


def test_a_line_that_only_goes_away_is_told_by_a_fence_that_shows_it(tmp_path: Path) -> None:
    page = tmp_path / "01-first-job.md"
    page.write_text("```step\n01/__init__.py\n```\n```step\n01/__main__.py\n```\n")
    without_anything = Step(1, "first_job")

    removed = told.faults(without_anything, page, before=package("02"))

    assert any("step 2, emails.py, line 1 " in fault for fault in removed)
    page.write_text(page.read_text() + "```step\n02/emails.py\n```\n")
    told_of = told.faults(without_anything, page, before=package("02"))
    assert not any("emails.py" in fault for fault in told_of)


def test_a_file_in_the_front_matter_needs_no_fence(tmp_path: Path) -> None:
    assert faults(tmp_path, NO_SCENE, "{file: __main__.py, reason: the scene is run}") == []


def test_a_symbol_in_the_front_matter_excuses_only_itself(tmp_path: Path) -> None:
    excuse = "{file: __main__.py, symbol: charge_card, reason: it only fails}"

    found = faults(tmp_path, NO_SCENE, excuse)

    assert found
    assert not any("def charge_card" in fault for fault in found)


@pytest.mark.parametrize(
    ("excuse", "says"),
    [
        ("{file: __main__.py, reason: it was once untold}", "nothing left to excuse"),
        ("{file: gone.py, reason: it is gone}", "nothing left to excuse"),
        ("{file: __main__.py}", "a reason"),
        ("{file: __main__.py, reason: ' '}", "a reason"),
        ("__main__.py", "an entry has a file"),
    ],
)
def test_a_stale_or_incomplete_excuse_fails(tmp_path: Path, excuse: str, says: str) -> None:
    found = faults(tmp_path, WHOLE, excuse)

    assert len(found) == 1
    assert says in found[0]


def test_a_step_without_a_chapter_fails(tmp_path: Path) -> None:
    assert told.faults(step(1), tmp_path / "01-first-job.md") == [
        "step01 has no chapter 01-first-job.md"
    ]
