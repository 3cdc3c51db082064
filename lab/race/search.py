"""Schedule after schedule, until one fails or none is left."""

import time
from collections.abc import Callable, Iterator

from lab.race.strategies import Script, Strategy
from lab.race.traces import Diverged, Failure, Result, Trace

# Runs the next schedule of the strategy; keeps its steps if `record`.
RunOnce = Callable[[Strategy, bool], Trace]


def search(run_once: RunOnce, strategy: Strategy, preemptions: int, max_schedules: int) -> Result:
    """Run schedules until one fails, none is left, or there were `max_schedules`."""
    begun = time.perf_counter()
    schedules = 0
    for trace in every_schedule(run_once, strategy):
        schedules += 1
        if isinstance(trace, Failure):
            used = strategy.preemptions
            failure = _again(run_once, trace)
            return Result(schedules, time.perf_counter() - begun, False, used, failure)
        if schedules >= max_schedules:
            break
    complete = strategy.exhaustive and not strategy.more()
    return Result(schedules, time.perf_counter() - begun, complete, preemptions)


def every_schedule(run_once: RunOnce, strategy: Strategy) -> Iterator[Trace]:
    """Run all schedules of the strategy, one after the other."""
    # A rehearsal: what happens only once in a process (imports, caches) has then happened.
    run_once(Script(""), False)
    while strategy.more():
        yield run_once(strategy, False)


def _again(run_once: RunOnce, failure: Failure) -> Failure:
    """The same schedule once more, this time with its steps."""
    trace = run_once(Script(failure.schedule), True)
    if not isinstance(trace, Failure) or trace.error != failure.error:
        raise Diverged(
            f"schedule {failure.schedule} failed with {failure.error}, and when run again: "
            f"{trace.error or 'did not fail'}"
        )
    return trace
