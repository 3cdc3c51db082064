"""What the steps promise of threads holds at a bound that is too slow for each check."""

import subprocess
import sys

import pytest

from lab.catalog import ROOT, TESTS


@pytest.mark.slow
@pytest.mark.parametrize(
    "file", sorted(TESTS.glob("step*/test_races.py")), ids=lambda p: p.parent.name
)
def test_the_promises_hold_with_two_preemptions(file):
    command = [sys.executable, "-m", "pytest", "-q", str(file), "--race-preemptions", "2"]

    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout[-5_000:]
