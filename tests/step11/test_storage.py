"""A storage is awaited, and each of its acts is one, whoever else is on their way."""

from inspect import isawaitable

import pytest

from tests.step11.conftest import NOW

pytestmark = pytest.mark.chapter("await")


@pytest.fixture
def storage(pyqueue):
    return pyqueue.MemoryStorage()


async def test_a_saved_job_is_found(pyqueue, storage):
    job = pyqueue.Job("parcel")

    await storage.save_job(job)

    assert await storage.get_job(job.id) == job


@pytest.mark.parametrize("name", ["save_job", "get_job", "update_job", "claim_job"])
async def test_every_act_is_awaited(pyqueue, storage, name):
    job = pyqueue.Job("parcel")
    await storage.save_job(job)
    arguments = {"get_job": [job.id], "claim_job": [job.id, NOW]}.get(name, [job])

    answer = getattr(storage, name)(*arguments)

    assert isawaitable(answer)
    await answer


async def test_a_claimed_job_is_running_in_the_storage(pyqueue, storage):
    job = pyqueue.Job("parcel")
    await storage.save_job(job)

    claimed = await storage.claim_job(job.id, NOW)

    assert (claimed.status, claimed.attempts) == ("processing", 1)
    assert await storage.list_by_status(pyqueue.Status.PROCESSING) == [claimed]


@pytest.mark.race(preemptions=3)
def test_of_two_tasks_one_gets_the_job(pyqueue, race):
    job = pyqueue.Job("parcel")
    got = []

    async def setup():
        got.clear()
        storage = pyqueue.MemoryStorage()
        await storage.save_job(job)
        return storage

    async def claim(storage):
        try:
            got.append((await storage.claim_job(job.id, NOW)).attempts)
        except pyqueue.InvalidTransition:
            got.append("refused")

    race.tasks(setup, [claim, claim], lambda storage: sorted(map(str, got)) == ["1", "refused"])


@pytest.mark.race(preemptions=3)
def test_jobs_can_be_listed_while_others_come(pyqueue, race):
    async def setup():
        storage = pyqueue.MemoryStorage()
        await storage.save_job(pyqueue.Job("parcel"))
        return storage

    async def look(storage):
        assert len(await storage.list_by_status(pyqueue.Status.PENDING)) in (1, 2)

    race.tasks(
        setup, [look, lambda storage: storage.save_job(pyqueue.Job("parcel"))], lambda storage: True
    )
