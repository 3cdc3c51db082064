"""What the steps promise of threads holds at a bound that is too slow for each check."""

import subprocess
import sys

import pytest

from lab.catalog import ROOT, TESTS, steps
from lab.race.scenarios import has_scenarios, scenarios_of
from lab.testing import Subject

WITHOUT_SCENARIOS = [
    file
    for file in sorted(TESTS.glob("step*/test_races.py"))
    if not (file.parent / "races.py").exists()
]
SCENARIOS = [
    (step, name)
    for step in steps()
    if has_scenarios(step)
    for name in scenarios_of(step, Subject(step.label, step.folder).load())
]


@pytest.mark.slow
@pytest.mark.parametrize("file", WITHOUT_SCENARIOS, ids=lambda p: p.parent.name)
def test_the_promises_hold_with_two_preemptions(file):
    command = [sys.executable, "-m", "pytest", "-q", str(file), "--race-preemptions", "2"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout[-5_000:]


@pytest.mark.slow
@pytest.mark.parametrize(("step", "name"), SCENARIOS)
def test_the_scenarios_go_well_with_two_preemptions_between_lines(step, name):
    scenario = scenarios_of(step, Subject(step.label, step.folder).load())[name]

    result = scenario.explored("line", 2)

    assert (result.failure, result.complete) == (None, True)
