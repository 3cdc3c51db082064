"""Long days: what goes wrong once in ten thousand jobs, or adds up, shows in a hundred thousand."""

import gc
import random
import sys
from importlib import import_module

import pytest

from lab.catalog import steps
from lab.virtual_time import run
from tests.step12.test_whole import accounts, day

# From this step on there is a queue that is whole.
FIRST = 12
DAYS, JOBS = 10, 10_000


@pytest.mark.slow
@pytest.mark.parametrize("step", [s for s in steps() if s.number >= FIRST], ids=lambda s: s.label)
def test_of_a_hundred_thousand_jobs_none_is_lost_and_no_day_leaves_anything_behind(step):
    package = import_module(step.module)
    blocks = []
    for number in range(DAYS):
        run(one_day(package, random.Random(number)))
        gc.collect()
        blocks.append(sys.getallocatedblocks())

    # The first days fill caches. After them, none leaves more behind than the last.
    half = DAYS // 2
    assert max(blocks[half:]) < 1.02 * blocks[half - 1]


async def one_day(package, chance):
    storage, workshop = await day(package, JOBS, chance)
    ended = await accounts(package, storage, workshop)
    assert (set(ended), ended.total()) == ({"completed", "failed"}, JOBS)
