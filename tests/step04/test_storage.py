"""A job outlives the variable that held it: saved, it is found again by its id."""

from contextlib import suppress
from copy import deepcopy

import pytest

from lab.testing import retired_after

A_NEW_ONE_IS_EMPTY = "from step 7 on, whoever wants an empty storage makes a new one"


def returns(payload):
    pass


def fails(payload):
    raise ConnectionError("the bank does not answer")


def is_interrupted(payload):
    raise KeyboardInterrupt


# What brings a job so far; nothing has to be done for one that is pending.
HANDLERS = {"completed": returns, "failed": fails, "processing": is_interrupted}

HOWEVER_FAR = pytest.mark.parametrize("status", ["pending", *HANDLERS])


def payment(pyqueue, order="A-1001"):
    return pyqueue.Job("payment", {"order": order})


def payment_that_is(pyqueue, status):
    job = payment(pyqueue)
    if status in HANDLERS:
        with suppress(pyqueue.HandlerError, KeyboardInterrupt):
            pyqueue.process(job, HANDLERS[status])
    return job


def saved(pyqueue, job):
    """The job, saved and looked up again."""
    pyqueue.save_job(job)
    return pyqueue.get_job(job.id)


def finds(pyqueue, job_id):
    """Whether there is a job under this id."""
    try:
        pyqueue.get_job(job_id)
    except pyqueue.JobNotFound:
        return False
    return True


@pytest.mark.chapter("keep")
def test_a_saved_job_is_found_by_its_id(pyqueue):
    job = payment(pyqueue)

    assert saved(pyqueue, job).id == job.id


@pytest.mark.chapter("keep")
def test_a_saved_job_still_knows_what_its_work_needs(pyqueue):
    found = saved(pyqueue, payment(pyqueue))

    assert (found.type, found.payload) == ("payment", {"order": "A-1001"})


@pytest.mark.chapter("keep")
def test_a_job_outlives_the_variable_that_held_it(pyqueue):
    def take_order():
        job = payment(pyqueue)
        pyqueue.save_job(job)
        return job.id

    slip = take_order()

    assert pyqueue.get_job(slip).payload == {"order": "A-1001"}


@pytest.mark.chapter("keep")
def test_each_id_finds_the_job_it_belongs_to(pyqueue):
    jobs = [payment(pyqueue, order) for order in ("A-1001", "A-1002", "A-1003")]

    for job in jobs:
        pyqueue.save_job(job)

    found = [pyqueue.get_job(job.id).payload["order"] for job in jobs]
    assert found == ["A-1001", "A-1002", "A-1003"]


@pytest.mark.chapter("keep")
def test_a_job_whose_work_needs_to_know_nothing_is_found_as_well(pyqueue):
    job = pyqueue.Job("good morning")

    assert saved(pyqueue, job).type == "good morning"


@pytest.mark.chapter("keep")
def test_a_job_is_found_however_many_are_saved_after_it(pyqueue):
    first = payment(pyqueue)
    pyqueue.save_job(first)

    for _ in range(1_000):
        pyqueue.save_job(payment(pyqueue))

    assert pyqueue.get_job(first.id).id == first.id


@pytest.mark.chapter("keep")
@HOWEVER_FAR
def test_looking_a_job_up_does_not_take_it_away(pyqueue, status):
    job = payment_that_is(pyqueue, status)

    saved(pyqueue, job)

    assert pyqueue.get_job(job.id).id == job.id


@pytest.mark.chapter("keep")
def test_saving_does_not_change_how_far_a_job_has_come(pyqueue):
    job = payment_that_is(pyqueue, "completed")

    pyqueue.save_job(job)

    assert job.status == "completed"


@pytest.mark.chapter("keep")
@HOWEVER_FAR
def test_a_job_is_found_as_far_as_it_had_come_when_it_was_saved(pyqueue, status):
    found = saved(pyqueue, payment_that_is(pyqueue, status))

    assert found.status == status


@pytest.mark.chapter("keep")
def test_a_job_that_is_saved_again_is_found_as_it_is_now(pyqueue):
    job = payment(pyqueue)
    pyqueue.save_job(job)

    pyqueue.process(job, lambda payload: None)
    pyqueue.save_job(job)

    assert pyqueue.get_job(job.id).status == "completed"


@pytest.mark.chapter("keep")
def test_what_was_saved_last_under_an_id_is_what_is_found(pyqueue):
    job = payment(pyqueue)
    copy = deepcopy(job)
    pyqueue.save_job(job)

    pyqueue.process(copy, lambda payload: None)
    pyqueue.save_job(copy)

    assert pyqueue.get_job(job.id).status == "completed"


@pytest.mark.chapter("keep")
def test_what_was_saved_last_is_found_with_all_that_it_knows(pyqueue):
    job = payment(pyqueue)
    copy = deepcopy(job)
    pyqueue.save_job(job)

    copy.payload["receipt"] = "R-7"
    pyqueue.save_job(copy)

    assert pyqueue.get_job(job.id).payload == {"order": "A-1001", "receipt": "R-7"}


@pytest.mark.chapter("keep")
def test_what_was_saved_last_is_found_even_if_it_has_not_come_so_far(pyqueue):
    job = payment(pyqueue)
    copy = deepcopy(job)
    pyqueue.process(job, returns)
    pyqueue.save_job(job)

    pyqueue.save_job(copy)

    assert pyqueue.get_job(job.id).status == "pending"


@pytest.mark.chapter("keep")
def test_whoever_looks_again_sees_what_was_saved_since(pyqueue):
    job = payment(pyqueue)
    copy = deepcopy(saved(pyqueue, job))

    pyqueue.process(copy, returns)
    pyqueue.save_job(copy)

    assert pyqueue.get_job(job.id).status == "completed"


@pytest.mark.chapter("keep")
@retired_after(6, "from step 7 on, the processor saves")
def test_processing_a_job_does_not_save_it(pyqueue):
    job = payment(pyqueue)

    pyqueue.process(job, returns)

    with pytest.raises(pyqueue.JobNotFound):
        pyqueue.get_job(job.id)


@pytest.mark.chapter("keep")
def test_a_saved_job_is_still_found_when_it_has_been_processed(pyqueue):
    job = payment(pyqueue)
    pyqueue.save_job(job)

    pyqueue.process(job, returns)

    assert pyqueue.get_job(job.id).id == job.id


@pytest.mark.chapter("keep")
def test_a_job_that_was_looked_up_can_be_processed(pyqueue):
    charged = []
    job = saved(pyqueue, payment(pyqueue))

    pyqueue.process(job, charged.append)

    assert charged == [{"order": "A-1001"}]


@pytest.mark.chapter("not-found")
@pytest.mark.parametrize("job_id", ["a slip from another shop", "", None])
def test_looking_up_an_id_that_was_never_saved_is_an_error(pyqueue, job_id):
    with pytest.raises(pyqueue.JobNotFound):
        pyqueue.get_job(job_id)


@pytest.mark.chapter("not-found")
def test_a_job_that_was_made_but_not_saved_is_not_found(pyqueue):
    job = payment(pyqueue)

    with pytest.raises(pyqueue.JobNotFound):
        pyqueue.get_job(job.id)


@pytest.mark.chapter("not-found")
def test_a_job_is_found_by_no_other_id_however_close(pyqueue):
    job = payment(pyqueue)
    pyqueue.save_job(job)

    beginnings = [job.id[:8], job.id[:-1]]
    slips = [*beginnings, job.id.swapcase(), f" {job.id} ", f"{job.id}-1", job.type]

    assert [slip for slip in slips if slip != job.id and finds(pyqueue, slip)] == []


@pytest.mark.chapter("not-found")
def test_the_error_says_which_id_was_asked_for(pyqueue):
    with pytest.raises(pyqueue.JobNotFound) as error:
        pyqueue.get_job("a slip from another shop")

    assert "a slip from another shop" in str(error.value)


@pytest.mark.chapter("one-base")
@pytest.mark.parametrize("name", ["HandlerError", "JobNotFound"])
def test_one_except_catches_every_error_of_the_queue(pyqueue, name):
    kind = getattr(pyqueue, name)

    assert pyqueue.PyQueueError in kind.__mro__


@pytest.mark.chapter("one-base")
def test_a_job_not_found_is_not_mistaken_for_a_handler_that_failed(pyqueue):
    assert not issubclass(pyqueue.JobNotFound, pyqueue.HandlerError)


@pytest.mark.chapter("one-base")
def test_a_handler_that_failed_is_not_mistaken_for_a_job_not_found(pyqueue):
    assert not issubclass(pyqueue.HandlerError, pyqueue.JobNotFound)


@pytest.mark.chapter("one-base")
def test_a_mistake_of_the_caller_is_no_error_of_the_queue(pyqueue):
    with pytest.raises(TypeError) as refusal:
        pyqueue.process(payment(pyqueue), "charge_card")

    assert not isinstance(refusal.value, pyqueue.PyQueueError)


@pytest.mark.chapter("one-base")
@pytest.mark.parametrize("error", [KeyError, ConnectionError, TypeError, KeyboardInterrupt])
def test_what_python_raises_is_no_error_of_the_queue(pyqueue, error):
    assert not issubclass(error, pyqueue.PyQueueError)


@pytest.mark.chapter("one-base")
def test_an_error_of_the_queue_can_be_caught_as_any_other_error(pyqueue):
    assert issubclass(pyqueue.PyQueueError, Exception)


@pytest.mark.chapter("forget")
@retired_after(6, A_NEW_ONE_IS_EMPTY)
def test_after_clearing_no_saved_job_is_found(pyqueue):
    jobs = [payment(pyqueue), payment(pyqueue)]
    for job in jobs:
        pyqueue.save_job(job)

    pyqueue.clear_storage()

    for job in jobs:
        with pytest.raises(pyqueue.JobNotFound):
            pyqueue.get_job(job.id)


@pytest.mark.chapter("forget")
@retired_after(6, A_NEW_ONE_IS_EMPTY)
def test_clearing_twice_is_as_good_as_once(pyqueue):
    job = payment(pyqueue)
    pyqueue.save_job(job)

    pyqueue.clear_storage()
    pyqueue.clear_storage()

    with pytest.raises(pyqueue.JobNotFound):
        pyqueue.get_job(job.id)


@pytest.mark.chapter("forget")
@retired_after(6, A_NEW_ONE_IS_EMPTY)
def test_after_clearing_jobs_are_saved_as_ever(pyqueue):
    pyqueue.clear_storage()
    job = payment(pyqueue)

    assert saved(pyqueue, job).id == job.id


@pytest.mark.chapter("forget")
@retired_after(6, A_NEW_ONE_IS_EMPTY)
def test_clearing_leaves_the_jobs_themselves_alone(pyqueue):
    job = payment(pyqueue)
    pyqueue.save_job(job)

    pyqueue.clear_storage()

    assert (job.status, job.payload) == ("pending", {"order": "A-1001"})
