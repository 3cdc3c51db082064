"""Each step plays a small scene that ends by itself."""

import subprocess
import sys

import pytest

from lab.catalog import ROOT, steps


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_the_scene_of_a_step_plays_to_its_end(step):
    done = subprocess.run(
        # -W error: a scene is code to be copied.
        [sys.executable, "-W", "error", "-P", "-m", step.module],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout != ""
