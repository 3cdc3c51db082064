"""What is waited for in these tests comes at once, or never: nobody sleeps."""

import pytest

# Seconds after which something that should come at once is taken to never come.
AT_ONCE = 30


@pytest.fixture
def ctx(pyqueue):
    """A context that never ends."""
    return pyqueue.background()


@pytest.fixture
def queue(pyqueue):
    """A queue with two workers, which is stopped in any case."""
    queue = pyqueue.Queue(random=lambda: 0.0)
    queue.start(2)
    yield queue
    queue.stop(timeout=0)
