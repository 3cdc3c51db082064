"""The race explorer."""

from lab.race.strategies import PCT, Random
from lab.race.threads import explore, outcomes, replay
from lab.race.traces import (
    Deadlock,
    Diverged,
    EndlessLoop,
    Failure,
    Result,
    Step,
    Trace,
    Uncontrolled,
)

__all__ = [
    "PCT",
    "Deadlock",
    "Diverged",
    "EndlessLoop",
    "Failure",
    "Random",
    "Result",
    "Step",
    "Trace",
    "Uncontrolled",
    "explore",
    "outcomes",
    "replay",
]
