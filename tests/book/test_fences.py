"""What the fences show of the steps, and that every mistake in one fails the build."""

import importlib
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from markdown import Markdown

from lab.book import diagrams, journey, states
from lab.book.diff import compare, step_diff
from lab.book.errors import FenceError
from lab.book.listing import step
from lab.book.pages import front_matter, pages
from lab.book.summary import changes, step_summary
from lab.catalog import ROOT, STEPS, Step, steps


def show(fence: Callable[..., str], body: str) -> str:
    return fence(body, "", "", {}, Markdown())


def text_of(html: str) -> str:
    return unescape(re.sub("<[^>]+>", "", html))


def test_a_listing_shows_the_whole_file() -> None:
    html = show(step, "01/__init__.py")

    code = re.search("<code>(?!__init__)(.*)</code>", html, re.DOTALL)
    assert code is not None
    assert text_of(code[1]) == (STEPS / "step01_first_job" / "__init__.py").read_text()


def test_a_symbol_has_the_line_numbers_of_its_file() -> None:
    lines = (STEPS / "step01_first_job" / "__init__.py").read_text().splitlines()
    first = lines.index("def process(job: Job) -> None:") + 1

    html = show(step, "01/__init__.py process")

    assert re.findall(r'data-new="(\d+)"', html)[0] == str(first)
    assert "status" in text_of(html)
    assert "class Job" not in text_of(html)


def test_a_symbol_includes_its_decorators_and_the_comment_above_it() -> None:
    assert "@dataclass" in text_of(show(step, "02/__init__.py Job"))
    assert "# A function that does the work" in text_of(show(step, "02/__init__.py Handler"))


def test_a_field_inside_a_class_is_a_symbol_and_is_not_indented() -> None:
    html = show(step, "01/__init__.py Job.payload\nmark: default_factory")

    assert "payload: dict[str, Any] = field(" in text_of(html)
    assert '<span class="line marked"' in html
    assert not re.search(r'data-new="\d+"><span[^>]*> ', html)


def test_a_diff_shows_the_changed_hunks_and_their_words() -> None:
    html = show(step_diff, "02..03 __init__.py")

    assert '<ins class="line" data-new=' in html
    assert '<del class="line" data-old=' in html
    assert "class HandlerError(Exception):" in text_of(html)
    assert "from itertools import count" not in text_of(html), "it is far from any change"
    assert "step 2 → 3" in text_of(html)


def test_a_diff_marks_the_words_that_differ() -> None:
    html = show(step_diff, "01..02 __init__.py process")

    marked = [text_of(mark) for mark in re.findall("<mark>.*?</mark>", html)]
    assert "handler" in marked


def test_a_diff_of_a_symbol_leaves_the_rest_out() -> None:
    text = text_of(show(step_diff, "02..03 __init__.py process"))

    assert "except Exception as error:" in text
    assert "class HandlerError" not in text


def test_a_diff_of_a_new_file_adds_every_line() -> None:
    html = show(step_diff, "01..02 emails.py")

    assert "<del" not in html
    assert html.count("<ins ") == (STEPS / "step02_handlers" / "emails.py").read_text().count("\n")


def test_the_name_of_the_package_is_not_a_change() -> None:
    old, new = "from step01_first_job import Job\n", "from step02_handlers import Job\n"

    assert compare(old, new) == []
    assert len(compare(old, new.replace("Job", "Jobs"))) == 1


def test_a_summary_counts_the_lines_of_each_file() -> None:
    before = {"a.py": "one\n", "b.py": "one\n", "c.py": "one\n"}
    after = {"b.py": "one\ntwo\n", "c.py": "one\n", "d.py": ""}

    found = [(c.file, c.kind, c.added, c.removed) for c in changes(before, after)]

    assert found == [("a.py", "removed", 0, 1), ("b.py", "changed", 1, 0), ("d.py", "added", 0, 0)]


def test_a_summary_of_one_step_is_from_nothing() -> None:
    text = text_of(show(step_summary, "01"))

    assert "From nothing to step 1" in text
    assert "changed" not in text


def test_the_journey_links_what_exists_and_marks_what_is_planned() -> None:
    html = show(journey.journey, "")

    assert html.count('class="there"') == len(steps())
    assert f'href="steps/{steps()[0].page}.html"' in html
    assert (
        html.count('class="to-come"')
        == html.count(">planned<")
        == len(journey.stops()) - len(steps())
    )


def test_the_journey_knows_every_step_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    journey.stops.cache_clear()
    monkeypatch.setattr("lab.catalog.steps", lambda: (Step(99, "unheard_of"),))

    with pytest.raises(FenceError, match="does not list step99_unheard_of"):
        journey.stops()


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_a_chapter_has_one_title_everywhere(step: Step) -> None:
    title = front_matter(step.chapter.read_text(encoding="utf-8"))["title"]

    assert [stop.title for stop in journey.stops() if stop.number == step.number] == [title]
    entry = f"{step.number} · {title}: steps/{step.page}.md"
    assert entry in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


def arrows(picture: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^ *(\S+) --> (\S+)$", picture, re.MULTILINE))


def test_a_state_diagram_has_the_arrows_of_the_code_and_no_others() -> None:
    picture = states.diagram("06/status.py TRANSITIONS\ntitle: A job's life")

    assert arrows(picture) == {
        ("[*]", "pending"),
        ("pending", "processing"),
        ("processing", "completed"),
        ("processing", "failed"),
        ("completed", "[*]"),
        ("failed", "[*]"),
    }


def test_a_state_diagram_says_in_words_what_it_shows() -> None:
    picture = states.diagram("06/status.py TRANSITIONS\ntitle: A job's life")

    assert "accTitle: A job's life\n" in picture
    assert "processing leads to completed or failed. completed is an end." in picture


def test_a_state_diagram_is_another_one_when_the_code_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = "06/status.py TRANSITIONS"
    before = diagrams.drawing(states.diagram(page))
    status = importlib.import_module("steps.step06_state_machine.status")
    one_too_many = {**status.TRANSITIONS, "failed": {"pending"}}

    monkeypatch.setattr(status, "TRANSITIONS", one_too_many)

    assert ("failed", "pending") in arrows(states.diagram(page))
    assert diagrams.drawing(states.diagram(page)) != before


PICTURE = (
    "flowchart LR\naccTitle: Two states\naccDescr: A job is pending, then completed.\na --> b\n"
)

MISTAKES = {
    "no such step": (step, "99/__init__.py", "there is no step '99'"),
    "no number": (step, "first/__init__.py", "there is no step 'first'"),
    "no file": (step, "01", "write: NN/file.py"),
    "nothing": (step, "", "write: NN/file.py"),
    "too much": (step, "01/__init__.py Job process", "write: NN/file.py"),
    "no such file": (step, "01/emails.py", "no file 'emails.py'; it has __init__.py"),
    "no such symbol": (step, "01/__init__.py Jobs", "there are Job, _numbers, process"),
    "no such field": (step, "01/__init__.py Job.state", "no symbol 'Job.state'"),
    "a mark on no line": (step, "01/__init__.py Job\nmark: uuid", "contains 'uuid'"),
    "an unknown option": (step, "01/__init__.py\nmarks: uuid", "the options are: mark, title"),
    "a diff of one step": (step_diff, "02 __init__.py", "write: NN..MM"),
    "a diff of nothing": (step_diff, "02..03 emails.py", "nothing changes"),
    "a diff of no file": (step_diff, "02..03 gone.py", "neither step 02 nor step 03"),
    "a diff of no symbol": (step_diff, "02..03 __init__.py Gone", "no symbol|neither file"),
    "a context of words": (step_diff, "02..03 __init__.py\ncontext: two", "not 'two'"),
    "a summary of no step": (step_summary, "02..99", "there is no step '99'"),
    "a summary of nothing": (step_summary, "02..02", "nothing changes"),
    "a journey with words": (journey.journey, "I..II", "the fence is empty"),
    "states of no table": (diagrams.step_states, "06/status.py", "write: NN/file.py TABLE"),
    "states of no symbol": (diagrams.step_states, "06/status.py ARROWS", "no symbol 'ARROWS'"),
    "states of a class": (diagrams.step_states, "06/status.py Status", "where each status leads"),
    "a diagram not drawn": (diagrams.mermaid, PICTURE, "run: python -m lab.book.diagrams"),
    "a diagram of no kind": (diagrams.mermaid, "pie\n" + PICTURE, "starts with one of flowchart"),
    "a diagram without a title": (
        diagrams.mermaid,
        PICTURE.replace("accTitle", "%%"),
        "in a line `accTitle",
    ),
    "a diagram without words": (
        diagrams.mermaid,
        PICTURE.replace("accDescr", "%%"),
        "in a line `accDescr",
    ),
}


@pytest.mark.parametrize(("fence", "body", "says"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_an_error_that_says_what_is_right(
    fence: Callable[..., str], body: str, says: str
) -> None:
    with pytest.raises(FenceError, match=says):
        show(fence, body)


def test_a_mistake_on_a_page_fails_the_build() -> None:
    page = "# Page\n\n!!! note\n\n    ```step\n    01/gone.py\n    ```\n"
    fences = {"custom_fences": [{"name": "step", "class": "step", "format": step}]}
    markdown = Markdown(
        extensions=["pymdownx.superfences", "admonition"],
        extension_configs={"pymdownx.superfences": fences},
    )

    with pytest.raises(FenceError, match=r"no file 'gone\.py'"):
        markdown.convert(page)


def test_every_picture_is_drawn_and_none_is_left_over() -> None:
    missing = [path.name for path in diagrams.wanted(pages()) if not path.exists()]

    assert (missing, diagrams.orphans(pages())) == ([], []), f"run: {diagrams.DRAW}"


def test_a_picture_is_made_smaller_and_stays_the_same() -> None:
    svg = '<path d="M-1.23456 2.5" data-points="W10=" class="data-flow"/>'

    assert diagrams.compact(svg) == '<path d="M-1.23 2.5" class="data-flow"/>'


def test_a_picture_is_an_image_with_a_title() -> None:
    svg = '<svg role="graphics-document document" aria-roledescription="flowchart-v2">'

    assert diagrams.as_image(svg) == '<svg role="img">'


def test_a_picture_has_nothing_that_an_e_book_may_not_have() -> None:
    svg = '<g><rect class="back"></rect><line name="A" x1="1"></line><path d="M0" width="7" /></g>'

    assert diagrams.valid(svg) == '<g><line x1="1"></line><path d="M0" /></g>'
    for picture in diagrams.DRAWN.glob("*.svg"):
        drawn = picture.read_text(encoding="utf-8")
        assert diagrams.valid(drawn) == drawn, f"{picture.name}: run {diagrams.DRAW} --all"


def test_no_two_pictures_on_a_page_have_an_id_in_common() -> None:
    svg = '<g id="actor1"><use href="#actor1"/></g><g id="actor10" mask="url(#actor1)"/>'

    own = diagrams.with_own_ids(svg, "diagram-1a")

    assert own == (
        '<g id="diagram-1a-actor1"><use href="#diagram-1a-actor1"/></g>'
        '<g id="diagram-1a-actor10" mask="url(#diagram-1a-actor1)"/>'
    )
    for picture in diagrams.DRAWN.glob("*.svg"):
        ids = re.findall(r' id="([^"]+)"', picture.read_text(encoding="utf-8"))
        assert [each for each in ids if picture.stem not in each] == [], picture.name


def test_a_missing_and_a_left_over_picture_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagrams, "DRAWN", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        f"# Page\n\n    ```mermaid\n{re.sub('^', '    ', PICTURE, flags=re.M)}```\n\n"
        "```step-states\n06/status.py TRANSITIONS\n```\n"
    )
    (tmp_path / "left-over.svg").touch()

    assert [path.exists() for path in diagrams.wanted([page])] == [False, False]
    assert [path.name for path in diagrams.orphans([page])] == ["left-over.svg"]
