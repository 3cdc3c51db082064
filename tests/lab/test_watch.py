"""Watching a learner's files."""

import os
import subprocess
import sys
import threading

import pytest

from lab.catalog import ROOT
from lab.commands.watch import snapshot, wait_for_change

from .conftest import learners_environment


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.py").write_text("A = 1\n", encoding="utf-8")
    return tmp_path


def change_size(folder):
    (folder / "a.py").write_text("A = 10\n", encoding="utf-8")


def change_time(folder):
    os.utime(folder / "a.py", ns=(1, 1))


def add_file(folder):
    (folder / "entity").mkdir()
    (folder / "entity" / "b.py").write_text("", encoding="utf-8")


def replace_as_editors_do(folder):
    (folder / "a.tmp").write_text("A = 2\n", encoding="utf-8")
    (folder / "a.tmp").replace(folder / "a.py")


@pytest.mark.parametrize("change", [change_size, change_time, add_file, replace_as_editors_do])
def test_a_change_is_seen(folder, change):
    before = snapshot(folder)

    change(folder)

    assert snapshot(folder) != before


def test_files_that_are_not_python_are_not_watched(folder):
    before = snapshot(folder)

    (folder / "notes.txt").write_text("hello", encoding="utf-8")
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "a.py").write_text("", encoding="utf-8")

    assert snapshot(folder) == before


def test_waiting_ends_with_a_change(folder):
    waiting = threading.Thread(target=wait_for_change, args=(folder, snapshot(folder)), daemon=True)
    waiting.start()

    change_size(folder)
    waiting.join(timeout=10)

    assert not waiting.is_alive()


@pytest.mark.slow
def test_each_save_brings_a_verdict(workspace, spoil, main_file):
    good = main_file.read_text(encoding="utf-8")
    spoil('status: str = "pending"', 'status: str = "new"')
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "watch", "1"],
        cwd=ROOT,
        env=learners_environment(workspace),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as watching:
        assert watching.stdout is not None
        first = next(line for line in watching.stdout if "promises kept" in line)
        main_file.write_text(good, encoding="utf-8")
        second = next(line for line in watching.stdout if "promises kept" in line)
        watching.kill()

    assert not first.startswith("19 of 19")
    assert second.split()[0] == second.split()[2]
