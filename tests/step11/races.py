"""What the tasks of a shop do between each other's awaits, and what must be true afterwards."""

import asyncio
import sys

from lab.scenarios import Scenario
from tests.step11.conftest import ORDER
from tests.tasks import Elsewhere, Gate


def scenarios(pyqueue):
    """In the order of the chapter."""
    return [
        place(pyqueue),
        door(pyqueue),
        start(pyqueue),
        stop(pyqueue),
        retry(pyqueue),
        deadline(pyqueue),
    ]


class Shop:
    """A pool with one worker, on a storage that lets others go on with each call."""

    def __init__(self, pyqueue, **options):
        self.pyqueue = pyqueue
        self.storage = Elsewhere(pyqueue.MemoryStorage())
        registry = pyqueue.Registry()
        self.pool = pyqueue.WorkerPool(self.storage, registry, 1, random=lambda: 0.0, **options)
        # A handler that goes on when it is let; one that is done at once; one that fails once.
        self.gate = Gate()
        registry.register_handler("payment", self.gate)
        registry.register_handler("parcel", self._pack)
        registry.register_handler("email", self._fail_once)
        # What each task got: "taken", or the kind of error.
        self.got = {}
        self.runs = 0

    def submitting(self, job_type, name="submit", *, wait=True):
        """A task that submits a job."""

        async def submit(shop):
            job = self.pyqueue.Job(job_type, ORDER, name, max_retry=2)
            try:
                await (shop.pool.submit if wait else shop.pool.submit_nowait)(job)
            except self.pyqueue.PyQueueError as error:
                shop.got[name] = type(error).__name__
            else:
                shop.got[name] = "taken"

        return submit

    async def counts(self):
        """How many jobs are in the storage, by their status."""
        statuses = self.pyqueue.Status
        return {
            str(status): len(jobs)
            for status in statuses
            if (jobs := await self.storage.list_by_status(status))
        }

    @property
    def taken(self):
        return list(self.got.values()).count("taken")

    async def _pack(self, ctx, payload):
        self.runs += 1
        await asyncio.sleep(0)

    async def _fail_once(self, ctx, payload):
        self.runs += 1
        await asyncio.sleep(0)
        if self.runs == 1:
            raise ConnectionError("the mail server does not answer")


def home(thing):
    """The module in which a class of the package is."""
    return sys.modules[thing.__module__]


def scenario(pyqueue, name, title, harm, setup, workers, check, preemptions=3):
    return Scenario(
        name,
        title,
        harm,
        setup,
        workers,
        check,
        watch=lambda shop: {"got": dict(shop.got), "runs": shop.runs},
        only=[home(pyqueue.WorkerPool)],
        preemptions=preemptions,
        of_tasks=True,
    )


async def stop_the_pool(shop):
    await shop.pool.stop()


def place(pyqueue):
    async def setup():
        shop = Shop(pyqueue, buffer_size=1)
        await shop.pool.start()
        await shop.submitting("payment", "at work")(shop)
        await shop.gate.begun.acquire()
        return shop

    async def check(shop):
        shop.gate.open.set()
        await shop.pool.stop()
        refused = list(shop.got.values()).count("QueueFull")
        return (refused, await shop.counts()) == (1, {"completed": 2})

    one, other = (Shop(pyqueue).submitting("parcel", n, wait=False) for n in ("Ada", "Grace"))
    return scenario(
        pyqueue,
        "place",
        "two customers want the last place of the buffer, and neither wants to wait",
        "both are told that there was a place",
        setup,
        {"Ada": one, "Grace": other},
        check,
    )


def door(pyqueue):
    async def setup():
        shop = Shop(pyqueue, buffer_size=1)
        await shop.pool.start()
        for name in ("at work", "waiting"):
            await shop.submitting("payment", name)(shop)
        await shop.gate.begun.acquire()
        return shop

    async def stop_at_once(shop):
        await shop.pool.stop(timeout=0)

    async def check(shop):
        return await shop.counts() == {"pending": shop.taken}

    return scenario(
        pyqueue,
        "door",
        "a customer waits at the door while the pool is stopped",
        "the customer waits for ever, or the job was taken and is lost",
        setup,
        {"Ada": Shop(pyqueue).submitting("payment", "Ada"), "stop": stop_at_once},
        check,
    )


def start(pyqueue):
    async def setup():
        return Shop(pyqueue)

    async def start_the_pool(shop):
        await shop.pool.start()

    async def check(shop):
        await shop.pool.stop()
        return (shop.runs, await shop.counts()) == (1, {"completed": 1})

    return scenario(
        pyqueue,
        "start",
        "a job is submitted while the pool starts",
        "nobody saw the job, or two workers did",
        setup,
        {"start": start_the_pool, "submit": Shop(pyqueue).submitting("parcel")},
        check,
    )


def stop(pyqueue):
    async def setup():
        shop = Shop(pyqueue)
        await shop.pool.start()
        return shop

    async def check(shop):
        return await shop.counts() == ({"completed": 1} if shop.taken else {})

    return scenario(
        pyqueue,
        "stop",
        "a job is submitted while the pool is being stopped",
        "the job was taken, and nobody will ever do it",
        setup,
        {"submit": Shop(pyqueue).submitting("parcel"), "stop": stop_the_pool},
        check,
    )


def retry(pyqueue):
    async def setup():
        shop = Shop(pyqueue)
        await shop.pool.start()
        await shop.submitting("email", "email")(shop)
        return shop

    async def check(shop):
        return await shop.counts() == {"completed": 1 + (shop.got.get("submit") == "taken")}

    return scenario(
        pyqueue,
        "retry",
        "a job fails and is tried again while the pool is being stopped",
        "the job was to be tried again, and nobody will",
        setup,
        {"submit": Shop(pyqueue).submitting("parcel"), "stop": stop_the_pool},
        check,
        preemptions=2,
    )


def deadline(pyqueue):
    async def setup():
        shop = Shop(pyqueue)
        await shop.pool.start()
        return shop

    async def stop_at_once(shop):
        await shop.pool.stop(timeout=0)

    async def check(shop):
        counts = await shop.counts()
        return "processing" not in counts and sum(counts.values()) == shop.taken

    return scenario(
        pyqueue,
        "deadline",
        "the time is up while a job is submitted, claimed, done or saved",
        "the job is processing, and nobody works on it",
        setup,
        {"submit": Shop(pyqueue).submitting("parcel"), "stop": stop_at_once},
        check,
        # The end has to be put off so often to come while the answer to a claim is on its way.
        preemptions=5,
    )
