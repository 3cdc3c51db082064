"""The simulator on a page: the fence, and the element in a real browser."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from markdown import Markdown
from playwright.sync_api import Browser, Locator, Page

from lab.book.errors import FenceError
from lab.book.simulator import pool_simulator
from lab.book.simulator.history import outcome, percentile
from lab.book.simulator.settings import CONTROLS, PRESETS, Choice, as_data
from lab.book.simulator.tables import events_of
from lab.book.tree import tree
from tests.book.test_browser import SIZES, axe_faults, script_errors
from tests.book.test_race_widgets import is_too_wide

SHOWN = ["monday-morning", "bank-away\nretry: holds\ntitle: A bank & <its> clerks"]


def show(body: str) -> str:
    return pool_simulator(body, "", "", {}, Markdown())


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json">(.*?)</script>', html)
    assert found is not None
    return json.loads(found[1])


def text_of(html: str) -> str:
    return unescape(re.sub("<[^>]+>", " ", html))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "write: PRESET"),
        ("sunday", "there is no preset 'sunday'; there are ordinary-day, monday-morning"),
        ("bank-away\nspeed: 3", "the options are: title, look, rate"),
        ("bank-away\nworkers: many", "workers: many is no number 1 to 16"),
        ("bank-away\nworkers: 17", "workers: 17 is no number 1 to 16"),
        ("bank-away\nworkers: nan", "workers: nan is no number 1 to 16"),
        ("bank-away\nworkers: 2.5", "workers: 2.5 is no whole number"),
        ("bank-away\nretry: sometimes", "retry: sometimes is none of none, holds"),
    ],
)
def test_a_mistake_in_the_fence_fails_the_build(body: str, message: str) -> None:
    with pytest.raises(FenceError, match=re.escape(message)):
        show(body)


def test_the_fence_sets_what_it_says_and_the_preset_the_rest() -> None:
    settings = data_of(show("bank-away\nworkers: 3\ntakes: 0.2\nretry: holds"))["settings"]

    assert settings == {
        **as_data(PRESETS["bank-away"].settings),
        "workers": 3,
        "buffer": 6,
        "takes": 0.2,
        "retry": "holds",
    }


def test_a_buffer_that_is_said_does_not_follow_the_workers() -> None:
    assert data_of(show("bank-away\nworkers: 3\nbuffer: 20"))["settings"]["buffer"] == 20


def test_the_pages_own_situation_takes_the_place_of_the_preset() -> None:
    data = data_of(show("bank-away\ntitle: The bank sleeps\naway: 30"))

    titles = [each["title"] for each in data["presets"]]
    assert titles[3] == "The bank sleeps"
    assert len(titles) == len(PRESETS)
    assert data["presets"][3]["settings"] == data["settings"]


@pytest.mark.parametrize("body", SHOWN)
def test_the_fence_is_well_formed(body: str) -> None:
    html = ElementTree.fromstring(show(body))

    assert html.findtext(".//p") == ("A bank & <its> clerks" if "\n" in body else "Monday morning")


def test_every_preset_can_be_set_with_the_controls() -> None:
    for preset in PRESETS.values():
        for control in CONTROLS:
            value = getattr(preset.settings, control.name)
            assert control.read(f"{value}") == value
            if not isinstance(control, Choice):
                steps = (value - control.low) / control.step
                assert steps == pytest.approx(round(steps))


def test_on_paper_it_is_a_picture_and_tables() -> None:
    page = tree("```pool-simulator\nmonday-morning\n```")

    assert page.find(".//pool-simulator") is None
    assert page.find(".//script") is None
    assert len(page.findall(".//svg")) == 1
    assert len(page.findall(".//table")) == 2


def test_two_pictures_of_a_page_have_different_names() -> None:
    names = [re.findall(r'id="([^"]*)"', show(body)) for body in SHOWN]

    assert not set(names[0]) & set(names[1])


def test_a_picture_stays_within_its_frame_and_has_no_color_of_its_own() -> None:
    html = show(SHOWN[1])
    _, width, height = re.findall(r'viewBox="(0 0) (\d+) (\d+)"', html)[0]

    drawn = re.findall(r' points="([^"]*)"', html)

    for x, y in re.findall(r"([\d.-]+),([\d.-]+)", " ".join(drawn)):
        assert 0 <= float(x) <= float(width)
        assert 0 <= float(y) <= float(height)
    assert not re.search(r'style=|fill="|stroke="|#[0-9a-f]{3}', html)


def outcomes(name: str) -> dict[str, Any]:
    settings = PRESETS[name].settings
    return {
        retry: outcome(events_of(settings.under(retry)), retry == "holds")
        for retry in ("none", "holds")
    }


def test_on_monday_morning_it_is_at_the_door_that_one_waits() -> None:
    monday = outcomes("monday-morning")["none"]

    assert monday.most_at_the_door > 50
    assert percentile(monday.spans, 50) > 5
    assert percentile(monday.spans_inside, 50) < 1.5


def test_while_the_bank_is_away_a_retry_that_holds_its_worker_makes_the_others_wait() -> None:
    bank = outcomes("bank-away")

    assert bank["holds"].most_at_the_door > 5 * bank["none"].most_at_the_door
    half = len(bank["none"].spans) // 2
    assert bank["holds"].spans[half] > 10 * bank["none"].spans[half]


def test_one_more_worker_ends_the_wait() -> None:
    few = PRESETS["one-too-few"].settings
    enough = data_of(show("one-too-few\nworkers: 5"))["settings"]

    assert few.rate * few.takes > few.workers
    assert enough["rate"] * enough["takes"] < enough["workers"] == few.workers + 1


def test_without_jitter_most_come_back_at_once() -> None:
    settings = PRESETS["no-jitter"].settings

    returns = [event.more for event in events_of(settings) if event.what == "retries"]

    # A second after the batch, all of its sixty are back within one more.
    assert sum(11 <= second < 12 for second in returns if second) >= 60


# In a browser


@pytest.fixture(scope="module")
def pools(book: Path) -> Iterator[str]:
    """The address of a page with two simulators, in the look of the book."""
    path = book / "pools.html"
    page = (book / "glossary.html").read_text(encoding="utf-8")
    headed = "".join(f"<h2>Pool {number}</h2>{show(body)}" for number, body in enumerate(SHOWN))
    start, end = page.index("</h1>"), page.index("</article>")
    path.write_text(f"{page[:start]}</h1>{headed}{page[end:]}", encoding="utf-8")
    yield path.as_uri()
    path.unlink()


@pytest.fixture
def page(pools: str, browser: Browser) -> Iterator[Page]:
    with browser.new_page() as page:
        page.goto(pools)
        yield page


@pytest.fixture
def monday(page: Page) -> Locator:
    return page.locator("pool-simulator").nth(0)


@pytest.fixture
def bank(page: Page) -> Locator:
    return page.locator("pool-simulator").nth(1)


def said(widget: Locator) -> str:
    return widget.get_by_role("status").inner_text()


def box(widget: Locator, name: str) -> str:
    return widget.locator(f".simulator-box.{name} strong").inner_text()


def rows(table: Locator) -> list[list[str]]:
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


def look_at(widget: Locator, second: float) -> None:
    widget.get_by_role("slider", name="Second", exact=True).fill(f"{second}")


def wait_for(widget: Locator, name: str, text: str) -> None:
    widget.locator(f".simulator-box.{name} strong:text('{text}')").wait_for()


@pytest.mark.browser
def test_the_scripts_run_without_a_fault(pools: str, browser: Browser) -> None:
    with browser.new_page() as page:
        assert script_errors(page, pools) == []


@pytest.mark.browser
def test_it_begins_with_the_whole_run(monday: Locator) -> None:
    assert said(monday).startswith("At second 60.0: 624 jobs ended. Still there: 95 at the door, ")
    assert box(monday, "door") == "95"
    assert box(monday, "inside") == "10 of 10 places"
    assert box(monday, "workers") == "5 of 5 at work"


@pytest.mark.browser
def test_the_script_and_the_tables_say_the_same(page: Page) -> None:
    for widget in page.locator("pool-simulator").all():
        now = widget.locator(".simulator-figures")
        outcomes, places = (widget.locator(".simulator-still table").nth(n) for n in (0, 1))
        told = [row.all_text_contents() for row in (outcomes.locator("tbody tr td"),)]
        assert now.locator("tbody td").all_inner_texts() == told[0]

        for row in places.locator("tbody tr").all():
            second, door, inside, at_work, held, later = row.locator("th, td").all_text_contents()
            look_at(widget, float(second))
            words = said(widget)
            for count, place in [
                (door, "at the door"),
                (inside, "in the buffer"),
                (at_work, "at work"),
                (held, "in a worker that waits"),
                (later, "waiting for a retry"),
            ]:
                assert (f"{count} {place}" in words) == (count != "0"), words


@pytest.mark.browser
def test_the_arrow_keys_step_from_event_to_event(monday: Locator) -> None:
    step = monday.get_by_role("button", name="Step")
    step.press("Home")
    step.press("ArrowRight")
    first = said(monday)
    step.press("ArrowRight")
    step.press("ArrowRight")
    third = said(monday)
    step.press("ArrowLeft")

    assert first == "Second 0.13: Job 1 comes to the door."
    assert third == "Second 0.13: Worker 1 begins run 1 of job 1."
    assert said(monday) == "Second 0.13: Job 1 has a place in the buffer."
    step.press("Home")
    assert said(monday) == "At second 0.0: 0 jobs ended."


@pytest.mark.browser
def test_run_goes_on_from_the_beginning_until_it_is_paused(monday: Locator) -> None:
    monday.get_by_role("button", name="Run").click()
    monday.locator(".simulator-box.workers i.taken").nth(2).wait_for()
    monday.get_by_role("button", name="Pause").click()

    second = float(re.findall(r"At second ([\d.]+):", said(monday))[0])
    assert 0 < second < 60
    assert monday.locator(".simulator-clock").inner_text() == second_for_listeners(monday)


def second_for_listeners(widget: Locator) -> str:
    """What the slider says to those who hear it."""
    text = widget.get_by_role("slider", name="Second", exact=True).get_attribute("aria-valuetext")
    return str(text)


@pytest.mark.browser
def test_a_run_comes_to_its_end(monday: Locator) -> None:
    look_at(monday, 58)
    monday.get_by_label("Speed", exact=True).select_option("20")
    monday.get_by_role("button", name="Run").click()
    monday.get_by_role("status").filter(has_text="At second 60.0").wait_for()

    assert monday.get_by_role("button", name="Run").is_visible()


COUNT_PICTURES = """
window.pictures = 0;
new MutationObserver(() => (window.pictures += 1))
  .observe(document.querySelector('.simulator-clock'), { childList: true });
"""


@pytest.mark.browser
@pytest.mark.parametrize(("motion", "is_still"), [("reduce", True), ("no-preference", False)])
def test_who_wants_less_motion_gets_a_picture_now_and_then(
    page: Page, monday: Locator, motion: Any, is_still: bool
) -> None:
    page.emulate_media(reduced_motion=motion)
    look_at(monday, 56)
    page.evaluate(COUNT_PICTURES)
    monday.get_by_role("button", name="Run").click()
    monday.get_by_role("status").filter(has_text="At second 60.0").wait_for()

    assert (page.evaluate("window.pictures") <= 3) == is_still


@pytest.mark.browser
def test_a_setting_says_at_once_what_would_have_been(monday: Locator) -> None:
    monday.get_by_label("Workers", exact=True).fill("8")
    wait_for(monday, "door", "0")

    assert "8 workers can do 16.0 runs per second, and 12.0 are asked for: 75 %." in (
        monday.inner_text()
    )
    assert monday.get_by_label("Buffer", exact=True).input_value() == "16"
    assert monday.locator(".simulator-box.workers i").count() == 8


@pytest.mark.browser
def test_a_buffer_that_was_set_does_not_follow_the_workers(monday: Locator) -> None:
    monday.get_by_label("Buffer", exact=True).fill("7")
    monday.get_by_label("Workers", exact=True).fill("8")
    monday.locator(".simulator-box.workers i").nth(7).wait_for()

    assert monday.get_by_label("Buffer", exact=True).input_value() == "7"


@pytest.mark.browser
def test_the_policy_decides_who_waits(bank: Locator) -> None:
    look_at(bank, 24)
    held = box(bank, "workers"), box(bank, "door")
    bank.get_by_label("Meanwhile the retry holds", exact=True).select_option("none")
    bank.locator(".simulator-box.workers i.taken").first.wait_for()

    assert held[0] == "0 of 5 at work, 5 held"
    assert int(held[1]) > 50
    assert box(bank, "workers") == "5 of 5 at work"
    assert int(box(bank, "door")) < 5


@pytest.mark.browser
def test_a_preset_sets_everything(bank: Locator) -> None:
    preset = bank.get_by_role("button", name="One worker too few")
    preset.click()

    assert preset.get_attribute("aria-pressed") == "true"
    assert bank.get_by_label("Workers", exact=True).input_value() == "4"
    assert "a little more than four workers" in bank.locator(".simulator-look").inner_text()
    bank.get_by_label("Seed", exact=True).fill("2")
    bank.locator("[aria-pressed=true]").wait_for(state="detached")


@pytest.mark.browser
def test_one_simulator_leaves_the_other_alone(monday: Locator, bank: Locator) -> None:
    before = said(bank)
    monday.get_by_role("button", name="Step").press("Home")

    assert said(bank) == before


@pytest.mark.browser
def test_without_scripts_there_are_pictures_and_tables(pools: str, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(pools)

        assert page.locator(".simulator-still svg:visible").count() == len(SHOWN)
        assert page.locator("table.figures:visible").count() == 2 * len(SHOWN)


@pytest.mark.browser
def test_on_paper_there_are_pictures_and_tables(page: Page) -> None:
    page.emulate_media(media="print")

    assert page.locator(".simulator-still svg:visible").count() == len(SHOWN)
    assert page.locator(".simulator-stage:visible").count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("palette", ["light", "dark"])
def test_everybody_can_use_the_simulator(
    pools: str, browser: Browser, palette: Any, size: str, scripts: bool
) -> None:
    width, height = SIZES[size]
    with browser.new_context(
        color_scheme=palette,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        java_script_enabled=scripts,
    ) as context:
        page = context.new_page()
        page.goto(pools)
        if scripts:
            look_at(page.locator("pool-simulator").nth(1), 24)
            assert axe_faults(page) == []
        assert not is_too_wide(page)
