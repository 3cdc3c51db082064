"""A context is how whoever wants work done tells whoever does it to stop."""

import gc
import threading
import time
import weakref
from datetime import UTC, datetime, timedelta, timezone

import pytest

NOON = RuntimeError("it is noon, and the shop closes")

# Each way to make a child that ends with its parent.
CHILDREN = {
    "with_cancel": lambda ctx: ctx.with_cancel()[0],
    "with_timeout": lambda ctx: ctx.with_timeout(60)[0],
    "with_deadline": lambda ctx: ctx.with_deadline(datetime(2026, 1, 5, 17, tzinfo=UTC))[0],
    "with_value": lambda ctx: ctx.with_value("order", "A-1001"),
}
each_child = pytest.mark.parametrize("child_of", CHILDREN.values(), ids=CHILDREN.keys())


@pytest.fixture
def morning(ctx):
    """A context with the function that ends it."""
    return ctx.with_cancel()


# A way to say stop


@pytest.mark.chapter("stop")
def test_the_background_never_ends(ctx, clock):
    clock.go_on(1_000_000)

    assert (ctx.done, ctx.err, ctx.cause, ctx.remaining) == (False, None, None, None)


@pytest.mark.chapter("stop")
def test_a_context_goes_on_until_it_is_cancelled(morning):
    ctx, cancel = morning
    before = ctx.done

    cancel()

    assert (before, ctx.done) == (False, True)


@pytest.mark.chapter("stop")
def test_a_cancelled_context_says_that_it_was_cancelled(pyqueue, morning):
    ctx, cancel = morning

    cancel()

    assert isinstance(ctx.err, pyqueue.Cancelled)


@pytest.mark.chapter("stop")
def test_whoever_cancels_can_say_why(morning):
    ctx, cancel = morning

    cancel(NOON)

    assert ctx.cause is NOON


@pytest.mark.chapter("stop")
def test_without_a_reason_the_cause_is_that_it_was_cancelled(pyqueue, morning):
    ctx, cancel = morning

    cancel()

    assert isinstance(ctx.cause, pyqueue.Cancelled)


@pytest.mark.chapter("stop")
def test_a_reason_counts_even_if_it_is_an_empty_one(morning):
    class Complaints(Exception):
        def __len__(self):
            return 0

    ctx, cancel = morning
    nothing_in_particular = Complaints()

    cancel(nothing_in_particular)

    assert ctx.cause is nothing_in_particular


@pytest.mark.chapter("stop")
@pytest.mark.parametrize("not_an_error", ["it is noon", RuntimeError, False])
def test_a_reason_that_is_no_error_is_refused_where_it_is_given(morning, not_an_error):
    ctx, cancel = morning

    with pytest.raises(TypeError, match="cause"):
        cancel(not_an_error)

    assert ctx.done is False


@pytest.mark.chapter("stop")
def test_the_first_reason_stays(morning):
    ctx, cancel = morning

    cancel(NOON)
    cancel(RuntimeError("and everybody is gone"))

    assert ctx.cause is NOON


@pytest.mark.chapter("stop")
def test_work_that_may_go_on_is_not_interrupted(morning):
    ctx, _ = morning

    assert ctx.raise_if_done() is None


@pytest.mark.chapter("stop")
def test_work_that_may_not_go_on_is_interrupted_and_told_why(pyqueue, morning):
    ctx, cancel = morning
    cancel(NOON)

    with pytest.raises(pyqueue.Cancelled) as caught:
        ctx.raise_if_done()

    assert caught.value.__cause__ is NOON


@pytest.mark.chapter("stop")
def test_each_interruption_is_an_error_of_its_own(pyqueue, morning):
    ctx, cancel = morning
    cancel()
    errors = []

    for _ in range(2):
        with pytest.raises(pyqueue.Cancelled) as caught:
            ctx.raise_if_done()
        errors.append(caught.value)

    assert errors[0] is not errors[1]


@pytest.mark.chapter("stop")
def test_whoever_has_only_the_context_cannot_end_it(morning):
    ctx, _ = morning

    assert not hasattr(ctx, "cancel")


@pytest.mark.chapter("stop")
@pytest.mark.parametrize("name", ["Cancelled", "DeadlineExceeded"])
def test_one_except_catches_every_end_of_a_context(pyqueue, name):
    kind = getattr(pyqueue, name)

    assert issubclass(kind, pyqueue.ContextEnded)
    assert issubclass(pyqueue.ContextEnded, pyqueue.PyQueueError)


@pytest.mark.chapter("stop")
def test_an_end_is_not_mistaken_for_a_handler_that_failed(pyqueue):
    assert not issubclass(pyqueue.ContextEnded, pyqueue.HandlerError)
    assert not issubclass(pyqueue.Cancelled, pyqueue.DeadlineExceeded)
    assert not issubclass(pyqueue.DeadlineExceeded, pyqueue.Cancelled)


# Children


@pytest.mark.chapter("family")
@each_child
def test_children_end_with_their_parent(pyqueue, morning, child_of):
    ctx, cancel = morning
    child = child_of(ctx)

    cancel(NOON)

    assert isinstance(child.err, pyqueue.Cancelled)
    assert child.cause is NOON


@pytest.mark.chapter("family")
@each_child
def test_the_children_of_children_end_too(pyqueue, morning, child_of):
    ctx, cancel = morning
    grandchild = child_of(child_of(ctx))

    cancel(NOON)

    assert grandchild.cause is NOON


@pytest.mark.chapter("family")
@each_child
def test_a_child_of_an_ended_context_has_ended_too(pyqueue, morning, child_of):
    ctx, cancel = morning
    cancel(NOON)

    child = child_of(ctx)

    assert isinstance(child.err, pyqueue.Cancelled)
    assert child.cause is NOON


@pytest.mark.chapter("family")
def test_a_parent_goes_on_without_its_child(morning):
    ctx, _ = morning
    _, cancel_child = ctx.with_cancel()

    cancel_child()

    assert ctx.done is False


@pytest.mark.chapter("family")
def test_a_child_goes_on_without_its_sibling(morning):
    ctx, _ = morning
    sibling, _ = ctx.with_cancel()
    _, cancel_child = ctx.with_cancel()

    cancel_child()

    assert sibling.done is False


@pytest.mark.chapter("family")
def test_every_child_ends_with_its_parent_whatever_its_siblings_do(morning):
    ctx, cancel = morning
    first, _ = ctx.with_cancel()
    _, cancel_second = ctx.with_cancel()
    third, _ = ctx.with_cancel()
    cancel_second()

    cancel()

    assert (first.done, third.done) == (True, True)


@pytest.mark.chapter("family")
def test_a_family_of_many_generations_ends_as_a_whole(morning):
    ctx, cancel = morning
    last = ctx
    for number in range(2_000):
        last = last.with_value("order", number)

    cancel(NOON)

    assert (last.cause, last.value("customer")) == (NOON, None)


@pytest.mark.chapter("family")
def test_a_child_that_ended_first_keeps_its_own_reason(morning):
    ctx, cancel = morning
    child, cancel_child = ctx.with_cancel()

    cancel_child(NOON)
    cancel(RuntimeError("the shop burns down"))

    assert child.cause is NOON


@pytest.mark.chapter("family")
def test_a_child_that_was_cancelled_is_not_kept_by_its_parent(morning):
    ctx, _ = morning
    child, cancel_child = ctx.with_cancel()
    cancel_child()
    trace = weakref.ref(child)

    del child, cancel_child
    gc.collect()

    assert trace() is None
    assert ctx.done is False


@pytest.mark.chapter("family")
@each_child
def test_a_child_that_nobody_uses_is_not_kept_by_its_parent(ctx, child_of):
    trace = weakref.ref(child_of(ctx))

    gc.collect()

    assert trace() is None


@pytest.mark.chapter("family")
def test_a_value_is_known_from_where_it_was_given_on_down(ctx):
    order = ctx.with_value("order", "A-1001")
    child, _ = order.with_cancel()

    assert (order.value("order"), child.value("order")) == ("A-1001", "A-1001")


@pytest.mark.chapter("family")
def test_a_value_is_not_known_above_where_it_was_given(ctx):
    ctx.with_value("order", "A-1001")

    assert ctx.value("order") is None


@pytest.mark.chapter("family")
def test_the_nearest_value_counts(ctx):
    child = ctx.with_value("order", "A-1001").with_value("order", "A-1002")

    assert child.value("order") == "A-1002"


@pytest.mark.chapter("family")
def test_a_child_may_take_a_value_back(ctx):
    child = ctx.with_value("order", "A-1001").with_value("order", None)

    assert child.value("order") is None


@pytest.mark.chapter("family")
@pytest.mark.parametrize("is_cancelled_first", [True, False])
def test_what_must_be_done_in_any_case_does_not_end_with_the_work(morning, is_cancelled_first):
    ctx, cancel = morning
    if is_cancelled_first:
        cancel()
    in_any_case = ctx.without_cancel()
    child, _ = in_any_case.with_cancel()

    cancel()

    assert (in_any_case.done, child.done) == (False, False)


@pytest.mark.chapter("family")
def test_what_must_be_done_in_any_case_has_no_deadline(ctx, clock):
    limited, _ = ctx.with_timeout(5)
    in_any_case = limited.without_cancel()

    clock.go_on(10)

    assert (in_any_case.done, in_any_case.remaining) == (False, None)


@pytest.mark.chapter("family")
def test_what_must_be_done_in_any_case_has_the_same_clock(ctx, clock):
    assert ctx.without_cancel().clock is clock


@pytest.mark.chapter("family")
def test_what_must_be_done_in_any_case_knows_the_values(ctx):
    assert ctx.with_value("order", "A-1001").without_cancel().value("order") == "A-1001"


# Deadlines


@pytest.mark.chapter("deadline")
@pytest.mark.parametrize(("seconds", "done"), [(0, False), (4.5, False), (5, True), (50, True)])
def test_a_context_ends_when_its_time_is_up(ctx, clock, seconds, done):
    limited, _ = ctx.with_timeout(5)

    clock.go_on(seconds)

    assert limited.done is done


@pytest.mark.chapter("deadline")
def test_a_context_whose_time_is_up_says_so(pyqueue, ctx, clock):
    limited, _ = ctx.with_timeout(5)

    clock.go_on(6)

    assert isinstance(limited.err, pyqueue.DeadlineExceeded)
    assert isinstance(limited.cause, pyqueue.DeadlineExceeded)


@pytest.mark.chapter("deadline")
def test_whoever_asks_first_for_the_cause_hears_that_the_time_is_up(pyqueue, ctx, clock):
    limited, _ = ctx.with_timeout(5)

    clock.go_on(6)

    assert isinstance(limited.cause, pyqueue.DeadlineExceeded)


@pytest.mark.chapter("deadline")
def test_work_whose_time_is_up_is_interrupted(pyqueue, ctx, clock):
    limited, _ = ctx.with_timeout(5)
    clock.go_on(6)

    with pytest.raises(pyqueue.DeadlineExceeded):
        limited.raise_if_done()


@pytest.mark.chapter("deadline")
def test_a_context_says_how_much_time_is_left(ctx, clock):
    limited, _ = ctx.with_timeout(5)
    seen = []

    for seconds in [0, 2, 3, 10]:
        clock.go_on(seconds)
        seen.append(limited.remaining)

    assert seen == [5, 3, 0, 0]


@pytest.mark.chapter("deadline")
@pytest.mark.parametrize("seconds", [0, -1, -1_000])
def test_a_context_without_any_time_has_ended_from_the_start(pyqueue, ctx, seconds):
    limited, _ = ctx.with_timeout(seconds)

    assert isinstance(limited.err, pyqueue.DeadlineExceeded)


@pytest.mark.chapter("deadline")
def test_nobody_waits_for_what_is_no_number(ctx):
    with pytest.raises(ValueError, match="seconds"):
        ctx.with_timeout(float("nan"))


@pytest.mark.chapter("deadline")
def test_a_child_has_no_more_time_than_its_parent(pyqueue, ctx, clock):
    limited, _ = ctx.with_timeout(5)
    child, _ = limited.with_timeout(60)

    clock.go_on(5)

    assert child.remaining == 0
    assert isinstance(child.err, pyqueue.DeadlineExceeded)


@pytest.mark.chapter("deadline")
@each_child
def test_every_child_has_the_time_of_its_parent(ctx, clock, child_of):
    limited, _ = ctx.with_timeout(5)

    child = child_of(limited)

    assert child.remaining == 5


@pytest.mark.chapter("deadline")
def test_a_child_may_have_less_time_than_its_parent(ctx, clock):
    limited, _ = ctx.with_timeout(60)
    child, _ = limited.with_timeout(5)

    clock.go_on(5)

    assert (child.done, limited.done) == (True, False)


@pytest.mark.chapter("deadline")
def test_a_context_that_was_cancelled_in_time_stays_cancelled(pyqueue, ctx, clock):
    limited, cancel = ctx.with_timeout(5)
    cancel()

    clock.go_on(10)

    assert isinstance(limited.err, pyqueue.Cancelled)


@pytest.mark.chapter("deadline")
def test_a_context_whose_time_was_up_cannot_be_cancelled_any_more(pyqueue, ctx, clock):
    limited, cancel = ctx.with_timeout(5)
    clock.go_on(10)

    cancel(NOON)

    assert isinstance(limited.err, pyqueue.DeadlineExceeded)
    assert limited.cause is not NOON


@pytest.mark.chapter("deadline")
def test_a_child_whose_time_was_up_is_not_cancelled_with_its_parent(pyqueue, morning, clock):
    ctx, cancel = morning
    child, _ = ctx.with_timeout(5)
    clock.go_on(10)

    cancel(NOON)

    assert isinstance(child.err, pyqueue.DeadlineExceeded)


@pytest.mark.chapter("deadline")
@pytest.mark.parametrize(
    "five_past_nine",
    [
        datetime(2026, 1, 5, 9, 5, tzinfo=UTC),
        datetime(2026, 1, 5, 10, 5, tzinfo=timezone(timedelta(hours=1))),
    ],
    ids=["here", "an hour further east"],
)
def test_a_deadline_is_a_moment_wherever_on_earth(ctx, five_past_nine):
    limited, _ = ctx.with_deadline(five_past_nine)

    assert limited.remaining == 300


@pytest.mark.chapter("deadline")
def test_a_deadline_that_has_passed_ends_the_context_at_once(pyqueue, ctx):
    limited, _ = ctx.with_deadline(datetime(2026, 1, 4, tzinfo=UTC))

    assert isinstance(limited.err, pyqueue.DeadlineExceeded)


@pytest.mark.chapter("deadline")
def test_a_deadline_without_a_time_zone_is_no_deadline(ctx):
    with pytest.raises(ValueError, match="time zone"):
        ctx.with_deadline(datetime(2026, 1, 5, 17))


@pytest.mark.chapter("deadline")
@pytest.mark.parametrize("hours", [-1, 1])
def test_setting_the_clock_moves_no_deadline(ctx, clock, hours):
    limited, _ = ctx.with_deadline(datetime(2026, 1, 5, 9, 5, tzinfo=UTC))

    clock.time_of_day += timedelta(hours=hours)

    assert limited.remaining == 300


# Waiting


@pytest.mark.chapter("wait")
def test_whoever_waits_waits_as_long_as_they_said(ctx, clock):
    has_ended = ctx.wait(10)

    assert (has_ended, clock.seconds) == (False, 1_010)


@pytest.mark.chapter("wait")
def test_a_wait_is_over_when_the_context_ends(morning, clock):
    ctx, cancel = morning
    clock.plan(2, cancel)

    has_ended = ctx.wait(10)

    assert (has_ended, clock.seconds) == (True, 1_002)


@pytest.mark.chapter("wait")
def test_a_wait_is_over_when_the_parent_ends(morning, clock):
    ctx, cancel = morning
    child, _ = ctx.with_timeout(60)
    clock.plan(2, cancel)

    has_ended = child.wait(10)

    assert (has_ended, clock.seconds) == (True, 1_002)


@pytest.mark.chapter("wait")
def test_nobody_waits_in_a_context_that_has_ended(morning, clock):
    ctx, cancel = morning
    cancel()

    has_ended = ctx.wait(10)

    assert (has_ended, clock.waits) == (True, [])


@pytest.mark.chapter("wait")
def test_nobody_waits_beyond_the_deadline(pyqueue, ctx, clock):
    limited, _ = ctx.with_timeout(3)

    has_ended = limited.wait(10)

    assert (has_ended, clock.seconds) == (True, 1_003)
    assert isinstance(limited.err, pyqueue.DeadlineExceeded)


@pytest.mark.chapter("wait")
def test_a_wait_that_ends_before_the_deadline_has_not_ended_the_context(ctx, clock):
    limited, _ = ctx.with_timeout(60)

    assert limited.wait(10) is False


@pytest.mark.chapter("wait")
def test_to_wait_for_no_time_is_to_ask(ctx, clock):
    assert (ctx.wait(0), ctx.wait(-1), clock.seconds) == (False, False, 1_000)


@pytest.mark.chapter("wait")
def test_a_clock_that_wakes_people_early_shortens_no_wait(pyqueue, clock):
    class Nervous(type(clock)):
        def wait(self, event, seconds):
            super().wait(event, min(seconds, 4))

    nervous = Nervous()

    has_ended = pyqueue.background(nervous).wait(10)

    assert (has_ended, nervous.seconds) == (False, 1_010)


@pytest.mark.chapter("wait")
def test_on_a_real_clock_another_thread_can_end_the_wait(pyqueue):
    ctx, cancel = pyqueue.background().with_cancel()
    seen = []
    waiting = threading.Thread(target=lambda: seen.append(ctx.wait(600)), daemon=True)
    waiting.start()

    cancel()
    waiting.join(timeout=30)

    assert seen == [True]


@pytest.mark.chapter("wait")
def test_on_a_real_clock_a_wait_ends_by_itself(pyqueue):
    assert pyqueue.background().wait(0.001) is False


@pytest.mark.chapter("wait")
def test_a_wait_without_an_end_is_over_when_the_context_ends(pyqueue):
    ctx, cancel = pyqueue.background().with_cancel()
    seen = []
    waiting = threading.Thread(target=lambda: seen.append(ctx.wait(float("inf"))), daemon=True)
    waiting.start()
    waiting.join(timeout=0.05)

    cancel()
    waiting.join(timeout=30)

    assert seen == [True]


@pytest.mark.chapter("deadline")
def test_the_clock_of_this_machine_tells_the_time_in_utc(pyqueue):
    moment = pyqueue.SystemClock().now()

    assert moment.utcoffset() == timedelta(0)


@pytest.mark.chapter("deadline")
def test_the_clock_of_this_machine_does_not_measure_by_the_time_of_day(pyqueue):
    years_apart = abs(time.time() - pyqueue.SystemClock().monotonic()) / (365 * 86_400)

    assert years_apart > 1
