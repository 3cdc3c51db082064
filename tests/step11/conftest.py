"""These tests are tasks themselves, and time passes as soon as all of them wait: nobody sleeps."""

import asyncio
from datetime import UTC, datetime

import pytest

from tests.tasks import Gate

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ORDER = {"order": "A-1001"}


@pytest.fixture
def shop(pyqueue):
    return Shop(pyqueue)


@pytest.fixture
def gate():
    return Gate()


class Shop:
    """A storage and a registry, and pools that work for both."""

    def __init__(self, pyqueue, storage=None):
        self.pyqueue = pyqueue
        self.storage = storage or pyqueue.MemoryStorage()
        self.registry = pyqueue.Registry()
        # Which orders were shipped, in that order.
        self.shipped = []
        self.registry.register_handler("parcel", self._ship)

    def pool(self, worker_count=1, buffer_size=None, random=lambda: 0.0):
        return self.pyqueue.WorkerPool(
            self.storage, self.registry, worker_count, buffer_size, random
        )

    def job(self, job_type="parcel", order="A-1001", max_retry=1):
        return self.pyqueue.Job(job_type, {"order": order}, max_retry=max_retry)

    async def submit(self, pool, job_type="parcel", order="A-1001", max_retry=1):
        job = self.job(job_type, order, max_retry)
        await pool.submit(job)
        return job

    async def statuses(self, *jobs):
        return [str((await self.storage.get_job(job.id)).status) for job in jobs]

    async def with_status(self, word):
        return await self.storage.list_by_status(self.pyqueue.Status(word))

    async def _ship(self, ctx, payload):
        self.shipped.append(payload["order"])


def briefly():
    """Chance that lets a retry wait a thousandth of the longest wait: 1 ms, then 2, then 4.

    Whoever waits for it with the whole thread is found out by the clock of the loop, and at once.
    """
    return 0.001


def milliseconds():
    """What time it is on the clock of the loop."""
    return round(asyncio.get_running_loop().time() * 1_000, 3)


async def soon(task):
    """What a task comes to that should end without anybody else's doing."""
    return await asyncio.wait_for(task, 60)


class FarStorage:
    """A storage in another house: each call takes a tenth of a second on its way there.

    It keeps jobs in a storage in memory. `saved` are the statuses that it heard of.
    """

    def __init__(self, storage):
        self._storage = storage
        self.saved = []

    async def save_job(self, job):
        await asyncio.sleep(0.1)
        self.saved.append(str(job.status))
        await self._storage.save_job(job)

    async def update_job(self, job):
        await asyncio.sleep(0.1)
        self.saved.append(str(job.status))
        await self._storage.update_job(job)

    async def claim_job(self, job_id, now):
        await asyncio.sleep(0.1)
        job = await self._storage.claim_job(job_id, now)
        # The answer takes its time as well.
        await asyncio.sleep(0.1)
        return job

    async def get_job(self, job_id):
        await asyncio.sleep(0.1)
        return await self._storage.get_job(job_id)

    async def list_by_status(self, status):
        await asyncio.sleep(0.1)
        return await self._storage.list_by_status(status)
