"""A job outlives the variable that held it: saved, it is found again by its id."""

from copy import deepcopy

import pytest

from lab.testing import retired_after

A_NEW_ONE_IS_EMPTY = "from step 7 on, whoever wants an empty storage makes a new one"


def payment(pyqueue, order="A-1001"):
    return pyqueue.Job("payment", {"order": order})


def saved(pyqueue, job):
    """The job, saved and looked up again."""
    pyqueue.save_job(job)
    return pyqueue.get_job(job.id)


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
def test_looking_a_job_up_does_not_take_it_away(pyqueue):
    job = payment(pyqueue)

    saved(pyqueue, job)

    assert pyqueue.get_job(job.id).id == job.id


@pytest.mark.chapter("keep")
def test_saving_does_not_change_how_far_a_job_has_come(pyqueue):
    job = payment(pyqueue)
    pyqueue.process(job, lambda payload: None)

    assert saved(pyqueue, job).status == "completed"


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

    assert job.payload == {"order": "A-1001"}
