"""What the state machine gives the shop: work that is done once, and failures that say why."""

from contextlib import suppress

import pytest


def payment(pyqueue):
    return pyqueue.Job("payment", {"order": "A-1001"})


# Not where it is raised: the line of code that raises an error does not tell what the error says.
SILENCE = "the bank does not answer"


def bank_is_silent(payload):
    raise ConnectionError(SILENCE)


def bank_says_nothing_at_all(payload):
    raise TimeoutError


def bank_tells_a_long_story(payload):
    raise ConnectionError("\n".join(["the bank does not answer:", *"." * 2_000, "it is Sunday"]))


def order_is_missing(payload):
    raise LookupError("no such order") from KeyError("A-1001")


def interrupted(payload):
    raise KeyboardInterrupt


def processed(pyqueue, handler):
    """A job that has been processed, however it went."""
    job = payment(pyqueue)
    with suppress(pyqueue.HandlerError, KeyboardInterrupt):
        pyqueue.process(job, handler)
    return job


ENDINGS = pytest.mark.parametrize(
    "handler", [len, bank_is_silent, interrupted], ids=["completed", "failed", "interrupted"]
)


@pytest.mark.chapter("once")
@ENDINGS
def test_a_job_that_is_not_pending_any_more_is_refused(pyqueue, handler):
    job = processed(pyqueue, handler)

    with pytest.raises(pyqueue.InvalidTransition):
        pyqueue.process(job, len)


@pytest.mark.chapter("once")
@ENDINGS
def test_the_card_is_not_charged_a_second_time(pyqueue, handler):
    job = processed(pyqueue, handler)
    charged = []

    with pytest.raises(pyqueue.InvalidTransition):
        pyqueue.process(job, charged.append)

    assert charged == []


@pytest.mark.chapter("once")
@ENDINGS
def test_a_refused_job_is_as_it_was(pyqueue, handler):
    job = processed(pyqueue, handler)
    before = (job.status, job.error)

    with pytest.raises(pyqueue.InvalidTransition):
        pyqueue.process(job, bank_is_silent)

    assert (job.status, job.error) == before


@pytest.mark.chapter("once")
def test_a_job_cannot_be_processed_while_it_is_being_processed(pyqueue):
    job = payment(pyqueue)
    charged = []

    def charge_and_try_again(payload):
        charged.append(payload)
        pyqueue.process(job, charge_and_try_again)

    with pytest.raises(pyqueue.HandlerError):
        pyqueue.process(job, charge_and_try_again)

    assert charged == [{"order": "A-1001"}]


@pytest.mark.chapter("why-it-failed")
def test_a_failed_job_keeps_what_the_handler_said(pyqueue):
    job = processed(pyqueue, bank_is_silent)

    assert "the bank does not answer" in job.error


@pytest.mark.chapter("why-it-failed")
def test_a_failed_job_keeps_what_kind_of_error_it_was(pyqueue):
    job = processed(pyqueue, bank_is_silent)

    assert "ConnectionError" in job.error


@pytest.mark.chapter("why-it-failed")
def test_an_error_without_words_is_kept_by_its_kind(pyqueue):
    job = processed(pyqueue, bank_says_nothing_at_all)

    assert "TimeoutError" in job.error


@pytest.mark.chapter("why-it-failed")
def test_what_the_handler_said_is_kept_to_its_end(pyqueue):
    job = processed(pyqueue, bank_tells_a_long_story)

    assert "it is Sunday" in job.error


@pytest.mark.chapter("why-it-failed")
def test_what_is_kept_is_the_error_and_not_only_what_was_behind_it(pyqueue):
    job = processed(pyqueue, order_is_missing)

    assert "no such order" in job.error


@pytest.mark.chapter("why-it-failed")
def test_what_is_kept_of_an_error_is_text(pyqueue):
    job = processed(pyqueue, bank_is_silent)

    assert type(job.error) is str


@pytest.mark.chapter("why-it-failed")
def test_whoever_finds_a_failed_job_later_can_read_why(pyqueue):
    job = processed(pyqueue, bank_is_silent)

    pyqueue.save_job(job)

    assert "the bank does not answer" in pyqueue.get_job(job.id).error


@pytest.mark.chapter("why-it-failed")
def test_a_new_job_has_no_error(pyqueue):
    assert payment(pyqueue).error == ""


@pytest.mark.chapter("why-it-failed")
@pytest.mark.parametrize("handler", [len, interrupted], ids=["completed", "interrupted"])
def test_a_job_that_did_not_fail_has_no_error(pyqueue, handler):
    assert processed(pyqueue, handler).error == ""


@pytest.mark.chapter("why-it-failed")
def test_the_failure_of_one_job_is_not_written_on_another(pyqueue):
    processed(pyqueue, bank_is_silent)

    assert payment(pyqueue).error == ""
