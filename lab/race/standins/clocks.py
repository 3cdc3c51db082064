"""Time and chance: virtual, and the same in every schedule."""

import os
import time
from collections.abc import Callable

from lab.race.gates import current, current_run

# What time.time() says at the start of every schedule: a fixed moment in 2024.
EPOCH = 1_704_103_200.0

_real_sleep, _real_urandom = time.sleep, os.urandom


def sleep(seconds: float) -> None:
    run, me = current()
    if run is None:
        return _real_sleep(seconds)
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    if me:
        me.wait_until(lambda: False, seconds, lambda: f"for {seconds:g} s to pass")
    else:
        run.clock += seconds
    return None


def clock(name: str, start: float = 0.0, unit: int = 0) -> Callable[[], float]:
    real: Callable[[], float] = getattr(time, name)

    def now() -> float:
        run = current_run()
        if run is None:
            return real()
        return int((start + run.clock) * unit) if unit else start + run.clock

    return now


def urandom(size: int, /) -> bytes:
    run = current_run()
    return run.urandom(size) if run else _real_urandom(size)
