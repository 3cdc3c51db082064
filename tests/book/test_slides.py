"""A chapter's slides: chosen from its page, for the keyboard and for paper, for everybody."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from playwright.sync_api import Browser, Page

from lab.book.tree import tree, words
from lab.catalog import Step, step, steps
from lab.handout import slides as making
from lab.handout.deck import deck
from lab.handout.misconceptions import misconceptions
from lab.handout.sentences import ending, sentences
from lab.handout.slides import Slide, slides
from tests.book.test_browser import axe_faults, requests_elsewhere, script_errors


def chapter(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Slide]:
    """The slides of a chapter with this text, after the notes and the rest that every one has."""
    page = tmp_path / "page.md"
    page.write_text(
        "---\ntitle: The shop\nstep: 1\nsummary: It sells **books**.\n---\n# 1 · The shop\n\n"
        f'{text}\n\n## For you {{#instructor}}\n\n??? abstract "For the instructor"\n'
        "    **Time** (9 minutes). All of it: 9.\n\n    **Questions.** Why?\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(Step, "chapter", page)
    return slides(step(1))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[Slide]]:
    return lambda text: chapter(text, tmp_path, monkeypatch)


def shown(slide: Slide) -> list[str]:
    return [words(block) for block in slide.shown]


def said(slide: Slide) -> str:
    return " ".join(words(block) for block in slide.notes)


def paragraph(text: str) -> Element:
    return tree(text)[0]


def test_a_paragraph_is_cut_into_its_sentences_with_their_markup() -> None:
    cut = sentences(
        paragraph("Ada buys. **It fails. Loudly.** Why does `a.b` ask? See e.g. Grace.")
    )

    assert [words(s) for s in cut] == [
        "Ada buys.",
        "It fails. Loudly.",
        "Why does a.b ask?",
        "See e.g. Grace.",
    ]
    assert cut[2].find("code") is not None


def test_a_short_last_sentence_takes_the_one_before_it_along() -> None:
    text = paragraph("A counter gives `1`. Each call gives the **next** one. We count.")

    assert words(ending(text, 10)) == "Each call gives the next one. We count."
    assert words(ending(text, 5)) == "We count."


def test_the_first_slide_says_what_the_chapter_is_about_and_to_the_teacher_how_long(made) -> None:
    first = made("We begin.\n\n## What hurts {#what-hurts}\n\nIt does.")[0]

    assert (first.title, first.kind) == ("The shop", "title")
    assert shown(first) == ["It sells books."]
    assert said(first) == "We begin. Time (9 minutes). All of it: 9."


def test_code_is_shown_under_the_sentence_that_leads_to_it_and_the_rest_is_said(made) -> None:
    slide = made(
        "## Task {#task}\n\nA job is a record of some work that waits. This one waits for the mail "
        "server to come back:\n\n```python\nx = 1\n```\n\nIt has no name."
    )[1]

    assert shown(slide) == [
        "A job is a record of some work that waits.",
        "This one waits for the mail server to come back:",
        "x = 1",
    ]
    assert said(slide).endswith("It has no name.")


def test_a_principle_is_shown_and_a_term_in_bold_is_not(made) -> None:
    slide = made("## Task {#task}\n\nA **job**.\n\nSo: **report after the work, never before.**")[1]

    assert shown(slide) == ["A job.", "So: report after the work, never before."]


def test_bold_that_opens_a_topic_opens_a_slide(made) -> None:
    one, two = made(
        "## Task {#task}\n\nTry.\n\n```python\nx = 1\n```\n\n**The order of two lines.** "
        "Reads well, and is wrong all the same, as you can see:\n\n```python\ny = 2\n```\n"
    )[1:3]

    assert shown(one) == ["Try.", "x = 1"]
    assert shown(two)[0] == "The order of two lines."
    assert shown(two)[-1] == "y = 2"


def test_hints_and_our_own_version_are_on_no_slide(made) -> None:
    text = (
        '## Task {#task}\n\nWrite it down.\n\n??? hint "Hint 1"\n    The secret.\n\n'
        '??? success "Our version"\n    The secret.\n'
    )

    assert "The secret" not in "".join(map(said, made(text)))
    assert "The secret" not in "".join("".join(shown(slide)) for slide in made(text))


def test_predict_asks_first_and_answers_on_the_next_slide(made) -> None:
    _, question, answer, *_ = made(
        "## Predict {#predict}\n\n```python\nx = 1\n```\n\n**What is x?** Look.\n\n"
        '??? question "Answer"\n    It is one. It was one.\n'
    )

    assert (question.kind, shown(question)) == ("question", ["x = 1", "What is x?"])
    assert (answer.kind, shown(answer)) == ("answer", ["It is one."])


def test_the_invariants_are_a_list(made) -> None:
    slide = made("## By the end {#by-the-end}\n\nAll holds.\n\n1. One.\n2. Two.\n")[1]

    assert (slide.kind, shown(slide)) == ("list", ["One. Two."])


def test_what_is_not_proven_is_a_list_of_what_stands_in_bold(made) -> None:
    slide = made("## Not {#not-proven}\n\n- **That it arrived.** We print.\n- **Much.** Yes.\n")[1]

    assert [words(entry) for entry in slide.shown[0]] == ["That it arrived.", "Much."]


def test_comments_of_the_page_decide_otherwise(made) -> None:
    one, two = made(
        "## Task {#task}\n\n<!-- no slide -->\n\n```python\nhidden = 1\n```\n\n"
        "<!-- slide -->\n\n- a list\n\n<!-- slide: Later -->\n\nThere is more."
    )[1:3]

    assert shown(one) == ["a list"]
    assert (two.title, shown(two)) == ("Later", ["There is more."])


def test_links_within_the_book_lead_nowhere_from_a_slide_and_others_do(made) -> None:
    slide = made("## Task {#task}\n\nSee [a](../glossary.md) and [b](https://docs.python.org/).")[1]

    assert [link.get("href") for link in slide.shown[0].iter("a")] == ["https://docs.python.org/"]
    assert shown(slide) == ["See a and b."]


def test_too_much_for_one_slide_goes_on_the_next(made) -> None:
    code = "```python\n" + "x = 1\n" * (making._FULL - 4) + "```\n\n"

    assert len(made(f"## Task {{#task}}\n\n{code}{code}")) == 3


def test_what_a_student_may_believe_is_told_where_it_is_taught() -> None:
    rows = misconceptions(step(1))

    assert "shared_payload" in [words(row[0]) for row in rows["own-payload"]]
    assert any("What they may believe" in said(s) for s in slides(step(1)) if "Task 2" in s.title)


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_every_chapter_has_slides_for_each_of_its_tasks(step: Step) -> None:
    made = slides(step)

    assert {"title", "question", "answer", "told", "list"} == {slide.kind for slide in made}
    assert 15 < len(made) < 60
    assert all(slide.shown for slide in made)
    assert sum(bool(slide.notes) for slide in made) > len(made) / 2


# From here on, in a browser.


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a deck, opened from a folder."""
    path = tmp_path_factory.mktemp("slides") / "slides.html"
    path.write_text(deck(step(1)), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, file: str) -> Iterator[Page]:
    with browser.new_page(viewport={"width": 1280, "height": 720}) as page:
        page.goto(file)
        yield page


def at(page: Page) -> str:
    return page.locator("#place").inner_text().partition(" ")[0]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (["ArrowRight"], "2"),
        ([" ", "PageDown"], "3"),
        (["5", "Enter", "ArrowLeft"], "4"),
        (["1", "2", "Enter"], "12"),
        (["9", "9", "Enter", "Home", "ArrowLeft"], "1"),
        (["5", "Enter", "Shift+ "], "4"),
        (["5", "ArrowRight", "Enter"], "2"),
    ],
    ids=" ".join,
)
def test_the_keyboard_leads_through_the_slides(page: Page, keys: list[str], place: str) -> None:
    for key in keys:
        page.keyboard.press(key)

    assert at(page) == place
    assert page.locator(".slide:visible").get_attribute("id") == place
    assert page.evaluate("document.activeElement.id") == place


@pytest.mark.browser
def test_end_is_the_last_slide_and_the_address_keeps_the_place(page: Page, file: str) -> None:
    page.keyboard.press("End")
    last = at(page)

    assert page.url == f"{file}#{last}"
    page.reload()
    assert at(page) == last


@pytest.mark.browser
def test_notes_and_keys_are_shown_when_asked_for(page: Page) -> None:
    assert not page.locator(".slide.current .notes").is_visible()

    page.keyboard.press("n")
    page.keyboard.press("?")

    assert page.locator(".slide.current .notes").is_visible()
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("ArrowRight")
    assert at(page) == "1", "the keys are being read"


@pytest.mark.browser
def test_the_speakers_window_follows_and_leads(page: Page) -> None:
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    notes = popup.value
    notes.locator(".slide.current .notes").wait_for(state="visible")

    notes.keyboard.press("ArrowRight")
    page.locator("[id='2'].current").wait_for()
    page.keyboard.press("ArrowRight")
    notes.locator("[id='3'].current").wait_for()

    assert (at(page), at(notes)) == ("3", "3")


@pytest.mark.browser
def test_the_slides_ask_nothing_of_another_place_and_no_script_fails(
    browser: Browser, file: str
) -> None:
    with browser.new_page() as page:
        assert requests_elsewhere(page, file) == []
    with browser.new_page() as page:
        assert script_errors(page, file) == []


@pytest.mark.browser
@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_everybody_can_read_every_slide(
    browser: Browser, file: str, palette: Any, width: int
) -> None:
    faults: list[str] = []
    with browser.new_context(
        color_scheme=palette, viewport={"width": width, "height": 720}, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(file)
        page.keyboard.press("n")
        faults += axe_faults(page)
        # All of them at once, as they are without a script.
        page.evaluate("document.documentElement.classList.remove('js')")
        faults += axe_faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append("something is wider than the screen")

    assert not faults, "\n".join(faults)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("palette", ["light", "dark"])
@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_everybody_can_read_the_slides_of_every_chapter(
    browser: Browser, tmp_path: Path, palette: Any, step: Step
) -> None:
    path = tmp_path / "slides.html"
    path.write_text(deck(step), encoding="utf-8")

    with browser.new_context(color_scheme=palette, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(path.as_uri())
        page.evaluate("document.documentElement.classList.remove('js')")

        assert axe_faults(page) == []


@pytest.mark.browser
def test_paper_has_a_page_for_each_slide(page: Page) -> None:
    count = page.locator(".slide").count()

    pdf = page.pdf(prefer_css_page_size=True)

    assert pdf.count(b"/Type /Page\n") == count


@pytest.mark.browser
def test_without_scripts_the_slides_stand_one_below_the_other(browser: Browser, file: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(file)

        assert page.locator(".slide:visible").count() == page.locator(".slide").count()
