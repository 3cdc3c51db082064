"""What the users of a queue do at the same time, seen from outside, and what must be true then."""

import asyncio
import sys

from lab.scenarios import Scenario
from tests.step12.conftest import ORDER
from tests.tasks import Elsewhere


def scenarios(pyqueue):
    """In the order of the chapter."""
    return [wait(pyqueue), left(pyqueue), join(pyqueue), end(pyqueue)]


class Shop:
    """A queue with one worker. A payment fails in its first run, a parcel is no work at all."""

    def __init__(self, pyqueue, *, is_far):
        self.pyqueue = pyqueue
        storage = pyqueue.MemoryStorage()
        storage = Elsewhere(storage) if is_far else storage
        self.queue = pyqueue.Queue(storage, worker_count=1, random=lambda: 0.0)
        self.queue.register_handler("payment", self._charge)
        self.queue.register_handler("parcel", self._ship)
        self.runs = 0
        self.got = {}
        self.job = None

    @classmethod
    def open(cls, pyqueue, job_type, *, is_far=False):
        """Starts the queue, with one job."""

        async def setup():
            shop = cls(pyqueue, is_far=is_far)
            await shop.queue.start()
            shop.job = await shop.queue.submit_job(job_type, ORDER, 2)
            return shop

        return setup

    async def tried(self, name, awaitable):
        """What came of it: a result, or the error's kind."""
        try:
            self.got[name] = await awaitable
        except self.pyqueue.PyQueueError as error:
            self.got[name] = type(error).__name__

    async def counts(self):
        """How many jobs have which status."""
        found = {}
        for status in self.pyqueue.Status:
            if jobs := await self.queue.list_by_status(status):
                found[str(status)] = len(jobs)
        return found

    async def _ship(self, ctx, payload):
        self.runs += 1

    async def _charge(self, ctx, payload):
        self.runs += 1
        await asyncio.sleep(0)
        if self.runs == 1:
            raise ConnectionError("the bank does not answer")


def scenario(pyqueue, name, title, harm, setup, workers, check, preemptions=4):
    return Scenario(
        name,
        title,
        harm,
        setup,
        workers,
        check,
        watch=lambda shop: {
            "runs": shop.runs,
            "got": {k: str(v)[:30] for k, v in shop.got.items()},
        },
        only=[sys.modules[pyqueue.WorkerPool.__module__]],
        preemptions=preemptions,
        of_tasks=True,
    )


async def wait_for_the_job(shop):
    await shop.tried("waiting", shop.queue.wait_for(shop.job.id))


def wait(pyqueue):
    async def check(shop):
        await shop.queue.stop()
        return shop.got["waiting"].status == "completed"

    return scenario(
        pyqueue,
        "wait",
        "a customer begins to wait for a job while it ends",
        "the job ended just before the customer began to wait, who waits for ever",
        Shop.open(pyqueue, "parcel", is_far=True),
        {"Ada": wait_for_the_job},
        check,
    )


def left(pyqueue):
    async def stop(shop):
        await shop.queue.stop(timeout=0)

    async def check(shop):
        got = shop.got["waiting"]
        status = (await shop.queue.get_job(shop.job.id)).status
        return got == "JobNotFinished" if status == "pending" else got.status == "completed"

    return scenario(
        pyqueue,
        "left",
        "a customer waits for a job while the queue is stopped in haste",
        "the customer waits for ever, or is told what is not so",
        Shop.open(pyqueue, "payment"),
        {"Ada": wait_for_the_job, "stop": stop},
        check,
    )


def join(pyqueue):
    async def submit(shop):
        await shop.tried("taken", shop.queue.submit_job("payment", ORDER))

    async def join(shop):
        await shop.queue.join()
        shop.got["joined"] = await shop.counts()

    async def check(shop):
        await shop.queue.stop()
        # The other one may have come in just afterwards.
        return shop.got["joined"].get("completed", 0) >= 1

    return scenario(
        pyqueue,
        "join",
        "somebody waits until all is done while a job is submitted",
        "all was said to be done and was not, or the other way round",
        Shop.open(pyqueue, "payment"),
        {"submit": submit, "join": join},
        check,
    )


def end(pyqueue):
    async def run(shop):
        await shop.tried("finished", shop.queue.run(timeout=0))

    async def stop(shop):
        await shop.queue.stop()

    async def check(shop):
        counts = await shop.counts()
        return set(counts) <= {"completed", "pending"} and sum(counts.values()) == 1

    return scenario(
        pyqueue,
        "end",
        "one program part runs the queue, and another one stops it",
        "a job is processing, and nobody works on it",
        Shop.open(pyqueue, "payment", is_far=True),
        {"run": run, "stop": stop},
        check,
        preemptions=3,
    )
