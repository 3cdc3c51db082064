"""Which way the dependencies point: what a queue is about does not know how it is kept or run."""

import pytest

ENTITIES = ["Job", "Status", "PyQueueError", "HandlerError", "InvalidTransition", "JobNotFound"]


@pytest.mark.chapter("which-way")
@pytest.mark.parametrize("name", ENTITIES)
@pytest.mark.parametrize("upper", ["JobStorage", "MemoryStorage", "JobProcessor"])
def test_what_a_queue_is_about_does_not_know_what_is_done_with_it(pyqueue, way, name, upper):
    assert way(getattr(pyqueue, name), getattr(pyqueue, upper)) == []


@pytest.mark.chapter("which-way")
@pytest.mark.parametrize("name", ["JobStorage", "MemoryStorage"])
def test_a_storage_does_not_know_who_processes_its_jobs(pyqueue, way, name):
    assert way(getattr(pyqueue, name), pyqueue.JobProcessor) == []


@pytest.mark.chapter("which-way")
def test_a_processor_does_not_know_how_jobs_are_kept(pyqueue, way):
    assert way(pyqueue.JobProcessor, pyqueue.MemoryStorage) == []


@pytest.mark.chapter("which-way")
@pytest.mark.parametrize("upper", ["JobStorage", "MemoryStorage", "JobProcessor"])
def test_a_job_is_not_defined_where_it_is_kept_or_processed(pyqueue, upper):
    assert getattr(pyqueue, upper).__module__ != pyqueue.Job.__module__


@pytest.mark.chapter("which-way")
def test_a_processor_is_not_defined_where_jobs_are_kept(pyqueue):
    assert pyqueue.JobProcessor.__module__ != pyqueue.MemoryStorage.__module__
