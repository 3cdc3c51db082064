"""The race player and the game in a real browser: with keys, with a mouse, and without scripts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from markdown import Markdown
from playwright.sync_api import Browser, Locator, Page

from lab.book.races import RECORDINGS
from lab.book.schedule import schedule, scheduler
from tests.book.test_browser import SIZES, axe_faults, script_errors

pytestmark = pytest.mark.browser

PLAYED = [each.scenario for each in RECORDINGS if not each.game]
HINT = "Both have to pass the check."


def fence(kind: Any, body: str) -> str:
    return str(kind(body, "", "", {}, Markdown()))


@pytest.fixture(scope="module")
def races(book: Path) -> Iterator[str]:
    """The address of a page with all races and both games, in the look of the book."""
    path = book / "races.html"
    page = (book / "glossary.html").read_text(encoding="utf-8")
    shown = [fence(schedule, f"10/racy {name}") for name in PLAYED]
    shown += [fence(scheduler, f"10/racy charge\nhint: {HINT}"), fence(scheduler, "10 charge")]
    headed = "".join(f"<h2>Race {number}</h2>{html}" for number, html in enumerate(shown))
    start, end = page.index("</h1>"), page.index("</article>")
    path.write_text(f"{page[:start]}</h1>{headed}{page[end:]}", encoding="utf-8")
    yield path.as_uri()
    path.unlink()


@pytest.fixture
def page(browser: Browser, races: str) -> Iterator[Page]:
    with browser.new_page() as page:
        page.goto(races)
        yield page


@pytest.fixture
def counter(page: Page) -> Locator:
    return page.locator("race-player").nth(PLAYED.index("counter"))


@pytest.fixture
def racy(page: Page) -> Locator:
    return page.locator("race-game").nth(0)


@pytest.fixture
def fixed(page: Page) -> Locator:
    return page.locator("race-game").nth(1)


def said(widget: Locator) -> str:
    return widget.get_by_role("status").inner_text()


def press(widget: Locator, keys: str) -> None:
    """Press keys while something in the widget has the focus."""
    button = widget.get_by_role("button").first
    for key in keys.split():
        button.press(key)


def value(widget: Locator, name: str) -> str:
    return widget.locator(f".race-values div:has(dt:text-is('{name}')) dd").inner_text()


def lines(widget: Locator, kind: str) -> list[str]:
    return [
        f"{line.get_attribute('data-line')} {line.inner_text().strip()}"
        for line in widget.locator(f".line.{kind}").all()
    ]


def test_the_scripts_run_without_a_fault(browser: Browser, races: str) -> None:
    with browser.new_page() as page:
        assert script_errors(page, races) == []


def test_a_race_begins_before_its_first_step(counter: Locator) -> None:
    assert said(counter).startswith("Before the first of 12 steps.")
    assert value(counter, "counted") == "0"


def test_the_arrow_keys_step_and_each_step_is_told(counter: Locator) -> None:
    press(counter, "ArrowRight ArrowRight ArrowRight ArrowLeft")

    assert said(counter) == "Step 2 of 12: worker 1 ran a part of line 15, “self._counts.get”."


def test_home_and_end_go_to_both_ends_and_the_verdict_is_told(counter: Locator) -> None:
    press(counter, "End")
    at_the_end = said(counter)
    press(counter, "Home")

    assert at_the_end.endswith("In the end two jobs are done, and the number says one.")
    assert said(counter).startswith("Before the first")


def test_the_buttons_and_the_slider_step_as_well(counter: Locator) -> None:
    counter.get_by_role("button", name="Step", exact=True).click()
    after_one = said(counter)
    counter.get_by_role("slider").fill("9")

    assert after_one.startswith("Step 1 of 12")
    assert (
        said(counter)
        == "Step 9 of 12: worker 2 ran a part of line 15, “self._counts[status]”. counted: 0 → 1."
    )
    assert value(counter, "counted") == "0 → 1"


def test_a_key_moves_only_the_race_that_has_the_focus(page: Page, counter: Locator) -> None:
    press(counter, "ArrowRight")

    assert said(page.locator("race-player").first).startswith("Before the first")


def test_each_threads_next_line_and_the_calls_around_it_are_marked(page: Page) -> None:
    charge = page.locator("race-player").nth(PLAYED.index("charge"))
    press(charge, "ArrowRight " * 6)

    first = charge.locator(".race-thread").first
    assert lines(first, "next") == ["83 self._status = Status(status)"]
    assert [line.split()[0] for line in lines(first, "inside")] == ["54", "63", "87"]


def test_the_game_can_be_won_on_the_racy_version(racy: Locator) -> None:
    for worker in "1" * 6 + "2" * 15 + "1" * 9:
        racy.get_by_role("button", name=f"Run worker {worker}").click()

    assert said(racy).startswith("You did it: the customer is charged twice, with 1 interruption.")
    assert "of the 28 ways with one it is 2" in said(racy)
    assert value(racy, "charged").endswith("2")


def test_the_game_is_played_with_keys_and_moves_are_taken_back(racy: Locator) -> None:
    press(racy, "1 2 Backspace")

    assert (
        said(racy) == "One line back. Last, worker 1 ran line 53, “saving = ctx.without_cancel()”."
    )
    assert [line.split()[0] for line in lines(racy, "next")] == ["54", "53"]


def test_what_was_not_interrupted_goes_well(racy: Locator) -> None:
    racy.get_by_role("button", name="Let it finish").click()

    assert said(racy).startswith("All went well this time.")
    assert "ended: InvalidTransition" in racy.locator(".race-thread").nth(1).inner_text()


def test_hints_are_the_authors_first_and_then_lead_to_the_harm(racy: Locator) -> None:
    hint = racy.get_by_role("button", name="Hint")
    hint.click()
    assert said(racy) == f"Hint: {HINT}"

    for _ in range(30):
        hint.click()
        press(racy, "1" if "run worker 1" in said(racy) else "2")

    assert said(racy).startswith("You did it: the customer is charged twice, with 1 interruption.")


def test_a_hint_says_when_it_is_too_late(racy: Locator) -> None:
    press(racy, "1 " * 8)
    hint = racy.get_by_role("button", name="Hint")
    hint.click()
    hint.click()

    assert said(racy).startswith("From here it goes well, whatever you do.")


def test_the_fixed_version_cannot_be_broken(fixed: Locator) -> None:
    for start in ("1 2 2", "1 1 1 1 2 2 2 2", "2 1 2 1 2 1 2 1"):
        fixed.get_by_role("button", name="Start over").click()
        press(fixed, start)
        fixed.get_by_role("button", name="Let it finish").click()
        assert value(fixed, "charged").endswith("1")

    assert said(fixed).startswith("You cannot: in none of the 68,238 ways")


def test_who_waits_for_a_lock_says_who_holds_it_and_cannot_go_on(fixed: Locator) -> None:
    press(fixed, "1 1 1 1 2 2 2 2")
    assert said(fixed).endswith("Worker 2 waits for a lock that worker 1 holds.")

    press(fixed, "2")

    assert said(fixed) == "Worker 2 cannot go on: it waits for a lock that worker 1 holds."
    turn = fixed.get_by_role("button", name="Run worker 2")
    assert turn.get_attribute("aria-disabled") == "true"


def test_without_scripts_there_are_tables(browser: Browser, races: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(races)

        assert page.locator("table.race-steps:visible").count() == len(PLAYED) + 1
        assert "in none of them the customer" in page.locator("race-game").nth(1).inner_text()


def test_on_paper_there_are_tables(page: Page) -> None:
    page.emulate_media(media="print")

    assert page.locator("table.race-steps:visible").count() == len(PLAYED) + 1
    assert page.locator(".race-stage:visible").count() == 0


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("palette", ["light", "dark"])
def test_everybody_can_read_the_races(
    browser: Browser, races: str, palette: Any, size: str, scripts: bool
) -> None:
    width, height = SIZES[size]
    with browser.new_context(
        color_scheme=palette,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        java_script_enabled=scripts,
    ) as context:
        page = context.new_page()
        page.goto(races)
        if scripts:
            in_the_middle_and_at_the_end(page)
            assert axe_faults(page) == []
        assert not is_too_wide(page)


def in_the_middle_and_at_the_end(page: Page) -> None:
    for number in range(len(PLAYED)):
        press(page.locator("race-player").nth(number), "ArrowRight " * 7 if number % 2 else "End")
    press(page.locator("race-game").nth(0), "1 " * 6 + "2 " * 15 + "1 " * 9)
    press(page.locator("race-game").nth(1), "1 1 1 1 2 2 2 2")


def is_too_wide(page: Page) -> bool:
    client = page.context.new_cdp_session(page)
    size = client.send("Page.getLayoutMetrics")
    return bool(size["cssContentSize"]["width"] > size["cssLayoutViewport"]["clientWidth"])
