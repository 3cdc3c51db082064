"""A processor tries a job again while there are runs left and somebody wants it done."""

import pytest

from lab.testing import retired_after

ONE_RUN = "from step 11 on, a processor does one run, and the pool sees to the next"

PAYLOAD = {"order": "A-1001"}
NOON = RuntimeError("it is noon, and the shop closes")


class Bank:
    """It does not answer the first few times."""

    def __init__(self, silent=1_000_000, before_it_fails=lambda: None):
        self.calls = []
        self._silent = silent
        self._before_it_fails = before_it_fails

    def charge(self, ctx, payload):
        self.calls.append(payload)
        if len(self.calls) <= self._silent:
            self._before_it_fails()
            raise ConnectionError(f"the bank does not answer ({len(self.calls)})")


@pytest.fixture
def process(pyqueue, diary):
    """Process a payment with this handler; chance always picks the longest wait."""
    processor = pyqueue.JobProcessor(diary, lambda: 1.0)

    def run(ctx, handler, max_retry=3):
        run.job = pyqueue.Job("payment", PAYLOAD, max_retry=max_retry, created_at=ctx.clock.now())
        processor.process_job(ctx, run.job, handler)
        return run.job

    return run


# Again, until it is done


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_a_job_that_fails_is_tried_again(ctx, process):
    job = process(ctx, Bank(silent=1).charge)

    assert (job.status, job.attempts, job.error) == ("completed", 2, "")


@pytest.mark.chapter("retry")
def test_a_job_that_succeeds_is_not_tried_again(ctx, clock, process):
    bank = Bank(silent=0)

    process(ctx, bank.charge)

    assert (len(bank.calls), clock.waits) == (1, [])


@pytest.mark.chapter("retry")
@pytest.mark.parametrize("max_retry", [1, 2, 5])
@retired_after(10, ONE_RUN)
def test_a_job_that_always_fails_runs_as_often_as_it_may(pyqueue, ctx, process, max_retry):
    bank = Bank()

    with pytest.raises(pyqueue.HandlerError):
        process(ctx, bank.charge, max_retry)

    assert (len(bank.calls), process.job.status) == (max_retry, "failed")


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_a_job_that_always_fails_fails_with_its_last_error(pyqueue, ctx, process):
    with pytest.raises(pyqueue.HandlerError) as caught:
        process(ctx, Bank().charge)

    assert str(caught.value.__cause__) == "the bank does not answer (3)"
    assert "the bank does not answer (3)" in process.job.error


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_each_run_gets_the_same_payload(ctx, process):
    bank = Bank(silent=2)

    process(ctx, bank.charge)

    assert bank.calls == [PAYLOAD] * 3


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_a_job_that_is_taken_up_again_has_the_runs_and_the_waits_that_are_left(
    pyqueue, ctx, clock, diary
):
    bank = Bank()
    job = pyqueue.Job("payment", PAYLOAD, max_retry=3)
    job.mark_running(ctx.clock.now())
    job.mark_failed(ConnectionError(), ctx.clock.now())

    with pytest.raises(pyqueue.HandlerError):
        pyqueue.JobProcessor(diary, lambda: 1.0).process_job(ctx, job, bank.charge)

    assert (len(bank.calls), job.attempts, clock.waits) == (2, 3, [2])


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_a_handler_that_ran_out_of_its_own_time_is_tried_again(ctx, clock, process):
    waits = iter([20, 5])

    def charge(ctx, payload):
        patience, _ = ctx.with_timeout(10)
        clock.go_on(next(waits))
        patience.raise_if_done()

    job = process(ctx, charge)

    assert (job.status, job.attempts) == ("completed", 2)


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_whatever_a_handler_raises_is_a_reason_to_try_again(ctx, process):
    mistakes = iter([ConnectionError("a blip"), KeyError("amount"), ValueError("no card")])

    def charge(ctx, payload):
        if mistake := next(mistakes, None):
            raise mistake

    job = process(ctx, charge, max_retry=4)

    assert (job.status, job.attempts) == ("completed", 4)


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_two_processors_do_not_wait_alike_by_themselves(pyqueue, ctx, clock, diary):
    for _ in range(2):
        job = pyqueue.Job("payment", PAYLOAD, max_retry=3)
        with pytest.raises(pyqueue.HandlerError):
            pyqueue.JobProcessor(diary).process_job(ctx, job, Bank().charge)

    assert len(set(clock.waits)) == 4


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_between_two_runs_there_is_a_wait_that_grows(pyqueue, ctx, clock, process):
    with pytest.raises(pyqueue.HandlerError):
        process(ctx, Bank().charge, max_retry=4)

    assert clock.waits == [1, 2, 4]


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_the_storage_hears_of_each_run_and_of_each_wait(ctx, diary, process):
    process(ctx, Bank(silent=1).charge)

    assert diary.entries == ["processing", "pending", "processing", "completed"]


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_whoever_looks_during_the_wait_finds_a_job_that_will_be_tried_again(
    ctx, clock, diary, process
):
    seen = []
    clock.plan(0.5, lambda: seen.append(diary.get_job(ctx, process.job.id)))

    process(ctx, Bank(silent=1).charge)

    assert [(job.status, job.attempts) for job in seen] == [("pending", 1)]
    assert "the bank does not answer" in seen[0].error


@pytest.mark.chapter("retry")
@retired_after(10, ONE_RUN)
def test_a_job_notes_when_it_changed_by_the_clock_of_the_context(ctx, clock, process):
    began = clock.time_of_day

    job = process(ctx, Bank(silent=2).charge)

    assert (job.created_at, (job.updated_at - began).total_seconds()) == (began, 3)


@pytest.mark.chapter("retry")
def test_a_job_notes_when_each_run_began(ctx, clock, diary, process):
    seen = []

    def charge(ctx, payload):
        seen.append((diary.get_job(ctx, process.job.id).updated_at, clock.time_of_day))
        if len(seen) < 3:
            raise ConnectionError

    process(ctx, charge)

    assert [noted for noted, _ in seen] == [now for _, now in seen]


@pytest.mark.chapter("marks")
def test_an_error_that_cannot_be_printed_fails_the_job_all_the_same(pyqueue, ctx, process):
    class ChipError(Exception):
        def __repr__(self):
            raise AttributeError("no text was set")

        __str__ = __repr__

    def charge(ctx, payload):
        raise ChipError

    with pytest.raises(pyqueue.HandlerError):
        process(ctx, charge, max_retry=1)

    assert (process.job.status, "ChipError" in process.job.error) == ("failed", True)


@pytest.mark.chapter("retry")
@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_whoever_stops_the_program_is_not_asked_to_try_again(ctx, clock, diary, process, stop):
    def charge(ctx, payload):
        raise stop

    with pytest.raises(stop):
        process(ctx, charge)

    assert (process.job.attempts, diary.entries, clock.waits) == (1, ["processing"], [])


# Until nobody wants it any more


@pytest.mark.chapter("enough")
def test_work_that_nobody_wants_is_not_begun(pyqueue, ctx, diary, process):
    morning, cancel = ctx.with_cancel()
    cancel(NOON)
    bank = Bank()

    with pytest.raises(pyqueue.Cancelled) as caught:
        process(morning, bank.charge)

    assert (process.job.status, process.job.attempts) == ("pending", 0)
    assert (bank.calls, diary.entries) == ([], [])
    assert caught.value.__cause__ is NOON


@pytest.mark.chapter("enough")
@retired_after(10, ONE_RUN)
def test_a_wait_is_cut_short_and_nothing_is_tried_again(pyqueue, ctx, clock, process):
    morning, cancel = ctx.with_cancel()
    clock.plan(0.5, cancel)
    bank = Bank()

    with pytest.raises(pyqueue.Cancelled):
        process(morning, bank.charge)

    assert (len(bank.calls), clock.seconds) == (1, 1_000.5)


@pytest.mark.chapter("enough")
@retired_after(10, ONE_RUN)
def test_a_job_whose_wait_was_cut_short_is_pending_here_and_in_the_storage(
    pyqueue, ctx, clock, diary, process
):
    morning, cancel = ctx.with_cancel()
    clock.plan(0.5, cancel)

    with pytest.raises(pyqueue.Cancelled):
        process(morning, Bank().charge)

    saved = diary.get_job(ctx, process.job.id)
    assert (process.job.status, saved.status, saved.attempts) == ("pending", "pending", 1)


@pytest.mark.chapter("enough")
@retired_after(10, ONE_RUN)
def test_no_run_begins_after_the_deadline(pyqueue, ctx, process):
    limited, _ = ctx.with_timeout(2)
    bank = Bank()

    with pytest.raises(pyqueue.DeadlineExceeded):
        process(limited, bank.charge, max_retry=10)

    assert (len(bank.calls), process.job.status) == (2, "pending")


@pytest.mark.chapter("enough")
def test_a_handler_can_ask_whether_its_work_is_still_wanted(pyqueue, ctx, process):
    morning, cancel = ctx.with_cancel()
    seen = []

    def print_labels(ctx, payload):
        seen.append(ctx.done)
        cancel()
        seen.append(ctx.done)

    process(morning, print_labels)

    assert seen == [False, True]


@pytest.mark.chapter("enough")
def test_a_handler_knows_the_values_of_whoever_wants_the_work(ctx, process):
    seen = []

    process(ctx.with_value("customer", "Ada"), lambda ctx, _: seen.append(ctx.value("customer")))

    assert seen == ["Ada"]


@pytest.mark.chapter("enough")
@retired_after(10, ONE_RUN)
def test_work_that_was_cancelled_midway_is_not_tried_again(pyqueue, ctx, clock, process):
    morning, cancel = ctx.with_cancel()
    bank = Bank(before_it_fails=cancel)

    with pytest.raises(pyqueue.Cancelled):
        process(morning, bank.charge)

    assert (len(bank.calls), clock.seconds) == (1, 1_000)


@pytest.mark.chapter("enough")
@retired_after(10, ONE_RUN)
def test_of_work_that_was_cancelled_midway_the_storage_still_hears(pyqueue, ctx, diary, process):
    morning, cancel = ctx.with_cancel()

    with pytest.raises(pyqueue.Cancelled):
        process(morning, Bank(before_it_fails=cancel).charge)

    assert diary.entries == ["processing", "pending"]


@pytest.mark.chapter("enough")
def test_work_that_was_cancelled_in_its_last_run_has_failed(pyqueue, ctx, diary, process):
    morning, cancel = ctx.with_cancel()

    with pytest.raises(pyqueue.HandlerError):
        process(morning, Bank(before_it_fails=cancel).charge, max_retry=1)

    assert diary.entries == ["processing", "failed"]


@pytest.mark.chapter("enough")
def test_work_that_was_finished_in_spite_of_the_end_is_completed(ctx, diary, process):
    morning, cancel = ctx.with_cancel()

    process(morning, lambda ctx, payload: cancel())

    assert diary.entries == ["processing", "completed"]


@pytest.mark.chapter("enough")
@retired_after(10, ONE_RUN)
def test_work_that_stops_when_it_is_asked_to_is_a_run_that_failed(pyqueue, ctx, process):
    morning, cancel = ctx.with_cancel()

    def print_labels(ctx, payload):
        cancel(NOON)
        ctx.raise_if_done()

    with pytest.raises(pyqueue.Cancelled):
        process(morning, print_labels)

    assert (process.job.status, process.job.attempts) == ("pending", 1)
    assert "Cancelled" in process.job.error


@pytest.mark.chapter("first")
def test_what_is_no_context_is_refused(pyqueue, diary):
    job = pyqueue.Job("payment", PAYLOAD)

    with pytest.raises(TypeError, match="context"):
        pyqueue.JobProcessor(diary).process_job(PAYLOAD, job, Bank().charge)

    assert (job.status, diary.entries) == ("pending", [])
