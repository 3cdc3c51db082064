"""No two jobs have the same id, whichever program makes them and whatever its clock says.

A loop that makes ids and finds no two alike proves little: it runs on one machine, in one program,
with a clock that only goes forward. So here two programs run, in the worst of worlds.
"""

import json
import os
import subprocess
import sys
from itertools import zip_longest
from math import log2
from pathlib import Path

import pytest

# What the program does before it imports the queue: its clocks stand still, and its process number,
# its random numbers and its hashes are those of every other program here. Two containers that start
# from one image can have the same process number, and many programs set a seed. And a program can
# be copied when it has started (`os.fork`; web servers do that): then what it drew from chance
# until there, a seed for instance, is the same in all copies.
WORST_OF_WORLDS = """
import datetime, json, os, random, sys, time

def stopped(seconds):
    return lambda *arguments: seconds

for clock in ("time", "monotonic", "perf_counter", "process_time", "thread_time"):
    setattr(time, clock, stopped(1_700_000_000.0))
    setattr(time, clock + "_ns", stopped(1_700_000_000_000_000_000))
time.clock_gettime = stopped(1_700_000_000.0)
time.clock_gettime_ns = stopped(1_700_000_000_000_000_000)

class StoppedDatetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2023, 11, 14, 22, 13, 20, tzinfo=tz)

    today = utcnow = now

datetime.datetime = StoppedDatetime
starting, chance = True, os.urandom
os.urandom = random._urandom = lambda size: bytes(size) if starting else chance(size)

class CopiedRandom(random.Random):
    def seed(self, seed=None, *arguments):
        super().seed(1 if seed is None else seed, *arguments)

random.Random = CopiedRandom
os.getpid = lambda: 1
random.seed(1)

folder, name, number = sys.argv[1:]
sys.path.insert(0, folder)
package = __import__(name, fromlist=["Job"])
random.seed(1)
starting = False
print(json.dumps([package.Job("email").id for _ in range(int(number))]))
"""


def ids_made_by_a_program(pyqueue, cache, *, number):
    """The ids of so many jobs, made in a process of their own."""
    folder = Path(pyqueue.__file__).parents[pyqueue.__name__.count(".") + 1]
    program = [sys.executable, "-P", "-X", f"pycache_prefix={cache}", "-c", WORST_OF_WORLDS]
    run = subprocess.run(
        [*program, str(folder), pyqueue.__name__, str(number)],
        env={**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    assert run.stderr == ""
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.chapter("real-ids")
def test_ids_differ_even_if_the_clock_stands_still(pyqueue, tmp_path):
    ids = ids_made_by_a_program(pyqueue, tmp_path, number=100)

    assert len(set(ids)) == 100


@pytest.mark.chapter("real-ids")
def test_two_programs_that_start_alike_make_different_ids(pyqueue, tmp_path):
    first = ids_made_by_a_program(pyqueue, tmp_path, number=10)
    second = ids_made_by_a_program(pyqueue, tmp_path, number=10)

    assert [job_id for job_id in second if job_id in first] == []


@pytest.mark.chapter("real-ids")
def test_there_are_far_more_ids_than_there_will_ever_be_jobs(pyqueue, tmp_path):
    ids = ids_made_by_a_program(pyqueue, tmp_path, number=2_000)

    assert round(bits_of_chance(ids)) >= 64


def bits_of_chance(ids):
    """At most so many: how many characters were seen at each place, each as likely as the others.

    A million ids have 20 bits, and two jobs with the same one after some 1,200 jobs (the birthday
    paradox). With 64 bits it takes five thousand million jobs.
    """
    places = zip_longest(*ids, fillvalue="")
    return sum(log2(len(set(characters))) for characters in places)
