"""The explorer for asyncio: who goes on at each await, and when time passes."""

import asyncio
import contextlib
import socket
import threading
import time

import pytest

from lab.race import Uncontrolled, search, tasks
from tests.race.cases import Box


class Account:
    def __init__(self) -> None:
        self.balance = 0
        self.lock = asyncio.Lock()

    async def deposit(self) -> None:
        seen = self.balance
        await asyncio.sleep(0)
        self.balance = seen + 1

    async def deposit_alone(self) -> None:
        async with self.lock:
            await self.deposit()


def both(account):
    return account.balance == 2


def outcomes(setup, workers, outcome, **options):
    found = set()
    result = tasks.explore(setup, workers, lambda box: found.add(outcome(box)), **options)
    assert result.complete
    return found


def test_an_await_between_reading_and_writing_is_found():
    result = tasks.explore(Account, [Account.deposit] * 2, both)

    assert result.failure.schedule == "ABAB"
    assert result.preemptions == 0


def test_a_lock_around_both_is_verified():
    result = tasks.explore(Account, [Account.deposit_alone] * 2, both)

    assert (result.failure, result.complete) == (None, True)


def test_a_replay_is_the_same_to_the_letter():
    failure = tasks.explore(Account, [Account.deposit] * 2, both).failure

    again = tasks.replay(failure.schedule, Account, [Account.deposit] * 2, both)

    assert again.to_json() == failure.to_json()
    assert [step.source for step in again.steps][-1] == "await asyncio.sleep(0)"


def test_without_departures_the_order_is_asyncios_own():
    async def log(box, name):
        for _ in range(2):
            box.log.append(name)
            await asyncio.sleep(0)

    workers = [lambda box: log(box, "Ada"), lambda box: log(box, "Grace")]

    found = outcomes(lambda: Box(log=[]), workers, lambda box: tuple(box.log), preemptions=0)

    async def real(box):
        await asyncio.gather(*(work(box) for work in workers))
        return tuple(box.log)

    assert found == {asyncio.run(real(Box(log=[])))}


def test_a_departure_lets_a_later_task_go_first():
    async def log(box, name):
        box.log += name

    workers = [lambda box: log(box, "A"), lambda box: log(box, "B"), lambda box: log(box, "C")]
    run = lambda n: outcomes(lambda: Box(log=""), workers, lambda b: b.log, preemptions=n)  # noqa: E731

    assert run(0) == {"ABC"}
    assert run(1) == {"ABC", "BAC", "CAB", "ACB"}
    assert len(run(2)) == 6


def test_setup_and_check_may_be_async_and_leave_tasks_running():
    async def setup():
        box = Box(orders=asyncio.Queue(maxsize=1), sent=[])
        box.worker = asyncio.create_task(send(box))
        await asyncio.sleep(1)
        return box

    async def send(box):
        while True:
            box.sent.append(await box.orders.get())
            box.orders.task_done()

    async def submit(box, order):
        await box.orders.put(order)

    async def check(box):
        await box.orders.join()
        box.worker.cancel()
        return sorted(box.sent) == [1, 2]

    result = tasks.explore(setup, [lambda b: submit(b, 1), lambda b: submit(b, 2)], check)

    assert result.complete


def test_time_passes_at_once_and_a_timer_may_beat_a_ready_task():
    async def think(box):
        for _ in range(3):
            await asyncio.sleep(0)

    async def wait(box):
        try:
            async with asyncio.timeout(60):
                await box.thinker
                box.came = "in time"
        except TimeoutError:
            box.came = "too late"

    async def setup():
        box = Box(came=None)
        box.thinker = asyncio.create_task(think(box))
        return box

    begun = time.perf_counter()
    assert outcomes(setup, [wait], lambda box: box.came) == {"in time", "too late"}
    assert outcomes(setup, [wait], lambda box: box.came, timers="last") == {"in time"}
    assert time.perf_counter() - begun < 30


def test_the_clocks_are_the_loops():
    async def nap(box):
        await asyncio.sleep(3600)
        time.sleep(60)  # blocks the loop, and takes as long
        box.woke = time.monotonic(), asyncio.get_running_loop().time()

    assert outcomes(Box, [nap], lambda box: box.woke) == {(3660, 3660)}


def test_a_cancelled_worker_is_no_failure_and_cleans_up():
    async def work(box):
        try:
            await asyncio.Event().wait()
        finally:
            box.clean = True

    async def setup():
        box = Box(clean=False)
        box.job = asyncio.create_task(work(box))
        return box

    async def cancel(box):
        await asyncio.sleep(0)
        box.job.cancel()

    async def follow(box):
        await asyncio.wait([box.job])

    assert tasks.explore(setup, [cancel, follow], lambda box: box.clean).complete


def test_what_was_checked_before_an_await_may_be_wrong_after_it():
    async def claim(box):
        if box.job == "pending":
            await asyncio.sleep(0)
            box.job = "processing"
            box.charged += 1

    result = tasks.explore(
        lambda: Box(job="pending", charged=0), [claim, claim], lambda box: box.charged == 1
    )

    assert result.failure


def test_a_task_group_ends_its_tasks_with_the_first_that_fails():
    async def fail(box):
        await asyncio.sleep(1)
        raise ValueError("declined")

    async def wait(box):
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            box.cancelled = True
            raise

    async def pay(box):
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail(box))
                group.create_task(wait(box))
        except* ValueError:
            box.declined = True

    result = tasks.explore(Box, [pay], lambda box: box.declined)

    assert result.complete


def test_tasks_that_all_wait_are_a_deadlock():
    async def get(box):
        await box.orders.get()

    result = tasks.explore(lambda: Box(orders=asyncio.Queue()), [get], lambda box: True)

    assert "Deadlock: A waits at test_tasks.py" in result.failure.error


def test_a_loop_without_an_await_is_endless():
    async def spin(box):
        while True:
            box.n = 0

    result = tasks.explore(Box, [spin], lambda box: True)

    assert "never awaits" in result.failure.error
    assert result.failure.schedule == "A"


def test_a_loop_that_awaits_forever_is_endless():
    async def spin(box):
        while True:
            await asyncio.sleep(1)

    result = tasks.explore(Box, [spin], lambda box: True, max_steps=500)

    assert result.failure.error == "EndlessLoop: still going after 500 steps"


def test_a_task_may_be_taken_out_of_a_set_when_it_is_done():
    async def setup():
        return Box(tasks=set())

    async def begin(box):
        task = asyncio.create_task(asyncio.sleep(0))
        box.tasks.add(task)
        task.add_done_callback(box.tasks.discard)
        await task
        await asyncio.sleep(0)

    assert tasks.explore(setup, [begin, begin], lambda box: box.tasks == set()).complete


def test_a_failed_task_that_nobody_awaits_is_a_failure():
    async def fail():
        raise ValueError("no such order")

    async def forget(box):
        box.task = asyncio.create_task(fail())
        await asyncio.sleep(0)

    result = tasks.explore(Box, [forget], lambda box: True)

    assert result.failure.error == "ValueError: no such order"


def test_a_thread_lock_that_blocks_the_loop_is_a_deadlock():
    async def take(box):
        with box.lock:
            await asyncio.sleep(1)

    result = tasks.explore(lambda: Box(lock=threading.Lock()), [take, take], lambda box: True)

    assert "Deadlock" in result.failure.error


def test_a_task_that_will_not_be_cancelled_does_not_hang():
    async def stubborn():
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1)

    async def work(box):
        box.task = asyncio.create_task(stubborn())

    assert tasks.explore(Box, [work], lambda box: True).complete


async def in_a_thread(box):
    try:
        await asyncio.to_thread(print)
    except Exception:
        box.hidden = True


async def over_a_socket(box):
    await asyncio.open_connection("127.0.0.1", 9)


async def in_a_process(box):
    await asyncio.create_subprocess_exec("true")


async def start_a_thread(box):
    threading.Thread(target=print).start()


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (in_a_thread, "to_thread"),
        (over_a_socket, "a socket"),
        (in_a_process, "a subprocess"),
        (start_a_thread, "the thread"),
    ],
)
def test_what_leaves_the_loop_is_refused(work, words):
    with pytest.raises(Uncontrolled, match=words):
        tasks.explore(Box, [work], lambda box: True)


def test_what_blocks_the_loop_is_named(monkeypatch):
    monkeypatch.setattr(search, "PATIENCE", 0.3)
    here, there = socket.socketpair()

    async def receive(box):
        here.recv(1)

    with here, there:
        with pytest.raises(Uncontrolled, match=r"test_tasks\.py:\d+ `here.recv"):
            tasks.explore(Box, [receive], lambda box: True)
        there.send(b"x")


def test_the_trace_has_no_address_and_no_number_of_asyncios():
    async def wait(box):
        box.task = asyncio.create_task(asyncio.sleep(1))
        await box.task

    trace = tasks.replay("", Box, [wait], lambda box: True)

    assert "0x" not in trace.to_json()
    assert "task B" in trace.to_json()
    assert trace.schedule == "AB~BA"
