"""Threads that use one queue: every order of their bytecodes up to a bound, and not a lucky one.

The bound is one preemption, so that a check takes little time; ours is tried with two as well, in
tests/race/test_steps.py.
"""

import sys
from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.race(preemptions=1)

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Shop:
    """What the workers of a program share, and what each of them got."""

    def __init__(self, pyqueue):
        self.pyqueue = pyqueue
        self.ctx = pyqueue.background()
        self.storage = pyqueue.MemoryStorage()
        self.job = pyqueue.Job("payment", {"order": "A-1001"})
        self.got = {}

    def tried(self, name, act):
        """What came of it: a result, or the error's kind."""
        try:
            self.got[name] = act()
        except Exception as error:
            self.got[name] = type(error).__name__


@pytest.mark.chapter("registry")
def test_of_two_handlers_for_one_type_one_is_refused(pyqueue, race):
    def setup():
        shop = Shop(pyqueue)
        shop.registry = pyqueue.Registry()
        return shop

    def registering(name):
        return lambda shop: shop.tried(
            name, lambda: shop.registry.register_handler("email", lambda ctx, payload: None)
        )

    race(
        setup,
        [registering("Ada"), registering("Grace")],
        lambda shop: sorted(map(str, shop.got.values())) == ["HandlerAlreadyRegistered", "None"],
    )


@pytest.mark.chapter("counter")
def test_no_job_is_left_uncounted(pyqueue, race):
    def count(stats):
        stats.count(pyqueue.Status.COMPLETED)

    race(
        pyqueue.Stats,
        [count, count],
        lambda stats: stats.snapshot() == {pyqueue.Status.COMPLETED: 2},
    )


@pytest.mark.chapter("counter")
def test_whoever_looks_at_the_numbers_sees_none_that_never_was(pyqueue, race):
    completed, failed = pyqueue.Status.COMPLETED, pyqueue.Status.FAILED

    def setup():
        shop = Shop(pyqueue)
        shop.stats = pyqueue.Stats()
        return shop

    def count(shop):
        shop.stats.count(completed)
        shop.stats.count(failed)

    def look(shop):
        shop.tried("numbers", shop.stats.snapshot)

    race(
        setup,
        [count, look],
        lambda shop: shop.got["numbers"] in ({}, {completed: 1}, {completed: 1, failed: 1}),
    )


@pytest.mark.chapter("list")
def test_jobs_can_be_listed_while_others_come(pyqueue, race):
    def setup():
        shop = Shop(pyqueue)
        shop.storage.save_job(shop.ctx, shop.job)
        return shop

    def save(shop):
        shop.storage.save_job(shop.ctx, pyqueue.Job("parcel"))

    def look(shop):
        shop.tried(
            "jobs", lambda: len(shop.storage.list_by_status(shop.ctx, pyqueue.Status.PENDING))
        )

    race(setup, [save, look], lambda shop: shop.got["jobs"] in (1, 2))


def with_a_saved_job(pyqueue):
    shop = Shop(pyqueue)
    shop.storage.save_job(shop.ctx, shop.job)
    return shop


@pytest.mark.chapter("claim")
def test_of_two_workers_one_gets_the_job(pyqueue, race):
    def claiming(name):
        return lambda shop: shop.tried(
            name, lambda: shop.storage.claim_job(shop.ctx, shop.job.id, NOW).attempts
        )

    race(
        lambda: with_a_saved_job(pyqueue),
        [claiming("Ada"), claiming("Grace")],
        lambda shop: sorted(map(str, shop.got.values())) == ["1", "InvalidTransition"],
    )


@pytest.mark.chapter("claim")
def test_a_card_is_charged_once_whoever_comes_first(pyqueue, race):
    def charging(shop):
        def charge_card(ctx, payload):
            shop.got["charged"] = shop.got.get("charged", 0) + 1

        processor = pyqueue.JobProcessor(shop.storage)
        shop.tried("", lambda: processor.process_job(shop.ctx, shop.job, charge_card))

    race(
        lambda: with_a_saved_job(pyqueue),
        [charging, charging],
        lambda shop: shop.got["charged"] == 1,
    )


@pytest.mark.chapter("frozen")
def test_nobody_sees_a_job_that_failed_for_no_reason(pyqueue, race):
    def fail(shop):
        def charge_card(ctx, payload):
            raise ConnectionError("the bank does not answer")

        processor = pyqueue.JobProcessor(shop.storage)
        shop.tried("", lambda: processor.process_job(shop.ctx, shop.job, charge_card))

    def look(shop):
        job = shop.storage.get_job(shop.ctx, shop.job.id)
        shop.got["seen"] = (str(job.status), job.attempts, bool(job.error))

    race(
        lambda: with_a_saved_job(pyqueue),
        [fail, look],
        lambda shop: (
            shop.got["seen"]
            in [("pending", 0, False), ("processing", 1, False), ("failed", 1, True)]
        ),
    )


@pytest.mark.chapter("stop")
def test_a_job_that_was_taken_is_done_even_if_the_pool_is_stopped(pyqueue, race):
    def setup():
        shop = Shop(pyqueue)
        registry = pyqueue.Registry()
        registry.register_handler("payment", lambda ctx, payload: None)
        shop.pool = pyqueue.WorkerPool(shop.storage, registry)
        shop.pool.start(1)
        return shop

    def submit(shop):
        shop.tried("taken", lambda: shop.pool.submit(shop.ctx, shop.job))

    def stop(shop):
        shop.pool.stop()

    def check(shop):
        shop.pool.stop()
        completed = shop.storage.list_by_status(shop.ctx, pyqueue.Status.COMPLETED)
        kept = shop.storage.list_by_status(shop.ctx, pyqueue.Status.PENDING)
        was_refused = shop.got["taken"] == "QueueStopped"
        return (len(completed), len(kept)) == ((0, 0) if was_refused else (1, 0))

    # The rest has been explored above: here, only the pool is stopped between its bytecodes.
    race(setup, [submit, stop], check, only=[sys.modules[pyqueue.WorkerPool.__module__]])
