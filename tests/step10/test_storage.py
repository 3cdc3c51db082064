"""A storage for many threads gives out what nobody can change, and does one thing at a time."""

from datetime import UTC, datetime

import pytest

from lab.testing import retired_after

IN_A_LOOP = "from step 11 on, no context is handed to a storage"

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
# Later than any job of these tests was made.
LATER = datetime(9999, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def storage(pyqueue):
    return pyqueue.MemoryStorage()


@pytest.fixture
def job(pyqueue, storage, ctx):
    job = pyqueue.Job("payment", {"order": "A-1001"}, max_retry=2)
    storage.save_job(ctx, job)
    return job


@pytest.mark.chapter("frozen")
@pytest.mark.parametrize("name", ["status", "error", "attempts", "updated_at", "type", "id"])
def test_a_job_that_somebody_holds_cannot_be_changed(job, name):
    with pytest.raises(AttributeError):
        setattr(job, name, "another")


@pytest.mark.chapter("frozen")
def test_what_happens_to_a_job_makes_a_new_one(job):
    running = job.mark_running(NOW)

    assert (job.status, job.attempts) == ("pending", 0)
    assert (running.status, running.attempts, running.id) == ("processing", 1, job.id)


@pytest.mark.chapter("frozen")
def test_whoever_looked_before_still_holds_what_they_saw(storage, job, ctx):
    before = storage.get_job(ctx, job.id)

    storage.claim_job(ctx, job.id, NOW)

    assert before.status == "pending"


@pytest.mark.chapter("frozen")
def test_a_job_that_is_there_can_be_updated(storage, job, ctx):
    storage.update_job(ctx, job.mark_running(NOW))

    assert storage.get_job(ctx, job.id).status == "processing"


@pytest.mark.chapter("pool")
def test_a_job_that_is_not_there_cannot_be_updated(pyqueue, storage, ctx):
    stranger = pyqueue.Job("payment")

    with pytest.raises(pyqueue.JobNotFound):
        storage.update_job(ctx, stranger)

    with pytest.raises(pyqueue.JobNotFound):
        storage.get_job(ctx, stranger.id)


@pytest.mark.chapter("claim")
def test_a_claimed_job_is_running_here_and_in_the_storage(storage, job, ctx):
    claimed = storage.claim_job(ctx, job.id, LATER)

    assert (claimed.status, claimed.attempts, claimed.updated_at) == ("processing", 1, LATER)
    assert storage.get_job(ctx, job.id) == claimed


@pytest.mark.chapter("claim")
def test_a_job_is_claimed_once(pyqueue, storage, job, ctx):
    storage.claim_job(ctx, job.id, NOW)

    with pytest.raises(pyqueue.InvalidTransition):
        storage.claim_job(ctx, job.id, NOW)

    assert storage.get_job(ctx, job.id).attempts == 1


@pytest.mark.chapter("claim")
def test_what_is_not_there_cannot_be_claimed(pyqueue, storage, ctx):
    with pytest.raises(pyqueue.JobNotFound):
        storage.claim_job(ctx, "a slip from another shop", NOW)


@pytest.mark.chapter("claim")
def test_jobs_are_listed_by_their_status_the_oldest_first(pyqueue, storage, ctx):
    first, second, third = (pyqueue.Job("parcel", {"number": n}) for n in range(3))
    for job in (first, second, third):
        storage.save_job(ctx, job)
    storage.claim_job(ctx, second.id, NOW)

    pending = storage.list_by_status(ctx, pyqueue.Status.PENDING)
    processing = storage.list_by_status(ctx, pyqueue.Status.PROCESSING)

    assert [job.id for job in pending] == [first.id, third.id]
    assert [job.id for job in processing] == [second.id]


@pytest.mark.chapter("claim")
def test_a_job_that_was_claimed_and_is_pending_again_keeps_its_place(pyqueue, storage, job, ctx):
    storage.save_job(ctx, pyqueue.Job("parcel"))
    running = storage.claim_job(ctx, job.id, NOW)

    storage.update_job(ctx, running.mark_failed(ConnectionError(), NOW) or running)

    pending = storage.list_by_status(ctx, pyqueue.Status.PENDING)
    assert [each.type for each in pending] == ["payment", "parcel"]


@pytest.mark.chapter("list")
def test_a_list_that_somebody_holds_does_not_grow(pyqueue, storage, job, ctx):
    pending = storage.list_by_status(ctx, pyqueue.Status.PENDING)

    storage.save_job(ctx, pyqueue.Job("payment"))

    assert len(pending) == 1


@pytest.mark.chapter("claim")
@pytest.mark.parametrize("method", ["update_job", "claim_job", "list_by_status"])
@retired_after(10, IN_A_LOOP)
def test_what_nobody_wants_is_not_done(pyqueue, storage, job, ctx, method):
    ended, cancel = ctx.with_cancel()
    cancel()
    arguments = {
        "update_job": [job],
        "claim_job": [job.id, NOW],
        "list_by_status": [pyqueue.Status.PENDING],
    }[method]

    with pytest.raises(pyqueue.Cancelled):
        getattr(storage, method)(ended, *arguments)

    assert storage.get_job(ctx, job.id).status == "pending"
