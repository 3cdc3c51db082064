"""Look for the races of a step in your own package, and draw the schedule that goes wrong.

Every order of the threads up to a bound is tried, so it is the same each time. Without a name, all
scenarios of the step are.
"""

import argparse

from rich.text import Text

from lab.catalog import LabError, Step
from lab.commands.options import add_step, add_workspace, chosen_step, chosen_workspace
from lab.loading import load_package
from lab.race.execution import LETTERS
from lab.race.stops import StepKind
from lab.race.traces import CHECK_IS_FALSE, Failure, NoVerdictError
from lab.say import command, console, shown
from lab.scenarios import Scenario, scenarios_of


def configure(parser: argparse.ArgumentParser) -> None:
    add_step(parser)
    parser.add_argument("name", nargs="?", help="one scenario; all of them if left out")
    parser.add_argument(
        "--ops",
        action="store_true",
        help="show each bytecode, also where whole lines are enough to go wrong",
    )
    add_workspace(parser)


def run(arguments: argparse.Namespace) -> int:
    """0 if no schedule goes wrong, 1 if one does."""
    workspace = chosen_workspace(arguments)
    step = chosen_step(arguments, workspace)
    if not workspace.has_package:
        raise LabError(
            f"there is nothing in {shown(workspace.package)} to race; "
            f"begin with {command(f'start {step.number}')}"
        )
    try:
        package = load_package(workspace.package)
        scenarios = scenarios_of(step, package)
    except LabError:
        raise
    except Exception as error:
        raise LabError(
            f"your package cannot be raced yet: {type(error).__name__}: {error}; "
            f"see {command('check')}"
        ) from error
    if arguments.name is not None:
        if arguments.name not in scenarios:
            raise LabError(f"no scenario is called {arguments.name!r}; {', '.join(scenarios)} are")
        scenarios = {arguments.name: scenarios[arguments.name]}
    wrong = [s for s in scenarios.values() if not _holds(s, step, ops=arguments.ops)]
    return 1 if wrong else 0


def _holds(scenario: Scenario, step: Step, *, ops: bool) -> bool:
    """Say what came of a scenario, and whether it always goes well."""
    console().print(f"\n{scenario.name}: {scenario.title}", style="bold", highlight=False)
    kinds: list[StepKind] = ["line", "op"]
    if ops or scenario.of_tasks:
        kinds = ["op"]
    for kind in kinds:
        try:
            result = scenario.explored(kind)
        except NoVerdictError as error:
            console().print(f"  no verdict: {error}", style="yellow", markup=False)
            return False
        if result.failure is not None:
            _draw(result.failure, scenario, ops=kind == "op" and not scenario.of_tasks)
            return False
    console().print(
        f"  goes well in all {result.schedules} schedules with at most "
        f"{scenario.preemptions} preemption{'s' if scenario.preemptions > 1 else ''}",
        style="green",
    )
    return True


def _draw(failure: Failure, scenario: Scenario, *, ops: bool) -> None:
    """What goes wrong, in which schedule, and the schedule with a column for each thread."""
    names = dict(zip(LETTERS, scenario.workers, strict=False))
    letters = ", ".join(f"{letter} is {name}" for letter, name in names.items())
    console().print(f"  goes wrong: {scenario.harm}", style="red", highlight=False)
    if not failure.error.endswith(CHECK_IS_FALSE):
        console().print(f"  {failure.error}", style="red", highlight=False, markup=False)
    console().print(f"  schedule {failure.schedule} ({letters})\n", highlight=False, markup=False)
    drawing = failure.in_steps(names) if ops else failure.in_lines(names)
    console().print(Text(drawing), soft_wrap=True)
