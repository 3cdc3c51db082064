"""A clock that stands still, a context on it, and a storage that keeps a diary."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture
def pyqueue(pyqueue, called_with_live_jobs):
    """The package under test, with the jobs that these promises were made of."""
    return called_with_live_jobs(pyqueue)


class ManualClock:
    """It moves when it is told to, and when somebody waits; nobody really does."""

    def __init__(self):
        self.time_of_day = datetime(2026, 1, 5, 9, tzinfo=UTC)
        self.seconds = 1_000.0
        # How long somebody wanted to wait, each time.
        self.waits = []
        self._plans = []

    def now(self):
        return self.time_of_day

    def monotonic(self):
        return self.seconds

    def wait(self, event, seconds):
        self.waits.append(seconds)
        until = self.seconds + seconds
        while self._plans and self._plans[0][0] <= until and not event.is_set():
            moment, action = self._plans.pop(0)
            self.go_on(moment - self.seconds)
            action()
        if not event.is_set():
            self.go_on(until - self.seconds)

    def go_on(self, seconds):
        self.seconds += seconds
        self.time_of_day += timedelta(seconds=seconds)

    def plan(self, seconds, action):
        """Do this while somebody waits, so many seconds from now."""
        self._plans.append((self.seconds + seconds, action))


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def ctx(pyqueue, clock):
    """A context that never ends, on the clock that stands still."""
    return pyqueue.background(clock)


@pytest.fixture
def diary(pyqueue):
    return Diary(pyqueue.JobNotFound)


class Diary:
    """A storage of the shop's own: it copies, as a database does, and it honors the context."""

    def __init__(self, not_found):
        # The status of each job that was saved, in order.
        self.entries = []
        self._not_found = not_found
        self._jobs = {}

    def save_job(self, ctx, job):
        ctx.raise_if_done()
        self.entries.append(str(job.status))
        self._jobs[job.id] = deepcopy(job)

    def get_job(self, ctx, job_id):
        ctx.raise_if_done()
        if job_id not in self._jobs:
            raise self._not_found(job_id)
        return deepcopy(self._jobs[job_id])
