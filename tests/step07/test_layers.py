"""Which way the dependencies point: what a queue is about does not know how it is kept or run."""

import pytest


def reached(imports, module):
    """Every module that this one imports, or that those import, and so on."""
    found, waiting = set(), [module]
    while waiting:
        new = imports[waiting.pop()] - found
        found |= new
        waiting += new
    return found


ENTITIES = ["Job", "Status", "PyQueueError", "HandlerError", "InvalidTransition", "JobNotFound"]


@pytest.mark.chapter("which-way")
@pytest.mark.parametrize("name", ENTITIES)
@pytest.mark.parametrize("upper", ["JobStorage", "MemoryStorage", "JobProcessor"])
def test_what_a_queue_is_about_does_not_know_what_is_done_with_it(pyqueue, imports, name, upper):
    known = reached(imports, getattr(pyqueue, name).__module__)

    assert getattr(pyqueue, upper).__module__ not in known


@pytest.mark.chapter("which-way")
@pytest.mark.parametrize("storage", ["JobStorage", "MemoryStorage"])
def test_a_storage_does_not_know_who_processes_its_jobs(pyqueue, imports, storage):
    known = reached(imports, getattr(pyqueue, storage).__module__)

    assert pyqueue.JobProcessor.__module__ not in known


@pytest.mark.chapter("which-way")
def test_a_processor_does_not_know_how_jobs_are_kept(pyqueue, imports):
    known = reached(imports, pyqueue.JobProcessor.__module__)

    assert pyqueue.MemoryStorage.__module__ not in known


@pytest.mark.chapter("which-way")
@pytest.mark.parametrize("upper", ["JobStorage", "MemoryStorage", "JobProcessor"])
def test_a_job_is_not_defined_where_it_is_kept_or_processed(pyqueue, upper):
    assert getattr(pyqueue, upper).__module__ != pyqueue.Job.__module__


@pytest.mark.chapter("which-way")
def test_a_processor_is_not_defined_where_jobs_are_kept(pyqueue):
    assert pyqueue.JobProcessor.__module__ != pyqueue.MemoryStorage.__module__
