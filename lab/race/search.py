"""Schedule after schedule, until one fails or none is left."""

import time
from collections.abc import Callable

from lab.race.strategies import Bounded, Script, Strategy
from lab.race.traces import Diverged, Failure, Result, Trace

# Runs one schedule of the strategy; keeps its steps if `record`.
RunOnce = Callable[[Strategy, bool], Trace]


def search(
    run_once: RunOnce, strategy: Strategy | None, preemptions: int, max_schedules: int
) -> Result:
    """Run schedules until one fails, none is left, or there were `max_schedules`."""
    if preemptions < 0 or max_schedules < 1:
        raise ValueError("preemptions must be 0 or more, max_schedules 1 or more")
    chosen = strategy or Bounded(preemptions)
    begun = time.perf_counter()
    # A rehearsal: what happens only once in a process (imports, caches) has then happened.
    run_once(Script(""), False)
    schedules = 0
    while chosen.more() and schedules < max_schedules:
        schedules += 1
        trace = run_once(chosen, False)
        if isinstance(trace, Failure):
            failure = _again(run_once, trace)
            used = chosen.preemptions
            return Result(schedules, time.perf_counter() - begun, False, used, failure)
    complete = chosen.exhaustive and not chosen.more()
    return Result(schedules, time.perf_counter() - begun, complete, preemptions)


def _again(run_once: RunOnce, failure: Failure) -> Failure:
    """The same schedule once more, this time with its steps."""
    trace = run_once(Script(failure.schedule), True)
    if not isinstance(trace, Failure) or trace.error != failure.error:
        raise Diverged(
            f"schedule {failure.schedule} failed with {failure.error}, and when run again: "
            f"{trace.error or 'did not fail'}"
        )
    return trace
