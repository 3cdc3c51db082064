"""What the explorer says of programs whose answer is known."""

from typing import Any

import pytest

from lab.race import explore
from tests.race.cases import ABBA, FIXED, RACES, RIGHT, SUBTLE, Case


def by_name(case: Case) -> str:
    return case.name


def verified_in_time(cases: list[Case]) -> list[Any]:
    """`--fast` is content with two that take few schedules."""
    quick = ("an attempt that is not counted", "double-checked locking")
    return [case if case.name in quick else pytest.param(case, marks=SLOW) for case in cases]


SLOW = pytest.mark.slow
BROKEN = [*RACES, *SUBTLE, ABBA]


@pytest.mark.parametrize("case", BROKEN, ids=by_name)
def test_a_broken_program_is_found_out(case):
    result = explore(case.setup, case.workers, case.check, step="op")

    assert result.failure
    assert case.fails_with in result.failure.error
    assert (result.preemptions, result.complete) == (1, False)


@pytest.mark.parametrize("case", BROKEN, ids=by_name)
def test_by_lines_only_the_races_between_two_statements_are_found(case):
    result = explore(case.setup, case.workers, case.check, step="line")

    assert bool(result.failure) == case.between_lines


@pytest.mark.parametrize("case", verified_in_time([*FIXED, *RIGHT]), ids=by_name)
def test_a_right_program_is_verified(case):
    result = explore(case.setup, case.workers, case.check, step="op")

    assert (result.failure, result.complete, result.preemptions) == (None, True, 2)
