"""Whoever submits a job says how long they care about it, and how often it may be tried."""

from functools import wraps

import pytest

from lab.testing import retired_after

AT_ONCE = "from step 10 on, submit_job returns at once, and the work is done by others"
IN_A_LOOP = "from step 11 on, no context is handed to a queue or a storage"

ORDER = {"order": "A-1001"}


def bank_is_silent(ctx, payload):
    raise ConnectionError("the bank does not answer")


@pytest.fixture
def queue(pyqueue, diary):
    """A queue whose retries wait as long as they may."""
    return pyqueue.Queue(diary, random=lambda: 1.0)


@pytest.fixture
def ended(ctx):
    child, cancel = ctx.with_cancel()
    cancel()
    return child


# The context comes first


@pytest.mark.chapter("first")
@retired_after(9, AT_ONCE)
def test_a_handler_gets_the_context_and_the_payload(ctx, queue):
    seen = []
    queue.register_handler("parcel", lambda ctx, payload: seen.append((ctx.done, payload)))

    queue.submit_job(ctx, "parcel", ORDER)

    assert seen == [(False, ORDER)]


@pytest.mark.chapter("first")
def test_a_handler_that_takes_no_context_is_refused_when_it_is_registered(queue):
    def ship(payload):
        """It is from step 8."""

    with pytest.raises(TypeError, match=r"ctx, payload"):
        queue.register_handler("parcel", ship)


@pytest.mark.chapter("first")
def test_a_decorated_function_that_takes_no_context_is_refused(queue):
    with pytest.raises(TypeError, match=r"ctx, payload"):

        @queue.handler("parcel")
        def ship(payload):
            """It is from step 8."""


@pytest.mark.chapter("first")
@pytest.mark.parametrize(
    "handler",
    [lambda: None, lambda ctx, payload, courier: None, lambda *, ctx, payload: None],
    ids=["nothing", "one more", "by name only"],
)
def test_a_handler_that_cannot_be_called_with_both_is_refused(queue, handler):
    with pytest.raises(TypeError, match=r"ctx, payload"):
        queue.register_handler("parcel", handler)


@pytest.mark.chapter("first")
def test_of_a_handler_in_a_wrapper_it_counts_what_the_wrapper_takes(queue):
    def from_step_8(payload):
        """It knows nothing of contexts."""

    @wraps(from_step_8)
    def ship(ctx, payload):
        from_step_8(payload)

    queue.register_handler("parcel", ship)


@pytest.mark.chapter("first")
@pytest.mark.parametrize(
    "handler",
    [print, max, lambda *anything: None, lambda ctx, payload, courier="DHL": None],
    ids=["print", "written in C", "anything", "an option"],
)
def test_whatever_can_be_called_with_both_is_a_handler(queue, handler):
    queue.register_handler("parcel", handler)


@pytest.mark.chapter("first")
@pytest.mark.parametrize("not_a_context", [None, "parcel"])
@retired_after(10, IN_A_LOOP)
def test_whoever_forgets_the_context_is_told(queue, not_a_context):
    queue.register_handler("parcel", print)

    with pytest.raises(TypeError, match="context"):
        queue.submit_job(not_a_context, "parcel", ORDER)
    with pytest.raises(TypeError, match="context"):
        queue.get_job(not_a_context, "job-1")


@pytest.mark.chapter("first")
@retired_after(9, AT_ONCE)
def test_a_submitted_job_is_found_by_its_id(ctx, queue):
    queue.register_handler("parcel", lambda ctx, payload: None)

    job = queue.submit_job(ctx, "parcel", ORDER)

    assert queue.get_job(ctx, job.id).status == "completed"


@pytest.mark.chapter("retry")
@retired_after(10, IN_A_LOOP)
def test_a_job_is_made_at_the_time_that_the_context_says(ctx, clock, queue):
    queue.register_handler("parcel", lambda ctx, payload: None)

    assert queue.submit_job(ctx, "parcel", ORDER).created_at == clock.time_of_day


# A storage honors the context


@pytest.fixture
def storage(pyqueue):
    return pyqueue.MemoryStorage()


@pytest.mark.chapter("first")
def test_a_saved_job_is_found(pyqueue, ctx, storage):
    job = pyqueue.Job("payment", ORDER)

    storage.save_job(ctx, job)

    assert storage.get_job(ctx, job.id).id == job.id


@pytest.mark.chapter("first")
@retired_after(10, IN_A_LOOP)
def test_what_nobody_wants_is_not_saved(pyqueue, ctx, ended, storage):
    job = pyqueue.Job("payment", ORDER)

    with pytest.raises(pyqueue.Cancelled):
        storage.save_job(ended, job)

    with pytest.raises(pyqueue.JobNotFound):
        storage.get_job(ctx, job.id)


@pytest.mark.chapter("first")
@retired_after(10, IN_A_LOOP)
def test_what_nobody_wants_to_know_is_not_looked_up(pyqueue, ctx, ended, storage):
    job = pyqueue.Job("payment", ORDER)
    storage.save_job(ctx, job)

    for job_id in [job.id, "no such job"]:
        with pytest.raises(pyqueue.Cancelled):
            storage.get_job(ended, job_id)


@pytest.mark.chapter("first")
@retired_after(10, IN_A_LOOP)
def test_a_deadline_that_has_passed_saves_nothing(pyqueue, ctx, clock, storage):
    job = pyqueue.Job("payment", ORDER)
    limited, _ = ctx.with_timeout(5)
    clock.go_on(5)

    with pytest.raises(pyqueue.DeadlineExceeded):
        storage.save_job(limited, job)

    with pytest.raises(pyqueue.JobNotFound):
        storage.get_job(ctx, job.id)


@pytest.mark.chapter("first")
@retired_after(10, IN_A_LOOP)
def test_a_job_that_nobody_wants_is_neither_kept_nor_done(pyqueue, diary, ended, queue):
    done = []
    queue.register_handler("parcel", lambda ctx, payload: done.append(payload))

    with pytest.raises(pyqueue.Cancelled):
        queue.submit_job(ended, "parcel", ORDER)

    assert (done, diary.entries) == ([], [])


# As often as it may be tried


@pytest.mark.chapter("retry")
@retired_after(9, AT_ONCE)
def test_a_job_is_tried_once_unless_somebody_asks_for_more(ctx, queue):
    queue.register_handler("payment", bank_is_silent)

    job = queue.submit_job(ctx, "payment", ORDER)

    assert (job.status, job.attempts) == ("failed", 1)


@pytest.mark.chapter("retry")
@retired_after(9, AT_ONCE)
def test_a_job_is_tried_as_often_as_its_submitter_says(ctx, queue):
    queue.register_handler("payment", bank_is_silent)

    job = queue.submit_job(ctx, "payment", ORDER, max_retry=3)

    assert (job.status, job.attempts) == ("failed", 3)


@pytest.mark.chapter("retry")
@retired_after(9, AT_ONCE)
def test_one_blip_no_longer_kills_a_job(ctx, queue):
    answers = iter([ConnectionError("a blip"), None])

    @queue.handler("payment")
    def charge(ctx, payload):
        if error := next(answers):
            raise error

    job = queue.submit_job(ctx, "payment", ORDER, max_retry=2)

    assert (job.status, job.error) == ("completed", "")


@pytest.mark.chapter("retry")
@retired_after(9, AT_ONCE)
def test_chance_chooses_how_long_a_queue_waits(pyqueue, ctx, clock):
    queue = pyqueue.Queue(random=lambda: 0.25)
    queue.register_handler("payment", bank_is_silent)

    queue.submit_job(ctx, "payment", ORDER, max_retry=3)

    assert clock.waits == [0.25, 0.5]


@pytest.mark.chapter("retry")
@retired_after(9, AT_ONCE)
def test_two_queues_do_not_wait_alike_by_themselves(pyqueue, ctx, clock):
    for _ in range(2):
        queue = pyqueue.Queue()
        queue.register_handler("payment", bank_is_silent)
        queue.submit_job(ctx, "payment", ORDER, max_retry=3)

    assert len(set(clock.waits)) == 4


@pytest.mark.chapter("retry")
@retired_after(10, IN_A_LOOP)
def test_a_job_that_could_never_run_is_not_taken(diary, ctx, queue):
    queue.register_handler("payment", bank_is_silent)

    with pytest.raises(ValueError, match="max_retry"):
        queue.submit_job(ctx, "payment", ORDER, max_retry=0)

    assert diary.entries == []


@pytest.mark.chapter("enough")
@retired_after(9, AT_ONCE)
def test_a_job_that_was_taken_is_given_back_even_if_the_context_ends(ctx, clock, diary, queue):
    queue.register_handler("payment", bank_is_silent)
    morning, cancel = ctx.with_cancel()
    clock.plan(0.5, cancel)

    job = queue.submit_job(morning, "payment", ORDER, max_retry=3)

    assert (job.status, job.attempts) == ("pending", 1)
    assert diary.get_job(ctx, job.id).status == "pending"
