"""The example with which the Go original ends, in Python, as it stands."""

import asyncio

import pytest

pytestmark = pytest.mark.chapter("usage")


async def test_the_example_of_the_go_original(pyqueue):
    sent = []

    async def email_handler(ctx, payload):
        sent.append(payload["to"])

    payload = {"to": "ada@example.com"}

    queue = pyqueue.Queue(worker_count=5)
    queue.register_handler("email", email_handler)
    await queue.start()

    # Submitting returns at once.
    job = await queue.submit_job("email", payload, max_retry=3)
    first = job.status

    # Later, look at how far it has come.
    updated = await queue.get_job(job.id)
    second = updated.status

    # A stop in peace.
    await queue.stop()

    assert first == "pending"
    assert second in ("pending", "processing", "completed")
    assert ((await queue.get_job(job.id)).status, sent) == ("completed", ["ada@example.com"])


async def test_the_queue_in_the_background_of_a_program(pyqueue):
    queue = pyqueue.Queue()

    @queue.handler("email")
    async def send(ctx, payload):
        await asyncio.sleep(1)

    running = asyncio.create_task(queue.run())
    job = await queue.submit_job("email", {"to": "ada@example.com"}, 3)

    assert (await queue.wait_for(job.id)).status == "completed"

    await queue.stop()
    assert await running is True


@pytest.mark.parametrize("name", ["InvalidPayload", "JobNotFinished", "Queue", "QueueFull"])
def test_the_face_names_what_a_program_needs(pyqueue, name):
    assert name in pyqueue.__all__
