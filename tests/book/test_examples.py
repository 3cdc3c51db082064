"""Every example on every page runs and prints what the page says."""

from pathlib import Path

import pytest

from lab.book.pages import pages
from lab.book.running import run_page
from lab.catalog import ROOT


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_example_works(page: Path) -> None:
    faults = run_page(page)

    assert not faults, "\n\n".join(faults)


def write(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_one_namespace_for_the_whole_page_and_pyqueue_is_its_step(tmp_path: Path) -> None:
    page = write(
        tmp_path,
        "---\nstep: 1\n---\n"
        "```python\nfrom pyqueue import Job\njob = Job('email')\n```\n"
        "??? note\n    ```pycon\n    >>> job.id\n    'job-1'\n    >>> import pyqueue\n"
        "    >>> hasattr(pyqueue, 'Handler')\n    False\n    ```\n",
    )

    assert run_page(page) == []
    assert run_page(page) == [], "the second run starts afresh"


def test_a_command_prints_what_the_page_says(tmp_path: Path) -> None:
    page = write(
        tmp_path,
        "```console\n$ python3 -m steps.step01_first_job\njob-1 is pending\n…\n"
        "job-2 is completed\n$ python3 -c 'print(0.31, \"s\")'\n7.5 s\n```\n",
    )

    assert run_page(page) == []


def test_a_traceback_is_compared_by_its_last_line(tmp_path: Path) -> None:
    page = write(
        tmp_path,
        "```pycon\n>>> {}['to']\nTraceback (most recent call last):\n  …\nKeyError: 'to'\n```\n",
    )

    assert run_page(page) == []


FAULTS = {
    "wrong output of a command": ("console", "$ python3 -c 'print(1)'\n2", "+1"),
    "missing output of a command": ("console", "$ python3 -c 'print(1)'\n", "+1"),
    "output without a command": ("console", "hello", "starts with a line"),
    "a program nobody promises": ("console", "$ redis-cli ping\nPONG", "nobody runs 'redis-cli'"),
    "a wrong value": ("pycon", ">>> 1 + 1\n3", "+2"),
    "another exception": (
        "pycon",
        ">>> {}['to']\nTraceback (most recent call last):\n  …\nKeyError: 'cc'",
        "+KeyError: 'to'",
    ),
    "a session without a prompt": ("pycon", "1 + 1", "start with"),
    "code that fails": ("python", "raise ValueError('no')", "ValueError: no"),
    "code that does not parse": ("python", "def f(:", "SyntaxError"),
    "a name of another page": ("python", "job", "NameError"),
    "an unknown language": ("ruby", "puts 1", "language 'ruby'"),
    "no language": ("", "puts 1", "language ''"),
    "an attribute that nobody knows": ('python tilte="x"', "1 + 1", "because of 'tilte="),
    "norun without a reason": ("console norun", "$ redis-cli ping", "because of 'norun'"),
    "norun with an empty reason": ('console norun=""', "$ redis-cli ping", "norun="),
}


@pytest.mark.parametrize(("language", "body", "says"), FAULTS.values(), ids=FAULTS.keys())
def test_a_planted_fault_is_found(tmp_path: Path, language: str, body: str, says: str) -> None:
    page = write(tmp_path, f"# Page\n\n```{language}\n{body}\n```\n")

    faults = run_page(page)

    assert len(faults) == 1
    assert faults[0].startswith("page.md, line 3: ")
    assert says in faults[0]


def test_an_example_that_gives_a_reason_is_not_run(tmp_path: Path) -> None:
    page = write(tmp_path, '```console norun="needs a server"\n$ redis-cli ping\nPONG\n```\n')

    assert run_page(page) == []
