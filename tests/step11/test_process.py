"""A processor does one run of a job, and leaves no job behind that nobody works on."""

import asyncio
from functools import partial

import pytest

from tests.step11.conftest import NOW, FarStorage


@pytest.fixture
def ctx(pyqueue):
    return pyqueue.background()


@pytest.fixture
def process(shop, ctx):
    """Saves a job and has it processed."""

    async def process(handler, max_retry=1, ctx=ctx):
        job = shop.job(max_retry=max_retry)
        await shop.storage.save_job(job)
        return await shop.pyqueue.JobProcessor(shop.storage).process_job(ctx, job, handler)

    return process


async def bank_is_silent(ctx, payload):
    await asyncio.sleep(1)
    raise ConnectionError("the bank does not answer")


# One run


@pytest.mark.chapter("one-run")
async def test_a_job_is_completed_once_its_handler_has_come_back(process):
    steps = []

    async def pack(ctx, payload):
        steps.append("begun")
        await asyncio.sleep(60)
        steps.append("packed")

    job = await process(pack)

    assert (job.status, steps) == ("completed", ["begun", "packed"])


@pytest.mark.chapter("one-run")
async def test_a_plain_function_is_a_handler_too(process):
    packed = []

    job = await process(lambda ctx, payload: packed.append(payload["order"]))

    assert (job.status, packed) == ("completed", ["A-1001"])


class Packer:
    def __init__(self):
        self.packed = []

    async def __call__(self, ctx, payload):
        await asyncio.sleep(0)
        self.packed.append(payload["order"])


@pytest.mark.chapter("one-run")
@pytest.mark.parametrize("form", ["an object", "a method", "a partial", "a lambda", "a task"])
async def test_whatever_gives_something_to_wait_for_is_waited_for(process, form):
    packer = Packer()
    handlers = {
        "an object": packer,
        "a method": packer.__call__,
        "a partial": partial(packer.__call__),
        "a lambda": lambda ctx, payload: packer(ctx, payload),
        "a task": lambda ctx, payload: asyncio.create_task(packer(ctx, payload)),
    }

    await process(handlers[form])

    assert packer.packed == ["A-1001"]


@pytest.mark.chapter("one-run")
async def test_whoever_looks_while_a_handler_waits_finds_the_job_processing(process, shop):
    seen = []

    async def pack(ctx, payload):
        await asyncio.sleep(0)
        seen.extend(await shop.with_status("processing"))

    await process(pack)

    assert [job.attempts for job in seen] == [1]


@pytest.mark.chapter("one-run")
async def test_a_job_that_has_runs_left_is_pending_after_one(process, shop):
    job = await process(bank_is_silent, max_retry=3)

    assert (job.status, job.attempts) == ("pending", 1)
    assert "the bank does not answer" in job.error
    assert await shop.storage.get_job(job.id) == job


@pytest.mark.chapter("one-run")
async def test_the_processor_does_not_wait_for_the_next_run(process):
    began = asyncio.get_running_loop().time()

    await process(bank_is_silent, max_retry=3)

    assert asyncio.get_running_loop().time() - began == 1


@pytest.mark.chapter("one-run")
async def test_a_job_whose_last_run_fails_is_failed_and_the_caller_hears_why(
    process, shop, pyqueue
):
    with pytest.raises(pyqueue.HandlerError) as raised:
        await process(bank_is_silent)

    assert isinstance(raised.value.__cause__, ConnectionError)
    assert len(await shop.with_status("failed")) == 1


@pytest.mark.chapter("one-run")
async def test_each_run_gets_the_payload_as_it_was_ordered(process, shop, ctx, pyqueue):
    seen = []

    async def pack(ctx, payload):
        seen.append(dict(payload))
        payload.clear()
        raise ConnectionError("the printer is out of paper")

    job = await process(pack, max_retry=3)
    await pyqueue.JobProcessor(shop.storage).process_job(ctx, job, pack)

    assert seen == [{"order": "A-1001"}] * 2


# Broken off


@pytest.mark.chapter("cancel")
def test_a_run_that_was_broken_off_does_not_count(pyqueue):
    running = pyqueue.Job("parcel").mark_running(NOW)

    job = running.mark_interrupted(NOW)

    assert (job.status, job.attempts) == ("pending", 0)


@pytest.mark.chapter("cancel")
def test_a_job_that_is_broken_off_keeps_its_earlier_error(pyqueue):
    failed_once = pyqueue.Job("parcel", max_retry=2).mark_running(NOW).mark_failed(OSError(), NOW)

    job = failed_once.mark_running(NOW).mark_interrupted(NOW)

    assert (job.attempts, job.error) == (1, "OSError()")


@pytest.mark.chapter("cancel")
def test_what_does_not_run_cannot_be_broken_off(pyqueue):
    with pytest.raises(pyqueue.InvalidTransition):
        pyqueue.Job("parcel").mark_running(NOW).mark_completed(NOW).mark_interrupted(NOW)


@pytest.mark.chapter("cancel")
async def test_a_job_whose_run_is_cancelled_is_pending_as_if_it_had_not_been_run(
    process, shop, gate
):
    task = asyncio.create_task(process(gate))
    await gate.begun.acquire()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert [job.attempts for job in await shop.with_status("pending")] == [0]


@pytest.mark.chapter("cancel")
async def test_a_handler_that_is_cancelled_can_clean_up(process):
    steps = []

    async def pack(ctx, payload):
        try:
            await asyncio.sleep(3_600)
        finally:
            await asyncio.sleep(1)
            steps.append("unpacked")

    task = asyncio.create_task(process(pack))
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait([task])

    assert steps == ["unpacked"]


@pytest.mark.chapter("cancel")
async def test_a_handler_that_comes_to_its_end_all_the_same_has_completed_its_job(process):
    async def pack(ctx, payload):
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            await asyncio.sleep(1)

    task = asyncio.create_task(process(pack))
    await asyncio.sleep(1)
    task.cancel()

    assert (await task).status == "completed"


@pytest.mark.chapter("cancel")
async def test_something_of_the_handlers_own_that_was_cancelled_is_a_failure(process):
    async def pack(ctx, payload):
        label = asyncio.create_task(asyncio.sleep(3_600))
        label.cancel()
        await label

    job = await process(pack, max_retry=2)

    assert (job.status, job.attempts) == ("pending", 1)
    assert "CancelledError" in job.error


@pytest.mark.chapter("cancel")
async def test_a_time_out_of_the_handlers_own_is_a_failure_like_any_other(process):
    async def pack(ctx, payload):
        async with asyncio.timeout(1):
            await asyncio.sleep(3_600)

    job = await process(pack, max_retry=2)

    assert (job.status, job.attempts, job.error) == ("pending", 1, "TimeoutError()")


@pytest.mark.chapter("cancel")
async def test_a_context_of_the_handlers_own_that_has_ended_is_a_failure_too(process):
    async def pack(ctx, payload):
        no_longer, _ = ctx.with_timeout(0)
        no_longer.raise_if_done()

    job = await process(pack, max_retry=2)

    assert (job.status, job.attempts) == ("pending", 1)
    assert "DeadlineExceeded" in job.error


@pytest.mark.chapter("cancel")
async def test_a_handler_that_gives_up_when_it_hears_of_the_end_has_not_failed(process, shop, ctx):
    child, cancel = ctx.with_cancel()

    async def pack(ctx, payload):
        cancel()
        ctx.raise_if_done()

    with pytest.raises(shop.pyqueue.Cancelled):
        await process(pack, ctx=child)

    assert [job.attempts for job in await shop.with_status("pending")] == [0]


@pytest.mark.chapter("cancel")
async def test_once_the_context_has_ended_no_run_begins(process, shop, ctx):
    child, cancel = ctx.with_cancel()
    cancel()
    called = []

    with pytest.raises(shop.pyqueue.Cancelled):
        await process(lambda ctx, payload: called.append(payload), ctx=child)

    assert (called, len(await shop.with_status("pending"))) == ([], 1)


@pytest.mark.chapter("cancel")
async def test_a_context_that_ends_while_the_job_is_claimed_ends_it_in_time(pyqueue, shop, ctx):
    child, cancel = ctx.with_cancel()
    called = []
    job = shop.job()
    await shop.storage.save_job(job)
    processor = pyqueue.JobProcessor(FarStorage(shop.storage))
    asyncio.get_running_loop().call_later(0.15, cancel)

    with pytest.raises(pyqueue.Cancelled):
        await processor.process_job(child, job, lambda ctx, payload: called.append(payload))

    assert (called, await shop.statuses(job)) == ([], ["pending"])
