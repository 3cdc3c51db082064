"""The promises reject every wrong solution, by the test it names, and accept every right one."""

import pytest

from lab.catalog import package_files, steps
from lab.check import check
from lab.solutions import right_solutions, wrong_solutions

pytestmark = pytest.mark.solutions

WRONG = [solution for step in steps() for solution in wrong_solutions(step)]
RIGHT = [solution for step in steps() for solution in right_solutions(step)]


def function(promise):
    return promise.test.partition("::")[2].partition("[")[0]


@pytest.mark.parametrize("solution", WRONG, ids=lambda solution: solution.name)
def test_a_wrong_solution_is_rejected_by_the_test_it_names(solution, tmp_path):
    solution.write(tmp_path)

    report = check(solution.step.number, tmp_path, only=solution.caught_by)

    assert solution.caught_by in {function(promise) for promise in report.broken}


@pytest.mark.parametrize("solution", RIGHT, ids=lambda solution: solution.name)
def test_a_right_solution_is_accepted(solution, tmp_path):
    solution.write(tmp_path)

    report = check(solution.step.number, tmp_path)

    assert [f"{promise.promise}\n{promise.message}" for promise in report.broken] == []


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_a_step_has_at_least_six_wrong_solutions(step):
    assert len(wrong_solutions(step)) >= 6


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_a_step_has_at_least_two_right_solutions_besides_ours(step):
    assert len(right_solutions(step)) >= 2


@pytest.mark.parametrize("solution", WRONG + RIGHT, ids=lambda solution: solution.name)
def test_a_solution_differs_from_its_step(solution):
    assert solution.files() != package_files(solution.step.folder)
