"""Handlers of every kind: none of them holds up the others."""

import asyncio
import os
import threading
from contextvars import ContextVar
from functools import partial
from pathlib import Path

import pytest

from tests.step12 import work
from tests.step12.conftest import IN_TIME, ORDER

# Plain functions


@pytest.mark.chapter("threads")
async def test_a_plain_handler_runs_in_a_thread_of_its_own(queue):
    threads = []

    @queue.handler("email")
    def send(ctx, payload):
        threads.append(threading.current_thread())

    async with queue:
        await queue.submit_job("email", ORDER)

    assert threads[0] is not threading.current_thread()


@pytest.mark.chapter("threads")
async def test_an_async_handler_runs_in_the_thread_of_the_loop(queue):
    threads = []

    @queue.handler("email")
    async def send(ctx, payload):
        threads.append(threading.current_thread())

    async with queue:
        await queue.submit_job("email", ORDER)

    assert threads[0] is threading.current_thread()


@pytest.mark.chapter("threads")
async def test_a_plain_handler_that_waits_holds_up_nobody(pyqueue, gate):
    queue = pyqueue.Queue(worker_count=2)
    queue.register_handler("email", gate)
    queue.register_handler("parcel", lambda ctx, payload: gate.open.set())

    async with queue:
        email = await queue.submit_job("email", ORDER)
        await queue.submit_job("parcel", ORDER)

    assert (await queue.get_job(email.id)).status == "completed"


@pytest.mark.chapter("threads")
async def test_as_many_plain_handlers_as_workers_are_at_work_at_the_same_time(pyqueue):
    # One more than asyncio's own threads, of which there are so many.
    workers = min(32, (os.cpu_count() or 1) + 4) + 1
    queue = pyqueue.Queue(worker_count=workers)
    everybody = threading.Barrier(workers)
    queue.register_handler("email", lambda ctx, payload: everybody.wait(IN_TIME))

    async with queue:
        jobs = [await queue.submit_job("email", ORDER) for _ in range(workers)]

    assert {(await queue.get_job(job.id)).status for job in jobs} == {"completed"}


@pytest.mark.chapter("threads")
@pytest.mark.parametrize(
    "error", [ValueError, StopIteration, KeyboardInterrupt, SystemExit, GeneratorExit]
)
async def test_whatever_a_plain_handler_raises_is_its_jobs_failure(queue, shipped, error):
    def send(ctx, payload):
        raise error("no stamps left")

    queue.register_handler("email", send)

    async with queue:
        email = await queue.submit_job("email", ORDER)
        await queue.submit_job("parcel", ORDER)

    job = await queue.get_job(email.id)
    assert (job.status, shipped) == ("failed", [ORDER])


@pytest.mark.chapter("threads")
async def test_what_a_plain_handler_gives_to_be_awaited_is_awaited_in_the_loop(queue, shipped):
    async def ship_later(payload):
        await asyncio.sleep(60)
        shipped.append(payload)

    queue.register_handler("later", lambda ctx, payload: ship_later(payload))

    async with queue:
        await queue.submit_job("later", ORDER)

    assert shipped == [ORDER]


@pytest.mark.chapter("threads")
@pytest.mark.parametrize("form", ["an object", "a partial", "a method"])
async def test_async_handlers_are_known_in_every_form(queue, form):
    threads = []

    class Sender:
        async def __call__(self, ctx, payload):
            threads.append(threading.current_thread())

    handlers = {
        "an object": Sender(),
        "a partial": partial(Sender().__call__),
        "a method": Sender().__call__,
    }
    queue.register_handler("email", handlers[form])

    async with queue:
        await queue.submit_job("email", ORDER)

    assert threads[0] is threading.current_thread()


LANGUAGE = ContextVar("LANGUAGE", default="English")


@pytest.mark.chapter("threads")
async def test_a_plain_handler_sees_the_context_variables_of_its_queue(queue):
    seen = []
    queue.register_handler("email", lambda ctx, payload: seen.append(LANGUAGE.get()))
    LANGUAGE.set("Welsh")

    async with queue:
        await queue.submit_job("email", ORDER)

    assert seen == ["Welsh"]


@pytest.mark.chapter("threads")
async def test_a_plain_handler_hears_by_its_context_that_the_time_is_up(queue):
    begun, heard = threading.Event(), []

    @queue.handler("email")
    def send(ctx, payload):
        begun.set()
        heard.append(ctx.wait(IN_TIME))
        ctx.raise_if_done()

    await queue.start()
    job = await queue.submit_job("email", ORDER)
    await asyncio.to_thread(begun.wait, IN_TIME)

    is_finished = await queue.stop(timeout=0)

    job = await queue.get_job(job.id)
    assert (is_finished, heard, job.status, job.attempts) == (False, [True], "pending", 0)


@pytest.mark.chapter("threads")
async def test_a_plain_handler_that_does_not_listen_is_waited_for_and_its_work_counts(queue, gate):
    queue.register_handler("email", gate)
    await queue.start()
    job = await queue.submit_job("email", ORDER)
    await gate.wait_for_begin()
    stopping = asyncio.create_task(queue.stop(timeout=0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert (await queue.get_job(job.id)).status == "processing"

    gate.open.set()
    await stopping
    assert (await queue.get_job(job.id)).status == "completed"


@pytest.mark.chapter("threads")
async def test_threads_are_given_back(queue):
    queue.register_handler("email", lambda ctx, payload: None)
    before = set(threading.enumerate())

    async with queue:
        await queue.submit_job("email", ORDER)
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(IN_TIME)

    assert not any(thread.is_alive() for thread in left)


# Functions that compute


@pytest.mark.chapter("processes")
@pytest.mark.processes
async def test_what_is_cpu_bound_runs_in_another_process(queue, findable, tmp_path):
    queue.register_handler("label", work.note_process, cpu_bound=True)
    note = tmp_path / "process"

    async with queue:
        await queue.submit_job("label", {"file": str(note)})

    assert int(note.read_text()) not in (0, os.getpid())


@pytest.mark.chapter("processes")
@pytest.mark.processes
async def test_the_decorator_takes_cpu_bound_too(queue, findable, tmp_path):
    queue.handler("label", cpu_bound=True)(work.note_process)
    note = tmp_path / "process"

    async with queue:
        await queue.submit_job("label", {"file": str(note)})

    assert int(note.read_text()) != os.getpid()


@pytest.mark.chapter("processes")
def test_a_function_can_be_decorated_where_it_is_written(queue):
    module = {"__name__": "the_shops_labels", "queue": queue}

    exec(
        '@queue.handler("label", cpu_bound=True)\n'
        "def draw(ctx, payload):\n"
        '    """While the decorator runs, this has no name yet."""\n',
        module,
    )

    assert module["draw"].__name__ == "draw"


@pytest.mark.chapter("processes")
@pytest.mark.processes
async def test_an_object_can_be_sent_to_another_process(queue, findable, tmp_path):
    queue.register_handler("label", work.Label("fragile"), cpu_bound=True)
    note = tmp_path / "label"

    async with queue:
        await queue.submit_job("label", {"file": str(note)})

    assert note.read_text() == "fragile"


@pytest.mark.chapter("processes")
@pytest.mark.processes
@pytest.mark.parametrize(
    ("handler", "words"),
    [
        (work.refuse, "the label does not fit"),
        (work.jam, "the printer has a jam of labels"),
        (work.leave, "3"),
    ],
)
async def test_what_goes_wrong_in_another_process_is_read_on_the_job(
    queue, findable, handler, words
):
    queue.register_handler("label", handler, cpu_bound=True)

    async with queue:
        job = await queue.submit_job("label", ORDER)

    job = await queue.get_job(job.id)
    assert (job.status, words in job.error) == ("failed", True)


@pytest.mark.chapter("processes")
@pytest.mark.processes
async def test_a_process_that_dies_fails_its_job_and_the_next_one_is_done(
    queue, findable, tmp_path
):
    queue.register_handler("die", work.die, cpu_bound=True)
    queue.register_handler("label", work.note_process, cpu_bound=True)
    note = tmp_path / "process"

    async with queue:
        died = await queue.submit_job("die", ORDER)
        await queue.submit_job("label", {"file": str(note)})

    assert (await queue.get_job(died.id)).status == "failed"
    assert note.exists()


@pytest.mark.chapter("processes")
@pytest.mark.processes
async def test_a_handler_in_another_process_hears_by_its_context_that_the_time_is_up(
    queue, findable, tmp_path
):
    queue.register_handler("label", work.wait_for_the_end, cpu_bound=True)
    note = tmp_path / "begun"
    await queue.start()
    job = await queue.submit_job("label", {"file": str(note)})
    await asyncio.to_thread(wait_for_file, note)

    is_finished = await queue.stop(timeout=0)

    job = await queue.get_job(job.id)
    assert (is_finished, job.status, job.attempts) == (False, "pending", 0)


def wait_for_file(path: Path):
    tick = threading.Event()
    for _ in range(IN_TIME * 100):
        if path.exists():
            return
        tick.wait(0.01)


def nested():
    def inside(ctx, payload):
        """A function that nobody finds by its name."""

    return inside


@pytest.mark.chapter("processes")
@pytest.mark.parametrize(
    "handler",
    [lambda ctx, payload: None, nested(), partial(nested()), work.Label(threading.Lock())],
    ids=["a lambda", "inside a function", "a partial of it", "something with a lock"],
)
async def test_what_another_process_cannot_find_is_refused_when_it_is_registered(
    queue, pyqueue, handler
):
    with pytest.raises(TypeError, match="process"):
        queue.register_handler("label", handler, cpu_bound=True)

    with pytest.raises(pyqueue.HandlerNotFound):
        await queue.submit_job("label", ORDER)


@pytest.mark.chapter("processes")
async def test_what_is_async_is_not_cpu_bound(queue, pyqueue):
    with pytest.raises(TypeError, match="async"):
        queue.register_handler("label", work.print_later, cpu_bound=True)

    with pytest.raises(pyqueue.HandlerNotFound):
        await queue.submit_job("label", ORDER)
