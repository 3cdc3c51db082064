"""What the steps promise of threads: how the racy versions break it, and how the steps keep it."""

import subprocess
import sys
from importlib import import_module

import pytest

from lab.catalog import ROOT, TESTS, steps
from lab.scenarios import has_scenarios, scenarios_of

WITHOUT_SCENARIOS = [
    file
    for file in sorted(TESTS.glob("step*/test_races.py"))
    if not (file.parent / "races.py").exists()
]


def scenarios(*, racy):
    """Each scenario of each step, on the step or on what its chapter builds first."""
    packages = [
        package
        for step in steps()
        if has_scenarios(step)
        for package in (step.packages[:-1] if racy else step.packages[-1:])
    ]
    return [
        pytest.param(scenario, id=f"{package.name} {name}")
        for package in packages
        for name, scenario in scenarios_of(
            package.step, import_module(".".join(package.folder.relative_to(ROOT).parts))
        ).items()
    ]


@pytest.mark.slow
@pytest.mark.parametrize("file", WITHOUT_SCENARIOS, ids=lambda p: p.parent.name)
def test_the_promises_hold_with_two_preemptions(file):
    command = [sys.executable, "-m", "pytest", "-q", str(file), "--race-preemptions", "2"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout[-5_000:]


@pytest.mark.slow
@pytest.mark.parametrize("scenario", scenarios(racy=False))
def test_a_scenario_goes_well_with_two_preemptions_between_lines(scenario):
    result = scenario.explored("line", 2)

    assert (result.failure, result.complete) == (None, True)


@pytest.mark.parametrize("scenario", scenarios(racy=True))
def test_a_scenario_goes_wrong_in_the_racy_version_and_always_in_the_same_way(scenario):
    failures = [scenario.explored("op").failure for _ in range(3)]

    assert None not in failures
    assert len({(failure.schedule, failure.error) for failure in failures}) == 1
