"""A trace is the same today and tomorrow, here and elsewhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.race import PCT, Diverged, Failure, Random, explore, replay
from tests.race import cases, constructs
from tests.race.cases import FIXED, RACES, Box

HERE = Path(__file__).parent
CLAIM = RACES[3]


def program(case):
    return case.setup, case.workers, case.check


def found(**options):
    failure = explore(*program(CLAIM), **options).failure
    assert failure
    return failure


def test_the_schedule_found_is_the_shortest_story():
    assert found().schedule == "AAAABBBBBBAA"


def test_there_is_one_step_for_each_letter():
    failure = found(step="op")

    assert "".join(step.thread for step in failure.steps) == failure.schedule


def test_a_quick_look_has_a_row_for_each_line_that_a_thread_was_at():
    failure = found(step="op")

    rows = failure.in_lines().splitlines()[1:]

    assert [row for row in rows if rows.count(row) > 1] == []
    assert len(rows) < len(failure.steps)


def test_a_quick_look_shows_what_a_line_changed():
    rows = found().in_lines().splitlines()

    assert [row.split()[-1] for row in rows if "claimed=" in row] == ["1]", "1]"]
    assert rows[-1].endswith("claimed=[1, 1]")


def test_a_column_is_headed_by_the_name_of_its_thread():
    names = {"A": "Ada", "B": "Grace"}

    for drawing in (found().in_lines(names), found().in_steps(names)):
        assert drawing.splitlines()[0].split()[:2] == ["Ada", "Grace"]


def test_a_quick_look_has_no_row_for_a_thread_that_only_begins():
    rows = explore(*program(CLAIM), only=[cases.__file__]).failure.in_lines().splitlines()[1:]

    assert [row for row in rows if not row[5:].strip()] == []


def test_a_replay_is_the_same_to_the_letter():
    failure = found()

    assert replay(failure.schedule, *program(CLAIM)).to_json() == failure.to_json()


def test_a_replay_of_a_right_program_tells_its_steps():
    trace = replay("", *program(FIXED[3]))

    assert not isinstance(trace, Failure)
    assert (trace.error, len(trace.steps)) == (None, len(trace.schedule))


def test_a_replay_goes_on_where_the_schedule_ends():
    assert replay("AAAAB", *program(CLAIM)).schedule == "AAAABBBBBBAA"


def test_a_schedule_that_the_program_cannot_follow_is_refused():
    with pytest.raises(Diverged, match="step 2 of 'AC' is C, but only A, B can go on"):
        replay("AC", *program(CLAIM))


def test_a_failure_prints_a_column_per_thread_and_the_shared_values():
    lines = str(found()).splitlines()

    assert lines[0] == "AssertionError: check(state) is False  (schedule AAAABBBBBBAA)"
    assert lines[1].split() == ["A", "B", "shared"]
    assert lines[3].startswith("  2  ")
    assert "claimed=[1, 1]" in lines[-1]


def test_the_json_has_all_that_a_page_needs():
    story = json.loads(found().to_json())

    assert list(story) == ["schedule", "steps", "final", "error"]
    assert list(story["steps"][0]) == [
        "thread", "file", "line", "source", "op", "locals", "shared"
    ]  # fmt: skip
    assert {step["file"] for step in story["steps"]} == {"cases.py"}


def test_values_are_shown_without_addresses_and_sets_in_order():
    def work(box):
        mine = object(), lambda: 1
        box.seen = {"sms", "email", "parcel"}, mine

    trace = replay("", Box, [work], lambda box: True)

    assert "0x" not in trace.to_json()
    assert trace.final["seen"].startswith("({'email', 'parcel', 'sms'}, (<object object>")


def test_what_to_watch_may_be_said():
    trace = replay("", *program(CLAIM), watch=lambda box: {"got": box.claimed})

    assert trace.final == {"got": "[1, 2]"}


def test_only_stops_in_the_files_that_it_names():
    failure = explore(*program(RACES[0]), only=[__file__]).failure

    assert failure is None


@pytest.mark.parametrize("strategy", [Random, PCT])
def test_chance_finds_the_same_schedule_for_the_same_seed(strategy):
    first, second = (explore(*program(CLAIM), strategy=strategy(7, runs=200)) for _ in range(2))

    assert first.failure
    assert (first.schedules, first.failure) == (second.schedules, second.failure)


@pytest.mark.parametrize("strategy", [Random, PCT])
def test_chance_proves_nothing(strategy):
    result = explore(*program(FIXED[3]), strategy=strategy(7, runs=20))

    assert (result.failure, result.complete, result.schedules) == (None, False, 20)


def test_a_search_cut_short_is_not_complete():
    result = explore(*program(FIXED[3]), step="op", max_schedules=10)

    assert (result.complete, result.schedules) == (False, 10)
    assert "NOT every schedule" in str(result)


def python(minor: int) -> str | None:
    """A Python 3.`minor` that works, wherever it is installed."""
    pyenv = Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")
    for candidate in [*pyenv, shutil.which(f"python3.{minor}")]:
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True).returncode == 0:
            return str(candidate)
    return None


def test_line_schedules_are_those_of_every_python():
    golden = json.loads((HERE / "constructs.json").read_text(encoding="utf-8"))

    assert constructs.traces() == golden


@pytest.mark.slow
@pytest.mark.parametrize("minor", [11, 12, 13])
def test_line_schedules_are_identical_across_versions(minor):
    if not (executable := python(minor)):
        pytest.skip(f"Python 3.{minor} is not installed here")
    # Another order of hashes, too.
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent), "PYTHONHASHSEED": "5"}

    out = subprocess.run(
        [executable, str(HERE / "constructs.py")],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    assert json.loads(out) == json.loads((HERE / "constructs.json").read_text(encoding="utf-8"))


def test_traces_are_identical_from_run_to_run():
    code = (
        "from tests.race.cases import RACES, SUBTLE; from lab.race import explore\n"
        "for c in RACES + SUBTLE: print(explore(c.setup, c.workers, c.check, step='op').failure)"
    )
    outs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": str(HERE.parent.parent), "PYTHONHASHSEED": seed},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip

    assert outs[0] == outs[1]
    assert "0x" not in outs[0]
