"""What a simulated pool has to do: who comes when, how long a run takes, and which ones fail.

Chance is one stream of numbers for each seed. Each has its place there, by the job, its run and
what the number decides, and not by when it is asked for: so under another policy, or with one
more worker, the same jobs come at the same moments, take as long, and fail as often.

Times are whole ticks of 1/1024 second, which floats add up without an error. So the script in
docs/assets/js/pool.js, which does the same, comes to the very same moments.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from math import ceil, floor, log

from lab.book.simulator.settings import UNUSUAL, Settings

_SECOND = 1024  # ticks
# What a number of the stream decides.
_GAP, _LENGTH, _FAILURE, _JITTER = range(4)
# The jobs of a batch have numbers of their own, so that a larger one changes nothing else.
_BATCH = 1 << 20
_WORD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Arrival:
    """A job that somebody wants to submit."""

    # Seconds since the start.
    at: float
    # Where its numbers are in the stream.
    key: int


class Load:
    """The work of one run of the simulator."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._start = _mixed(settings.seed)

    def arrivals(self) -> list[Arrival]:
        """Who comes, in that order."""
        batch = [Arrival(float(UNUSUAL), _BATCH + n) for n in range(self._settings.batch)]
        return sorted([*self._one_by_one(), *batch], key=lambda each: (each.at, each.key))

    def seconds(self, key: int, attempt: int) -> float:
        """How long a run takes: mostly less than the mean, and sometimes much more."""
        return self._ticks(self._settings.takes, key, attempt, _LENGTH) / _SECOND

    def fails(self, key: int, attempt: int, now: float) -> bool:
        """Whether a run that begins now will fail."""
        if UNUSUAL <= now < UNUSUAL + self._settings.away:
            return True
        return self._chance(key, attempt, _FAILURE) * 100 < self._settings.fails

    def jitter(self, key: int, attempt: int) -> float:
        """The random number for the wait after a failed run: 1 is as long as it may be, 0 none."""
        match self._settings.backoff:
            case "none":
                return 0.0
            case "doubling":
                return 1.0
        return floor(self._chance(key, attempt, _JITTER) * _SECOND) / _SECOND

    def _one_by_one(self) -> Iterator[Arrival]:
        ticks = 0
        for key in count():
            ticks += self._ticks(1 / self._settings.rate, key, 0, _GAP)
            if ticks >= self._settings.seconds * _SECOND:
                return
            yield Arrival(ticks / _SECOND, key)

    def _ticks(self, mean: float, key: int, attempt: int, use: int) -> int:
        """A span that is exponentially distributed, as those between callers and of calls are."""
        return max(1, ceil(-log(1 - self._chance(key, attempt, use)) * mean * _SECOND))

    def _chance(self, key: int, attempt: int, use: int) -> float:
        """A number from 0 up to, but not including, 1."""
        place = (key * 32 + attempt) * 4 + use
        return _mixed((self._start + place * 0x9E3779B9) & _WORD) / 2**32


def _mixed(bits: int) -> int:
    """32 bits that look like chance: splitmix (Steele, Lea and Flood, 2014).

    In 32 bits it has the constants that Chris Wellons found for it (hash-prospector, 2018).
    """
    bits = (bits ^ bits >> 16) * 0x21F0AAAD & _WORD
    bits = (bits ^ bits >> 15) * 0x735A2D97 & _WORD
    return bits ^ bits >> 15
