"""A pool of tasks: what is submitted is done, whatever handlers and storages do to it."""

import asyncio
import threading

import pytest

from tests.step11.conftest import FarStorage, Shop, briefly, milliseconds, soon
from tests.tasks import is_waiting

# Workers


@pytest.mark.chapter("pool")
async def test_a_submitted_job_is_done(shop):
    async with shop.pool() as pool:
        job = await shop.submit(pool, order="A-1001")

    assert shop.shipped == ["A-1001"]
    assert await shop.statuses(job) == ["completed"]


@pytest.mark.chapter("pool")
async def test_whoever_submits_a_job_does_not_wait_for_it(shop, gate):
    shop.registry.register_handler("payment", gate)

    async with shop.pool() as pool:
        job = await soon(shop.submit(pool, "payment"))
        await gate.begun.acquire()

        assert await shop.statuses(job) == ["processing"]

        gate.open.set()


@pytest.mark.chapter("pool")
async def test_one_worker_does_one_job_after_the_other(shop):
    async with shop.pool(worker_count=1) as pool:
        for order in ("A-1001", "A-1002", "A-1003"):
            await shop.submit(pool, order=order)

    assert shop.shipped == ["A-1001", "A-1002", "A-1003"]


@pytest.mark.chapter("pool")
async def test_a_free_worker_takes_what_waits_though_another_is_at_work(shop, gate):
    shop.registry.register_handler("payment", gate)
    async with shop.pool(worker_count=2) as pool:
        await shop.submit(pool, "payment")
        await gate.begun.acquire()

        for order in ("A-1001", "A-1002", "A-1003"):
            await shop.submit(pool, order=order)
        await asyncio.sleep(1)

        assert shop.shipped == ["A-1001", "A-1002", "A-1003"]
        gate.open.set()


@pytest.mark.chapter("pool")
async def test_a_thousand_jobs_wait_at_the_same_time_and_in_one_thread(shop):
    threads = []

    async def deliver(ctx, payload):
        threads.append(threading.current_thread())
        await asyncio.sleep(60)

    shop.registry.register_handler("delivery", deliver)
    async with shop.pool(worker_count=1_000) as pool:
        for _ in range(1_000):
            await shop.submit(pool, "delivery")

    assert asyncio.get_running_loop().time() == pytest.approx(60, abs=1)
    assert set(threads) == {threading.current_thread()}


@pytest.mark.chapter("pool")
async def test_no_more_than_the_workers_are_at_work(shop):
    at_work, most = 0, 0

    async def deliver(ctx, payload):
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await asyncio.sleep(1)
        at_work -= 1

    shop.registry.register_handler("delivery", deliver)
    async with shop.pool(worker_count=3) as pool:
        for _ in range(10):
            await shop.submit(pool, "delivery")

    assert most == 3


@pytest.mark.chapter("pool")
async def test_what_is_pending_in_the_storage_is_done_once_workers_begin(shop):
    jobs = [shop.job(order=f"A-{number}") for number in range(1001, 1101)]
    for job in jobs:
        await shop.storage.save_job(job)

    async with shop.pool():
        pass

    assert shop.shipped == [job.payload["order"] for job in jobs]


@pytest.mark.chapter("pool")
async def test_before_the_start_jobs_wait_in_the_storage_as_many_as_there_are(shop):
    pool = shop.pool(buffer_size=1)
    for _ in range(10):
        await soon(shop.submit(pool))

    assert len(await shop.with_status("pending")) == 10

    async with pool:
        pass
    assert len(shop.shipped) == 10


@pytest.mark.chapter("pool")
async def test_a_job_that_comes_while_the_pool_starts_is_done_once(pyqueue):
    shop = Shop(pyqueue, FarStorage(pyqueue.MemoryStorage()))
    pool = shop.pool()
    first = asyncio.create_task(shop.submit(pool))
    starting = asyncio.create_task(pool.start())
    later = asyncio.create_task(shop.submit(pool, order="A-1002"))
    await asyncio.gather(first, starting, later)

    await pool.stop()

    assert sorted(shop.shipped) == ["A-1001", "A-1002"]
    assert shop.storage.saved.count("completed") == 2


@pytest.mark.chapter("pool")
async def test_a_second_start_adds_nobody(shop, gate):
    shop.registry.register_handler("payment", gate)
    async with shop.pool(worker_count=1) as pool:
        await pool.start()
        for _ in range(2):
            await shop.submit(pool, "payment")
        await gate.begun.acquire()

        assert await is_waiting(asyncio.ensure_future(gate.begun.acquire())) is True

        gate.open.set()
        gate.begun.release()


@pytest.mark.chapter("pool")
async def test_two_who_start_it_at_the_same_time_start_it_once(pyqueue, gate):
    shop = Shop(pyqueue, FarStorage(pyqueue.MemoryStorage()))
    shop.registry.register_handler("payment", gate)
    pool = shop.pool(worker_count=1)
    await asyncio.gather(pool.start(), pool.start())
    for _ in range(2):
        await shop.submit(pool, "payment")
    await gate.begun.acquire()

    assert await is_waiting(asyncio.ensure_future(gate.begun.acquire())) is True

    gate.open.set()
    await pool.stop()


@pytest.mark.chapter("pool")
async def test_starting_does_not_wait_for_the_work_that_is_there(shop, gate):
    shop.registry.register_handler("payment", gate)
    for _ in range(10):
        await shop.storage.save_job(shop.job("payment"))
    pool = shop.pool(worker_count=1, buffer_size=1)

    await soon(pool.start())

    gate.open.set()
    await pool.stop()


@pytest.mark.chapter("pool")
async def test_a_start_that_is_cancelled_leaves_nobody_behind(pyqueue):
    pool = Shop(pyqueue, FarStorage(pyqueue.MemoryStorage())).pool()
    starting = asyncio.create_task(pool.start())
    await asyncio.sleep(0.05)

    starting.cancel()
    await asyncio.wait([starting])

    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.chapter("pool")
@pytest.mark.parametrize("wrong", [{"worker_count": 0}, {"worker_count": -1}, {"buffer_size": 0}])
async def test_a_pool_of_nobody_or_without_a_place_is_refused(shop, wrong):
    with pytest.raises(ValueError, match=r"worker|buffer"):
        shop.pool(**wrong)


@pytest.mark.chapter("pool")
async def test_a_pool_that_cannot_read_its_storage_says_so_and_leaves_nobody_behind(pyqueue):
    class Unreadable(pyqueue.MemoryStorage):
        async def list_by_status(self, status):
            await asyncio.sleep(1)
            raise OSError("the disk is not there")

    pool = Shop(pyqueue, Unreadable()).pool()

    with pytest.raises(OSError, match="not there"):
        await pool.start()


@pytest.mark.chapter("pool")
async def test_workers_that_never_have_to_wait_let_others_get_on(shop):
    turns = 0

    async def look_at_the_clock():
        nonlocal turns
        for _ in range(1_000):
            await asyncio.sleep(0)
            turns += 1

    for _ in range(1_000):
        await shop.storage.save_job(shop.job())

    clerk = asyncio.create_task(look_at_the_clock())
    async with shop.pool(worker_count=2):
        pass
    clerk.cancel()

    assert turns > 10


# What goes wrong


@pytest.mark.chapter("pool")
async def test_a_handler_that_fails_takes_no_worker_with_it(shop):
    shop.registry.register_handler("payment", lambda ctx, payload: 1 / 0)

    async with shop.pool(worker_count=1) as pool:
        jobs = [await shop.submit(pool, "payment") for _ in range(3)]
        await shop.submit(pool, "parcel")

    assert await shop.statuses(*jobs) == ["failed"] * 3
    assert shop.shipped == ["A-1001"]


class ClosingTime(BaseException):
    """The shop's own order to stop."""


@pytest.mark.chapter("pool")
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, ClosingTime])
async def test_a_handler_that_asks_python_to_end_has_failed_and_its_worker_goes_on(shop, stop):
    async def charge_card(ctx, payload):
        await asyncio.sleep(0)
        raise stop

    shop.registry.register_handler("payment", charge_card)

    async with shop.pool(worker_count=1) as pool:
        job = await shop.submit(pool, "payment")
        await shop.submit(pool, "parcel")

    assert await shop.statuses(job) == ["failed"]
    assert shop.shipped == ["A-1001"]


@pytest.mark.chapter("pool")
async def test_a_plain_function_that_asks_python_to_end_has_failed_too(shop):
    def charge_card(ctx, payload):
        raise SystemExit

    shop.registry.register_handler("payment", charge_card)

    async with shop.pool(worker_count=1) as pool:
        job = await shop.submit(pool, "payment")
        await shop.submit(pool, "parcel")

    assert await shop.statuses(job) == ["failed"]
    assert shop.shipped == ["A-1001"]


@pytest.mark.chapter("pool")
async def test_a_storage_out_of_order_takes_no_worker_with_it(pyqueue):
    class FullDisk(pyqueue.MemoryStorage):
        async def claim_job(self, job_id, now):
            if (await self.get_job(job_id)).type == "payment":
                raise OSError("no space left on the disk")
            return await super().claim_job(job_id, now)

    shop = Shop(pyqueue, FullDisk())
    shop.registry.register_handler("payment", lambda ctx, payload: None)

    async with shop.pool(worker_count=1) as pool:
        for job_type in ("payment", "payment", "parcel"):
            await shop.submit(pool, job_type)

    assert shop.shipped == ["A-1001"]


@pytest.mark.chapter("pool")
async def test_a_result_that_cannot_be_saved_takes_no_worker_with_it(pyqueue):
    class FullDisk(pyqueue.MemoryStorage):
        async def update_job(self, job):
            if job.type == "payment":
                raise OSError("no space left on the disk")
            await super().update_job(job)

    shop = Shop(pyqueue, FullDisk())
    shop.registry.register_handler("payment", lambda ctx, payload: None)

    async with shop.pool(worker_count=1) as pool:
        for job_type in ("payment", "payment", "parcel"):
            await shop.submit(pool, job_type)

    assert shop.shipped == ["A-1001"]


@pytest.mark.chapter("pool")
async def test_a_job_that_nobody_knows_how_to_do_stays_pending(shop):
    stranger = shop.job("haircut")
    await shop.storage.save_job(stranger)

    async with shop.pool(worker_count=1) as pool:
        await shop.submit(pool)

    assert shop.shipped == ["A-1001"]
    assert await shop.statuses(stranger) == ["pending"]


@pytest.mark.chapter("pool")
async def test_two_pools_with_one_storage_do_each_job_once(pyqueue):
    shop = Shop(pyqueue, FarStorage(pyqueue.MemoryStorage()))
    for number in range(1001, 1011):
        await shop.storage.save_job(shop.job(order=f"A-{number}"))

    async with shop.pool(worker_count=2), shop.pool(worker_count=2):
        pass

    assert sorted(shop.shipped) == [f"A-{number}" for number in range(1001, 1011)]


@pytest.mark.chapter("pool")
async def test_a_pool_counts_what_became_of_its_jobs(shop, pyqueue):
    shop.registry.register_handler("payment", lambda ctx, payload: 1 / 0)

    async with shop.pool() as pool:
        for job_type in ("parcel", "payment", "parcel"):
            await shop.submit(pool, job_type, max_retry=2)

    status = pyqueue.Status
    assert pool.stats.snapshot() == {status.COMPLETED: 2, status.FAILED: 1}


# A buffer


async def fill(shop, gate, pool, workers, buffer):
    """Give each worker a job that does not end, and each place of the buffer one that waits."""
    shop.registry.register_handler("payment", gate)
    for _ in range(workers + buffer):
        await soon(shop.submit(pool, "payment"))
    for _ in range(workers):
        await gate.begun.acquire()


@pytest.mark.chapter("back-pressure")
async def test_two_jobs_can_wait_for_each_worker_and_then_whoever_submits_waits(shop, gate):
    async with shop.pool(worker_count=3) as pool:
        await fill(shop, gate, pool, 3, 6)

        one_too_many = asyncio.create_task(shop.submit(pool))

        assert await is_waiting(one_too_many)
        gate.open.set()
        await one_too_many


@pytest.mark.chapter("back-pressure")
async def test_what_waits_at_the_door_is_not_kept_yet(shop, gate):
    async with shop.pool(buffer_size=1) as pool:
        await fill(shop, gate, pool, 1, 1)

        one_too_many = asyncio.create_task(shop.submit(pool))
        await is_waiting(one_too_many)

        assert len(await shop.with_status("pending")) == 1
        gate.open.set()
        await one_too_many


@pytest.mark.chapter("back-pressure")
async def test_a_place_is_free_as_soon_as_a_worker_has_taken_a_job(shop, gate):
    async with shop.pool(buffer_size=1) as pool:
        await fill(shop, gate, pool, 1, 1)
        next_one = asyncio.create_task(shop.submit(pool, "payment"))
        await is_waiting(next_one)

        # The job at work ends, and the next one begins and goes on for ever.
        gate.open.set()
        gate.open = asyncio.Event()
        await gate.begun.acquire()

        assert await soon(next_one)
        gate.open.set()


@pytest.mark.chapter("back-pressure")
async def test_whoever_waits_longest_gets_the_place(shop, gate):
    async with shop.pool(buffer_size=1) as pool:
        await fill(shop, gate, pool, 1, 1)
        waiting = [
            asyncio.create_task(shop.submit(pool, order=order)) for order in ("first", "second")
        ]
        await is_waiting(waiting[0])

        gate.open.set()
        await asyncio.gather(*waiting)

    assert shop.shipped == ["first", "second"]


@pytest.mark.chapter("back-pressure")
async def test_who_does_not_want_to_wait_is_refused_and_nothing_is_kept(shop, gate, pyqueue):
    async with shop.pool(buffer_size=1) as pool:
        await fill(shop, gate, pool, 1, 1)

        with pytest.raises(pyqueue.QueueFull):
            await soon(pool.submit_nowait(shop.job()))

        assert len(await shop.with_status("pending")) == 1
        gate.open.set()


@pytest.mark.chapter("back-pressure")
async def test_who_does_not_want_to_wait_is_served_while_there_is_a_place(shop):
    async with shop.pool() as pool:
        await pool.submit_nowait(shop.job())

    assert shop.shipped == ["A-1001"]


@pytest.mark.chapter("back-pressure")
async def test_of_two_who_want_the_last_place_at_the_same_time_one_is_refused(pyqueue, gate):
    shop = Shop(pyqueue, FarStorage(pyqueue.MemoryStorage()))
    async with shop.pool(buffer_size=1) as pool:
        await fill(shop, gate, pool, 1, 0)

        answers = await asyncio.gather(
            *(pool.submit_nowait(shop.job()) for _ in range(2)), return_exceptions=True
        )

        assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "QueueFull"]
        gate.open.set()

    assert shop.shipped == ["A-1001"]


@pytest.mark.chapter("back-pressure")
async def test_who_goes_away_while_waiting_leaves_neither_a_job_nor_an_empty_place(shop, gate):
    async with shop.pool(buffer_size=1) as pool:
        await fill(shop, gate, pool, 1, 1)
        for _ in range(5):
            impatient = asyncio.create_task(shop.submit(pool, order="never"))
            assert await is_waiting(impatient)
            impatient.cancel()
        patient = asyncio.create_task(shop.submit(pool))

        gate.open.set()
        await soon(patient)

    assert shop.shipped == ["A-1001"]


@pytest.mark.chapter("back-pressure")
async def test_who_goes_away_while_the_job_is_saved_gives_the_place_back(pyqueue):
    shop = Shop(pyqueue, FarStorage(pyqueue.MemoryStorage()))
    async with shop.pool(buffer_size=1) as pool:
        for _ in range(5):
            impatient = asyncio.create_task(shop.submit(pool, order="never"))
            await asyncio.sleep(0.05)
            impatient.cancel()

        await soon(shop.submit(pool))

    assert shop.shipped == ["A-1001"]


@pytest.mark.chapter("back-pressure")
async def test_a_job_that_cannot_be_saved_takes_no_place(pyqueue):
    class FullDisk(pyqueue.MemoryStorage):
        async def save_job(self, job):
            if job.payload["order"] == "too much":
                raise OSError("no space left on the disk")
            await super().save_job(job)

    shop = Shop(pyqueue, FullDisk())
    async with shop.pool(buffer_size=1) as pool:
        for _ in range(5):
            with pytest.raises(OSError, match="no space"):
                await soon(shop.submit(pool, order="too much"))
        await soon(shop.submit(pool))

    assert shop.shipped == ["A-1001"]


# Retries


@pytest.mark.chapter("retry")
async def test_a_job_that_fails_is_tried_again_after_a_wait_that_grows(shop):
    times = []

    async def charge_card(ctx, payload):
        times.append(milliseconds())
        raise ConnectionError("the bank does not answer")

    shop.registry.register_handler("payment", charge_card)
    async with shop.pool(random=briefly) as pool:
        job = await shop.submit(pool, "payment", max_retry=4)

    assert times == [0, 1, 3, 7]
    assert await shop.statuses(job) == ["failed"]


@pytest.mark.chapter("retry")
async def test_a_retry_that_waits_holds_no_worker(shop):
    done = []

    async def charge_card(ctx, payload):
        done.append(("payment", milliseconds()))
        if len(done) == 1:
            raise ConnectionError("the bank does not answer")

    async def send_receipt(ctx, payload):
        done.append(("receipt", milliseconds()))

    shop.registry.register_handler("payment", charge_card)
    shop.registry.register_handler("receipt", send_receipt)
    async with shop.pool(worker_count=1, random=briefly) as pool:
        await shop.submit(pool, "payment", max_retry=2)
        await shop.submit(pool, "receipt")

    assert done == [("payment", 0), ("receipt", 0), ("payment", 1)]


@pytest.mark.chapter("retry")
async def test_a_job_that_waits_for_its_retry_is_pending_and_tells_why(shop):
    shop.registry.register_handler("payment", lambda ctx, payload: 1 / 0)
    async with shop.pool(random=briefly) as pool:
        await shop.submit(pool, "payment", max_retry=2)
        await asyncio.sleep(0.0005)

        [job] = await shop.with_status("pending")

        assert (job.attempts, "ZeroDivisionError" in job.error) == (1, True)


@pytest.mark.chapter("retry")
@pytest.mark.parametrize("random", [lambda: 0.0, briefly], ids=["at once", "later"])
async def test_retries_and_a_full_buffer_do_not_wait_for_each_other(shop, random):
    tried = set()

    async def charge_card(ctx, payload):
        if payload["order"] not in tried:
            tried.add(payload["order"])
            raise ConnectionError("the bank does not answer")

    shop.registry.register_handler("payment", charge_card)
    async with shop.pool(worker_count=2, buffer_size=1, random=random) as pool:
        customers = (shop.submit(pool, "payment", str(n), max_retry=2) for n in range(50))
        await asyncio.gather(*customers)

    assert len(await shop.with_status("completed")) == 50


@pytest.mark.chapter("retry")
async def test_a_retry_does_not_wait_behind_those_at_the_door(shop, gate):
    ended = []

    async def charge_card(ctx, payload):
        ended.append("payment")
        if len(ended) == 1:
            raise ConnectionError("the bank does not answer")

    async def deliver(ctx, payload):
        await asyncio.sleep(10)
        ended.append("delivery")

    shop.registry.register_handler("payment", charge_card)
    shop.registry.register_handler("delivery", deliver)
    async with shop.pool(worker_count=1, buffer_size=2, random=briefly) as pool:
        await shop.submit(pool, "payment", max_retry=2)
        await asyncio.gather(*(shop.submit(pool, "delivery") for _ in range(10)))

    assert ended.index("payment", 1) <= 4


@pytest.mark.chapter("retry")
async def test_a_buffer_has_no_more_places_after_retries_than_before(shop, gate):
    shop.registry.register_handler("email", lambda ctx, payload: 1 / 0)
    async with shop.pool(worker_count=1, buffer_size=2) as pool:
        for _ in range(5):
            await shop.submit(pool, "email", max_retry=3)
        await asyncio.sleep(1)
        await fill(shop, gate, pool, 1, 2)

        one_too_many = asyncio.create_task(shop.submit(pool))

        assert await is_waiting(one_too_many)
        gate.open.set()
        await one_too_many


@pytest.mark.chapter("retry")
async def test_a_hundred_jobs_wait_for_their_retries_at_the_same_time(shop):
    times = []

    async def charge_card(ctx, payload):
        times.append(milliseconds())
        raise ConnectionError("the bank does not answer")

    shop.registry.register_handler("payment", charge_card)
    async with shop.pool(worker_count=1, random=briefly) as pool:
        for _ in range(100):
            await shop.submit(pool, "payment", max_retry=2)

    assert times == [0] * 100 + [1] * 100
