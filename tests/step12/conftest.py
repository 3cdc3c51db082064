"""The queue as its users know it: from outside."""

import asyncio
import sys
import threading
from pathlib import Path

import pytest

ORDER = {"order": "A-1001"}
# Seconds after which something that threads or processes should do is taken to never come.
IN_TIME = 20


@pytest.fixture
def shipped():
    """The payloads that were shipped, in that order."""
    return []


@pytest.fixture
def queue(pyqueue, shipped):
    """A queue with one worker, which ships parcels."""
    queue = pyqueue.Queue(worker_count=1, random=lambda: 0.0)

    @queue.handler("parcel")
    async def ship(ctx, payload):
        await asyncio.sleep(0)
        shipped.append(payload)

    return queue


@pytest.fixture
def findable(pyqueue, monkeypatch):
    """Lets other processes import the package under test, and the handlers of these tests."""
    monkeypatch.syspath_prepend(str(Path(pyqueue.__file__).parent.parent))
    return sys.modules[pyqueue.__name__]


class Gate:
    """A plain handler that begins, and goes on when it is let, or when it hears of the end."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()

    def __call__(self, ctx, payload):
        self.begun.release()
        assert self.open.wait(IN_TIME)

    async def wait_for_begin(self):
        assert await asyncio.to_thread(self.begun.acquire, timeout=IN_TIME)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.open.set()
