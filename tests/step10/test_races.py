"""Threads that use one queue: every order of their bytecodes up to a bound, and not a lucky one.

The bound is two preemptions, or one where two would take a check too long. What stops between lines
and not between bytecodes is tried with two in any case, in tests/race/test_steps.py.
"""

import pytest

from lab.testing import retired_after
from tests.step10 import races

IN_A_LOOP = "from step 11 on, a storage and a pool belong to one event loop"


@pytest.mark.chapter("registry")
def test_of_two_handlers_for_one_type_one_is_refused(pyqueue, verified):
    verified(races.registry(pyqueue))


@pytest.mark.chapter("list")
@retired_after(10, IN_A_LOOP)
def test_jobs_can_be_listed_while_others_come(pyqueue, verified):
    verified(races.listing(pyqueue))


@pytest.mark.chapter("counter")
def test_no_job_is_left_uncounted(pyqueue, verified):
    verified(races.counter(pyqueue))


@pytest.mark.chapter("counter")
def test_whoever_looks_at_the_numbers_sees_none_that_never_was(pyqueue, race):
    completed, failed = pyqueue.Status.COMPLETED, pyqueue.Status.FAILED

    def setup():
        shop = races.Shop(pyqueue)
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


@pytest.mark.chapter("claim")
@retired_after(10, IN_A_LOOP)
def test_of_two_workers_one_gets_the_job(pyqueue, verified):
    verified(races.claim(pyqueue))


@pytest.mark.chapter("claim")
@retired_after(10, IN_A_LOOP)
def test_a_card_is_charged_once_whoever_comes_first(pyqueue, verified):
    verified(races.charge(pyqueue))


@pytest.mark.chapter("frozen")
@retired_after(10, IN_A_LOOP)
def test_nobody_sees_a_job_that_failed_for_no_reason(pyqueue, verified):
    verified(races.half_updated(pyqueue))


@pytest.mark.chapter("stop")
@retired_after(10, IN_A_LOOP)
def test_a_job_that_was_taken_is_done_even_if_the_pool_is_stopped(pyqueue, verified):
    verified(races.stop(pyqueue))
