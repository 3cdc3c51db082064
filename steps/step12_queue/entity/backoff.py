"""How long to wait before a failed job is tried again.

The wait doubles each time, up to a ceiling, and chance picks a moment within it: "full jitter", as
Marc Brooker of AWS called it (Exponential Backoff And Jitter, 2015).
"""

from collections.abc import Callable

# A number from 0 up to, but not including, 1; `random.random` is one.
Random = Callable[[], float]

# Seconds: the longest wait after the first attempt, and after any attempt.
BASE = 1.0
CEILING = 60.0
# Doubling more often than this changes nothing, and ends in numbers that are no float.
_DOUBLINGS = 30


def longest_backoff(attempts: int) -> float:
    """Seconds that a job waits at most after so many attempts, of which there is at least one."""
    return float(min(CEILING, BASE * 2 ** min(attempts - 1, _DOUBLINGS)))


def backoff(attempts: int, random: Random) -> float:
    """Seconds to wait after so many attempts: a moment between none and the longest."""
    return random() * longest_backoff(attempts)
