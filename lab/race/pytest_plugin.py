"""Races in pytest: the fixture `race`, the marker `race`, the option `--race-preemptions N`.

    @pytest.mark.race(preemptions=3)
    def test_two_workers_never_claim_the_same_job(race):
        race(Storage, [claim, claim], check)

A failing exploration fails the test with the drawn schedule; so does one that came to no verdict
about every schedule within its bound. Load it with `pytest_plugins = ["lab.race.pytest_plugin"]`.
"""

from collections.abc import Callable
from typing import Any

import pytest

from lab.race import tasks, threads
from lab.race.traces import Failure, Result


class Race:
    """Explores as `lab.race.explore` does (or as `tasks.explore`), and fails the test."""

    def __init__(self, defaults: dict[str, Any], forced: dict[str, Any]) -> None:
        self._defaults = defaults
        self._forced = forced

    def __call__(self, *program: Any, **options: Any) -> Result:
        """Explore threads, by default before every bytecode that could matter."""
        return self._verify(threads.explore, program, {"step": "op", **self._defaults, **options})

    def tasks(self, *program: Any, **options: Any) -> Result:
        """Explore tasks of asyncio."""
        return self._verify(tasks.explore, program, {**self._defaults, **options})

    def _verify(
        self, explore: Callable[..., Result], program: tuple[Any, ...], options: dict[str, Any]
    ) -> Result:
        __tracebackhide__ = True
        result = explore(*program, **{**options, **self._forced})
        if result.failure or not (result.complete or options.get("strategy")):
            drawn = _in_words(result.failure) if result.failure else str(result)
            pytest.fail(drawn, pytrace=False)
        return result


@pytest.fixture
def race(request: pytest.FixtureRequest) -> Race:
    """Explores a program of threads, or with `race.tasks` of asyncio, and fails the test."""
    marker = request.node.get_closest_marker("race")
    preemptions = request.config.getoption("race_preemptions")
    forced = {} if preemptions is None else {"preemptions": preemptions}
    return Race(dict(marker.kwargs) if marker else {}, forced)


def _in_words(failure: Failure) -> str:
    return f"race found\n{failure.error}\n{failure.in_lines()}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("race").addoption(
        "--race-preemptions",
        type=int,
        metavar="N",
        help="explore with at most N preemptions, whatever the tests say",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "race(preemptions, step, …): explores schedules; the options of its explorations"
    )


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """`assert explore(…).failure is None` draws the schedule as well."""
    if isinstance(left, Failure) and right is None:
        return ["a race was found", *str(left).splitlines()]
    return None
