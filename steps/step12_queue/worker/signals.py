"""The operating system's requests to end, for as long as somebody listens."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

# Ctrl-C, what `kill` and container runtimes send, and Ctrl-Break on Windows, where there is one.
_REQUESTS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
]


@contextmanager
def on_stop_signal(act: Callable[[], object]) -> Iterator[None]:
    """Inside the block, each request to end calls `act`, in the event loop.

    Only the main thread hears of signals; in any other, the block is as if it were not there.
    Afterwards, all is as it was before.
    """
    loop = asyncio.get_running_loop()

    def hear(number: int, frame: object) -> None:
        # Between any two bytecodes; the loop does it between two steps of tasks.
        loop.call_soon_threadsafe(act)

    # Not loop.add_signal_handler: Windows has none, and it does not put back what it found.
    before: dict[int, Any] = {}
    with suppress(ValueError):  # Not the main thread.
        before = {number: signal.signal(number, hear) for number in _REQUESTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
