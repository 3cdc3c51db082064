"""A fix of one step reaches the later ones, or stops where a person must look."""

import os
import shutil
import subprocess
import sys

import pytest

from lab.carry import carry
from lab.catalog import ROOT

# Whoever has our files without Git can do all but this.
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="carrying needs git")

IDS = """\
def new_id():
    return str(time_ns())


def is_id(text):
    return text.isdigit()
"""
FIXED = IDS.replace("time_ns()", "uuid4()")


def test_a_file_that_is_the_same_gets_the_change():
    result = carry({"ids.py": IDS}, {"ids.py": FIXED}, {"ids.py": IDS, "more.py": ""})

    assert result.files == {"ids.py": FIXED, "more.py": ""}
    assert result.left == []


def test_what_the_later_step_changed_elsewhere_in_the_file_stays():
    later = IDS.replace("isdigit", "isalnum")

    result = carry({"ids.py": IDS}, {"ids.py": FIXED}, {"ids.py": later})

    assert result.files == {"ids.py": FIXED.replace("isdigit", "isalnum")}


def test_a_file_that_the_later_step_moved_gets_the_change():
    result = carry({"ids.py": IDS}, {"ids.py": FIXED}, {"entity/ids.py": IDS})

    assert result.files == {"entity/ids.py": FIXED}


def test_a_name_that_the_later_step_moved_to_another_file_gets_the_change():
    new_id, is_id = IDS.split("\n\n\n")
    later = {"ids.py": f'"""New ones."""\n\n\n{new_id}\n', "checks.py": is_id}

    result = carry({"ids.py": IDS}, {"ids.py": FIXED}, later)

    assert result.files == later | {"ids.py": later["ids.py"].replace("time_ns()", "uuid4()")}
    assert result.left == []


def test_a_new_file_is_added():
    assert carry({}, {"ids.py": IDS}, {"a.py": ""}).files == {"ids.py": IDS, "a.py": ""}


def test_a_removed_file_is_removed():
    assert carry({"ids.py": IDS}, {}, {"ids.py": IDS, "a.py": ""}).files == {"a.py": ""}


@pytest.mark.parametrize(
    ("old", "new", "later"),
    [
        ({"ids.py": IDS}, {"ids.py": FIXED}, {"ids.py": IDS.replace("time_ns()", "1")}),
        ({"ids.py": IDS}, {"ids.py": FIXED}, {"a.py": IDS, "b.py": IDS, "c.py": "X = 1\n"}),
        ({"ids.py": IDS}, {"ids.py": FIXED}, {"a.py": "X = 1\n"}),
        ({"ids.py": IDS}, {}, {"ids.py": FIXED}),
        ({}, {"ids.py": IDS}, {"ids.py": FIXED}),
        ({"ids.py": IDS}, {"ids.py": f"import os\n{IDS}"}, {"a.py": "X = 1\n"}),
    ],
    ids=["same lines", "in two files", "nowhere", "removed", "added", "import"],
)
def test_what_a_program_cannot_decide_is_left_and_named(old, new, later):
    result = carry(old, new, later)

    assert result.files == later
    assert [line.partition(":")[0] for line in result.left] == ["ids.py"]


def test_carried_twice_is_carried_once():
    once = carry({"ids.py": IDS}, {"ids.py": FIXED}, {"ids.py": IDS})

    assert carry({"ids.py": IDS}, {"ids.py": FIXED}, once.files) == once


# What steps 9 and 10 do to the files that are mended here is a matter of its own.
LATER = shutil.ignore_patterns("__pycache__", "step09*", "step1*")


@pytest.fixture
def clone(tmp_path):
    """A repository with our first steps, all committed."""
    return repository(tmp_path, LATER)


def repository(tmp_path, without):
    for folder in ["lab", "steps"]:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=without)
    (tmp_path / "tests").mkdir()
    git = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    for words in [["init", "-q"], ["add", "."], ["commit", "-qm", "All steps"]]:
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    return tmp_path


def carried(clone, number):
    """Run the command there."""
    return subprocess.run(
        [sys.executable, "-m", "lab", "carry", str(number)],
        cwd=clone,
        env=os.environ | {"PYTHONPATH": str(clone)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def fix(clone, name, find, by):
    path = clone / "steps" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(find) == 1
    path.write_text(text.replace(find, by), encoding="utf-8")


@pytest.mark.slow
def test_a_fix_of_the_job_in_step_4_reaches_step_8(clone):
    # Customers' data has no business in a log.
    hidden = "field(default_factory=dict, repr=False)"
    fix(clone, "step04_storage/__init__.py", "field(default_factory=dict)", hidden)

    result = carried(clone, 4)

    job = (clone / "steps/step08_registry/entity/job.py").read_text(encoding="utf-8")
    assert f"payload: dict[str, Any] = {hidden}" in job
    assert result.returncode == 0
    assert "step 8  entity/job.py" in result.stdout


@pytest.mark.slow
def test_a_fix_that_conflicts_stops_and_says_where(clone):
    message = "no job is saved under the id {job_id!r}"
    fix(clone, "step04_storage/__init__.py", message, "no job has the id {job_id!r}")

    result = carried(clone, 4)

    step06 = (clone / "steps/step06_state_machine/storage.py").read_text(encoding="utf-8")
    step07 = (clone / "steps/step07_clean_architecture/storage/memory.py").read_text("utf-8")
    assert result.returncode == 1
    assert "no job has the id" in step06
    assert "no job has the id" not in step07
    assert "storage.py: get_job is in no file by that name in the next step" in result.stdout
    assert "Change steps/step07_clean_architecture by hand" in result.stdout


@pytest.mark.slow
def test_a_step_mended_by_hand_carries_on(clone):
    message = "no job is saved under the id {job_id!r}"
    fix(clone, "step07_clean_architecture/storage/memory.py", message, "no job has the id")

    result = carried(clone, 7)

    memory = (clone / "steps/step08_registry/storage/memory.py").read_text(encoding="utf-8")
    assert "no job has the id" in memory
    assert result.returncode == 0


@pytest.mark.slow
def test_a_fix_goes_through_the_racy_version_to_the_step(tmp_path):
    everything = repository(tmp_path, shutil.ignore_patterns("__pycache__"))
    fix(everything, "step09_context_retry/entity/backoff.py", "CEILING = 60.0", "CEILING = 30.0")

    result = carried(everything, 9)

    folder = everything / "steps/step10_thread_safety"
    texts = [(folder / path / "entity/backoff.py").read_text("utf-8") for path in ("racy", ".")]
    assert ["CEILING = 30.0" in text for text in texts] == [True, True]
    assert "step 10/racy  entity/backoff.py" in result.stdout


@pytest.mark.slow
def test_a_step_without_a_change_has_nothing_to_carry(clone):
    result = carried(clone, 4)

    assert result.returncode == 2
    assert "step 4 is as it was in HEAD: nothing to carry" in result.stderr
