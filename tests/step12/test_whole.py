"""The queue as a whole: whatever happens to it, every job that it took is accounted for."""

import asyncio
import random
from collections import Counter, deque

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lab.virtual_time import VirtualTimeLoop

pytestmark = pytest.mark.chapter("whole")


class ClosingTime(BaseException):
    """An order to stop that no handler should give."""


class Workshop:
    """A handler that does in each run of a job what the job's plan says, and keeps a diary."""

    def __init__(self):
        self.at_work = Counter()
        self.runs = Counter()
        self.successes = Counter()

    async def __call__(self, ctx, payload):
        name, plan = payload["name"], payload["plan"]
        step = plan[min(self.runs[name], len(plan) - 1)]
        self.runs[name] += 1
        self.at_work[name] += 1
        try:
            await self.act(step)
        finally:
            self.at_work[name] -= 1
        self.successes[name] += 1

    async def act(self, step):
        if step == "slow":
            await asyncio.sleep(5)
        elif step == "fail":
            await asyncio.sleep(0)
            raise ConnectionError("the bank does not answer")
        elif step == "crash":
            raise ClosingTime
        elif step == "lose":
            lost = asyncio.ensure_future(asyncio.sleep(1))
            lost.cancel()
            await lost


SUCCEEDS = {"at once", "slow"}
STEPS = ["at once", "slow", "fail", "crash", "lose"]


# A model


class Day(RuleBasedStateMachine):
    """Somebody uses a queue in all ways that there are, and keeps books beside it."""

    pyqueue = None

    def __init__(self):
        super().__init__()
        self.loop = VirtualTimeLoop()
        self.workshop = Workshop()
        # The ids of the jobs that the queue took.
        self.taken = []
        self.is_started = self.is_stopped = False
        self.queue = self.pyqueue.Queue(worker_count=2, buffer_size=2, random=lambda: 0.5)
        self.queue.register_handler("work", self.workshop)

    def do(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def look(self):
        """Each job, whether it is at work, its plan's steps so far, and its successes: now."""
        shop = self.workshop

        async def look():
            jobs = [await self.queue.get_job(id) for id in self.taken]
            return [
                (
                    job,
                    shop.at_work[name],
                    [plan[min(n, len(plan) - 1)] for n in range(shop.runs[name])],
                    shop.successes[name],
                )
                for job in jobs
                for name, plan in [(job.payload["name"], job.payload["plan"])]
            ]

        return self.do(look())

    def statuses(self):
        return {str(job.status) for job, *_ in self.look()}

    @rule(
        plan=st.lists(st.sampled_from(STEPS), min_size=1, max_size=3),
        runs=st.sampled_from([1, 2, 3]),
    )
    def submit(self, plan, runs):
        async def try_to_submit():
            name = str(len(self.taken))
            return await self.queue.submit_job_nowait("work", {"name": name, "plan": plan}, runs)

        try:
            job = self.do(try_to_submit())
        except self.pyqueue.QueueStopped:
            assert self.is_stopped
        except self.pyqueue.QueueFull:
            assert self.is_started
        else:
            assert not self.is_stopped
            self.taken.append(job.id)

    @rule(seconds=st.sampled_from([0, 1, 5, 60]))
    def let_time_pass(self, seconds):
        self.do(asyncio.sleep(seconds))

    @precondition(lambda self: not self.is_started and not self.is_stopped)
    @rule()
    def start(self):
        self.do(self.queue.start())
        self.is_started = True

    @precondition(lambda self: self.is_started)
    @rule(seconds=st.sampled_from([0, 1, 5, None]))
    def stop(self, seconds):
        is_finished = self.do(self.queue.stop(seconds))

        self.is_stopped = True
        statuses = self.statuses()
        assert statuses <= {"completed", "failed", "pending"}
        assert is_finished == ("pending" not in statuses)

    @precondition(lambda self: self.is_started and not self.is_stopped)
    @rule()
    def join(self):
        self.do(self.queue.join())

        assert self.statuses() <= {"completed", "failed"}

    @invariant()
    def every_job_is_where_its_plan_has_led_it(self):
        for job, at_work, ran, successes in self.look():
            assert at_work == 0 or job.status == "processing"
            assert successes <= 1
            assert successes == 1 or job.status != "completed"
            assert successes == 0 or job.status in ("processing", "completed")
            assert job.attempts <= job.max_retry
            if job.status == "failed":
                assert (job.attempts, ran[-1] in SUCCEEDS) == (job.max_retry, False)

    def teardown(self):
        self.do(self.queue.stop(0))
        assert not any(self.workshop.at_work.values())
        left = self.loop.tasks()
        unheard = self.loop.unheard
        self.loop.end()
        assert (left, unheard) == ([], [])


def test_whatever_one_does_every_job_is_where_its_plan_has_led_it(pyqueue):
    machine = type("DayOfThis", (Day,), {"pyqueue": pyqueue})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=15,
            deadline=None,
            derandomize=True,
            database=None,
            # Not to be shortened: a queue that hangs or loses jobs is slow to try again and again.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


# A long day


async def day(pyqueue, jobs, chance):
    """Queues come and go over one storage, until every job has ended; the storage and the diary."""
    storage, workshop = pyqueue.MemoryStorage(), Workshop()

    def queue(storage):
        queue = pyqueue.Queue(storage, worker_count=20, buffer_size=50, random=chance.random)
        queue.register_handler("work", workshop)
        queue.register_handler("plain", lambda ctx, payload: None)
        return queue

    orders = deque(range(jobs))
    while orders:
        shop = queue(storage)
        await shop.start()
        customers = [asyncio.create_task(order(shop, orders, chance)) for _ in range(10)]
        await asyncio.sleep(chance.uniform(1, 20))
        # One of them goes away, and then the shop closes, sometimes in haste.
        customers[0].cancel()
        await shop.stop(timeout=chance.choice([0, 1, 5, None]))
        await asyncio.wait(customers)
    async with queue(storage):
        pass
    return storage, workshop


async def order(queue, orders, chance):
    """Submit what there is to order, until the queue is closed; what it did not take stays."""
    while orders:
        number = orders.popleft()
        plan = chance.choices(STEPS, [80, 5, 9, 3, 3], k=3)
        try:
            if number % 100 == 0:
                await queue.submit_job("plain", {}, 1)
            await queue.submit_job("work", {"name": str(number), "plan": plan}, 3)
        except BaseException as error:
            orders.append(number)
            if isinstance(error, asyncio.CancelledError):
                raise
            return


async def accounts(pyqueue, storage, workshop):
    """How many jobs were ordered and ended how; each in the way that the diary says."""
    ended = Counter()
    for status in pyqueue.Status:
        for job in await storage.list_by_status(status):
            if job.type == "work":
                ended[str(status)] += 1
                successes = workshop.successes[job.payload["name"]]
                assert successes == (1 if status == "completed" else 0)
    return ended


async def test_on_a_day_with_many_accidents_every_job_is_done_or_failed(pyqueue):
    storage, workshop = await day(pyqueue, 4_000, random.Random(12))

    ended = await accounts(pyqueue, storage, workshop)

    assert set(ended) == {"completed", "failed"}
    assert ended.total() == 4_000
