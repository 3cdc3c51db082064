"""A queue with workers: jobs are taken in at once and done by others, several at a time."""

import threading
from contextlib import suppress

import pytest

from lab.testing import retired_after
from tests.step10.conftest import AT_ONCE, all_is_done

pytestmark = retired_after(10, "from step 11 on, workers are tasks, and submitting is awaited")

ORDER = {"order": "A-1001"}


class Gate:
    """A handler that begins, and goes on when it is let."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()

    def __call__(self, ctx, payload):
        self.begun.release()
        assert self.open.wait(AT_ONCE)

    def wait_for_begin(self):
        assert self.begun.acquire(timeout=AT_ONCE)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.open.set()


def in_background(work):
    """Do it in a thread of its own; join the thread to have it done."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def is_over(thread):
    thread.join(AT_ONCE)
    return not thread.is_alive()


# At once


@pytest.mark.chapter("pool")
def test_whoever_submits_a_job_does_not_wait_for_it(pyqueue, ctx):
    queue = pyqueue.Queue()
    shipped = []
    queue.register_handler("parcel", lambda ctx, payload: shipped.append(payload))

    job = queue.submit_job(ctx, "parcel", ORDER)

    assert (job.status, shipped) == ("pending", [])


@pytest.mark.chapter("pool")
def test_workers_do_not_keep_a_program_alive(pyqueue):
    queue = pyqueue.Queue()
    before = set(threading.enumerate())

    queue.start(2)
    workers = set(threading.enumerate()) - before
    queue.stop()

    assert [worker.daemon for worker in workers] == [True, True]


@pytest.mark.chapter("pool")
def test_a_handler_can_submit_a_job(ctx, clerk):
    emailed = []
    clerk.register_handler("email", lambda ctx, payload: emailed.append(payload))
    sent = threading.Event()

    @clerk.handler("payment")
    def charge_card(inner, payload):
        clerk.submit_job(ctx, "email", payload)
        sent.set()

    clerk.submit_job(ctx, "payment", ORDER)
    assert sent.wait(AT_ONCE)
    all_is_done(ctx, clerk)

    assert emailed == [ORDER]


@pytest.mark.chapter("pool")
def test_a_submitted_job_is_done(ctx, clerk):
    shipped = []
    clerk.register_handler("parcel", lambda ctx, payload: shipped.append(payload))

    job = clerk.submit_job(ctx, "parcel", ORDER)
    all_is_done(ctx, clerk)

    assert (clerk.get_job(ctx, job.id).status, shipped) == ("completed", [ORDER])


@pytest.mark.chapter("pool")
def test_a_worker_takes_the_oldest_job_first(ctx, clerk):
    done = []
    clerk.register_handler("parcel", lambda ctx, payload: done.append(payload["number"]))

    for number in range(5):
        clerk.submit_job(ctx, "parcel", {"number": number})
    all_is_done(ctx, clerk)

    assert done == [0, 1, 2, 3, 4]


@pytest.mark.chapter("pool")
def test_jobs_wait_for_workers_to_begin(pyqueue, ctx):
    queue = pyqueue.Queue()
    shipped = []
    queue.register_handler("parcel", lambda ctx, payload: shipped.append(payload))
    queue.submit_job(ctx, "parcel", ORDER)
    before = list(shipped)

    queue.start(1)
    all_is_done(ctx, queue)

    assert (before, shipped) == ([], [ORDER])


@pytest.mark.chapter("pool")
def test_what_is_pending_in_the_storage_is_done_once_workers_begin(pyqueue, ctx):
    storage = pyqueue.MemoryStorage()
    yesterday, today = pyqueue.Queue(storage), pyqueue.Queue(storage)
    for queue in (yesterday, today):
        queue.register_handler("parcel", lambda ctx, payload: None)
    job = yesterday.submit_job(ctx, "parcel", ORDER)
    yesterday.stop()

    today.start(1)
    all_is_done(ctx, today)

    assert today.get_job(ctx, job.id).status == "completed"


@pytest.mark.chapter("pool")
def test_what_no_worker_here_knows_how_to_do_stays_pending(pyqueue, ctx):
    storage = pyqueue.MemoryStorage()
    office, shop = pyqueue.Queue(storage), pyqueue.Queue(storage)
    office.register_handler("tax return", lambda ctx, payload: None)
    shop.register_handler("parcel", lambda ctx, payload: None)
    strange = office.submit_job(ctx, "tax return", {})
    parcel = shop.submit_job(ctx, "parcel", ORDER)

    shop.start(1)
    all_is_done(ctx, shop)

    statuses = [shop.get_job(ctx, job.id).status for job in (strange, parcel)]
    assert statuses == ["pending", "completed"]


@pytest.mark.chapter("pool")
def test_a_queue_counts_what_became_of_its_jobs(pyqueue, ctx, clerk):
    clerk.register_handler("payment", lambda ctx, payload: 1 / 0)
    clerk.register_handler("parcel", lambda ctx, payload: None)
    numbers = []
    clerk.register_handler("look", lambda ctx, payload: numbers.append(clerk.stats()))

    for job_type in ("payment", "parcel", "parcel", "look"):
        clerk.submit_job(ctx, job_type, ORDER)
    all_is_done(ctx, clerk)

    assert numbers == [{pyqueue.Status.COMPLETED: 2, pyqueue.Status.FAILED: 1}]


@pytest.mark.chapter("pool")
def test_numbers_that_somebody_holds_do_not_change(pyqueue):
    stats = pyqueue.Stats()
    before = stats.snapshot()

    stats.count(pyqueue.Status.COMPLETED)

    assert (before, stats.snapshot()) == ({}, {pyqueue.Status.COMPLETED: 1})


@pytest.mark.chapter("claim")
def test_two_queues_with_one_storage_do_each_job_once(pyqueue, ctx):
    storage = pyqueue.MemoryStorage()
    queues = [pyqueue.Queue(storage) for _ in range(2)]
    charged = []
    for queue in queues:
        queue.register_handler("payment", lambda ctx, payload: charged.append(payload["order"]))
    orders = [f"A-{number}" for number in range(1001, 1011)]
    for order in orders:
        queues[0].submit_job(ctx, "payment", {"order": order})

    for queue in queues:
        queue.start(1)
    for queue in queues:
        all_is_done(ctx, queue)

    assert sorted(charged) == orders


@pytest.mark.chapter("pool")
@pytest.mark.parametrize("worker_count", [0, -1])
def test_a_queue_without_workers_is_refused(pyqueue, worker_count):
    with pytest.raises(ValueError, match="worker"):
        pyqueue.Queue().start(worker_count)


@pytest.mark.chapter("pool")
def test_why_a_job_failed_is_found_on_it_later(ctx, clerk):
    def charge_card(ctx, payload):
        raise ConnectionError("the bank does not answer")

    clerk.register_handler("payment", charge_card)

    job = clerk.submit_job(ctx, "payment", ORDER, max_retry=2)
    all_is_done(ctx, clerk)

    failed = clerk.get_job(ctx, job.id)
    assert (failed.status, failed.attempts) == ("failed", 2)
    assert "the bank does not answer" in failed.error


@pytest.mark.chapter("pool")
def test_a_handler_that_fails_takes_no_worker_with_it(ctx, clerk):
    shipped = []
    clerk.register_handler("payment", lambda ctx, payload: 1 / 0)
    clerk.register_handler("parcel", lambda ctx, payload: shipped.append(payload))

    for _ in range(5):
        clerk.submit_job(ctx, "payment", ORDER)
    clerk.submit_job(ctx, "parcel", ORDER)
    all_is_done(ctx, clerk)

    assert shipped == [ORDER]


@pytest.mark.chapter("frozen")
def test_what_happens_to_the_payload_afterwards_does_not_reach_the_job(pyqueue, ctx):
    queue = pyqueue.Queue()
    shipped = []
    queue.register_handler("parcel", lambda ctx, payload: shipped.append(payload))
    order = {"items": ["tea"]}
    queue.submit_job(ctx, "parcel", order)

    order["items"].append("coffee")
    queue.start(1)
    all_is_done(ctx, queue)

    assert shipped == [{"items": ["tea"]}]


@pytest.mark.chapter("frozen")
def test_a_second_run_finds_what_was_ordered(ctx, clerk):
    seen = []

    @clerk.handler("parcel")
    def pack(ctx, payload):
        seen.append(list(payload["items"]))
        payload["items"].clear()
        raise ConnectionError("the printer is out of paper")

    clerk.submit_job(ctx, "parcel", {"items": ["tea"]}, max_retry=2)
    all_is_done(ctx, clerk)

    assert seen == [["tea"], ["tea"]]


@pytest.mark.chapter("list")
def test_a_queue_tells_which_jobs_are_at_work(pyqueue, ctx, queue, gate):
    queue.register_handler("payment", gate)
    job = queue.submit_job(ctx, "payment", ORDER)
    gate.wait_for_begin()

    at_work = queue.list_by_status(ctx, pyqueue.Status.PROCESSING)

    assert [job.id for job in at_work] == [job.id]


# The end


@pytest.mark.chapter("stop")
def test_stopping_finishes_what_was_taken(pyqueue, ctx, clerk, gate):
    clerk.register_handler("payment", gate)
    jobs = [clerk.submit_job(ctx, "payment", ORDER) for _ in range(3)]
    gate.wait_for_begin()
    ended = in_background(clerk.stop)
    # Whatever is still taken is to be done as well.
    with suppress(pyqueue.QueueStopped):
        while ended.is_alive():
            jobs.append(clerk.submit_job(ctx, "payment", ORDER))

    gate.open.set()

    assert is_over(ended)
    assert {clerk.get_job(ctx, job.id).status for job in jobs} == {"completed"}


@pytest.mark.chapter("stop")
def test_whoever_stops_the_queue_hears_that_all_is_done(ctx, queue):
    queue.register_handler("parcel", lambda ctx, payload: None)
    queue.submit_job(ctx, "parcel", ORDER)

    assert queue.stop() is True


@pytest.mark.chapter("stop")
def test_a_stopped_queue_takes_no_more_jobs_and_keeps_none(pyqueue, ctx, queue):
    queue.register_handler("parcel", lambda ctx, payload: None)
    queue.stop()

    with pytest.raises(pyqueue.QueueStopped):
        queue.submit_job(ctx, "parcel", ORDER)

    assert queue.list_by_status(ctx, pyqueue.Status.PENDING) == []


@pytest.mark.chapter("stop")
def test_a_stopped_queue_is_not_started_again(pyqueue, queue):
    queue.stop()

    with pytest.raises(pyqueue.QueueStopped):
        queue.start(1)


@pytest.mark.chapter("stop")
def test_stopping_twice_is_as_good_as_once(queue):
    assert (queue.stop(), queue.stop()) == (True, True)


@pytest.mark.chapter("stop")
def test_a_queue_that_was_never_started_can_be_stopped(pyqueue, ctx):
    queue = pyqueue.Queue()
    queue.register_handler("parcel", lambda ctx, payload: None)
    job = queue.submit_job(ctx, "parcel", ORDER)

    queue.stop()

    assert queue.get_job(ctx, job.id).status == "pending"


@pytest.mark.chapter("stop")
def test_stopping_does_not_wait_for_ever(ctx, queue, gate):
    queue.register_handler("payment", gate)
    job = queue.submit_job(ctx, "payment", ORDER)
    gate.wait_for_begin()

    is_finished = queue.stop(timeout=0)

    assert (is_finished, queue.get_job(ctx, job.id).status) == (False, "processing")


@pytest.mark.chapter("stop")
def test_what_was_not_begun_in_time_stays_pending(pyqueue, ctx, gate):
    queue = pyqueue.Queue()
    queue.register_handler("payment", gate)
    first, second = (queue.submit_job(ctx, "payment", ORDER) for _ in range(2))
    queue.start(1)
    gate.wait_for_begin()

    queue.stop(timeout=0)
    gate.open.set()
    queue.stop()

    statuses = [queue.get_job(ctx, job.id).status for job in (first, second)]
    assert statuses == ["completed", "pending"]


@pytest.mark.chapter("stop")
def test_whoever_waits_longer_than_needed_loses_nothing(pyqueue, ctx, clerk, gate):
    clerk.register_handler("payment", gate)
    jobs = [clerk.submit_job(ctx, "payment", ORDER) for _ in range(3)]
    gate.wait_for_begin()
    answers = []
    ended = in_background(lambda: answers.append(clerk.stop(timeout=10 * AT_ONCE)))
    with suppress(pyqueue.QueueStopped):
        while ended.is_alive():
            jobs.append(clerk.submit_job(ctx, "payment", ORDER))

    gate.open.set()

    assert is_over(ended)
    statuses = {str(clerk.get_job(ctx, job.id).status) for job in jobs}
    assert (answers, statuses) == ([True], {"completed"})


@pytest.mark.chapter("stop")
def test_a_handler_hears_that_its_time_is_up(ctx, queue):
    begun, heard = threading.Event(), []

    @queue.handler("parcel")
    def print_labels(ctx, payload):
        begun.set()
        heard.append(ctx.wait(AT_ONCE))

    queue.submit_job(ctx, "parcel", ORDER)
    assert begun.wait(AT_ONCE)
    queue.stop(timeout=0)
    queue.stop()

    assert heard == [True]


@pytest.mark.chapter("stop")
def test_a_retry_that_waits_does_not_hold_up_the_end(pyqueue, ctx):
    queue = pyqueue.Queue(random=lambda: 0.999)
    begun = threading.Event()

    @queue.handler("payment")
    def charge_card(ctx, payload):
        begun.set()
        raise ConnectionError("the bank does not answer")

    job = queue.submit_job(ctx, "payment", ORDER, max_retry=100)
    queue.start(1)
    assert begun.wait(AT_ONCE)
    queue.stop(timeout=0)
    queue.stop()

    assert queue.get_job(ctx, job.id).status == "pending"
