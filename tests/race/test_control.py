"""What the explorer controls: locks, threads, clocks, and all that is built of them."""

import datetime
import queue
import random
import sys
import threading
import time
import types
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab.race import explore, outcomes
from tests.race import early
from tests.race.cases import Box, two


def test_a_barrier_lets_nobody_through_early():
    def meet(box):
        box.came.append("came")
        box.barrier.wait()
        box.came.append("went")

    result = explore(
        lambda: Box(barrier=threading.Barrier(2), came=[]),
        [meet, meet],
        lambda box: box.came == ["came", "came", "went", "went"],
    )

    assert result.complete


def test_an_rlock_may_be_taken_again_by_its_holder_and_by_nobody_else():
    def enter(box):
        with box.lock, box.lock:
            box.inside += 1
            box.most = max(box.most, box.inside)
            box.inside -= 1

    setup = lambda: Box(lock=threading.RLock(), inside=0, most=0)  # noqa: E731

    assert explore(setup, [enter, enter], lambda box: box.most == 1, preemptions=1).complete


def test_a_semaphore_of_two_lets_two_in_and_not_three():
    def enter(box):
        with box.desks:
            box.inside += 1
            box.most = max(box.most, box.inside)
            box.inside -= 1

    setup = lambda: Box(desks=threading.Semaphore(2), inside=0, most=0)  # noqa: E731

    most = outcomes(setup, [enter] * 3, lambda box: box.most, step="line", preemptions=1)

    assert most == {1, 2}


def test_a_full_queue_makes_the_producer_wait():
    def produce(box):
        for order in (1, 2):
            box.orders.put(order)

    def consume(box):
        box.got = [box.orders.get(), box.orders.get()]

    result = explore(
        lambda: Box(orders=queue.Queue(maxsize=1), got=[]),
        [produce, consume],
        lambda box: box.got == [1, 2],
    )

    assert result.complete


def test_a_pool_of_daemons_started_in_setup_is_under_control():
    def setup():
        box = Box(orders=queue.Queue(), sent=[])
        threading.Thread(target=work, args=(box,), daemon=True).start()
        return box

    def work(box):
        while True:
            box.sent.append(box.orders.get())
            box.orders.task_done()

    def submit(box):
        box.orders.put("parcel")
        box.orders.join()

    assert explore(setup, [submit], lambda box: box.sent == ["parcel"]).complete


def test_check_sees_a_waiting_daemon_as_it_stands():
    def setup():
        box = Box(ready=threading.Event(), working=False)
        box.daemon = threading.Thread(target=wait, args=(box,), daemon=True)
        box.daemon.start()
        return box

    def wait(box):
        box.working = True
        try:
            box.ready.wait()
        finally:
            box.working = False

    check = lambda box: not box.daemon.is_alive() or box.working  # noqa: E731

    assert explore(setup, [lambda box: None], check).complete


def test_an_executor_runs_its_jobs_in_every_order():
    def submit(box):
        with ThreadPoolExecutor(2) as pool:
            pool.map(box.log.append, ["email", "sms"])

    setup = lambda: Box(log=[])  # noqa: E731

    orders = outcomes(setup, [submit], lambda box: tuple(box.log), step="line", preemptions=1)

    assert orders == {("email", "sms"), ("sms", "email")}


def test_a_timer_fires_when_its_time_has_come():
    def remind(box):
        timer = threading.Timer(30, box.log.append, ["reminded"])
        timer.start()
        timer.join()
        box.log.append(time.monotonic())

    result = explore(lambda: Box(log=[]), [remind], lambda box: box.log == ["reminded", 30])

    assert result.complete


def test_threads_of_a_subclass_made_long_before_are_under_control():
    def start_two(counter):
        adders = [early.Adder(counter), early.Adder(counter)]
        for each in adders:
            each.start()
        for each in adders:
            each.join()

    result = explore(early.Counter, [start_two], lambda counter: counter.n == 2, step="op")

    assert result.failure
    assert "C" in result.failure.schedule


def test_names_bound_by_from_threading_import_lock_are_replaced():
    result = explore(
        early.Counter, [early.Counter.add] * 2, lambda counter: counter.n == 2, step="op"
    )

    assert result.complete


def test_a_default_factory_bound_before_is_replaced():
    def pay(account):
        with account.lock:
            account.balance = abs(account.balance) + 1

    result = explore(early.Account, [pay, pay], lambda account: account.balance == 2, step="op")

    assert result.complete


def test_and_are_given_back_afterwards():
    explore(early.Counter, [early.Counter.add], lambda counter: True)

    assert early.Lock is threading.Lock
    assert isinstance(early.Account().lock, type(early.LOCK))
    assert isinstance(early.Lock(), type(early.LOCK))


def test_a_module_loaded_during_the_exploration_is_under_control_and_works_afterwards(tmp_path):
    file = tmp_path / "shop.py"
    file.write_text("from threading import Lock\nlock = Lock()\norders = []\n")

    def setup():
        shop = types.ModuleType("shop")
        exec(compile(file.read_text(), str(file), "exec"), vars(shop))
        loaded.append(shop)
        return shop

    def order(shop):
        with shop.lock:
            shop.orders.append(len(shop.orders))

    loaded: list[types.ModuleType] = []
    assert explore(setup, [order] * 2, lambda shop: shop.orders == [0, 1], step="op").complete
    with loaded[0].lock:
        assert loaded[0].lock.locked()
        assert not loaded[0].lock.acquire(blocking=False)
    assert not loaded[0].lock.locked()


def test_sleeping_takes_no_time_and_everybody_agrees_how_late_it_is():
    def nap(box, who):
        time.sleep(3600 * (who + 1))
        box.woke.append((who, time.monotonic(), time.time() - box.begun))

    begun = time.perf_counter()
    result = explore(
        lambda: Box(woke=[], begun=time.time()),
        two(nap),
        lambda box: box.woke == [(0, 3600, 3600), (1, 7200, 7200)],
        timers="last",
    )

    assert result.complete
    assert time.perf_counter() - begun < 60


def test_datetime_is_not_under_control():
    def look(box):
        box.late = datetime.datetime.now(datetime.UTC).timestamp() - time.time()

    setup = lambda: Box(late=0.0)  # noqa: E731

    # The explorer's own clock stands still in 2024.
    assert explore(setup, [look], lambda box: box.late > 3600).complete


def test_a_time_out_may_come_early_unless_timers_are_last():
    def wait(box):
        box.came = box.ready.wait(timeout=5)

    setup = lambda: Box(ready=threading.Event(), came=None)  # noqa: E731
    workers = [wait, lambda box: box.ready.set()]

    assert outcomes(setup, workers, lambda box: box.came) == {True, False}
    assert outcomes(setup, workers, lambda box: box.came, timers="last") == {True}


def test_a_sleep_is_no_way_to_wait_for_another_thread():
    def publish(box):
        box.page = "ready"

    def look(box):
        time.sleep(10)
        box.seen = box.page

    setup = lambda: Box(page="empty", seen=None)  # noqa: E731

    assert outcomes(setup, [publish, look], lambda box: box.seen) == {"empty", "ready"}


def test_a_spinning_thread_gives_way_to_those_it_waits_for():
    def spin(box):
        while not box.go:
            pass

    def go(box):
        box.go = True

    assert explore(
        lambda: Box(go=False), [spin, spin, go], lambda box: box.go, preemptions=1
    ).complete


def test_current_thread_is_the_thread_itself_and_has_locals_of_its_own():
    mine = threading.local()

    def work(box):
        assert not hasattr(mine, "name")
        mine.name = threading.current_thread().name
        box.names.add((mine.name, threading.get_ident()))

    result = explore(
        lambda: Box(names=set()), [work] * 2, lambda box: box.names == {("A", 1), ("B", 2)}
    )

    assert result.complete


def test_chance_is_the_same_in_every_schedule():
    def roll(box):
        box.rolled = random.random(), uuid.uuid4()

    setup = lambda: Box(rolled=None)  # noqa: E731

    assert len(outcomes(setup, [roll], lambda box: box.rolled)) == 1
    assert random.random() != random.random()


def test_a_closure_shared_by_two_threads_keeps_what_the_other_wrote():
    # Until 3.12, the interpreter's tracing itself would lose updates here.
    def setup():
        total, lock = 0, threading.Lock()

        def add():
            nonlocal total
            with lock:
                total = abs(total) + 1

        return Box(add=add, total=lambda: total)

    add = lambda box: box.add()  # noqa: E731

    assert explore(setup, [add, add], lambda box: box.total() == 2, step="op").complete


def test_the_callers_trace_function_stays_in_place():
    def trace(frame, event, arg):
        return None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        explore(early.Counter, [early.Counter.add] * 2, lambda counter: True, step="op")
        kept = sys.gettrace()
    finally:
        sys.settrace(before)

    assert kept is trace


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring is new in 3.12")
def test_nothing_is_monitored_after_an_exploration():
    before = [sys.monitoring.get_tool(tool) for tool in range(6)]

    explore(early.Counter, [early.Counter.add] * 2, lambda counter: True, step="op")

    assert [sys.monitoring.get_tool(tool) for tool in range(6)] == before


def test_everything_is_as_before_after_an_exploration():
    names = (threading, "Lock"), (threading, "RLock"), (time, "sleep"), (time, "monotonic")
    methods = ("start", "join", "is_alive", "__hash__")
    before = [getattr(module, name) for module, name in names]
    before += [getattr(threading.Thread, name) for name in methods]

    explore(early.Counter, [early.Counter.add] * 2, lambda counter: True)

    after = [getattr(module, name) for module, name in names]
    assert before == after + [getattr(threading.Thread, name) for name in methods]
    assert threading.active_count() == len(threading.enumerate())
