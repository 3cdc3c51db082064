"""The end of a pool: each job is completed, failed or pending then, and nobody is left behind."""

import asyncio

import pytest

from tests.step11.conftest import FarStorage, Shop, briefly, milliseconds, soon
from tests.tasks import is_waiting

pytestmark = pytest.mark.chapter("stop")


async def start(shop, gate, jobs=1, **options):
    """A pool whose first job is at work and does not end, and the jobs."""
    shop.registry.register_handler("payment", gate)
    pool = shop.pool(**options)
    await pool.start()
    submitted = [await shop.submit(pool, "payment", max_retry=2) for _ in range(jobs)]
    await gate.begun.acquire()
    return pool, submitted


# In peace


async def test_stopping_finishes_what_was_taken(shop, gate):
    pool, jobs = await start(shop, gate, jobs=3)
    stopping = asyncio.create_task(pool.stop())
    assert await is_waiting(stopping)

    gate.open.set()

    assert await stopping is True
    assert await shop.statuses(*jobs) == ["completed"] * 3


async def test_stopping_finishes_what_waits_for_its_retry(shop):
    times = []

    async def charge_card(ctx, payload):
        times.append(milliseconds())
        if len(times) < 3:
            raise ConnectionError("the bank does not answer")

    shop.registry.register_handler("payment", charge_card)
    pool = shop.pool(random=briefly)
    await pool.start()
    job = await shop.submit(pool, "payment", max_retry=3)
    await asyncio.sleep(0.0005)

    assert await pool.stop() is True
    assert (times, await shop.statuses(job)) == ([0, 1, 3], ["completed"])


async def test_a_stopped_pool_takes_no_more_jobs_and_keeps_none(shop, pyqueue):
    pool = shop.pool()
    await pool.start()
    await pool.stop()

    for submit in (pool.submit, pool.submit_nowait):
        with pytest.raises(pyqueue.QueueStopped):
            await submit(shop.job())

    assert await shop.with_status("pending") == []


async def test_a_pool_that_is_being_stopped_takes_no_more_jobs_either(shop, gate, pyqueue):
    pool, _ = await start(shop, gate)
    stopping = asyncio.create_task(pool.stop())
    await asyncio.sleep(0)

    with pytest.raises(pyqueue.QueueStopped):
        await shop.submit(pool)

    gate.open.set()
    await stopping


async def test_everybody_at_the_door_hears_that_it_is_closed_and_nothing_is_kept(
    shop, gate, pyqueue
):
    pool, _ = await start(shop, gate, jobs=2, buffer_size=1)
    at_the_door = [asyncio.create_task(shop.submit(pool)) for _ in range(5)]
    await is_waiting(at_the_door[0])

    stopping = asyncio.create_task(pool.stop())
    answers = await soon(asyncio.gather(*at_the_door, return_exceptions=True))

    assert {type(answer) for answer in answers} == {pyqueue.QueueStopped}
    gate.open.set()
    await stopping
    assert (shop.shipped, await shop.with_status("pending")) == ([], [])


async def test_a_job_that_is_being_saved_when_the_pool_is_stopped_is_done(pyqueue):
    shop = Shop(pyqueue, FarStorage(pyqueue.MemoryStorage()))
    pool = shop.pool()
    await pool.start()
    submitting = asyncio.create_task(shop.submit(pool))
    await asyncio.sleep(0.05)

    assert await pool.stop() is True

    assert await shop.statuses(await submitting) == ["completed"]


async def test_a_stopped_pool_is_not_started_again(shop, pyqueue):
    pool = shop.pool()
    await pool.start()
    await pool.stop()

    with pytest.raises(pyqueue.QueueStopped):
        await pool.start()


async def test_a_pool_that_is_stopped_while_it_starts_does_not_begin(pyqueue):
    shop = Shop(pyqueue, FarStorage(pyqueue.MemoryStorage()))
    job = shop.job()
    await shop.storage.save_job(job)
    pool = shop.pool()
    starting = asyncio.create_task(pool.start())
    await asyncio.sleep(0.05)

    await pool.stop()

    with pytest.raises(pyqueue.QueueStopped):
        await starting
    assert await shop.statuses(job) == ["pending"]


async def test_a_pool_that_was_never_started_can_be_stopped(shop):
    pool = shop.pool()
    job = await shop.submit(pool)

    await pool.stop()

    assert await shop.statuses(job) == ["pending"]


async def test_stopping_twice_is_as_good_as_once(shop):
    pool = shop.pool()
    await pool.start()

    assert (await pool.stop(), await pool.stop()) == (True, True)


async def test_two_who_stop_it_at_the_same_time_hear_of_the_same_end(shop, gate):
    pool, jobs = await start(shop, gate, jobs=2)
    stopping = [asyncio.create_task(pool.stop()) for _ in range(2)]
    assert await is_waiting(stopping[1])

    gate.open.set()

    assert await asyncio.gather(*stopping) == [True, True]
    assert await shop.statuses(*jobs) == ["completed"] * 2


# In haste


async def test_after_the_deadline_what_is_at_work_is_cancelled_and_pending_again(shop, gate):
    pool, jobs = await start(shop, gate)

    is_finished = await pool.stop(timeout=10)

    [job] = await shop.with_status("pending")
    assert (is_finished, job.id, job.attempts) == (False, jobs[0].id, 0)


async def test_what_was_not_begun_in_time_stays_pending(shop, gate):
    pool, jobs = await start(shop, gate, jobs=3)

    await pool.stop(timeout=10)
    gate.open.set()
    await asyncio.sleep(3_600)

    assert await shop.statuses(*jobs) == ["pending"] * 3


async def test_whoever_gives_more_time_than_is_needed_waits_no_longer_and_loses_nothing(shop):
    pool = shop.pool()
    await pool.start()
    jobs = [await shop.submit(pool) for _ in range(3)]

    assert await pool.stop(timeout=3_600) is True

    assert await shop.statuses(*jobs) == ["completed"] * 3
    assert asyncio.get_running_loop().time() < 1


async def test_a_retry_that_waits_at_the_deadline_is_pending_and_never_runs(shop):
    runs = []

    async def charge_card(ctx, payload):
        runs.append(payload)
        raise ConnectionError("the bank does not answer")

    shop.registry.register_handler("payment", charge_card)
    pool = shop.pool(random=briefly)
    await pool.start()
    job = await shop.submit(pool, "payment", max_retry=2)
    await asyncio.sleep(0.0005)

    is_finished = await pool.stop(timeout=0)
    await asyncio.sleep(3_600)

    assert (is_finished, len(runs), await shop.statuses(job)) == (False, 1, ["pending"])


async def test_a_retry_that_waits_at_the_deadline_is_nobodys_any_more(shop):
    shop.registry.register_handler("payment", lambda ctx, payload: 1 / 0)
    pool = shop.pool(random=briefly)
    await pool.start()
    await shop.submit(pool, "payment", max_retry=2)
    await asyncio.sleep(0.0005)

    await pool.stop(timeout=0)

    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_handler_that_cleans_up_is_waited_for(shop):
    steps = []

    async def deliver(ctx, payload):
        try:
            await asyncio.sleep(3_600)
        finally:
            await asyncio.sleep(5)
            steps.append("brought back")

    shop.registry.register_handler("delivery", deliver)
    pool = shop.pool()
    await pool.start()
    await shop.submit(pool, "delivery")
    await asyncio.sleep(1)

    await pool.stop(timeout=0)

    assert steps == ["brought back"]


async def test_what_comes_to_its_end_after_the_deadline_all_the_same_is_finished(shop):
    async def deliver(ctx, payload):
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            await asyncio.sleep(5)

    shop.registry.register_handler("delivery", deliver)
    pool = shop.pool()
    await pool.start()
    job = await shop.submit(pool, "delivery")
    await asyncio.sleep(1)

    is_finished = await pool.stop(timeout=0)

    assert (is_finished, await shop.statuses(job)) == (True, ["completed"])


async def test_a_handler_that_cleans_up_is_cancelled_once(shop):
    steps = []

    async def deliver(ctx, payload):
        try:
            await asyncio.sleep(3_600)
        finally:
            await asyncio.sleep(5)
            steps.append("brought back")

    shop.registry.register_handler("delivery", deliver)
    pool = shop.pool()
    await pool.start()
    await shop.submit(pool, "delivery")
    await asyncio.sleep(1)

    impatient = asyncio.create_task(pool.stop(timeout=0))
    await asyncio.sleep(1)
    await asyncio.gather(impatient, pool.stop(timeout=0), pool.stop(timeout=1))

    assert steps == ["brought back"]


async def test_a_handler_reads_in_its_context_why_it_is_to_end(shop, pyqueue):
    causes = []

    async def deliver(ctx, payload):
        try:
            await asyncio.sleep(3_600)
        finally:
            causes.append(type(ctx.cause))

    shop.registry.register_handler("delivery", deliver)
    pool = shop.pool()
    await pool.start()
    await shop.submit(pool, "delivery")
    await asyncio.sleep(1)

    await pool.stop(timeout=0)

    assert causes == [pyqueue.QueueStopped]


async def test_a_second_stop_can_bring_the_end_sooner(shop, gate):
    pool, jobs = await start(shop, gate)
    patient = asyncio.create_task(pool.stop())
    await is_waiting(patient)

    await soon(pool.stop(timeout=0))

    assert (await soon(patient), await shop.statuses(*jobs)) == (False, ["pending"])


async def test_whoever_is_cancelled_while_stopping_leaves_nobody_at_work(shop, gate):
    pool, jobs = await start(shop, gate)
    stopping = asyncio.create_task(pool.stop())
    await is_waiting(stopping)

    stopping.cancel()
    await asyncio.wait([stopping])

    assert stopping.cancelled()
    assert await shop.statuses(*jobs) == ["pending"]


async def test_whoever_cancels_everything_as_ctrl_c_does_ends_the_workers_too(shop, gate):
    _pool, jobs = await start(shop, gate, worker_count=2)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}

    for task in tasks:
        task.cancel()
    await soon(asyncio.wait(tasks))

    assert await shop.statuses(*jobs) == ["pending"]


async def test_a_block_that_raises_ends_its_pool_at_once(shop, gate):
    shop.registry.register_handler("payment", gate)

    async def day():
        async with shop.pool() as pool:
            await shop.submit(pool, "payment")
            await gate.begun.acquire()
            raise ValueError("out of tea")

    with pytest.raises(ValueError, match="out of tea"):
        await soon(day())

    assert len(await shop.with_status("pending")) == 1


@pytest.mark.parametrize("moment", [number / 20 for number in range(1, 16)])
async def test_at_whatever_moment_the_end_comes_no_job_is_left_processing(pyqueue, moment):
    shop = Shop(pyqueue, FarStorage(pyqueue.MemoryStorage()))
    shop.registry.register_handler("delivery", lambda ctx, payload: asyncio.sleep(0.2))
    pool = shop.pool(worker_count=2)
    await pool.start()
    jobs = [asyncio.create_task(shop.submit(pool, "delivery")) for _ in range(3)]
    await asyncio.sleep(moment + 0.001)

    await pool.stop(timeout=0)

    await asyncio.wait(jobs)
    assert await shop.with_status("processing") == []
    kept = len(await shop.with_status("pending")) + len(await shop.with_status("completed"))
    assert kept == sum(job.exception() is None for job in jobs)


# From inside


async def test_a_handler_can_stop_its_pool_and_goes_on(shop):
    steps = []

    async def close(ctx, payload):
        steps.append(await pool.stop())
        await asyncio.sleep(1)
        steps.append("lights out")

    shop.registry.register_handler("close", close)
    pool = shop.pool(worker_count=2)
    await pool.start()
    job = await shop.submit(pool, "close")
    parcel = await shop.submit(pool)

    await soon(pool.stop())

    assert steps == [True, "lights out"]
    assert await shop.statuses(job, parcel) == ["completed"] * 2


async def test_two_handlers_that_stop_their_pool_do_not_wait_for_each_other(shop):
    async def close(ctx, payload):
        await pool.stop()

    shop.registry.register_handler("close", close)
    pool = shop.pool(worker_count=2)
    await pool.start()
    jobs = [await shop.submit(pool, "close") for _ in range(2)]

    await soon(pool.stop())

    assert await shop.statuses(*jobs) == ["completed"] * 2


async def test_a_handler_that_stops_its_pool_in_haste_is_not_cancelled_itself(shop, gate):
    shop.registry.register_handler("payment", gate)

    async def close(ctx, payload):
        await gate.begun.acquire()
        await pool.stop(timeout=1)
        await asyncio.sleep(1)

    shop.registry.register_handler("close", close)
    pool = shop.pool(worker_count=2)
    await pool.start()
    jobs = [await shop.submit(pool, job_type) for job_type in ("close", "payment")]

    await soon(pool.stop())

    assert await shop.statuses(*jobs) == ["completed", "pending"]
