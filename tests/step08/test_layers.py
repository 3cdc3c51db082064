"""Which way the dependencies point: the queue stands above its parts, and they know little."""

import pytest


@pytest.mark.chapter("route")
@pytest.mark.parametrize("part", ["Job", "JobProcessor", "JobStorage", "MemoryStorage", "Registry"])
def test_no_part_of_a_queue_knows_the_queue(pyqueue, way, part):
    assert way(getattr(pyqueue, part), pyqueue.Queue) == []


@pytest.mark.chapter("route")
@pytest.mark.parametrize("other", ["JobProcessor", "JobStorage", "MemoryStorage"])
def test_a_registry_does_not_know_what_its_handlers_are_used_for(pyqueue, way, other):
    assert way(pyqueue.Registry, getattr(pyqueue, other)) == []


@pytest.mark.chapter("route")
@pytest.mark.parametrize("part", ["Job", "JobProcessor", "JobStorage", "MemoryStorage"])
def test_only_the_queue_knows_that_handlers_are_found_by_type(pyqueue, way, part):
    assert way(getattr(pyqueue, part), pyqueue.Registry) == []


@pytest.mark.chapter("route")
def test_queue_registry_and_processor_are_defined_apart(pyqueue):
    parts = [pyqueue.Queue, pyqueue.Registry, pyqueue.JobProcessor]

    assert len({part.__module__ for part in parts}) == 3
