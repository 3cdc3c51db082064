"""Each step ends as a program that one can run: it tells a story, and it ends by itself."""

import re
import subprocess
import sys

import pytest

from lab.catalog import ROOT, steps

pytestmark = pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def scene(step):
    return subprocess.run(
        [sys.executable, "-m", step.module],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
    )


def test_a_scene_plays_to_its_end_and_complains_of_nothing(step):
    run = scene(step)

    assert (run.returncode, run.stderr) == (0, "")


def test_a_scene_is_the_same_each_time_but_for_the_ids(step):
    first, second = (UUID.sub("an id", scene(step).stdout) for _ in range(2))

    assert second == first != ""
