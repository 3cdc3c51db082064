"""What the race explorer finds and verifies, how fast, and what others do with the same programs.

    python -m benchmarks.race                       here, with this Python
    python -m benchmarks.race --beside P Q          and with the Pythons P and Q beside it
    python -m benchmarks.race --stress 10           and plain threads, ten seconds per race

frontrun and interleave-test take part with the first of these Pythons that has them installed.
Prints one table, in Markdown.
"""

import argparse
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from statistics import median

from lab.race import explore
from lab.race.stops import StepKind
from tests.race.cases import ABBA, FIXED, RACES, RIGHT, SUBTLE, Case

BROKEN = [*RACES, *SUBTLE, ABBA]
SOUND = [*FIXED, *RIGHT]
CASES = {f"{'right' if case in SOUND else 'wrong'}: {case.name}": case for case in BROKEN + SOUND}
# Seconds that another tool gets for one program.
LIMIT = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--beside", nargs="*", default=[], metavar="PYTHON")
    parser.add_argument("--repeat", type=int, default=100, help="explorations of each broken case")
    parser.add_argument("--stress", type=float, default=0, help="seconds of plain threads per race")
    parser.add_argument("--column", help="print one column as JSON; for the benchmark itself")
    parser.add_argument("--case", help="the case that --column is about")
    options = parser.parse_args()
    if options.column:
        print(json.dumps(COLUMNS[options.column](options)))
    else:
        print_table(table(options))


def table(options: argparse.Namespace) -> dict[str, dict[str, str]]:
    """For each column its cells, by the name of the case."""
    pythons = [sys.executable, *options.beside]
    columns = {f"lab.race, {version(python)}": ours(python, options) for python in pythons}
    for tool in ("frontrun", "interleave_test"):
        having = [python for python in pythons if ask(python, "-c", f"import {tool}") is not None]
        if having:
            columns[f"{tool}, {version(having[0])}"] = theirs(having[0], tool)
    if options.stress:
        columns[f"plain threads, {options.stress:g} s"] = COLUMNS["stress"](options)
    return columns


def print_table(columns: dict[str, dict[str, str]]) -> None:
    print("| program |", " | ".join(columns), "|")
    print("|---" * (len(columns) + 1) + "|")
    for name in CASES:
        print(f"| {name} |", " | ".join(cells.get(name, "") for cells in columns.values()), "|")


# -- lab.race --------------------------------------------------------------------------------------


def ours(python: str, options: argparse.Namespace) -> dict[str, str]:
    out = ask(python, "-m", __spec__.name, "--column", "ours", "--repeat", str(options.repeat))
    return dict(json.loads(out)) if out else {}


def our_column(options: argparse.Namespace) -> dict[str, str]:
    cells = {}
    for name, case in CASES.items():
        cells[name] = verified(case) if case in SOUND else found(case, options.repeat)
    return cells


def found(case: Case, repeat: int) -> str:
    step: StepKind = "line" if case.between_lines else "op"
    begun = time.process_time()
    results = [explore(case.setup, case.workers, case.check, step=step) for _ in range(repeat)]
    hits = [result for result in results if result.failure]
    if not hits:
        return "NOT FOUND"
    wall = 1000 * median(result.seconds for result in hits)
    cpu = 1000 * (time.process_time() - begun) / repeat
    cost = f"{wall:.1f} ms (CPU {cpu:.1f}), {hits[0].schedules} schedules"
    return f"{len(hits)}/{repeat} by {step}, {cost}"


def verified(case: Case) -> str:
    begun = time.process_time()
    result = explore(case.setup, case.workers, case.check, step="op")
    cpu = time.process_time() - begun
    if result.failure or not result.complete:
        return "NOT VERIFIED"
    return f"verified, {result.seconds:.2f} s (CPU {cpu:.2f}), {result.schedules} schedules"


# -- the others ------------------------------------------------------------------------------------


def theirs(python: str, tool: str) -> dict[str, str]:
    """Each program in a process of its own: some of them hang."""
    # frontrun works only below its own command.
    start = ["-m", "frontrun.cli", python] if tool == "frontrun" else []
    start += ["-m", __spec__.name, "--column", tool, "--case"]
    return {name: answer(python, *start, name) for name in CASES}


def answer(python: str, *arguments: str) -> str:
    try:
        return ask(python, *arguments) or "it fails"
    except subprocess.TimeoutExpired:
        return f"no answer in {LIMIT} s"


def with_frontrun(options: argparse.Namespace) -> str:
    import frontrun

    case = CASES[options.case]
    begun = time.perf_counter()
    result = frontrun.explore(
        setup=case.setup,
        workers=case.workers,
        invariant=lambda state: case.check(state) is not False,
        reproduce_on_failure=0,
        total_timeout=LIMIT - 10,
    )
    if result.property_holds is None:
        return inconclusive(str(result.explanation), begun)
    return verdict(case, not result.property_holds, begun, result.num_explored)


def with_interleave_test(options: argparse.Namespace) -> str:
    import interleave_test

    case = CASES[options.case]

    def model() -> None:
        state = case.setup()
        threads = [threading.Thread(target=work, args=(state,)) for work in case.workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert case.check(state) is not False

    begun = time.perf_counter()
    result = interleave_test.explore(
        model, strategy="dfs", iterations=100_000, max_preemptions=2, raise_on_failure=False
    )
    if result.failure and result.failure.kind not in ("exception", "deadlock"):
        return inconclusive(str(result.failure.kind), begun)
    explored = f"all {result.schedules_run}" if result.exhausted else result.schedules_run
    return verdict(case, not result.ok, begun, explored)


def verdict(case: Case, failed: bool, begun: float, schedules: object) -> str:
    words = "found" if failed else "nothing found"
    if case in SOUND and failed:
        words = "said to be wrong"
    many = "schedule" if schedules == 1 else "schedules"
    return f"{words}, {time.perf_counter() - begun:.2f} s, {schedules} {many}"


def inconclusive(why: str, begun: float) -> str:
    words = "timed out" if "time" in why else "no verdict"
    return f"{words}, {time.perf_counter() - begun:.1f} s"


# -- plain threads ---------------------------------------------------------------------------------


def stress_column(options: argparse.Namespace) -> dict[str, str]:
    return {name: stress(case, options.stress) for name, case in CASES.items() if case in BROKEN}


def stress(case: Case, seconds: float) -> str:
    runs = failures = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        runs += 1
        if broke(case):
            failures += 1
    return f"{failures} of {runs} runs"


def broke(case: Case) -> bool:
    """One run with ordinary threads, set off together; whether it went wrong."""
    state, errors = case.setup(), list[BaseException]()
    start = threading.Barrier(len(case.workers))

    def run(work: Callable[[object], object]) -> None:
        start.wait()
        try:
            work(state)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in case.workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=1)
    return bool(errors) or any(t.is_alive() for t in threads) or case.check(state) is False


COLUMNS: dict[str, Callable[[argparse.Namespace], object]] = {
    "ours": our_column,
    "frontrun": with_frontrun,
    "interleave_test": with_interleave_test,
    "stress": stress_column,
}


def version(python: str) -> str:
    return ask(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])") or python


def ask(python: str, *arguments: str) -> str | None:
    """What it prints last, or None if it fails. Raises TimeoutExpired."""
    long = "ours" in arguments
    try:
        done = subprocess.run(
            [python, *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=None if long else LIMIT,
        )
    except subprocess.CalledProcessError:
        return None
    lines = done.stdout.strip().splitlines()
    return lines[-1].strip('"') if lines and not long else done.stdout.strip()


if __name__ == "__main__":
    main()
