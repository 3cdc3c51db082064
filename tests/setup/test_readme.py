"""The README tells the truth about the steps and the commands that there are."""

import re
import tomllib

from lab.catalog import DOCS, ROOT, steps

README = (ROOT / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<here>✓?) *\| (?P<number>\d\d) (?P<name>.*?) \| (?P<hurts>.*?) \|$", re.M)


def test_every_step_that_is_marked_exists_and_the_others_do_not() -> None:
    marked = [int(row["number"]) for row in ROW.finditer(README) if row["here"]]

    assert marked == [step.number for step in steps()]


def test_the_steps_are_those_of_the_journey() -> None:
    journey = tomllib.loads((DOCS / "journey.toml").read_text(encoding="utf-8"))

    rows = [(int(row["number"]), title(row["name"]), row["hurts"]) for row in ROW.finditer(README)]

    assert rows == [(step["number"], step["title"], step["hurts"]) for step in journey["steps"]]


def test_every_step_that_exists_is_linked_to_its_chapter() -> None:
    links = {int(row["number"]): row["name"] for row in ROW.finditer(README) if row["here"]}

    for step in steps():
        page = step.chapter.relative_to(ROOT).as_posix()
        assert links[step.number].endswith(f"]({page})")
        assert step.chapter.exists()


def test_every_file_that_is_linked_exists() -> None:
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", README)

    assert [path for path in linked if not (ROOT / path).exists()] == []


def title(name: str) -> str:
    """The text of a link, or the name itself."""
    return re.sub(r"\[(.*)\]\(.*\)", r"\1", name)
