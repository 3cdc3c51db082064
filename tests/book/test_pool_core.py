"""The simulator's script does what the pool does: event by event, in the same order, to the tick.

The real pool of each step that has one runs on the lab's virtual time; the script runs in Node.js
where there is one, and in a browser. Both get the same arrivals, durations, failures and random
numbers.
"""

import json
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser

from lab.book.simulator.settings import PRESETS, Settings, as_data
from lab.book.simulator.simulation import simulate
from lab.catalog import DOCS, steps

CORE = DOCS / "assets" / "js" / "pool.js"
RUN = "([all, row]) => JSON.stringify(all.map((each) => pyqueuePool.simulate(each, row)))"
POOLS = [step.folder.name for step in steps() if (step.folder / "worker" / "channel.py").is_file()]

each_pool = pytest.mark.parametrize("pool", POOLS)


def some_settings(random: Random) -> Settings:
    workers = random.choice([1, 2, 3, 5, 8, 16])
    return Settings(
        rate=random.choice([0.5, 3.0, 8.0, 12.0, 20.0, 30.0]),
        workers=workers,
        takes=random.choice([0.1, 0.3, 0.5, 1.0, 3.0]),
        buffer=random.choice([1, 2, workers, 2 * workers, 64]),
        fails=random.choice([0.0, 10.0, 30.0, 50.0, 90.0, 100.0]),
        max_retry=random.choice([1, 2, 3, 5, 10]),
        backoff=random.choice(["jitter", "doubling", "none"]),
        retry=random.choice(["none", "holds"]),
        batch=random.choice([0, 10, 60, 120]),
        away=random.choice([0, 5, 20]),
        seed=random.randint(1, 999),
        seconds=20,
    )


def scenarios() -> list[Settings]:
    """Every preset under both policies, and dozens of anything."""
    presets = [preset.settings for preset in PRESETS.values()]
    random = Random(11)
    return [
        *presets,
        *(settings.under("holds") for settings in presets),
        *(some_settings(random) for _ in range(60)),
    ]


def in_a_row(pool: str) -> int:
    """After how many jobs a worker that never waits lets others get on."""
    return int(getattr(import_module(f"steps.{pool}.worker.pool"), "_IN_A_ROW", 1))


def in_node(all_settings: list[Settings], pool: str, core: Path = CORE) -> list[list[list]]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no Node.js on the PATH")
    argument = json.dumps([[as_data(each) for each in all_settings], in_a_row(pool)])
    script = f"require({json.dumps(str(core))});"
    script += f"console.log(({RUN})(JSON.parse(require('fs').readFileSync(0))))"
    done = subprocess.run(
        [node, "-e", script], input=argument, capture_output=True, encoding="utf-8", check=True
    )
    return json.loads(done.stdout)


def in_the_pool(all_settings: list[Settings], pool: str) -> list[list[list]]:
    return [[list(event) for event in simulate(each, f"steps.{pool}")] for each in all_settings]


@pytest.fixture(scope="module", params=POOLS)
def done_by_the_pool(request: pytest.FixtureRequest) -> tuple[str, list[list[list]]]:
    return request.param, in_the_pool(scenarios(), request.param)


def differences(
    all_settings: list[Settings], seen: list[list[list]], expected: list[list[list]]
) -> list[str]:
    """The first event of each scenario in which the two differ."""
    found = []
    for settings, one, other in zip(all_settings, seen, expected, strict=True):
        if one != other:
            pairs = enumerate(zip(one, other, strict=False))
            at = next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
            found.append(f"{settings}: {one[at : at + 2]}, and the pool {other[at : at + 2]}")
    return found


@pytest.mark.slow
def test_the_script_does_what_the_pool_does(
    done_by_the_pool: tuple[str, list[list[list]]],
) -> None:
    pool, expected = done_by_the_pool

    assert differences(scenarios(), in_node(scenarios(), pool), expected) == []


@pytest.mark.slow
@pytest.mark.browser
def test_the_script_does_what_the_pool_does_in_a_browser(
    done_by_the_pool: tuple[str, list[list[list]]], browser: Browser
) -> None:
    pool, expected = done_by_the_pool

    with browser.new_page() as page:
        page.add_script_tag(path=CORE)
        argument = [[as_data(each) for each in scenarios()], in_a_row(pool)]
        seen = json.loads(page.evaluate(RUN, argument))

    assert differences(scenarios(), seen, expected) == []


@pytest.mark.slow
def test_the_scenarios_have_everything_in_them(
    done_by_the_pool: tuple[str, list[list[list]]],
) -> None:
    _, runs = done_by_the_pool

    kinds = Counter(what for run in runs for _, what, *_ in run)
    moments = [at for run in runs for at, *_ in run]
    entered_late = sum(waited_at_the_door(run) for run in runs)
    assert min(kinds[what] for what in ("comes", "enters", "begins", "completes")) > 5_000
    assert min(kinds["fails"], kinds["retries"]) > 2_000
    assert entered_late > 2_000
    assert sum(one == other for one, other in pairwise(moments)) > 10_000


def waited_at_the_door(run: list[list]) -> int:
    came = {job: at for at, what, job, *_ in run if what == "comes"}
    return sum(at > came[job] for at, what, job, *_ in run if what == "enters")


FAULTS = {
    "a retry needs a place": (
        "this.loop.callLater(seconds, () => this.put(job))",
        "this.loop.callLater(seconds, () => this.loop.createTask((function* (channel) { "
        "yield* channel.takePlace(); channel.putNew(job); })(this)))",
    ),
    "the last one is served first": ("return this.items.shift();", "return this.items.pop();"),
    "who waits longest at the door comes last": (
        "this.waiters.find(", "this.waiters.findLast("
    ),
    "a worker gives no place back": ("if (ticket.hasPlace) this.places.release();", ""),
    "a place is given back when the run is over": (
        "if (ticket.hasPlace) this.places.release();",
        "if (ticket.hasPlace) this.loop.callLater(0.25, () => this.places.release());",
    ),
    "one run too many": ("job.attempts >= this.maxRetry", "job.attempts > this.maxRetry"),
    "waits do not double": ("BASE * 2 ** (attempts - 1)", "BASE * attempts"),
    "waits have no ceiling": ("const CEILING = 60;", "const CEILING = Infinity;"),
    "the worker waits along": ("if (!this.holdsWorker) return", "if (false) return"),
    "a worker never lets others get on": ("if (turn % this.inARow === 0) yield;", ""),
    "other chances": ("0x735a2d97", "0x735a2d99"),
}  # fmt: skip


# Many wait at the door; and a bank is away for so long that a wait comes to the ceiling.
BUSY = [
    Settings(rate=20, batch=60, fails=40, workers=3, takes=0.1, backoff="doubling"),
    Settings(rate=1, away=150, max_retry=8, backoff="doubling", seconds=200),
]


@each_pool
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_script_is_noticed(fault: str, pool: str, tmp_path: Path) -> None:
    right, wrong = FAULTS[fault]
    text = CORE.read_text(encoding="utf-8")
    assert text.count(right) == 1
    faulty = tmp_path / "pool.js"
    faulty.write_text(text.replace(right, wrong), encoding="utf-8")

    seen = in_node(BUSY, pool, faulty)

    assert differences(BUSY, seen, in_the_pool(BUSY, pool))


def test_the_same_jobs_come_and_take_as_long_whatever_the_pool_does() -> None:
    settings = PRESETS["bank-away"].settings
    runs = [simulate(settings), simulate(replace(settings, workers=7)).copy()]

    came = [[(e.at, e.job) for e in run if e.what == "comes"] for run in runs]
    assert came[0] == came[1]
