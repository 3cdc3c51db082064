"""Whoever wants to know how a job ended waits for it, and is told in any case."""

import asyncio

import pytest

from tests.step12.conftest import ORDER
from tests.tasks import Gate, is_waiting

pytestmark = pytest.mark.chapter("waiting")


@pytest.fixture
def slow(queue):
    gate = Gate()
    queue.register_handler("payment", gate)
    return gate


async def test_whoever_waits_for_a_job_gets_it_when_it_is_completed(queue, slow):
    async with queue:
        job = await queue.submit_job("payment", ORDER)
        waiting = asyncio.create_task(queue.wait_for(job.id))
        assert await is_waiting(waiting)

        slow.open.set()

        assert ((await waiting).id, (await waiting).status) == (job.id, "completed")


async def test_whoever_waits_for_a_job_that_fails_gets_it_with_the_reason(queue):
    queue.register_handler("payment", lambda ctx, payload: 1 / 0)

    async with queue:
        job = await queue.submit_job("payment", ORDER)
        failed = await queue.wait_for(job.id)

    assert (failed.status, "ZeroDivisionError" in failed.error) == ("failed", True)


async def test_whoever_waits_for_a_job_waits_for_its_retries_too(queue):
    runs = []

    @queue.handler("payment")
    async def charge_card(ctx, payload):
        runs.append(payload)
        if len(runs) < 3:
            raise ConnectionError("the bank does not answer")

    async with queue:
        job = await queue.submit_job("payment", ORDER, max_retry=3)
        done = await queue.wait_for(job.id)

    assert (done.status, done.attempts) == ("completed", 3)


async def test_whoever_comes_late_does_not_wait(queue):
    async with queue:
        job = await queue.submit_job("parcel", ORDER)
        await queue.join()

        assert (await queue.wait_for(job.id)).status == "completed"

    assert (await queue.wait_for(job.id)).status == "completed"


async def test_many_can_wait_for_one_job(queue, slow):
    async with queue:
        job = await queue.submit_job("payment", ORDER)
        waiting = [asyncio.create_task(queue.wait_for(job.id)) for _ in range(10)]
        await is_waiting(waiting[0])

        slow.open.set()

        assert {job.status for job in await asyncio.gather(*waiting)} == {"completed"}


async def test_who_goes_away_does_not_wake_the_others(queue, slow):
    async with queue:
        job = await queue.submit_job("payment", ORDER)
        impatient, patient = (asyncio.create_task(queue.wait_for(job.id)) for _ in range(2))
        await is_waiting(patient)

        impatient.cancel()

        assert await is_waiting(patient)
        slow.open.set()
        assert (await patient).status == "completed"


async def test_one_can_wait_before_the_queue_is_started(queue):
    job = await queue.submit_job("parcel", ORDER)
    waiting = asyncio.create_task(queue.wait_for(job.id))
    assert await is_waiting(waiting)

    async with queue:
        assert (await waiting).status == "completed"


async def test_nobody_waits_for_a_job_that_a_stopped_queue_has_left(queue, slow, pyqueue):
    await queue.start()
    at_work, not_begun = [await queue.submit_job("payment", ORDER) for _ in range(2)]
    waiting = [asyncio.create_task(queue.wait_for(job.id)) for job in (at_work, not_begun)]
    await slow.begun.acquire()

    await queue.stop(timeout=1)

    for task in waiting:
        with pytest.raises(pyqueue.JobNotFinished, match="pending"):
            await task
    with pytest.raises(pyqueue.JobNotFinished):
        await queue.wait_for(not_begun.id)


async def test_nobody_waits_for_a_queue_that_was_stopped_before_it_was_started(queue, pyqueue):
    job = await queue.submit_job("parcel", ORDER)
    waiting = asyncio.create_task(queue.wait_for(job.id))
    await is_waiting(waiting)

    await queue.stop()

    with pytest.raises(pyqueue.JobNotFinished):
        await waiting


async def test_nobody_waits_for_a_job_that_the_storage_has_lost_sight_of(pyqueue):
    class FullDisk(pyqueue.MemoryStorage):
        async def update_job(self, job):
            raise OSError("no space left on the disk")

    queue = pyqueue.Queue(FullDisk(), worker_count=1)
    queue.register_handler("parcel", lambda ctx, payload: None)
    async with queue:
        job = await queue.submit_job("parcel", ORDER)

        with pytest.raises(pyqueue.JobNotFinished, match="processing"):
            await queue.wait_for(job.id)


async def test_nobody_waits_for_a_job_that_is_somebody_elses(pyqueue, slow, queue):
    storage = pyqueue.MemoryStorage()
    other, ours = pyqueue.Queue(storage), pyqueue.Queue(storage)
    other.register_handler("payment", slow)
    async with other, ours:
        job = await other.submit_job("payment", ORDER)
        await slow.begun.acquire()

        with pytest.raises(pyqueue.JobNotFinished):
            await ours.wait_for(job.id)

        slow.open.set()


async def test_nobody_waits_for_a_job_that_does_not_exist(queue, pyqueue):
    async with queue:
        with pytest.raises(pyqueue.JobNotFound):
            await queue.wait_for("a slip from another shop")


async def test_a_handler_that_waits_for_its_own_job_is_told_that_it_cannot(queue):
    jobs = []

    @queue.handler("close")
    async def close(ctx, payload):
        await queue.wait_for(jobs[0].id)

    jobs.append(await queue.submit_job("close", ORDER))
    async with queue:
        pass

    assert "RuntimeError" in (await queue.get_job(jobs[0].id)).error


async def test_a_handler_can_wait_for_another_job(pyqueue, shipped):
    queue = pyqueue.Queue(worker_count=2)

    @queue.handler("order")
    async def fulfil(ctx, payload):
        parcel = await queue.submit_job("parcel", payload)
        assert (await queue.wait_for(parcel.id)).status == "completed"
        shipped.append("and told the customer")

    @queue.handler("parcel")
    async def ship(ctx, payload):
        shipped.append("shipped")

    async with queue:
        job = await queue.submit_job("order", ORDER)
        await queue.wait_for(job.id)

    assert shipped == ["shipped", "and told the customer"]


async def test_a_job_is_completed_for_whoever_waits_when_it_was_cleaning_up_at_the_end(queue):
    @queue.handler("payment")
    async def charge_card(ctx, payload):
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            await asyncio.sleep(5)

    await queue.start()
    job = await queue.submit_job("payment", ORDER)
    waiting = asyncio.create_task(queue.wait_for(job.id))
    await asyncio.sleep(1)

    await queue.stop(timeout=0)

    assert (await waiting).status == "completed"


async def test_whoever_joins_waits_for_everything_retries_included(queue, shipped):
    @queue.handler("payment")
    async def charge_card(ctx, payload):
        shipped.append("tried")
        raise ConnectionError("the bank does not answer")

    async with queue:
        await queue.submit_job("payment", ORDER, max_retry=3)
        await queue.submit_job("parcel", ORDER)

        await queue.join()

        assert sorted(map(str, shipped)) == sorted(["tried"] * 3 + [str(ORDER)])


async def test_joining_an_idle_queue_does_not_wait(queue):
    async with queue:
        await queue.join()
        await queue.submit_job("parcel", ORDER)
        await queue.join()
        await queue.join()


async def test_whoever_joins_a_queue_that_is_stopped_in_haste_is_told(queue, slow, pyqueue):
    await queue.start()
    await queue.submit_job("payment", ORDER)
    joining = asyncio.create_task(queue.join())
    await slow.begun.acquire()

    await queue.stop(timeout=0)

    with pytest.raises(pyqueue.QueueStopped):
        await joining


async def test_a_handler_that_joins_its_queue_is_told_that_it_cannot(queue):
    @queue.handler("close")
    async def close(ctx, payload):
        await queue.join()

    async with queue:
        job = await queue.submit_job("close", ORDER)
        await queue.join()

    assert "RuntimeError" in (await queue.get_job(job.id)).error
