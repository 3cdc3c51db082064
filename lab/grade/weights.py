"""What a promise is worth: 1, or what `tests/stepNN/weights.toml` says.

[weights]
test_no_wait_sleeps_through_the_end = 5
"""

import re
import tomllib
from functools import cache
from pathlib import Path

from lab.catalog import LabError, Step, step
from lab.check.report import Promise

WEIGHTS = "weights.toml"


class BadWeights(LabError):
    """A file of weights that cannot be used as it is."""


def weight(promise: Promise) -> float:
    """The points that keeping it earns. Raises BadWeights if its step's file is wrong."""
    function = promise.test.partition("::")[2].partition("[")[0]
    return weights(step(promise.step)).get(function, 1)


@cache
def weights(made_by: Step) -> dict[str, float]:
    """The weights of a step's own promises, by the name of the test; others weigh 1."""
    path = made_by.tests / WEIGHTS
    return read_weights(path, _tests_of(made_by)) if path.is_file() else {}


def read_weights(path: Path, tests: set[str]) -> dict[str, float]:
    """Raises BadWeights for a test that there is not, and for what is no weight."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadWeights(f"{path}: {error}") from error
    found = read.get("weights", {})
    if read.keys() - {"weights"} or not isinstance(found, dict):
        raise BadWeights(f"{path}: it holds one table, [weights], and nothing else")
    if unknown := sorted(found.keys() - tests):
        raise BadWeights(f"{path}: no promise of this step is called {', '.join(unknown)}")
    for test, value in found.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
            raise BadWeights(f"{path}: {test} = {value!r}, and a weight is a number from 0 on")
    return found


def _tests_of(made_by: Step) -> set[str]:
    texts = (file.read_text(encoding="utf-8") for file in made_by.tests.glob("test_*.py"))
    return {name for text in texts for name in re.findall(r"^def (test_\w+)\(", text, re.M)}
