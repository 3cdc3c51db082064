"""The queue of the shop, on one event loop."""

import asyncio

import pytest

from tests.step11.conftest import ORDER, soon
from tests.tasks import is_waiting

pytestmark = pytest.mark.chapter("queue")


@pytest.fixture
def shipped():
    return []


@pytest.fixture
def queue(pyqueue, shipped):
    queue = pyqueue.Queue(worker_count=1, random=lambda: 0.0)
    queue.register_handler("parcel", lambda ctx, payload: shipped.append(payload))
    return queue


async def test_a_submitted_job_is_done_and_found(queue, shipped):
    async with queue:
        job = await queue.submit_job("parcel", ORDER)

        assert (job.status, job.payload) == ("pending", ORDER)

    assert (await queue.get_job(job.id)).status == "completed"
    assert shipped == [ORDER]


async def test_a_queue_can_be_started_and_stopped_by_hand(queue, shipped):
    await queue.start()
    await queue.submit_job("parcel", ORDER)

    assert await queue.stop() is True

    assert shipped == [ORDER]


async def test_a_block_that_raises_ends_its_queue_at_once(queue, gate, pyqueue):
    queue.register_handler("payment", gate)

    async def day():
        async with queue:
            await queue.submit_job("payment", ORDER)
            await gate.begun.acquire()
            raise ValueError("out of tea")

    with pytest.raises(ValueError, match="out of tea"):
        await soon(day())

    assert len(await queue.list_by_status(pyqueue.Status.PENDING)) == 1


async def test_the_decorator_registers_async_functions(queue, shipped):
    @queue.handler("payment")
    async def charge_card(ctx, payload):
        await asyncio.sleep(1)
        shipped.append("paid")

    async with queue:
        await queue.submit_job("payment", ORDER)

    assert shipped == ["paid"]


async def test_jobs_can_be_listed_by_their_status(queue, pyqueue, gate):
    queue.register_handler("payment", gate)
    async with queue:
        first = await queue.submit_job("payment", ORDER)
        second = await queue.submit_job("parcel", ORDER)
        await gate.begun.acquire()

        listed = [await queue.list_by_status(pyqueue.Status(s)) for s in ("processing", "pending")]

        assert [[job.id for job in jobs] for jobs in listed] == [[first.id], [second.id]]
        gate.open.set()


async def test_a_job_of_an_unknown_type_is_refused_and_nothing_is_kept(queue, pyqueue):
    for submit in (queue.submit_job, queue.submit_job_nowait):
        with pytest.raises(pyqueue.HandlerNotFound, match="parcel"):
            await submit("parcle", ORDER)

    assert await queue.list_by_status(pyqueue.Status.PENDING) == []


async def test_a_job_that_could_never_run_is_refused(queue):
    with pytest.raises(ValueError, match="max_retry"):
        await queue.submit_job("parcel", ORDER, max_retry=0)


async def test_a_job_runs_as_often_as_it_may(queue, pyqueue):
    runs = []

    @queue.handler("payment")
    async def charge_card(ctx, payload):
        runs.append(payload)
        raise ConnectionError("the bank does not answer")

    async with queue:
        job = await queue.submit_job("payment", ORDER, max_retry=3)

    failed = await queue.get_job(job.id)
    assert (len(runs), failed.attempts, failed.status) == (3, 3, "failed")
    assert "the bank does not answer" in failed.error


async def test_what_happens_to_the_payload_afterwards_does_not_reach_the_job(queue, shipped):
    order = {"items": ["tea"]}
    await queue.submit_job("parcel", order)

    order["items"].append("coffee")
    async with queue:
        pass

    assert shipped == [{"items": ["tea"]}]


async def test_the_number_of_workers_and_places_is_the_callers_choice(pyqueue, gate):
    queue = pyqueue.Queue(worker_count=2, buffer_size=3)
    queue.register_handler("payment", gate)
    async with queue:
        for _ in range(5):
            await soon(queue.submit_job("payment", ORDER))

        one_too_many = asyncio.create_task(queue.submit_job("payment", ORDER))

        assert await is_waiting(one_too_many)
        with pytest.raises(pyqueue.QueueFull):
            await queue.submit_job_nowait("payment", ORDER)
        gate.open.set()
        await one_too_many


async def test_a_handler_can_submit_a_job(queue, shipped):
    @queue.handler("payment")
    async def charge_card(ctx, payload):
        await queue.submit_job("parcel", payload)

    await queue.start()
    job = await queue.submit_job("payment", ORDER)
    while (await queue.get_job(job.id)).status != "completed":
        await asyncio.sleep(1)
    await queue.stop()

    assert shipped == [ORDER]


async def test_a_queue_that_is_stopped_in_haste_says_that_work_is_left(queue, gate):
    queue.register_handler("payment", gate)
    await queue.start()
    job = await queue.submit_job("payment", ORDER)
    await gate.begun.acquire()

    assert await queue.stop(timeout=5) is False

    assert (await queue.get_job(job.id)).status == "pending"


async def test_an_id_that_the_queue_never_gave_is_an_error(queue, pyqueue):
    with pytest.raises(pyqueue.JobNotFound):
        await queue.get_job("a slip from another shop")


async def test_a_queue_counts_what_became_of_its_jobs(queue, pyqueue):
    async with queue:
        await queue.submit_job("parcel", ORDER)

    assert queue.stats() == {pyqueue.Status.COMPLETED: 1}
