"""The users of one queue: every order of their tasks up to a bound, and not a lucky one."""

import pytest

from tests.step12 import races


@pytest.mark.chapter("waiting")
def test_nobody_misses_the_end_of_a_job(pyqueue, verified):
    verified(races.wait(pyqueue))


@pytest.mark.chapter("waiting")
def test_nobody_waits_for_what_is_left(pyqueue, verified):
    verified(races.left(pyqueue))


@pytest.mark.chapter("waiting")
def test_when_all_is_said_to_be_done_it_is(pyqueue, verified):
    verified(races.join(pyqueue))


@pytest.mark.chapter("run")
def test_a_queue_that_is_stopped_while_it_begins_to_run_leaves_no_job_processing(pyqueue, verified):
    verified(races.end(pyqueue))
