"""What is wrong, and what is out of control, is said; and nothing hangs."""

import socket
import subprocess
import sys
import threading
import time

import pytest

from lab.race import Diverged, Uncontrolled, explore, gates, replay, search
from tests.race import early
from tests.race.cases import Box


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(search, "PATIENCE", 0.3)
    monkeypatch.setattr(gates, "FAREWELL", 0.2)


def failure_of(setup, workers, check=lambda state: True, **options):
    result = explore(setup, workers, check, **options)
    assert result.failure
    again = replay(result.failure.schedule, setup, workers, check, **options)
    assert again == result.failure
    return result.failure


def test_patience_ends_within_ten_seconds():
    # Twice the patience to be sure that nothing moves, and a farewell for each of two threads.
    assert 2 * search.PATIENCE + 2 * gates.FAREWELL <= 10


def test_a_lock_made_before_is_named(impatient):
    with pytest.raises(Uncontrolled, match=r"early\.py:\d+ `with LOCK:`.*lock"):
        explore(
            early.Counter, [early.add_under_the_module_lock] * 2, lambda counter: True, step="op"
        )


def test_a_lock_made_by_a_name_that_is_hidden_is_named(impatient):
    def add(box):
        with box.lock:
            box.n = abs(box.n) + 1

    with pytest.raises(Uncontrolled, match=r"test_limits\.py:\d+ `with box\.lock:`.*Lock"):
        explore(
            lambda: Box(lock=early.MAKERS["lock"](), n=0),
            [add, add],
            lambda box: True,
            step="op",
        )


def test_a_setup_that_does_not_come_back_is_named(impatient):
    here, there = socket.socketpair()

    with here, there:
        with pytest.raises(Uncontrolled, match=r"test_limits\.py:\d+ `.*recv"):
            explore(lambda: here.recv(1), [], lambda box: True)
        there.send(b"x")


def test_a_socket_is_named(impatient):
    here, there = socket.socketpair()

    with here, there:
        with pytest.raises(Uncontrolled, match=r"test_limits\.py:\d+ `.*recv"):
            explore(Box, [lambda box: here.recv(1)], lambda box: True)
        there.send(b"x")


def test_another_process_is_named(impatient):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        with pytest.raises(Uncontrolled, match=r"test_limits\.py:\d+ `.*wait\(\).*subprocess"):
            explore(Box, [lambda box: other.wait()], lambda box: True)
        other.communicate(b"\n")


def test_a_deadlock_says_who_waits_where_and_for_whom():
    def take(box, first, second):
        with box.locks[first], box.locks[second]:
            box.met = True

    failure = failure_of(
        lambda: Box(locks=[threading.Lock(), threading.Lock()]),
        [lambda box: take(box, 0, 1), lambda box: take(box, 1, 0)],
    )

    assert failure.error.startswith("Deadlock: A waits at test_limits.py:")
    assert "for a lock that B holds; B waits" in failure.error


def test_a_lost_wake_up_is_a_deadlock():
    def wait(box):
        with box.changed:
            box.changed.wait()

    def notify(box):
        with box.changed:
            box.changed.notify()

    failure = failure_of(lambda: Box(changed=threading.Condition()), [wait, notify])

    assert "to be notified" in failure.error


def test_a_thread_that_nobody_ends_is_a_deadlock():
    def setup():
        box = Box(never=threading.Event())
        threading.Thread(target=box.never.wait).start()
        return box

    assert "Deadlock: B waits" in failure_of(setup, [lambda box: None]).error


@pytest.mark.parametrize("step", ["line", "op"])
def test_a_loop_that_does_nothing_is_endless(step):
    def spin(box):
        while True:
            pass

    assert (
        "EndlessLoop" in failure_of(Box, [spin, lambda box: None], step=step, max_steps=500).error
    )


def test_a_loop_that_nobody_ends_is_endless():
    def spin(box):
        while not box.stopped:
            time.sleep(1)

    failure = failure_of(lambda: Box(stopped=False), [spin], max_steps=1000)

    assert failure.error == "EndlessLoop: still going after 1000 steps"
    assert "880 more steps" in str(failure)


@pytest.mark.parametrize("error", [ValueError("no such order"), KeyboardInterrupt()])
def test_an_exception_in_a_thread_is_a_failure(error):
    def fail(box):
        raise error

    assert type(error).__name__ in failure_of(Box, [fail, lambda box: None]).error


def test_a_recursion_without_end_is_a_failure():
    def fall(box):
        fall(box)

    assert failure_of(Box, [fall]).error == "RecursionError"


def test_a_thread_that_check_starts_is_refused():
    with pytest.raises(Uncontrolled, match="let a worker do it"):
        explore(Box, [], lambda box: threading.Thread(target=int).start())


def test_but_a_thread_may_end_itself():
    assert explore(Box, [lambda box: sys.exit(1)], lambda box: True).complete


def test_the_callers_ctrl_c_gets_through(monkeypatch):
    def interrupted(search, ended):
        raise KeyboardInterrupt

    monkeypatch.setattr(search.Search, "_wait_for", interrupted)

    made = []

    def setup():
        made.append(early.Counter())
        return made[-1]

    with pytest.raises(KeyboardInterrupt):
        explore(setup, [early.Counter.add] * 2, lambda counter: True)
    assert early.Lock is threading.Lock
    before = len(made)
    monkeypatch.undo()
    assert explore(Box, [lambda box: None] * 2, lambda box: True).complete
    assert len(made) == before  # nothing goes on behind the caller's back


def test_a_program_that_depends_on_more_than_the_schedule_is_refused():
    runs = []

    def work(box):
        runs.append(1)
        if len(runs) % 3:
            box.n = 1
        box.n = 2

    with pytest.raises(Diverged, match="setup"):
        explore(Box, [work, work], lambda box: True)


def test_an_exploration_inside_an_exploration_is_refused():
    inner = lambda box: explore(Box, [], lambda box: True)  # noqa: E731

    with pytest.raises(Uncontrolled, match="inside an exploration"):
        explore(Box, [inner], lambda box: True)


def test_setup_may_not_wait_for_threads_that_do_not_move_yet():
    def setup():
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()

    with pytest.raises(Exception, match="waits for thread A"):
        explore(setup, [], lambda state: True)


def test_check_may_not_wait_forever():
    result = explore(
        lambda: Box(lock=threading.Lock()),
        [lambda box: box.lock.acquire()],
        lambda box: box.lock.acquire(),
    )

    assert "nobody will release" in result.failure.error


def test_a_thread_that_catches_everything_is_parked_and_does_not_hang():
    def stubborn(box):
        while True:
            try:
                box.lock.acquire()
            except BaseException:
                box.caught = True

    assert "Deadlock" in failure_of(lambda: Box(lock=threading.Lock()), [stubborn] * 2).error


def test_leaving_locks_in_finally_works_while_a_deadlock_is_unwound():
    def careful(box):
        try:
            with box.lock:
                box.lock.acquire()
        finally:
            with box.lock:
                box.n = 1

    assert "Deadlock" in failure_of(lambda: Box(lock=threading.Lock()), [careful] * 2).error


@pytest.mark.parametrize(
    ("options", "words"),
    [({"step": "word"}, "step is"), ({"timers": "first"}, "timers is")],
)
def test_a_misspelled_option_is_an_error(options, words):
    with pytest.raises(ValueError, match=words):
        explore(Box, [], lambda box: True, **options)
