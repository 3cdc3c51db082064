"""Whoever waits for what never comes is found out at once: the explorer sees that nobody can go on.

Threads take turns only where one waits, so these are few schedules of many threads.
"""

import threading

import pytest

from lab.testing import retired_after
from tests.step10 import races

pytestmark = [
    pytest.mark.race(preemptions=0),
    retired_after(10, "from step 11 on, workers are tasks, and submitting is awaited"),
]


def shop_with_workers(pyqueue, storage=None):
    shop = races.Shop(pyqueue)
    shop.queue = pyqueue.Queue(storage)
    shop.queue.start(2)
    return shop


@pytest.mark.chapter("pool")
def test_two_workers_work_at_the_same_time(pyqueue, race):
    def setup():
        shop = shop_with_workers(pyqueue)
        both = threading.Barrier(2)
        shop.queue.register_handler("payment", lambda ctx, payload: both.wait())
        return shop

    def submit_two(shop):
        for _ in range(2):
            shop.queue.submit_job(shop.ctx, "payment", {})
        both_are_over(shop)

    def both_are_over(shop):
        over = threading.Event()
        shop.queue.register_handler("email", lambda ctx, payload: over.set())
        shop.queue.submit_job(shop.ctx, "email", {})
        over.wait()

    race(setup, [submit_two], lambda shop: True)


@pytest.mark.chapter("pool")
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_handler_that_asks_python_to_end_has_failed_and_its_worker_goes_on(pyqueue, race, stop):
    def submit(shop):
        def charge_card(ctx, payload):
            raise stop

        shipped = threading.Event()
        shop.queue.register_handler("payment", charge_card)
        shop.queue.register_handler("parcel", lambda ctx, payload: shipped.set())
        for job_type in ("payment", "payment", "parcel"):
            shop.queue.submit_job(shop.ctx, job_type, {})
        shipped.wait()

    def check(shop):
        failed = shop.queue.list_by_status(shop.ctx, pyqueue.Status.FAILED)
        return [stop.__name__ in job.error for job in failed] == [True, True]

    race(lambda: shop_with_workers(pyqueue), [submit], check)


@pytest.mark.chapter("claim")
def test_a_storage_out_of_order_takes_no_worker_with_it(pyqueue, race):
    class FullDisk(pyqueue.MemoryStorage):
        def claim_job(self, ctx, job_id, now):
            if self.get_job(ctx, job_id).type == "payment":
                raise OSError("no space left on the disk")
            return super().claim_job(ctx, job_id, now)

    def submit(shop):
        shipped = threading.Event()
        shop.queue.register_handler("payment", lambda ctx, payload: None)
        shop.queue.register_handler("parcel", lambda ctx, payload: shipped.set())
        for job_type in ("payment", "payment", "parcel"):
            shop.queue.submit_job(shop.ctx, job_type, {})
        shipped.wait()

    race(
        lambda: shop_with_workers(pyqueue, FullDisk()),
        [submit],
        lambda shop: True,
    )


@pytest.mark.chapter("stop")
@pytest.mark.parametrize("stoppers", [1, 2])
def test_handlers_can_stop_the_queue(pyqueue, race, stoppers):
    def setup():
        shop = shop_with_workers(pyqueue)
        everybody = threading.Barrier(stoppers)

        @shop.queue.handler("close")
        def close(ctx, payload):
            everybody.wait()
            shop.queue.stop()

        shop.jobs = [shop.queue.submit_job(shop.ctx, "close", {}) for _ in range(stoppers)]
        return shop

    race(
        setup,
        [lambda shop: shop.queue.stop()],
        lambda shop: (
            {shop.queue.get_job(shop.ctx, job.id).status for job in shop.jobs} == {"completed"}
        ),
    )
