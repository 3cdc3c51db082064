"""A queue that runs until somebody, or the operating system, asks it to end."""

import asyncio
import signal
import threading

import pytest

from tests.step12.conftest import IN_TIME, ORDER
from tests.tasks import is_waiting

pytestmark = pytest.mark.chapter("run")

REQUESTS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def unheard():
    """The signals that nobody listened to: what would have ended the tests themselves."""
    heard = []
    before = {
        number: signal.signal(number, lambda n, frame: heard.append(n)) for number in REQUESTS
    }
    yield heard
    for number, handler in before.items():
        signal.signal(number, handler)


class Deliveries:
    """An async handler that takes a minute."""

    def __init__(self):
        self.begun = asyncio.Event()

    async def __call__(self, ctx, payload):
        self.begun.set()
        await asyncio.sleep(60)


@pytest.fixture
def deliveries(queue):
    deliveries = Deliveries()
    queue.register_handler("delivery", deliveries)
    return deliveries


async def test_a_queue_runs_until_somebody_stops_it(queue, shipped):
    running = asyncio.create_task(queue.run())
    await queue.submit_job("parcel", ORDER)
    assert await is_waiting(running)

    await queue.stop()

    assert (await running, shipped) == (True, [ORDER])


@pytest.mark.parametrize("number", REQUESTS)
async def test_a_request_to_end_is_a_stop_in_peace(queue, deliveries, unheard, number):
    running = asyncio.create_task(queue.run())
    job = await queue.submit_job("delivery", ORDER)
    await deliveries.begun.wait()

    signal.raise_signal(number)

    assert (await running, unheard) == (True, [])
    assert (await queue.get_job(job.id)).status == "completed"


async def test_after_the_request_there_is_so_much_time_and_no_more(queue, deliveries, unheard):
    running = asyncio.create_task(queue.run(timeout=10))
    job = await queue.submit_job("delivery", ORDER)
    await deliveries.begun.wait()

    signal.raise_signal(signal.SIGTERM)

    assert await running is False
    assert (await queue.get_job(job.id)).status == "pending"
    assert asyncio.get_running_loop().time() == pytest.approx(10)


async def test_a_second_request_ends_it_at_once(queue, deliveries, unheard):
    running = asyncio.create_task(queue.run())
    job = await queue.submit_job("delivery", ORDER)
    await deliveries.begun.wait()
    signal.raise_signal(signal.SIGINT)
    await asyncio.sleep(1)

    signal.raise_signal(signal.SIGINT)

    assert await running is False
    assert (await queue.get_job(job.id)).status == "pending"
    assert asyncio.get_running_loop().time() == pytest.approx(1)


async def test_a_queue_that_is_asked_to_end_takes_no_more_jobs(queue, deliveries, unheard, pyqueue):
    running = asyncio.create_task(queue.run())
    await queue.submit_job("delivery", ORDER)
    await deliveries.begun.wait()
    signal.raise_signal(signal.SIGTERM)
    await asyncio.sleep(1)

    with pytest.raises(pyqueue.QueueStopped):
        await queue.submit_job("parcel", ORDER)

    await running


async def test_whoever_listened_to_signals_before_does_again(queue, unheard):
    running = asyncio.create_task(queue.run())
    await asyncio.sleep(0)
    await queue.stop()
    await running

    signal.raise_signal(signal.SIGTERM)

    assert unheard == [signal.SIGTERM]


async def test_a_request_that_comes_before_it_has_begun_counts(pyqueue, unheard):
    class FarStorage(pyqueue.MemoryStorage):
        async def list_by_status(self, status):
            await asyncio.sleep(1)
            return await super().list_by_status(status)

    queue = pyqueue.Queue(FarStorage())
    running = asyncio.create_task(queue.run())
    await asyncio.sleep(0.5)

    signal.raise_signal(signal.SIGTERM)

    assert (await running, unheard) == (True, [])


async def test_whoever_cancels_it_ends_it_at_once(queue, deliveries):
    running = asyncio.create_task(queue.run())
    job = await queue.submit_job("delivery", ORDER)
    await deliveries.begun.wait()

    running.cancel()
    await asyncio.wait([running])

    assert running.cancelled()
    assert (await queue.get_job(job.id)).status == "pending"


async def test_a_stopped_queue_does_not_run_again(queue, pyqueue):
    await queue.stop()

    with pytest.raises(pyqueue.QueueStopped):
        await queue.run()


def test_in_a_thread_of_its_own_a_queue_runs_and_hears_no_signals(pyqueue):
    shipped = []

    async def day():
        queue = pyqueue.Queue()
        queue.register_handler("parcel", lambda ctx, payload: shipped.append(payload))
        running = asyncio.create_task(queue.run())
        await queue.submit_job("parcel", ORDER)
        await queue.join()
        await queue.stop()
        await running

    thread = threading.Thread(target=asyncio.run, args=[day()])
    thread.start()
    thread.join(IN_TIME)

    assert (thread.is_alive(), shipped) == (False, [ORDER])
