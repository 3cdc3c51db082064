"""The commands, run as a learner runs them."""

import json
import os
import re
import subprocess
import sys

import pytest

from lab.catalog import ROOT, package_files, step, step_after, steps
from lab.cli import COMMANDS

LAST = steps()[-1].number


@pytest.fixture
def package(tmp_path):
    return tmp_path / "pyqueue"


def solve(package, number):
    """Write our version of a step as if it were the learner's."""
    for name, text in package_files(step(number).folder).items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def only_backup(tmp_path):
    (backup,) = (tmp_path / "backups").iterdir()
    return backup


def test_before_any_step_the_status_says_how_to_begin(learn):
    done = learn("status", "--no-book")

    assert "next   python3 learn.py start 1" in done.stdout


def test_start_names_the_file_to_write_and_the_page_to_read(learn, package):
    done = learn("start", "1")

    assert "pyqueue/__init__.py" in done.stdout
    assert "steps/01-first-job.html" in done.stdout


def test_start_of_the_first_step_makes_no_backup_of_nothing(learn, tmp_path):
    learn("start", "1")

    assert not (tmp_path / "backups").exists()


def test_starting_a_step_twice_is_refused_and_changes_nothing(learn, package):
    learn("start", "1")
    (package / "__init__.py").write_text("# my work\n", encoding="utf-8")

    done = learn("start", "1")

    assert done.returncode == 2
    assert "you are at step 1 already" in done.stderr
    assert (package / "__init__.py").read_text(encoding="utf-8") == "# my work\n"


def test_reset_keeps_the_work_in_a_dated_backup_and_names_it(learn, package, tmp_path):
    learn("start", "1")
    (package / "__init__.py").write_text("# my work\n", encoding="utf-8")

    done = learn("reset")

    backup = only_backup(tmp_path)
    assert (backup / "__init__.py").read_text(encoding="utf-8") == "# my work\n"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d{6}-step01", backup.name)
    assert backup.name in done.stdout


def test_reset_leaves_files_that_are_no_python_alone(learn, package):
    learn("start", "1")
    (package / "notes.txt").write_text("mine", encoding="utf-8")

    learn("reset")

    assert (package / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_reset_leaves_no_empty_folders(learn, package):
    learn("start", "1")
    (package / "storage" / "__pycache__").mkdir(parents=True)
    (package / "storage" / "__pycache__" / "memory.cpython-311.pyc").touch()
    (package / "storage" / "memory.py").touch()

    learn("reset")

    assert not (package / "storage").exists()


def test_two_resets_within_a_second_make_two_backups(learn, tmp_path):
    learn("start", "1")

    learn("reset")
    learn("reset")

    assert len(list((tmp_path / "backups").iterdir())) == 2


def test_the_next_step_goes_on_from_a_learners_own_code_that_keeps_its_promises(learn, package):
    learn("start", "1")
    solve(package, 1)
    with (package / "__init__.py").open("a", encoding="utf-8") as file:
        file.write("\n\ndef of_my_own() -> None: ...\n")

    done = learn("start", "2")

    assert "You go on from your own step 1." in done.stdout
    assert "of_my_own" in (package / "__init__.py").read_text(encoding="utf-8")


def test_the_next_step_goes_on_from_ours_if_promises_are_broken(learn, package):
    learn("start", "1")

    done = learn("start", "2")

    assert "so you go on from ours" in done.stdout
    assert 'status: str = "pending"' in (package / "__init__.py").read_text(encoding="utf-8")


def test_the_next_step_goes_on_from_broken_code_if_the_learner_insists(learn, package):
    learn("start", "1")
    (package / "__init__.py").write_text("MINE = 1\n", encoding="utf-8")

    learn("start", "2", "--mine")

    assert "MINE = 1" in (package / "__init__.py").read_text(encoding="utf-8")


def test_code_that_python_cannot_read_stays_untouched(learn, package):
    learn("start", "1")
    (package / "__init__.py").write_text("def broken(:\n", encoding="utf-8")

    done = learn("start", "2", "--mine")

    assert done.returncode == 2
    assert "Python cannot read your" in done.stderr
    assert (package / "__init__.py").read_text(encoding="utf-8") == "def broken(:\n"


def test_a_check_exits_with_1_while_promises_are_broken(learn):
    learn("start", "1")

    assert learn("check").returncode == 1


def test_a_check_exits_with_0_once_all_are_kept_and_says_what_is_next(learn, package):
    learn("start", "1")
    solve(package, 1)

    done = learn("check")

    assert (done.returncode, done.stderr) == (0, "")
    assert "python3 learn.py start 2" in done.stdout


def test_a_check_that_keeps_all_names_the_notes_that_are_still_there(learn, package):
    learn("start", "1")
    solve(package, 1)
    with (package / "__init__.py").open("a", encoding="utf-8") as file:
        file.write("# TODO(step 1): sleep\n")

    said = learn("check").stdout

    assert "something left of TODO(step 1)?" in said
    assert "__init__.py:36" in said


def test_a_check_of_the_last_step_does_not_promise_another(learn, package):
    learn("start", str(LAST))
    solve(package, LAST)

    done = learn("check")

    assert step_after(LAST) is None
    assert "it is the last one there is so far" in done.stdout


def test_a_check_exits_with_2_where_there_is_nothing_to_check(learn, tmp_path):
    done = learn("check", "1", "--workspace", str(tmp_path / "nowhere"))

    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no folder" in done.stderr


def test_a_check_exits_with_2_for_a_step_that_is_not_there(learn):
    done = learn("check", "99")

    assert done.returncode == 2
    assert "there is no step 99; the steps are 1, 2" in done.stderr


def test_a_check_as_json_prints_json_and_nothing_else(learn, package):
    learn("start", "1")

    done = learn("check", "--json")

    report = json.loads(done.stdout)
    assert list(report) == ["step", "passed", "failed", "promises"]
    assert {tuple(p) for p in report["promises"]} == {("test", "promise", "ok", "message")}
    assert report["passed"] + report["failed"] == len(report["promises"])
    assert done.stderr == ""


def test_a_check_as_json_stays_json_if_the_code_prints(learn, package):
    solve(package, 1)
    with (package / "__init__.py").open("a", encoding="utf-8") as file:
        file.write("print('look at me')\n")

    done = learn("check", "1", "--json")

    assert json.loads(done.stdout)["failed"] == 0


def test_a_check_of_another_workspace_leaves_the_progress_alone(learn, package, tmp_path):
    learn("start", "1")
    before = (tmp_path / "progress.json").read_text(encoding="utf-8")
    other = tmp_path / "other"
    solve(other / "pyqueue", 1)

    learn("check", "1", "--workspace", str(other))

    assert (tmp_path / "progress.json").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    "spoiled", ["def broken(:\n", "raise ValueError\n", "import os\nos._exit(3)\n"]
)
def test_whatever_the_code_does_no_traceback_of_ours_is_shown(learn, package, spoiled):
    learn("start", "1")
    (package / "__init__.py").write_text(spoiled, encoding="utf-8")

    done = learn("check")

    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_hints_come_one_by_one_and_the_last_one_again(learn):
    learn("start", "1")

    given = [learn("hint").stdout for _ in range(4)]

    assert [f"hint {n} of 3" in text for n, text in zip((1, 2, 3, 3), given, strict=True)] == [
        True
    ] * 4


def test_hints_are_about_the_first_broken_promise(learn, package):
    learn("start", "1")
    solve(package, 1)
    file = package / "__init__.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('job.status = "completed"', "pass"), encoding="utf-8")
    learn("check")

    lines = learn("hint", "--list").stdout.splitlines()
    listed = {line.split()[0]: line for line in lines if line}
    given = learn("hint").stdout

    assert given.startswith(listed["done"].split(maxsplit=1)[1])


def test_after_a_pass_hints_go_on_from_exercise_to_exercise(learn, package):
    learn("start", "1")
    solve(package, 1)
    learn("check")

    given = [learn("hint").stdout for _ in range(4)]

    assert [text[:12] for text in given] == ["Exercise 1.1"] * 3 + ["Exercise 1.2"]


def test_after_a_reset_the_status_is_that_of_a_beginning(learn, package):
    learn("start", "1")
    solve(package, 1)
    learn("check")

    learn("reset")

    assert "The first job: begun." in learn("status", "--no-book").stdout


def test_a_package_that_cannot_be_imported_sends_nobody_to_another_chapter(learn, package):
    learn("start", "1")
    (package / "__init__.py").write_text("def broken(:\n", encoding="utf-8")

    done = learn("check")

    assert "Your package cannot be imported" in done.stdout
    assert "reread" not in done.stdout


def test_hints_about_what_is_not_there_name_what_is(learn):
    done = learn("hint", "1", "--about", "nonsense")

    assert done.returncode == 2
    assert "its sections are" in done.stderr


def test_the_solution_is_not_shown_before_the_step_has_passed(learn):
    learn("start", "1")

    done = learn("solution", "1")

    assert (done.returncode, done.stdout) == (2, "")
    assert "--give-up" in done.stderr


def test_the_solution_is_shown_to_those_who_give_up(learn):
    done = learn("solution", "1", "--give-up")

    assert 'job.status = "completed"' in done.stdout


def test_the_solution_is_shown_after_a_pass(learn, package):
    learn("start", "1")
    solve(package, 1)
    learn("check")

    assert 'job.status = "completed"' in learn("solution", "1").stdout


def test_diff_of_two_steps_shows_what_changed(learn):
    done = learn("diff", "1", "2")

    assert "-def process(job: Job) -> None:" in done.stdout
    assert "+def process(job: Job, handler: Handler) -> None:" in done.stdout


def test_diff_without_a_package_says_how_to_get_one(learn):
    done = learn("diff", "1")

    assert done.returncode == 2
    assert "begin with python3 learn.py start 1" in done.stderr


@pytest.mark.parametrize("command", ["start", "check", "hint", "diff", "solution"])
def test_a_word_that_is_no_number_is_no_step(learn, command):
    done = learn(command, "two")

    assert done.returncode == 2
    assert "'two' is not the number of a step; the steps are 1, 2" in done.stderr


def test_diff_of_ones_own_package_compares_it_with_ours(learn, package):
    learn("start", "1")
    solve(package, 1)

    assert "no difference between yours and step01" in learn("diff").stdout


def test_progress_shows_a_step_that_has_passed(learn, package):
    learn("start", "1")
    solve(package, 1)
    learn("check")

    assert re.search(
        r"^> +01 The first job +passed \d{4}-\d\d-\d\d", learn("progress").stdout, re.MULTILINE
    )


def test_progress_that_cannot_be_read_is_left_as_it_is(learn, tmp_path):
    (tmp_path / "progress.json").write_text("{ half", encoding="utf-8")

    done = learn("start", "1")

    assert done.returncode == 2
    assert "cannot be read as JSON" in done.stderr
    assert (tmp_path / "progress.json").read_text(encoding="utf-8") == "{ half"


def test_an_unknown_command_is_told_which_there_are(learn):
    done = learn("examine")

    assert done.returncode == 2
    assert "'check'" in done.stderr


def test_an_unknown_option_is_refused(learn):
    done = learn("check", "--jzon")

    assert done.returncode == 2
    assert "unrecognized arguments: --jzon" in done.stderr


def test_help_lists_every_command(learn):
    assert [name for name in COMMANDS if f"\n  {name} " not in learn("--help").stdout] == []


def test_the_lab_is_a_program(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "lab", "check", "1", "--workspace", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no pyqueue/__init__.py in" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "[" * 100_000,
        '{"current": "one"}',
        '{"steps": []}',
        '{"current": 1, "steps": {"1": []}}',
        '{"current": 1, "steps": {"1": {"checks": "many"}}}',
        '{"current": 1, "steps": {"1": {"hints": 3}}}',
    ],
    ids=["a list", "deep", "a step by name", "steps", "a step", "checks", "hints"],
)
@pytest.mark.parametrize("words", [("status", "--no-book"), ("progress",), ("start", "1")])
def test_progress_of_another_shape_is_refused_by_name(learn, tmp_path, words, text):
    (tmp_path / "progress.json").write_text(text, encoding="utf-8")

    done = learn(*words)

    assert done.returncode == 2
    assert "progress.json" in done.stderr


@pytest.mark.parametrize("words", [("start", "1"), ("status", "--no-book")])
def test_a_workspace_that_is_a_file_is_refused(learn, tmp_path, monkeypatch, words):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    monkeypatch.setenv("PYQUEUE_WORKSPACE", str(tmp_path / "file"))

    done = learn(*words)

    # To Windows there is no progress.json in a file; it complains once it is to write.
    if words[0] == "start" or done.returncode:
        assert (done.returncode, "file" in done.stderr) == (2, True)


def test_a_file_where_the_package_should_be_is_refused(learn, package):
    package.write_text("x", encoding="utf-8")

    done = learn("start", "1")

    assert (done.returncode, "pyqueue" in done.stderr) == (2, True)


def test_reset_is_a_way_out_of_a_file_that_is_not_utf_8(learn, package, tmp_path):
    learn("start", "1")
    (package / "bad.py").write_bytes(b"x = '\xe9'\n")

    done = learn("reset")

    assert (done.returncode, (package / "bad.py").exists()) == (0, False)
    assert (only_backup(tmp_path) / "bad.py").read_bytes() == b"x = '\xe9'\n"


def test_a_file_that_is_not_utf_8_is_named(learn, package):
    learn("start", "1")
    (package / "bad.py").write_bytes(b"x = '\xe9'\n")

    assert "bad.py is not UTF-8 text" in learn("diff").stderr


def test_a_file_that_python_cannot_read_is_named(learn, package):
    learn("start", "1")
    (package / "__init__.py").write_text("def broken(:\n", encoding="utf-8")

    assert "cannot read your __init__.py (line 1)" in learn("start", "2", "--mine").stderr


def test_the_next_step_goes_on_from_code_with_a_byte_order_mark(learn, package):
    learn("start", "1")
    solve(package, 1)
    main_file = package / "__init__.py"
    main_file.write_bytes(b"\xef\xbb\xbf" + main_file.read_bytes())

    assert learn("start", "2").returncode == 0


def test_a_folder_with_the_name_of_a_file_does_not_disturb_a_comparison(learn, package):
    learn("start", "1")
    (package / "old.py").mkdir()

    assert learn("diff").returncode == 0


@pytest.mark.parametrize("seconds", ["0", "-5", "nan", "inf", "soon"])
def test_a_time_limit_that_is_none_is_refused(learn, seconds):
    learn("start", "1")

    done = learn("check", f"--timeout={seconds}")

    assert (done.returncode, "give seconds" in done.stderr) == (2, True)


def test_python_has_the_learners_queue_and_our_steps(learn, package):
    learn("start", "1")

    done = learn(
        "python",
        "-c",
        "import pyqueue, steps.step02_handlers\n"
        f"assert pyqueue.__path__ == [{str(package)!r}], pyqueue.__path__",
    )

    assert done.returncode == 0


def test_python_ends_as_what_it_ran(learn):
    assert learn("python", "-c", "raise SystemExit(3)").returncode == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no Ctrl-C to another process")
def test_python_waits_for_a_program_that_takes_its_time_after_ctrl_c(learn):
    # It interrupts the lab, which is to live on. A program that is killed says nothing.
    program = (
        "import os, signal, time; os.kill(os.getppid(), signal.SIGINT); time.sleep(1); exit(3)"
    )

    assert learn("python", "-c", program).returncode == 3
