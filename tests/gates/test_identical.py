"""A file that a step does not speak of is the file of the step before."""

import pytest

from lab.catalog import Step, steps
from lab.gates import identical

EMAILS = {"emails.py": "def send_email() -> None: ...\n"}
FIXED = {"emails.py": "def send_email() -> None: pass\n"}
# A chapter that shows what step 4 does to the file in which everything is.
SHOWS_THE_MODULE = "```step-diff\n03..04 __init__.py\n```\n"


def drifted(old: dict[str, str], new: dict[str, str], chapter: str = "") -> list[str]:
    return identical.drifted("03", "04", old, new, chapter)


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_what_a_step_does_not_change_is_identical(step: Step) -> None:
    faults = identical.faults(step)

    assert not faults, "\n".join(faults)


def test_a_fix_that_was_not_carried_is_noticed() -> None:
    assert drifted(FIXED, EMAILS) == ["emails.py"]


def test_a_blank_line_too_many_is_noticed() -> None:
    assert drifted({"emails.py": f"{EMAILS['emails.py']}\n"}, EMAILS) == ["emails.py"]


def test_a_file_that_stays_the_same_is_no_fault() -> None:
    assert drifted(EMAILS, EMAILS) == []


def test_a_file_that_only_one_step_has_is_no_fault() -> None:
    assert drifted(EMAILS, {"letters.py": ""}) == []


def test_a_file_that_the_chapter_shows_may_differ() -> None:
    one, other = {"__init__.py": "A = 1\n"}, {"__init__.py": "A = 2\n"}

    assert drifted(one, other, SHOWS_THE_MODULE) == []


def test_a_file_that_the_chapter_excuses_may_differ() -> None:
    excuse = "---\nuntold: [{file: emails.py, reason: its layout}]\n---\n"

    assert drifted(FIXED, EMAILS, excuse) == []
