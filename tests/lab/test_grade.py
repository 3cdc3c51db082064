"""Grading: who is graded in what, what promises are worth, and what is written about it."""

import base64
import csv
import io
import json
import os
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from lab.catalog import ROOT, LabError, package_files, step, steps
from lab.check.report import Detail, Promise
from lab.grade import files, weights
from lab.grade.grading import grade
from lab.grade.process import Server
from lab.grade.rows import Row, Status
from lab.grade.submissions import BadSubmission, Submission, printable, submissions
from lab.grade.trial import Limits, Trial
from lab.grade.weights import BadWeights, read_weights
from tests.lab.handing_in import OURS, hand_in

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="what is tried here needs a fork")

# Who is graded, and in what


@pytest.fixture
def folder(tmp_path):
    """A small class: somebody who is done, and somebody who is not."""
    folder = tmp_path / "submissions"
    hand_in(folder, "ada", OURS)
    hand_in(folder, "grace", OURS.replace('job.status = "completed"', "pass"))
    return folder


def test_the_results_are_the_same_every_time(folder, tmp_path):
    for name in ("one.json", "two.json"):
        files.write_json(grade(folder, [1]), tmp_path / name)

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_without_a_step_the_one_that_the_author_is_at_is_graded(folder):
    (folder / "ada" / "progress.json").write_text('{"current": 2}', encoding="utf-8")

    ada, grace = grade(folder)

    assert (ada.step, ada.percent < 100) == (2, True)
    assert (grace.step, grace.note) == (None, "does not say which step it is at; give --step N")


@pytest.mark.parametrize("written", ["[", "{}", '{"current": 99}', '{"current": "x"}', "[" * 9999])
def test_a_record_of_nonsense_says_no_step(folder, written):
    (folder / "ada" / "progress.json").write_text(written, encoding="utf-8")

    row, _ = grade(folder)

    assert row.status is Status.NOT_GRADED


def test_several_steps_give_a_row_each(folder):
    rows = grade(folder, [1, 2])

    assert [(row.name, row.step) for row in rows] == [
        *(("ada", 1), ("ada", 2)),
        *(("grace", 1), ("grace", 2)),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("forks", [True, False], ids=["forks", "starts anew"])
def test_a_server_grades_one_submission_after_another(folder, tmp_path, forks):
    server = Server(1, forks=forks)
    limits = Limits(each=2, whole=20, silence=20, tasks=10_000)
    try:
        trials = [Trial(server, s, tmp_path, limits) for s in submissions(folder)]
        ada, grace = (trial.row(1, server.twins) for trial in trials)
    finally:
        server.close()

    assert (ada.percent, grace.note) == (100, "first broken: A processed job is completed")


@pytest.mark.slow
def test_the_newest_step_keeps_every_promise_behind_the_guard(tmp_path):
    newest = steps()[-1]
    for name, text in package_files(newest.folder).items():
        path = tmp_path / "ours" / "pyqueue" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    (row,) = grade(tmp_path, [newest.number])

    assert (row.percent, row.note, row.look_at) == (100, "", [])


# Where the package is


@pytest.mark.parametrize(
    "place",
    ["pyqueue", "workspace/pyqueue", "repository/workspace/pyqueue", "my_queue", "."],
)
def test_a_package_is_found(tmp_path, place):
    (tmp_path / "in" / place).mkdir(parents=True)
    (tmp_path / "in" / place / "__init__.py").write_text("x = 1", encoding="utf-8")

    copy = Submission(tmp_path / "in").copy_to(tmp_path / "out")

    assert (copy.package / "__init__.py").read_text(encoding="utf-8") == "x = 1"


def test_several_packages_are_refused(tmp_path):
    for name in ("one", "two"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "__init__.py").touch()

    with pytest.raises(BadSubmission, match="several packages: one, two"):
        Submission(tmp_path / "in").copy_to(tmp_path / "out")


def test_a_backup_is_not_the_package(tmp_path):
    for name in ("pyqueue", "backups/2026-01-05/pyqueue", ".venv/lib/pyqueue"):
        (tmp_path / "in" / name).mkdir(parents=True)
        (tmp_path / "in" / name / "__init__.py").write_text(name, encoding="utf-8")

    copy = Submission(tmp_path / "in").copy_to(tmp_path / "out")

    assert (copy.package / "__init__.py").read_text(encoding="utf-8") == "pyqueue"


def test_links_are_not_followed(tmp_path):
    package = hand_in(tmp_path, "in", "x = 1") / "pyqueue"
    (tmp_path / "secret.py").touch()
    (package / "file.py").symlink_to(tmp_path / "secret.py")
    (package / "folder").symlink_to(tmp_path)

    copy = Submission(tmp_path / "in").copy_to(tmp_path / "out")

    assert [path.name for path in copy.package.rglob("*")] == ["__init__.py"]


def test_a_submission_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "in").symlink_to(ROOT / "steps" / "step01_first_job")

    with pytest.raises(BadSubmission, match="symbolic link"):
        Submission(tmp_path / "in").copy_to(tmp_path / "out")


def test_only_python_is_copied(tmp_path):
    package = hand_in(tmp_path, "in", "x = 1") / "pyqueue"
    (package / "native.so").touch()
    os.mkfifo(package / "pipe.py")

    copy = Submission(tmp_path / "in").copy_to(tmp_path / "out")

    assert [path.name for path in copy.package.rglob("*")] == ["__init__.py"]


def test_a_name_cannot_command_the_terminal():
    assert printable("a\x1b[2Jb\nc") == r"a\x1b[2Jb\nc"


# What promises are worth


def read(tmp_path, text):
    path = tmp_path / "weights.toml"
    path.write_text(text, encoding="utf-8")
    return read_weights(path, {"test_one", "test_two"})


def test_a_weight_is_that_of_the_test(tmp_path):
    assert read(tmp_path, "[weights]\ntest_one = 3") == {"test_one": 3}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[weights]\ntest_three = 3", "no promise of this step is called test_three"),
        ("[weights]\ntest_one = -1", "a weight is a number from 0 on"),
        ("[weights]\ntest_one = nan", "a weight is a number from 0 on"),
        ("[weights]\ntest_one = true", "a weight is a number from 0 on"),
        ("test_one = 3", "one table"),
        ("[weights", "weights.toml"),
    ],
)
def test_a_file_of_weights_with_a_mistake_is_refused(tmp_path, text, why):
    with pytest.raises(BadWeights, match=why):
        read(tmp_path, text)


@pytest.mark.parametrize("chosen", [step(n) for n in (1, 9)], ids=lambda step: step.label)
def test_the_weights_that_there_are_can_be_read(chosen):
    assert all(value > 0 for value in weights.weights(chosen).values())


def test_a_promise_weighs_what_its_file_says():
    race = "tests/step09/test_races.py::test_nobody_is_born_past_the_end"

    assert weights.weight(Promise(race, "", 9, None)) == 5


def test_points_are_never_rounded_up_to_all_of_them():
    assert Row("ada", 9, Status.GRADED, 9_999, 10_000).percent == 99.9


# What is written

BROKEN = Promise(
    "tests/step01/test_job.py::test_a",
    "A is <b>",
    1,
    "a",
    details=(Detail("seen", "\x00 & \ud800"),),
)
KEPT = Promise("tests/step01/test_job.py::test_c", "C", 1, None, ok=True)
ROWS = [
    Row("=ada", 1, Status.GRADED, 1, 2, "first broken: A", (BROKEN, KEPT), ("wanted to read",)),
    Row("grace", None, Status.NOT_GRADED, note="is neither, nor"),
    Row("linus", 1, Status.NOT_BELIEVED, 0, 2, "replaced it", (KEPT,)),
]


def test_a_table_for_a_spreadsheet_has_a_line_for_each_row_and_no_formula(tmp_path):
    files.write_csv(ROWS, tmp_path / "grades.csv")

    lines = list(csv.reader(io.StringIO((tmp_path / "grades.csv").read_text("utf-8-sig"))))

    assert lines[0] == list(files.COLUMNS)
    assert [line[0] for line in lines[1:]] == ["'=ada", "grace", "linus"]


def test_what_is_written_as_json_is_read_again(tmp_path):
    rows = [replace(ROWS[0], promises=(KEPT,)), *ROWS[1:]]

    files.write_json(rows, tmp_path / "grades.json")

    assert files.read_json(tmp_path / "grades.json") == rows


def test_junit_has_a_case_for_each_promise_and_an_error_for_each_row_without_points(tmp_path):
    files.write_junit(ROWS, tmp_path / "grades.xml")

    suites = ElementTree.parse(tmp_path / "grades.xml").getroot()

    counts = [(s.get("name"), s.get("tests"), s.get("failures"), s.get("errors")) for s in suites]
    assert counts == [
        ("=ada, step 1", "2", "1", "0"),
        ("grace", "1", "0", "1"),
        ("linus, step 1", "2", "0", "1"),
    ]


def test_classroom_is_told_the_points_and_what_is_broken(tmp_path):
    files.write_classroom(ROWS[:1], tmp_path / "result")

    told = json.loads(base64.b64decode((tmp_path / "result").read_bytes()))
    assert (told["status"], told["max_score"]) == ("fail", 2)
    assert [(test["name"], test["score"]) for test in told["tests"]] == [
        ("A is <b>", 0),
        ("Step 1: 1 kept", 1),
    ]


def test_classroom_is_told_of_no_points_for_a_run_that_is_not_believed(tmp_path):
    files.write_classroom(ROWS[2:], tmp_path / "result")

    told = json.loads(base64.b64decode((tmp_path / "result").read_bytes()))
    assert (told["status"], sum(test["score"] for test in told["tests"])) == ("fail", 0)


def test_classroom_has_one_submission(tmp_path):
    with pytest.raises(LabError, match="a folder with one submission"):
        files.write_classroom(ROWS, tmp_path / "result")


# The command


def test_grade_prints_a_table_and_writes_what_it_is_told_to(folder, tmp_path, learn):
    to = tmp_path / "grades.json"

    done = learn("grade", str(folder), "--step", "1", "--json", str(to))

    assert done.returncode == 0
    assert "2 of 2 graded, 1 with every point" in done.stdout
    assert [row["name"] for row in json.loads(to.read_text("utf-8"))["rows"]] == ["ada", "grace"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nowhere"], "there is no folder nowhere"),
        ([str(ROOT), "--step", "99"], "there is no step 99"),
        ([str(ROOT), "--timeout", "0"], "from 1 to 3600"),
    ],
)
def test_what_is_asked_wrongly_is_refused(learn, words, why):
    done = learn("grade", *words)

    assert (done.returncode, why in done.stderr) == (2, True)


def test_an_empty_folder_is_refused(learn, tmp_path):
    (tmp_path / "none").mkdir()

    done = learn("grade", str(tmp_path / "none"))

    assert (done.returncode, "is empty" in done.stderr) == (2, True)
