"""Contexts and threads: not one lucky order of their bytecodes, but every one up to a bound.

The bound is one preemption, so that a check takes no time; ours is tried with two as well, in
tests/race/test_steps.py.
"""

import pytest

pytestmark = [pytest.mark.chapter("together"), pytest.mark.race(preemptions=1)]

NOON = RuntimeError("it is noon, and the shop closes")


class Shop:
    """One context with the function that ends it, and what the workers saw of it."""

    def __init__(self, pyqueue, clock=None):
        # A clock of its own, because a background without one may be the same for all.
        clock = pyqueue.SystemClock() if clock is None else clock
        self.ctx, self.cancel = pyqueue.background(clock).with_cancel()
        self.child = None
        # Seconds, on the clock of the context.
        self.closed_at = self.woke_at = 0.0
        # What was heard of the context's end, by whoever heard of it.
        self.heard = []


def test_nobody_is_born_past_the_end(pyqueue, race):
    def close(shop):
        shop.cancel(NOON)

    def begin(shop):
        shop.child, _ = shop.ctx.with_cancel()

    race(lambda: Shop(pyqueue), [close, begin], lambda shop: shop.child.cause is NOON)


def test_no_wait_sleeps_through_the_end(pyqueue, race):
    def close(shop):
        shop.cancel()
        shop.closed_at = shop.ctx.clock.monotonic()

    def wait(shop):
        shop.ctx.wait(600)
        shop.woke_at = shop.ctx.clock.monotonic()

    race(lambda: Shop(pyqueue), [close, wait], lambda shop: shop.woke_at <= shop.closed_at)


def test_a_reason_that_somebody_has_heard_is_not_changed(pyqueue, race):
    def setup():
        shop = Shop(pyqueue)
        shop.child, shop.cancel_child = shop.ctx.with_cancel()
        return shop

    def close(shop):
        shop.cancel(NOON)
        shop.heard.append(shop.child.cause)

    def call_off(shop):
        shop.cancel_child(RuntimeError("the customer has changed her mind"))
        shop.heard.append(shop.child.cause)

    race(setup, [close, call_off], lambda shop: shop.heard == [shop.child.cause] * 2)


def test_whoever_hears_of_the_end_hears_why(pyqueue, race):
    def close(shop):
        shop.cancel(NOON)

    def look(shop):
        if shop.ctx.done:
            shop.heard.append((type(shop.ctx.err), shop.ctx.cause))
        elif (cause := shop.ctx.cause) is not None:
            shop.heard.append((type(shop.ctx.err), cause))

    race(
        lambda: Shop(pyqueue),
        [close, look],
        lambda shop: shop.heard in ([], [(pyqueue.Cancelled, NOON)]),
    )


def test_an_end_in_time_and_a_deadline_are_not_both_heard(pyqueue, race, clock):
    def setup():
        shop = Shop(pyqueue, type(clock)())
        shop.ctx, shop.cancel = shop.ctx.with_timeout(5)
        return shop

    def close(shop):
        shop.cancel(NOON)
        shop.heard.append((type(shop.ctx.err), shop.ctx.cause is NOON))

    def time_passes(shop):
        shop.ctx.clock.go_on(10)
        shop.heard.append((type(shop.ctx.err), shop.ctx.cause is NOON))

    race(setup, [close, time_passes], lambda shop: len(set(shop.heard)) == 1)
