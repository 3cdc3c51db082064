"""Says what set-up is doing: a line that moves on a terminal, plain lines elsewhere.

Everything goes to stderr; stdout belongs to the command that the learner asked for.
"""

import sys
import time
from collections.abc import Callable
from typing import TextIO

# Where lines cannot move, a long wait is reported this often, in seconds.
_PLAIN_EVERY = 15.0


class Reporter:
    """Tells one thing at a time: `begin`, then `tick` while it lasts, then `end`."""

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._stream = stream if stream is not None else sys.stderr
        self._moves = self._stream.isatty()
        self._what = ""
        self._started = 0.0
        self._next_plain = _PLAIN_EVERY

    def say(self, text: str) -> None:
        """A line of its own."""
        self._stream.write(text + "\n")
        self._stream.flush()

    def begin(self, what: str) -> None:
        """Something starts that may take a while."""
        self._what, self._started, self._next_plain = what, self._clock(), _PLAIN_EVERY
        if self._moves:
            self._write(f"\r  {what} ...")
        else:
            self.say(f"  {what} ...")

    def tick(self) -> None:
        """It still goes on; say for how long."""
        elapsed = self._clock() - self._started
        if self._moves:
            self._write(f"\r  {self._what} ... {elapsed:.0f} s")
        elif elapsed >= self._next_plain:
            self._next_plain += _PLAIN_EVERY
            self.say(f"  {self._what} ... {elapsed:.0f} s")

    def end(self, how: str = "done") -> None:
        """It is over."""
        elapsed = self._clock() - self._started
        if self._moves:
            self._write(f"\r  {self._what}: {how} in {elapsed:.1f} s\n")
        else:
            self.say(f"  {self._what}: {how} in {elapsed:.1f} s")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
