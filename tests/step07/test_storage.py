"""Jobs are kept by an object: each storage has its own, and anything that can keep jobs is one."""

from contextlib import suppress
from decimal import Decimal

import pytest

from lab.testing import retired_after


def payment(pyqueue):
    return pyqueue.Job("payment", {"order": "A-1001"})


@pytest.mark.chapter("own-storage")
def test_a_new_storage_is_empty(pyqueue):
    job = payment(pyqueue)
    pyqueue.MemoryStorage().save_job(job)

    with pytest.raises(pyqueue.JobNotFound):
        pyqueue.MemoryStorage().get_job(job.id)


@pytest.mark.chapter("own-storage")
def test_what_one_storage_is_given_no_other_has(pyqueue):
    shop, test = pyqueue.MemoryStorage(), pyqueue.MemoryStorage()
    job = payment(pyqueue)

    shop.save_job(job)

    with pytest.raises(pyqueue.JobNotFound):
        test.get_job(job.id)


@pytest.mark.chapter("own-storage")
def test_a_storage_keeps_its_jobs_when_another_is_made(pyqueue):
    shop = pyqueue.MemoryStorage()
    job = payment(pyqueue)
    shop.save_job(job)

    pyqueue.MemoryStorage()

    assert shop.get_job(job.id).id == job.id


@pytest.mark.chapter("own-storage")
def test_a_storage_keeps_its_jobs_however_many_there_are(pyqueue):
    storage = pyqueue.MemoryStorage()
    jobs = [payment(pyqueue) for _ in range(1_000)]

    for job in jobs:
        storage.save_job(job)

    assert storage.get_job(jobs[0].id).id == jobs[0].id


@pytest.mark.chapter("own-storage")
def test_a_storage_in_memory_keeps_whatever_a_payload_holds(pyqueue):
    storage = pyqueue.MemoryStorage()
    job = pyqueue.Job("payment", {"amount": Decimal("25.00"), "orders": ("A-1001", "A-1002")})

    storage.save_job(job)

    found = storage.get_job(job.id).payload
    assert found == {"amount": Decimal("25.00"), "orders": ("A-1001", "A-1002")}


@pytest.mark.chapter("own-storage")
def test_two_processors_with_two_storages_do_not_meet(pyqueue):
    shop, test = pyqueue.MemoryStorage(), pyqueue.MemoryStorage()
    in_the_shop, _ = pyqueue.JobProcessor(shop), pyqueue.JobProcessor(test)
    job = payment(pyqueue)

    in_the_shop.process_job(job, len)

    with pytest.raises(pyqueue.JobNotFound):
        test.get_job(job.id)


@pytest.mark.chapter("protocol")
@pytest.mark.parametrize("name", ["JobProcessor", "JobStorage", "MemoryStorage"])
def test_the_face_names_the_parts_and_what_they_ask_for(pyqueue, name):
    assert name in pyqueue.__all__


@pytest.mark.chapter("protocol")
@pytest.mark.parametrize("method", ["save_job", "get_job"])
def test_a_job_storage_is_whatever_can_save_and_find_jobs(pyqueue, method):
    assert callable(getattr(pyqueue.JobStorage, method))


@pytest.mark.chapter("protocol")
@retired_after(9, "from step 10 on, a storage is asked to claim, to update and to list as well")
def test_no_more_is_asked_of_a_storage_than_the_shops_own_can_do(pyqueue, ledger):
    needed = [name for name in vars(pyqueue.JobStorage) if not name.startswith("_")]

    assert [name for name in needed if not hasattr(ledger, name)] == []


@pytest.mark.chapter("protocol")
def test_what_says_what_a_storage_is_keeps_no_job_itself(pyqueue):
    job = payment(pyqueue)
    kept = []

    with suppress(TypeError, NotImplementedError):
        storage = pyqueue.JobStorage()
        storage.save_job(job)
        kept.append(storage.get_job(job.id))

    assert job not in kept


@pytest.mark.chapter("protocol")
def test_the_storage_in_memory_has_all_that_a_job_storage_needs(pyqueue):
    needed = [name for name in vars(pyqueue.JobStorage) if not name.startswith("_")]

    assert [name for name in needed if not hasattr(pyqueue.MemoryStorage, name)] == []


@pytest.mark.chapter("protocol")
def test_a_storage_of_the_shops_own_will_do(pyqueue, ledger):
    job = payment(pyqueue)

    pyqueue.JobProcessor(ledger).process_job(job, len)

    assert ledger.get_job(job.id).status == "completed"


@pytest.mark.chapter("protocol")
def test_a_processor_keeps_to_the_storage_that_it_was_given(pyqueue, ledger):
    processor = pyqueue.JobProcessor(ledger)
    jobs = [payment(pyqueue), payment(pyqueue)]

    for job in jobs:
        processor.process_job(job, len)

    assert [ledger.get_job(job.id).status for job in jobs] == ["completed", "completed"]
