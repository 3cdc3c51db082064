"""Races in pytest: the fixture, the marker, the option."""

import subprocess
import sys

import pytest

from lab.race.pytest_plugin import Race
from tests.race.cases import RACES

SUITE = """
import asyncio
import pytest
from lab.race import explore
from tests.race.cases import FIXED, RACES, RIGHT

def program(case): return case.setup, case.workers, case.check

def test_racy(race): race(*program(RACES[0]))

def test_fixed(race): race(*program(FIXED[2]))

@pytest.mark.race(preemptions=0)
def test_marked(race):
    assert race(*program(RACES[0])).preemptions == 0

def test_compared():
    assert explore(*program(RACES[0])).failure is None

def test_tasks(race):
    async def add(box):
        seen = box["n"]
        await asyncio.sleep(0)
        box["n"] = seen + 1
    race.tasks(lambda: {"n": 0}, [add, add], lambda box: box["n"] == 2)

def test_cut_short(race): race(*program(FIXED[2]), max_schedules=3)
"""


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("suite")
    (folder / "test_shop.py").write_text(SUITE)

    def run(*options):
        plugins = ["-p", "lab.race.pytest_plugin", "-p", "no:cacheprovider"]
        command = [sys.executable, "-m", "pytest", *plugins, "-rA", *options, str(folder)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    return run


@pytest.fixture(scope="module")
def report(suite):
    return suite()


@pytest.mark.slow
def test_a_race_fails_the_test_with_the_drawn_schedule(report):
    assert "FAILED" in report
    assert "race found" in report
    assert "if kind in self.handlers:" in report
    assert "won=[True, True]" in report


@pytest.mark.slow
def test_each_verdict_is_what_it_should_be(report):
    passed = {line.split("::")[1] for line in report.splitlines() if line.startswith("PASSED")}

    assert passed == {"test_fixed", "test_marked"}


@pytest.mark.slow
def test_comparing_with_none_draws_it_too(report):
    assert "a race was found" in report


@pytest.mark.slow
def test_a_search_cut_short_fails_the_test(report):
    assert "no failure in 3 schedules: NOT every schedule" in report


def test_a_race_fails_the_test_that_finds_it(race):
    with pytest.raises(pytest.fail.Exception, match=r"race found(.|\n)*won=\[True, True\]"):
        race(RACES[0].setup, RACES[0].workers, RACES[0].check)


@pytest.mark.race(preemptions=0)
def test_the_marker_gives_the_options(race):
    assert race(RACES[0].setup, RACES[0].workers, RACES[0].check).preemptions == 0


def test_the_option_comes_before_the_marker_and_the_call():
    race = Race(defaults={"preemptions": 2}, forced={"preemptions": 0})

    assert race(RACES[0].setup, RACES[0].workers, RACES[0].check, preemptions=1).preemptions == 0


@pytest.mark.slow
def test_the_option_overrides_what_tests_say(suite):
    report = suite("--race-preemptions", "0", "-k", "test_racy or test_marked")

    assert "2 passed" in report
