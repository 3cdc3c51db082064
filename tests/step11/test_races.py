"""Tasks that share one pool: every order at their awaits up to a bound, and not a lucky one."""

import pytest

from tests.step11 import races


@pytest.mark.chapter("back-pressure")
def test_of_two_who_want_the_last_place_one_is_refused_whoever_comes_first(pyqueue, verified):
    verified(races.place(pyqueue))


@pytest.mark.chapter("stop")
def test_nobody_is_left_at_the_door_whenever_the_pool_is_stopped(pyqueue, verified):
    verified(races.door(pyqueue))


@pytest.mark.chapter("pool")
def test_a_job_that_comes_while_the_pool_starts_is_done_once_whoever_comes_first(pyqueue, verified):
    verified(races.start(pyqueue))


@pytest.mark.chapter("stop")
def test_a_job_that_was_taken_is_done_even_if_the_pool_is_stopped(pyqueue, verified):
    verified(races.stop(pyqueue))


@pytest.mark.chapter("stop")
def test_a_job_that_is_to_be_tried_again_is_even_if_the_pool_is_stopped(pyqueue, verified):
    verified(races.retry(pyqueue))


@pytest.mark.chapter("stop")
def test_no_job_is_left_processing_whenever_the_time_is_up(pyqueue, verified):
    verified(races.deadline(pyqueue))
