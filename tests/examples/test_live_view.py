"""The live view: in lines, in a terminal, and ended from outside."""

import asyncio
import os
import re
from datetime import UTC, datetime

import pytest

from examples.live_view import WORKERS, Observer, seated
from examples.shop import Customers
from steps.step12_queue import Job, MemoryStorage, Queue
from tests.examples.conftest import REQUESTS, ended, running

LINE = re.compile(
    r"\d\d:\d\d:\d\d  workers (?P<busy>\d)/4  waiting (?P<waiting>\d+)/12  retries (?P<retries>\d+)"
    r"  completed (?P<completed>\d+)  failed (?P<failed>\d+)  turned away \d+  \d+\.\d/s"
)
SUMMARY = re.compile(
    r"Customers: (\d+), turned away: (\d+)\. Jobs completed: (\d+), failed: (\d+), left: (\d+)\."
)


def left_of(summary):
    """How many jobs are left; everybody who came is accounted for."""
    match = SUMMARY.search(summary)
    assert match, summary
    came, turned_away, completed, failed, left = map(int, match.groups())
    assert came == turned_away + completed + failed + left
    return left


@pytest.mark.slow
def test_without_a_terminal_there_is_a_line_every_second_and_it_ends_by_itself():
    with running("examples.live_view", "--seconds", "1") as process:
        status, out, err = ended(process)

    *lines, summary = out.splitlines()
    seen = [LINE.fullmatch(line) for line in lines]
    assert (status, err) == (0, "")
    assert len(seen) >= 2
    assert None not in seen, out
    completed = [int(match["completed"]) for match in seen]
    assert completed == sorted(completed)
    assert [seen[-1][name] for name in ("busy", "waiting", "retries")] == ["0", "0", "0"]
    assert left_of(summary) == 0


@pytest.mark.slow
@pytest.mark.parametrize("request_to_end", REQUESTS)
def test_a_request_to_end_finishes_what_there_is(request_to_end):
    with running("examples.live_view") as process:
        wait_for_work(process)
        process.send_signal(request_to_end)
        status, out, err = ended(process)

    assert (status, err) == (0, "")
    assert left_of(out) == 0


@pytest.mark.slow
def test_whoever_stops_reading_ends_it():
    with running("examples.live_view", "--seconds", "60") as process:
        wait_for_work(process)
        process.stdout.close()
        process.stdout = None
        status, _, err = ended(process)

    assert (status, err) == (0, "")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals")
def test_in_a_terminal_it_draws_a_table_and_ends_with_the_sum():
    ours, theirs = os.openpty()
    try:
        with running("examples.live_view", stdin=theirs, stdout=theirs) as process:
            os.close(theirs)
            shown = read_until(ours, r"│ 1 +│ (email|payment|label) A-\d+ +│ \d of 3 +│ \d\.\d s")
            process.send_signal(REQUESTS[0])
            shown += read_until(ours, r"Customers: .*\n")
            status, _, err = ended(process)
    finally:
        os.close(ours)

    assert (status, err) == (0, "")
    assert "The shop's queue is open; Ctrl-C closes it" in shown
    assert "The shop's queue is closed" in shown
    assert left_of(shown) == 0


def test_a_job_keeps_its_line_and_a_new_one_takes_a_free_line():
    first, second, third = Job("email"), Job("payment"), Job("label")

    before = seated([None] * WORKERS, [first, second])
    after = seated(before, [second, third])

    assert before == [first, second, None, None]
    assert after == [third, second, None, None]


def test_a_job_is_seen_where_it_is():
    now = datetime.now(UTC)
    working = Job("email", max_retry=2).mark_running(now)
    retried = Job("payment", max_retry=2).mark_running(now).mark_failed(ConnectionError(), now)
    failed = Job("payment").mark_running(now).mark_failed(ConnectionError(), now)

    sight = asyncio.run(look_at(Job("label"), Job("label"), working, retried, failed))

    assert (sight.waiting, sight.busy, sight.retries, sight.failures) == (2, 1, 1, [failed])


async def look_at(*jobs):
    """What is to be seen of a queue with these jobs, which nobody has started."""
    storage = MemoryStorage()
    for job in jobs:
        await storage.save_job(job)
    queue = Queue(storage)
    return await Observer(queue, WORKERS, Customers(queue)).look()


def wait_for_work(process):
    """Read until a line tells that a worker has something to do."""
    for line in process.stdout:
        match = LINE.fullmatch(line.rstrip("\n"))
        assert match, line
        if match["busy"] != "0":
            return
    pytest.fail("it ended before there was work")


def read_until(terminal, pattern):
    """What a program writes to its terminal, up to what matches the pattern."""
    shown = ""
    while not re.search(pattern, shown):
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # What a terminal says when the program is gone.
            piece = b""
        assert piece, f"it ended without {pattern}: {shown[-500:]}"
        # Without what moves the cursor and changes the pen.
        shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", piece.decode(errors="replace"))
    return shown
