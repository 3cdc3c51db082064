"""How long a learner waits for a verdict after saving: `python benchmarks/watch.py`.

Starts `learn.py watch` on a workspace of its own, saves a file again and again, and takes the
time from the save to the line that tells how many promises are kept. Beside it, in the same
rounds: `learn.py check` from start to end. The aim is a median of 0.25 s on an idle machine.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from lab.catalog import ROOT, package_files, step

# Seconds between two saves: the next process gets ready meanwhile, as it does for a learner.
_PAUSE = 1.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder)
        for name, text in package_files(step(arguments.step).folder).items():
            path = workspace / "pyqueue" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        measure(arguments.step, workspace, arguments.rounds)


def measure(number: int, workspace: Path, rounds: int) -> None:
    main_file = workspace / "pyqueue" / "__init__.py"
    with lab("watch", number, workspace) as watching:
        wait_for_verdict(watching)
        saves, checks = [], []
        for turn in range(rounds):
            time.sleep(_PAUSE)
            saves.append(
                seconds(partial(save, main_file, turn), partial(wait_for_verdict, watching))
            )
            checks.append(seconds(lambda: lab("check", number, workspace).communicate()))
        watching.kill()
    print(
        f"step {number}, {rounds} rounds, Python {sys.version.split()[0]}, {os.cpu_count()} cores"
    )
    for name, times in (("save to verdict", saves), ("check", checks)):
        median, slowest = statistics.median(times), max(times)
        print(f"{name:<16} median {median:.3f} s, slowest {slowest:.3f} s")
    print(f"ratio            {statistics.median(saves) / statistics.median(checks):.2f}")


def lab(command: str, number: int, workspace: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "lab", command, str(number), "--workspace", str(workspace)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def save(file: Path, turn: int) -> None:
    with file.open("a", encoding="utf-8") as text:
        text.write(f"# saved again, round {turn}\n")


def wait_for_verdict(watching: "subprocess.Popen[str]") -> None:
    assert watching.stdout is not None
    for line in watching.stdout:
        if "promises kept" in line:
            return
    raise SystemExit("watch ended by itself")


def seconds(*actions: Callable[[], object]) -> float:
    began = time.perf_counter()
    for action in actions:
        action()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
