"""What is waited for in these tests comes at once, or never: nobody sleeps."""

import threading

import pytest

# Seconds after which something that should come at once is taken to never come.
AT_ONCE = 5


@pytest.fixture
def pyqueue(pyqueue, called_without_await):
    """The package under test, called as it was when these promises were made."""
    return called_without_await(pyqueue)


@pytest.fixture
def ctx(pyqueue):
    """A context that never ends."""
    return pyqueue.background()


@pytest.fixture
def clerk(pyqueue):
    """A queue with one worker, who does one job after the other."""
    queue = pyqueue.Queue(random=lambda: 0.0)
    queue.start(1)
    yield queue
    queue.stop(timeout=0)


def all_is_done(ctx, clerk):
    """Wait until one worker has done all that was submitted so far."""
    done = threading.Event()
    clerk.register_handler("the last of all", lambda ctx, payload: done.set())
    clerk.submit_job(ctx, "the last of all", {})
    assert done.wait(AT_ONCE)


@pytest.fixture
def queue(pyqueue):
    """A queue with two workers, which is stopped in any case."""
    queue = pyqueue.Queue(random=lambda: 0.0)
    queue.start(2)
    yield queue
    queue.stop(timeout=0)
