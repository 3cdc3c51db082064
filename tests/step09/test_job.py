"""A job counts its runs, remembers when it changed, and knows whether it may be tried again."""

import re
from datetime import UTC, datetime, timedelta

import pytest

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
BANK_IS_SILENT = ConnectionError("the bank does not answer")


def payment(pyqueue, max_retry=1):
    return pyqueue.Job("payment", {"order": "A-1001"}, max_retry=max_retry, created_at=NINE)


def after(pyqueue, runs, max_retry):
    """A payment that failed so many times."""
    job = payment(pyqueue, max_retry)
    for _ in range(runs):
        job.mark_running(NINE)
        job.mark_failed(BANK_IS_SILENT, NINE)
    return job


def told(job):
    """All that a job's methods may change."""
    return str(job.status), job.attempts, job.error, job.updated_at


# How often, and when


@pytest.mark.chapter("marks")
def test_a_new_job_was_never_tried(pyqueue):
    assert pyqueue.Job("payment").attempts == 0


@pytest.mark.chapter("marks")
def test_a_job_runs_once_unless_somebody_says_otherwise(pyqueue):
    assert pyqueue.Job("payment").max_retry == 1


@pytest.mark.chapter("marks")
def test_a_job_knows_when_it_was_made_in_utc(pyqueue):
    before = datetime.now(UTC)

    job = pyqueue.Job("payment")

    assert before <= job.created_at <= datetime.now(UTC)


@pytest.mark.chapter("marks")
def test_a_new_job_has_not_changed_since_it_was_made(pyqueue):
    job = pyqueue.Job("payment")

    assert job.updated_at == job.created_at


@pytest.mark.chapter("marks")
def test_a_job_that_is_begun_is_processing_and_counts_the_run(pyqueue):
    job = payment(pyqueue)

    job.mark_running(TEN)

    assert told(job) == ("processing", 1, "", TEN)


@pytest.mark.chapter("marks")
def test_a_job_that_is_done_is_completed(pyqueue):
    job = payment(pyqueue)
    job.mark_running(NINE)

    job.mark_completed(TEN)

    assert told(job) == ("completed", 1, "", TEN)


@pytest.mark.chapter("marks")
def test_a_job_that_failed_in_its_last_run_is_failed(pyqueue):
    job = payment(pyqueue, max_retry=1)
    job.mark_running(NINE)

    job.mark_failed(BANK_IS_SILENT, TEN)

    assert told(job) == ("failed", 1, repr(BANK_IS_SILENT), TEN)


@pytest.mark.chapter("marks")
def test_a_job_that_failed_and_has_runs_left_is_pending_and_knows_why(pyqueue):
    job = payment(pyqueue, max_retry=2)
    job.mark_running(NINE)

    job.mark_failed(BANK_IS_SILENT, TEN)

    assert told(job) == ("pending", 1, repr(BANK_IS_SILENT), TEN)


@pytest.mark.chapter("marks")
@pytest.mark.parametrize("max_retry", [1, 2, 3, 10])
def test_max_retry_is_how_often_a_job_runs_in_all(pyqueue, max_retry):
    job = payment(pyqueue, max_retry)
    runs = 0

    while job.status == "pending":
        job.mark_running(NINE)
        job.mark_failed(BANK_IS_SILENT, NINE)
        runs += 1

    assert (runs, job.attempts, job.status) == (max_retry, max_retry, "failed")


@pytest.mark.chapter("marks")
@pytest.mark.parametrize(("runs", "can_retry"), [(0, True), (1, True), (2, True), (3, False)])
def test_a_job_can_be_tried_again_while_there_are_runs_left(pyqueue, runs, can_retry):
    assert after(pyqueue, runs, max_retry=3).can_retry is can_retry


@pytest.mark.chapter("marks")
def test_a_job_that_is_tried_again_still_says_what_went_wrong(pyqueue):
    job = after(pyqueue, 1, max_retry=2)

    job.mark_running(TEN)

    assert told(job) == ("processing", 2, repr(BANK_IS_SILENT), TEN)


@pytest.mark.chapter("marks")
def test_a_job_that_succeeds_forgets_its_error(pyqueue):
    job = after(pyqueue, 1, max_retry=2)
    job.mark_running(TEN)

    job.mark_completed(TEN)

    assert told(job) == ("completed", 2, "", TEN)


@pytest.mark.chapter("marks")
def test_the_last_error_is_the_one_that_is_kept(pyqueue):
    job = after(pyqueue, 1, max_retry=2)
    job.mark_running(TEN)

    job.mark_failed(TimeoutError("the bank thinks"), TEN)

    assert job.error == "TimeoutError('the bank thinks')"


@pytest.mark.chapter("marks")
def test_when_a_clock_is_set_back_a_job_does_not_get_older(pyqueue):
    job = payment(pyqueue)
    job.mark_running(TEN)

    job.mark_completed(NINE)

    assert (job.updated_at, job.status) == (TEN, "completed")


# What is refused

MARKS = {
    "mark_running": lambda job, now: job.mark_running(now),
    "mark_completed": lambda job, now: job.mark_completed(now),
    "mark_failed": lambda job, now: job.mark_failed(TimeoutError("the bank thinks"), now),
}
each_mark = pytest.mark.parametrize("mark", MARKS.values(), ids=MARKS.keys())


def completed(pyqueue):
    job = payment(pyqueue, max_retry=3)
    job.mark_running(NINE)
    job.mark_completed(NINE)
    return job


def failed(pyqueue):
    return after(pyqueue, 1, max_retry=1)


@pytest.mark.chapter("marks")
@each_mark
@pytest.mark.parametrize("finished", [completed, failed])
def test_a_finished_job_takes_no_more_marks_and_stays_as_it_is(pyqueue, mark, finished):
    job = finished(pyqueue)
    before = told(job)

    with pytest.raises(pyqueue.InvalidTransition):
        mark(job, TEN)

    assert told(job) == before


@pytest.mark.chapter("marks")
@pytest.mark.parametrize("mark", [MARKS["mark_completed"], MARKS["mark_failed"]])
def test_a_job_that_nobody_works_on_cannot_end(pyqueue, mark):
    job = payment(pyqueue, max_retry=3)

    with pytest.raises(pyqueue.InvalidTransition):
        mark(job, TEN)

    assert told(job) == ("pending", 0, "", NINE)


@pytest.mark.chapter("marks")
def test_a_job_that_is_being_worked_on_is_not_begun_a_second_time(pyqueue):
    job = payment(pyqueue, max_retry=3)
    job.mark_running(NINE)

    with pytest.raises(pyqueue.InvalidTransition):
        job.mark_running(TEN)

    assert told(job) == ("processing", 1, "", NINE)


@pytest.mark.chapter("marks")
@pytest.mark.parametrize("max_retry", [0, -1])
def test_a_job_that_could_never_run_is_refused(pyqueue, max_retry):
    with pytest.raises(ValueError, match="max_retry"):
        payment(pyqueue, max_retry)


@pytest.mark.chapter("marks")
@pytest.mark.parametrize("max_retry", ["3", 2.5, None, True])
def test_a_number_of_runs_is_a_whole_number(pyqueue, max_retry):
    with pytest.raises(TypeError, match="max_retry"):
        payment(pyqueue, max_retry)


@pytest.mark.chapter("marks")
def test_a_job_is_not_made_at_a_time_without_a_zone(pyqueue):
    with pytest.raises(ValueError, match="time zone"):
        pyqueue.Job("payment", created_at=datetime(2026, 1, 5, 9))


@pytest.mark.chapter("marks")
@each_mark
def test_a_job_does_not_change_at_a_time_without_a_zone(pyqueue, mark):
    job = payment(pyqueue, max_retry=3)
    if mark is not MARKS["mark_running"]:
        job.mark_running(NINE)
    before = told(job)

    with pytest.raises(ValueError, match="time zone"):
        mark(job, datetime(2026, 1, 5, 10))

    assert told(job) == before


# The error's text


class ChipError(Exception):
    """A terminal's own error, with a mistake in it."""

    def __str__(self):
        return self.text_that_nobody_set

    __repr__ = __str__


class BrokenName(Exception):
    def __repr__(self):
        return 42


def error_kept(pyqueue, error):
    job = payment(pyqueue)
    job.mark_running(NINE)
    job.mark_failed(error, NINE)
    return job.error


@pytest.mark.chapter("marks")
@pytest.mark.parametrize("kind", [ChipError, BrokenName])
def test_an_error_that_cannot_be_printed_is_kept_by_its_kind(pyqueue, kind):
    assert kind.__name__ in error_kept(pyqueue, kind())


@pytest.mark.chapter("marks")
def test_an_error_without_a_message_is_kept_by_its_kind(pyqueue):
    assert error_kept(pyqueue, TimeoutError()) == "TimeoutError()"


@pytest.mark.chapter("marks")
def test_of_a_very_long_error_the_beginning_and_the_end_are_kept(pyqueue):
    kept = error_kept(pyqueue, ValueError("no such order: " + "9" * 1_000_000 + ", it is Sunday"))

    assert kept.startswith("ValueError('no such order: 999")
    assert kept.endswith("999, it is Sunday')")
    assert len(kept) < 2_000


@pytest.mark.chapter("marks")
def test_whoever_reads_a_very_long_error_is_told_how_much_is_left_out(pyqueue):
    error = ValueError("x" * 1_000_000)

    kept = error_kept(pyqueue, error)

    told = re.search(r"([\d,]+) characters", kept)
    assert told is not None
    assert int(told[1].replace(",", "")) == 1_000_000 - kept.count("x")


@pytest.mark.chapter("marks")
def test_an_error_of_a_thousand_characters_is_kept_whole(pyqueue):
    error = ValueError("x" * (1_000 - len("ValueError('')")))

    assert error_kept(pyqueue, error) == repr(error)


# How long to wait


@pytest.mark.chapter("backoff")
@pytest.mark.parametrize(
    ("runs", "seconds"), [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60)]
)
def test_the_longest_wait_doubles_up_to_a_minute(pyqueue, runs, seconds):
    job = after(pyqueue, runs, max_retry=100)

    assert job.backoff_duration(lambda: 1.0) == seconds


@pytest.mark.chapter("backoff")
@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 0), (0.25, 2), (0.5, 4)])
def test_chance_picks_a_moment_between_none_and_the_longest(pyqueue, chance, seconds):
    job = after(pyqueue, 4, max_retry=100)

    assert job.backoff_duration(lambda: chance) == seconds


@pytest.mark.chapter("backoff")
def test_chance_is_asked_each_time(pyqueue):
    job = after(pyqueue, 1, max_retry=100)
    chances = iter([0.25, 0.75])

    waits = [job.backoff_duration(lambda: next(chances)) for _ in range(2)]

    assert waits == [0.25, 0.75]


@pytest.mark.chapter("backoff")
def test_a_job_that_was_tried_for_weeks_waits_a_minute(pyqueue):
    job = after(pyqueue, 5_000, max_retry=10_000)

    assert job.backoff_duration(lambda: 1.0) == 60
