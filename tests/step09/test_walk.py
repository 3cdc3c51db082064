"""All the ways of a job's life, now that one of them leads back."""

import pytest

STATUSES = ["pending", "processing", "completed", "failed"]
ARROWS = [
    ("pending", "processing"),
    ("processing", "completed"),
    ("processing", "failed"),
    ("processing", "pending"),
]
NO_ARROWS = [(start, end) for start in STATUSES for end in STATUSES if (start, end) not in ARROWS]


WAYS_TO = {
    "pending": [],
    "processing": ["processing"],
    "completed": ["processing", "completed"],
    "failed": ["processing", "failed"],
}


def job_that_is(pyqueue, status):
    job = pyqueue.Job("payment", {"order": "A-1001"})
    for word in WAYS_TO[status]:
        job.change_status(pyqueue.Status(word))
    return job


@pytest.mark.chapter("marks")
def test_a_job_that_was_processed_can_go_back_to_pending(pyqueue):
    job = job_that_is(pyqueue, "processing")

    job.change_status(pyqueue.Status.PENDING)

    assert job.status == "pending"


@pytest.mark.chapter("marks")
@pytest.mark.parametrize(("start", "end"), NO_ARROWS)
def test_where_there_is_no_arrow_a_job_stays_where_it_is(pyqueue, start, end):
    job = job_that_is(pyqueue, start)

    with pytest.raises(pyqueue.InvalidTransition):
        job.change_status(pyqueue.Status(end))

    assert job.status == start
