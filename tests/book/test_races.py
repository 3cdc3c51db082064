"""The recordings of races: what the packages do today, and what the fences make of them."""

import json
import random
import re
import sys
from html import unescape
from pathlib import Path

import pytest
from markdown import Markdown

from lab.book import races
from lab.book.errors import FenceError
from lab.book.races import RECORDINGS, Recording
from lab.book.schedule import schedule, scheduler

GAMES = [each for each in RECORDINGS if each.game]
PLAYED = [each for each in RECORDINGS if not each.game]


def show(recording: Recording, options: str = "") -> str:
    fence = scheduler if recording.game else schedule
    return fence(f"{recording.package} {recording.scenario}\n{options}", "", "", {}, Markdown())


def kept(recording: Recording) -> dict:
    return json.loads(recording.path.read_text(encoding="utf-8"))


def text_of(html: str) -> str:
    return unescape(re.sub("<[^>]+>", "", html))


def test_every_recording_is_what_the_packages_do_today():
    assert list(races.outdated()) == [], f"run: {races.RECORD}"


def test_a_recording_of_something_else_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(races, "RECORDED", tmp_path)
    monkeypatch.setattr(races, "RECORDINGS", RECORDINGS[:1])
    recording = RECORDINGS[0]
    recording.path.write_text(recording.text.replace("[0, 20]", "[0, 21]"), encoding="utf-8")
    (tmp_path / "left-over.json").touch()

    assert list(races.outdated()) == [recording.path, tmp_path / "left-over.json"]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda each: each.path.stem)
def test_a_recording_says_nothing_about_the_machine(recording):
    text = recording.path.read_text(encoding="utf-8")

    assert str(Path.cwd()) not in text
    assert not re.search(r"0x[0-9a-f]{6}|\d{4}-\d\d-\d\d|datetime", text)


@pytest.mark.parametrize("recording", PLAYED, ids=lambda each: each.path.stem)
def test_without_a_script_a_race_is_a_table_of_its_steps(recording):
    html = show(recording)

    rows = re.findall(r"<tr class=.*?</tr>", html)
    assert len(rows) == len(kept(recording)["moves"])
    assert kept(recording)["harm"] in text_of(rows[-1])


def test_a_step_says_who_runs_which_line_and_what_changes():
    rows = [text_of(row) for row in re.findall(r"<tr class=.*?</tr>", show(PLAYED[3]))]

    assert "7worker 2usecase/job_processor.py:53 saving = ctx.without_cancel()" in rows
    assert any(row.endswith("charged: 1 → 2") for row in rows)


def test_a_race_says_how_to_look_for_it_in_ones_own_code():
    assert "python3 learn.py race 10 counter" in text_of(show(PLAYED[2]))


def test_a_title_may_be_given():
    assert '<p class="race-title">Lost &amp; found</p>' in show(PLAYED[0], "title: Lost & found")


def test_the_racy_game_tells_the_shortest_way_to_charge_twice():
    html = show(GAMES[0])

    assert text_of(re.findall(r"<tr class=.*?</tr>", html)[-1]).endswith(
        "the customer is charged twice"
    )
    assert "of the 28 ways with one interruption it is 2" in text_of(html)


def test_the_fixed_game_says_that_it_cannot_be_done():
    html = show(GAMES[1])

    assert "<table" not in html
    assert "in none of them the customer is charged twice" in text_of(html)


def test_the_recording_is_in_the_page_whole():
    (inlined,) = re.findall(r'json">(.*)</script>', show(GAMES[0], "hint: <first>\nhint: second"))

    assert json.loads(inlined) == {**kept(GAMES[0]), "hints": ["<first>", "second"]}


@pytest.mark.parametrize("recording", GAMES, ids=lambda each: each.path.stem)
def test_the_states_of_a_game_are_those_that_the_real_program_goes_through(recording):
    chance = random.Random(10)
    graph = recording.graph
    for _ in range(10):
        node, moves = graph.start, ""
        while graph.ways_from(node):
            name, node = chance.choice(graph.ways_from(node))
            moves += name

        assert recording.end_of(moves) == node, moves


@pytest.mark.parametrize("recording", GAMES, ids=lambda each: each.path.stem)
def test_the_numbers_of_a_game_are_those_of_its_graph(recording):
    """Counted here once more, forwards and without the code that counted them."""
    states = kept(recording)["states"]
    ways, ends = {0: 1}, [0, 0]
    order = sorted_by_depth(states)
    for number in order:
        for after in states[number].get("next", {}).values():
            ways[after] = ways.get(after, 0) + ways[number]
        if "error" in states[number]:
            ends[0] += ways[number]
            ends[1] += ways[number] if states[number]["error"] else 0

    assert ends == kept(recording)["ways"]


def sorted_by_depth(states: list[dict]) -> list[int]:
    """Each state after all that lead to it."""
    incoming = [0] * len(states)
    for state in states:
        for after in state.get("next", {}).values():
            incoming[after] += 1
    ready, order = [0], []
    while ready:
        number = ready.pop()
        order.append(number)
        for after in states[number].get("next", {}).values():
            incoming[after] -= 1
            if not incoming[after]:
                ready.append(after)
    assert len(order) == len(states), "there is a circle"
    return order


MISTAKES = {
    "no such step": (schedule, "99 counter", "there is no step '99'"),
    "no such race": (schedule, "10/racy count", "there are 10/racy registry, 10/racy list"),
    "no race on this package": (schedule, "10 counter", "no race 10 'counter' is recorded"),
    "no such game": (scheduler, "10/racy counter", "there are 10/racy charge, 10 charge"),
    "no scenario": (schedule, "10/racy", "write: NN SCENARIO"),
    "an unknown option": (schedule, "10/racy counter\nhint: no", "the options are: title"),
}


@pytest.mark.parametrize(("fence", "body", "says"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_an_error_that_says_what_is_right(fence, body, says):
    with pytest.raises(FenceError, match=says):
        fence(body, "", "", {}, Markdown())


def test_a_race_that_was_not_recorded_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(races, "RECORDED", tmp_path)

    with pytest.raises(FenceError, match=f"run: {races.RECORD}"):
        show(RECORDINGS[0])


def test_a_recording_of_lines_that_are_no_longer_there_is_an_error(tmp_path, monkeypatch):
    recording = RECORDINGS[0]
    old = recording.path.read_text(encoding="utf-8").replace("[0, 20]", "[0, 1]")
    monkeypatch.setattr(races, "RECORDED", tmp_path)
    recording.path.write_text(old, encoding="utf-8")

    with pytest.raises(FenceError, match="has changed since it was recorded"):
        show(recording)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="here the recordings are made")
def test_recordings_are_made_with_one_python(capsys):
    assert races.main() == 1
    assert "Python 3.11" in capsys.readouterr().err
