"""A job that fails says so: on the job, and to whoever asked for it."""

import asyncio
import builtins

import pytest

from lab.testing import retired_after

CALLED_OFF = "from step 11 on, whoever calls work off does so by its task, and the job is pending"


class ClosingTime(BaseException):
    """The shop's own order to stop."""


# Not errors: the user, the program itself, a scheduler or the shop wants the work to end.
STOP_ORDERS = [KeyboardInterrupt, SystemExit, ClosingTime]

# What a handler may raise without a class of its own.
PYTHONS_ERRORS = [kind for kind in vars(builtins).values() if isinstance(kind, type)]


def payment(pyqueue):
    return pyqueue.Job("payment", {"order": "A-1001"})


def bank_is_silent(payload):
    raise ConnectionError("the bank does not answer")


def process_failing(pyqueue, job, handler=bank_is_silent):
    with pytest.raises(pyqueue.HandlerError) as failure:
        pyqueue.process(job, handler)
    return failure.value


@pytest.mark.chapter("processing")
def test_a_job_is_processing_while_its_handler_works(pyqueue):
    job = payment(pyqueue)
    seen = []

    pyqueue.process(job, lambda payload: seen.append(job.status))

    assert seen == ["processing"]


@pytest.mark.chapter("failed")
def test_a_job_whose_handler_raises_is_failed(pyqueue):
    job = payment(pyqueue)

    process_failing(pyqueue, job)

    assert job.status == "failed"


@pytest.mark.chapter("failed")
def test_the_failure_of_a_handler_is_raised_as_a_handler_error(pyqueue):
    failure = process_failing(pyqueue, payment(pyqueue))

    assert isinstance(failure, pyqueue.HandlerError)


@pytest.mark.chapter("failed")
def test_a_handler_error_is_told_apart_from_the_error_of_a_handler(pyqueue):
    assert [kind for kind in PYTHONS_ERRORS if issubclass(kind, pyqueue.HandlerError)] == []


@pytest.mark.chapter("failed")
def test_a_handler_error_can_be_caught_as_any_other_error(pyqueue):
    assert issubclass(pyqueue.HandlerError, Exception)


@pytest.mark.chapter("failed")
def test_a_mistake_of_the_caller_is_no_handler_error(pyqueue):
    with pytest.raises(TypeError) as refusal:
        pyqueue.process(payment(pyqueue), "charge_card")

    assert not isinstance(refusal.value, pyqueue.HandlerError)


@pytest.mark.chapter("failed")
def test_a_failed_job_keeps_its_payload_as_it_was(pyqueue):
    job = payment(pyqueue)

    process_failing(pyqueue, job)

    assert job.payload == {"order": "A-1001"}


@pytest.mark.chapter("failed")
def test_a_handler_that_fails_is_not_tried_again(pyqueue):
    calls = []

    def fails(payload):
        calls.append(payload)
        raise ConnectionError("the bank does not answer")

    process_failing(pyqueue, payment(pyqueue), fails)

    assert len(calls) == 1


@pytest.mark.chapter("failed")
def test_after_a_failure_the_next_job_is_processed_as_ever(pyqueue):
    process_failing(pyqueue, payment(pyqueue))
    job = payment(pyqueue)

    pyqueue.process(job, lambda payload: None)

    assert job.status == "completed"


@pytest.mark.chapter("failed")
def test_a_job_whose_handler_processes_a_job_that_fails_is_failed_as_well(pyqueue):
    order = pyqueue.Job("order", {"order": "A-1001"})

    def take_order(payload):
        pyqueue.process(payment(pyqueue), bank_is_silent)

    process_failing(pyqueue, order, take_order)

    assert order.status == "failed"


@pytest.mark.chapter("cause")
def test_the_cause_of_a_handler_error_is_the_very_error_of_the_handler(pyqueue):
    bank_error = ConnectionError("the bank does not answer")

    def fails(payload):
        raise bank_error

    failure = process_failing(pyqueue, payment(pyqueue), fails)

    assert failure.__cause__ is bank_error


@pytest.mark.chapter("cause")
def test_what_was_behind_the_error_of_the_handler_stays_behind_it(pyqueue):
    order_error = LookupError("no such order")

    def fails(payload):
        raise order_error from KeyError("A-1001")

    failure = process_failing(pyqueue, payment(pyqueue), fails)

    assert failure.__cause__ is order_error


@pytest.mark.chapter("cause")
def test_a_job_that_fails_with_a_job_of_its_handler_is_named_too(pyqueue):
    order = pyqueue.Job("order", {"order": "A-1001"})

    def take_order(payload):
        pyqueue.process(payment(pyqueue), bank_is_silent)

    failure = process_failing(pyqueue, order, take_order)

    assert order.id in str(failure)


@pytest.mark.chapter("cause")
def test_a_handler_error_names_the_job_that_failed(pyqueue):
    job = payment(pyqueue)

    failure = process_failing(pyqueue, job)

    assert job.id in str(failure)


@pytest.mark.chapter("cause")
def test_a_handler_error_says_what_kind_of_error_the_handler_raised(pyqueue):
    failure = process_failing(pyqueue, payment(pyqueue))

    assert "ConnectionError" in str(failure)


@pytest.mark.chapter("cause")
def test_a_handler_error_repeats_what_the_handler_said(pyqueue):
    failure = process_failing(pyqueue, payment(pyqueue))

    assert "the bank does not answer" in str(failure)


@pytest.mark.chapter("cause")
def test_a_type_error_inside_a_handler_is_a_failure_of_the_handler(pyqueue):
    job = payment(pyqueue)

    failure = process_failing(pyqueue, job, lambda payload: payload["order"] + 1)

    assert type(failure.__cause__) is TypeError


@pytest.mark.chapter("not-yours")
@pytest.mark.parametrize("stop", STOP_ORDERS)
def test_an_order_to_stop_passes_through_untouched(pyqueue, stop):
    order = stop()

    def handler(payload):
        raise order

    with pytest.raises(stop) as passed_through:
        pyqueue.process(payment(pyqueue), handler)

    assert passed_through.value is order


@pytest.mark.chapter("not-yours")
@retired_after(10, CALLED_OFF)
def test_work_that_a_scheduler_calls_off_has_not_failed(pyqueue):
    job = payment(pyqueue)

    def handler(payload):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        pyqueue.process(job, handler)

    assert job.status == "processing"


@pytest.mark.chapter("not-yours")
@pytest.mark.parametrize("stop", STOP_ORDERS)
def test_a_job_that_was_stopped_midway_is_neither_completed_nor_failed(pyqueue, stop):
    job = payment(pyqueue)

    def handler(payload):
        raise stop

    with pytest.raises(stop):
        pyqueue.process(job, handler)

    assert job.status == "processing"
