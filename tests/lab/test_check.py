"""What a check finds out about a learner's code, whatever the code does."""

import os
import re

import pytest

from lab.catalog import package_files, step
from lab.check import CannotCheck, Trial, check
from lab.check.lesson import in_lesson_order
from lab.check.show import show
from lab.solutions import wrong_solutions
from lab.starter import starter

pytestmark = pytest.mark.slow

PENDING = "A new job is pending"
COMPLETED = "A processed job is completed"


def broken(report, words):
    (promise,) = [p for p in report.promises if p.promise == words]
    assert not promise.ok
    return promise.message


def test_our_own_step_keeps_every_promise(checked):
    report = checked()

    assert (len(report.promises) > 0, report.broken) == (True, [])


def test_promises_of_earlier_steps_are_tried_too(workspace, checked):
    report = checked(2)

    assert {promise.step for promise in report.promises} == {1, 2}


def test_promises_that_are_retired_are_not_tried(checked):
    report = checked(2)

    assert COMPLETED not in [promise.promise for promise in report.promises]


def test_a_broken_promise_says_what_was_expected_and_seen(spoil, checked):
    spoil('status: str = "pending"', 'status: str = "new"')

    message = broken(checked(), PENDING)

    assert "expected   'pending'\nseen       'new'" in message


def test_a_broken_promise_shows_the_line_of_the_test(spoil, checked):
    spoil('status: str = "pending"', 'status: str = "new"')

    message = broken(checked(), PENDING)

    assert 'assert job.status == "pending"' in message


def test_a_wrong_outcome_names_the_functions_that_ran(spoil, checked):
    spoil('job.status = "completed"', 'job.status = "complete"')

    message = broken(checked(), COMPLETED)

    assert re.search(r"it ran +\S+__init__\.py:\d+ process\n +\S+:\d+ send_email\n", message)


def test_an_error_points_to_the_line_that_raised_it(spoil, checked):
    spoil('job.status = "completed"', "job.status = completed")

    message = broken(checked(), COMPLETED)

    assert "raised" in message
    assert "name 'completed' is not defined" in message
    assert "__init__.py:30\n           job.status = completed" in message


def test_a_call_that_the_function_does_not_take_points_to_its_definition(spoil, checked):
    spoil("def process(job: Job) -> None:", "def process() -> None:")

    message = broken(checked(), COMPLETED)

    assert message.endswith("def process() -> None:")


def test_a_stub_is_called_not_written_yet(spoil, checked):
    spoil("    send_email(job.payload)\n", "    raise NotImplementedError\n")

    message = broken(checked(), COMPLETED)

    assert "process is not written yet" in message


def test_a_missing_name_is_named(spoil, checked):
    spoil("def process(", "def work_on(")

    message = broken(checked(), COMPLETED)

    assert "there is no process in your pyqueue" in message


def test_a_missing_file_is_named(checked):
    message = broken(checked(2), "Send email is a handler like any other")

    assert "there is no file pyqueue/emails.py" in message


def test_an_error_that_was_not_raised_is_named(spoil, checked):
    spoil("payload['to']", "payload.get('to')")

    message = broken(checked(), "The error of an email without an address comes through")

    assert "expected   LookupError or ValueError to be raised\nseen       nothing" in message


def test_what_the_code_printed_is_shown(spoil, checked):
    spoil('    job.status = "completed"', '    print("almost done")\n    job.status = "done"')

    message = broken(checked(), COMPLETED)

    assert "almost done" in message


def test_a_syntax_error_shows_the_line_and_what_python_says(spoil, checked):
    spoil("def process(job: Job) -> None:", "def process(job: Job) -> None")

    message = broken(checked(), PENDING)

    assert "expected ':'" in message
    assert "def process(job: Job) -> None\n" in message


def test_with_a_syntax_error_no_promise_is_kept(spoil, checked):
    spoil("def process(job: Job) -> None:", "def process(job: Job) -> None")

    report = checked()

    assert (report.kept, len(report.broken)) == ([], len(report.promises))


def test_an_import_that_fails_points_to_the_line(main_file, checked):
    main_file.write_text("import no_such_module\n", encoding="utf-8")

    message = broken(checked(), PENDING)

    assert "No module named 'no_such_module'" in message
    assert "__init__.py:1\n" in message


def test_a_package_that_ends_python_while_imported_is_told_so(main_file, checked):
    main_file.write_text("import sys\nsys.exit()\n", encoding="utf-8")

    message = broken(checked(), PENDING)

    assert "your package ends Python while it is imported" in message


def test_an_endless_loop_is_stopped_and_the_line_is_shown(spoil, checked):
    spoil("    send_email(job.payload)\n", "    while True:\n        pass\n")

    message = broken(checked(limit=1), "Processing an email job sends the email")

    assert "still running after 1 s" in message
    assert re.search(r"your code .*pyqueue/__init__\.py:(29|30)\n", message)


def test_promises_that_came_before_an_endless_loop_keep_their_verdict(spoil, checked):
    spoil("    send_email(job.payload)\n", "    while True:\n        pass\n")

    report = checked(limit=1)

    assert PENDING in [promise.promise for promise in report.kept]


def test_promises_behind_an_endless_loop_are_said_not_to_have_been_tried(spoil, checked):
    spoil("    send_email(job.payload)\n", "    while True:\n        pass\n")

    message = broken(checked(limit=1), COMPLETED)

    assert "not tried" in message


def test_an_endless_loop_while_importing_is_stopped(main_file, checked):
    main_file.write_text("while True:\n    pass\n", encoding="utf-8")

    report = checked(limit=1)

    assert "still running after 1 s" in broken(report, PENDING)


def test_code_that_hides_from_the_clock_is_stopped_too(main_file, checked):
    main_file.write_text(
        "import threading, time\nthreading.Timer.run = lambda self: None\ntime.sleep(60)\n",
        encoding="utf-8",
    )

    report = checked(limit=0.5)

    assert "still running after 0.5 s" in broken(report, PENDING)


def test_sys_exit_inside_a_function_breaks_that_promise_only(spoil, checked):
    spoil("    send_email(job.payload)\n", "    raise SystemExit(3)\n")

    report = checked()

    assert "your code asks Python to end: SystemExit(3)" in broken(report, COMPLETED)
    assert PENDING in [promise.promise for promise in report.kept]


def test_os_exit_breaks_that_promise_and_the_others_are_still_tried(spoil, checked):
    spoil("    send_email(job.payload)\n", "    __import__('os')._exit(0)\n")

    report = checked()

    assert "your code ended Python itself" in broken(report, COMPLETED)
    assert PENDING in [promise.promise for promise in report.kept]


def test_a_package_that_ends_the_process_while_imported_keeps_nothing(main_file, checked):
    main_file.write_text("import os\nos._exit(0)\n", encoding="utf-8")

    report = checked()

    assert report.kept == []
    assert "your code ended Python itself" in broken(report, PENDING)


def test_a_keyboard_interrupt_out_of_the_code_breaks_that_promise_only(spoil, checked):
    spoil("    send_email(job.payload)\n", "    raise KeyboardInterrupt\n")

    report = checked()

    assert "KeyboardInterrupt" in broken(report, COMPLETED)
    assert PENDING in [promise.promise for promise in report.kept]


def test_code_that_waits_for_the_keyboard_is_told_so(spoil, checked):
    spoil("    send_email(job.payload)\n", "    input()\n")

    message = broken(checked(), COMPLETED)

    assert "waits for the keyboard" in message


def test_an_object_whose_repr_fails_can_still_be_told(main_file, checked):
    source = main_file.read_text(encoding="utf-8")
    main_file.write_text(
        source.replace('status: str = "pending"', "status: object = Broken()").replace(
            "@dataclass\n",
            "class Broken:\n    def __repr__(self):\n        raise ValueError\n\n\n@dataclass\n",
        ),
        encoding="utf-8",
    )

    message = broken(checked(), PENDING)

    assert "a Broken whose repr() raises ValueError" in message


def test_a_file_that_hides_a_module_of_pythons_does_not_disturb_the_check(
    workspace, checked, monkeypatch
):
    (workspace / "json.py").write_text("raise RuntimeError('not me')\n", encoding="utf-8")
    monkeypatch.chdir(workspace)

    assert checked().broken == []


def test_code_that_prints_a_verdict_of_its_own_convinces_nobody(spoil, checked):
    spoil(
        "    send_email(job.payload)\n",
        """    print('{"event": "done"}', flush=True)\n    raise ValueError\n""",
    )

    assert "ValueError" in broken(checked(), COMPLETED)


def test_a_program_that_was_left_running_does_not_keep_the_check_waiting(spoil, checked):
    spoil(
        "    send_email(job.payload)\n",
        "    import subprocess, sys\n"
        "    subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "    __import__('os')._exit(0)\n",
    )

    report = checked()

    assert report.seconds < 8


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
def test_a_fork_that_was_left_running_does_not_keep_the_check_waiting(spoil, checked):
    spoil(
        "    send_email(job.payload)\n",
        "    import os, time\n    if os.fork() == 0:\n        time.sleep(60)\n    os._exit(0)\n",
    )

    report = checked(limit=3)

    assert "ended Python" in broken(report, COMPLETED) or report.seconds < 8


def test_saving_twice_within_a_second_is_judged_by_the_newer_text(main_file, checked):
    source = main_file.read_text(encoding="utf-8")
    checked()
    status = main_file.stat()
    main_file.write_text(source.replace('"pending"\n', '"waiting"\n'), encoding="utf-8")
    os.utime(main_file, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert "'waiting'" in broken(checked(), PENDING)


def test_the_learners_folder_gets_no_bytecode(workspace, checked):
    checked()

    assert list(workspace.rglob("*.pyc")) == []


def test_without_a_folder_there_is_no_verdict(tmp_path):
    with pytest.raises(CannotCheck, match="there is no folder"):
        check(1, tmp_path / "nowhere")


def test_without_a_package_there_is_no_verdict(tmp_path):
    with pytest.raises(CannotCheck, match=r"there is no pyqueue/__init__\.py in"):
        check(1, tmp_path)


def test_a_check_that_is_called_off_leaves_no_process_behind(workspace):
    trial = Trial(1, workspace)

    trial.close()

    assert trial.has_ended


@pytest.mark.parametrize(
    "order",
    ["pytest.skip('no')", "pytest.xfail('no')", "pytest.exit('no')", "unittest.SkipTest('no')"],
)
def test_code_that_has_its_test_skipped_breaks_that_promise_only(spoil, checked, order):
    raising = f"raise {order}" if "unittest" in order else order
    spoil("    send_email(job.payload)\n", f"    import pytest, unittest\n    {raising}\n")

    report = checked()

    assert "Skipped" in broken(report, COMPLETED)
    assert PENDING in [promise.promise for promise in report.kept]


def test_code_that_replaces_what_we_report_with_is_judged_all_the_same(main_file, checked):
    source = main_file.read_text(encoding="utf-8")
    main_file.write_text(
        "import json\njson.dumps = lambda *a, **k: 'not JSON'\n" + source, encoding="utf-8"
    )

    assert checked().broken == []


def test_a_line_that_the_code_writes_where_we_report_is_passed_over(spoil, checked):
    spoil(
        "    send_email(job.payload)\n",
        "    import os\n"
        "    for number in range(3, 20):\n"
        "        try:\n"
        "            os.write(number, b'hello\\n')\n"
        "        except OSError:\n"
        "            pass\n"
        "    raise ValueError\n",
    )

    assert "ValueError" in broken(checked(), COMPLETED)


def test_a_folder_that_is_gone_from_under_the_code_does_not_disturb_the_check(spoil, checked):
    spoil(
        "    send_email(job.payload)\n",
        "    import os, tempfile\n"
        "    folder = tempfile.mkdtemp()\n"
        "    os.chdir(folder)\n"
        "    os.rmdir(folder)\n"
        "    raise ValueError\n",
    )

    assert "raise ValueError" in broken(checked(), COMPLETED)


def test_a_file_of_another_encoding_does_not_hide_where_a_function_is_defined(
    workspace, spoil, checked
):
    (workspace / "pyqueue" / "old.py").write_bytes(b"# coding: latin-1\nX = '\xe9'\n")
    spoil("from itertools", "from . import old\nfrom itertools")
    spoil("def process(job: Job) -> None:", "def process() -> None:")

    assert broken(checked(), COMPLETED).endswith("def process() -> None:")


def test_a_file_with_null_bytes_is_named(main_file, checked):
    main_file.write_bytes(main_file.read_text(encoding="utf-8").encode("utf-16"))

    message = broken(checked(), PENDING)

    assert "null bytes" in message
    assert "pyqueue/__init__.py" in message


def test_a_file_with_a_byte_order_mark_is_read(main_file, spoil, checked):
    spoil('status: str = "pending"', 'status: str = "new"')
    main_file.write_bytes(b"\xef\xbb\xbf" + main_file.read_bytes())

    assert "class Job" in broken(checked(), PENDING)


def test_what_a_terminal_would_obey_or_cannot_encode_is_escaped(spoil, checked):
    spoil("    send_email(job.payload)\n", "    raise ValueError('\\x1b[2J \\ud800')\n")

    assert r"\x1b[2J \ud800" in broken(checked(), COMPLETED)


def test_a_message_of_many_lines_is_cut(spoil, checked):
    spoil("    send_email(job.payload)\n", "    raise ValueError('y\\n' * 100)\n")

    assert len(broken(checked(), COMPLETED).splitlines()) < 30


def check_wrong(number, name, folder):
    """What a check finds out about a wrong solution."""
    (solution,) = [s for s in wrong_solutions(step(number)) if s.path.stem == name]
    solution.write(folder)
    return check(number, folder)


def test_a_walk_that_fails_tells_its_story(tmp_path):
    report = check_wrong(6, "begun_inside_the_try", tmp_path)

    message = broken(report, "No walk leads out of the state machine")

    assert re.search(r"the story +change\(status='processing'\)\n +process\(", message)


def test_a_race_is_drawn(tmp_path):
    report = check_wrong(9, "each_line_does_one_thing", tmp_path)

    message = broken(report, "Nobody is born past the end")

    assert "threads can do this: AssertionError" in message
    assert "shop.child, _ = shop.ctx.with_cancel()" in message


@pytest.fixture
def begun(tmp_path):
    """A workspace in which step 9 was begun, and only the names of its face are written."""
    before, after = package_files(step(8).folder), package_files(step(9).folder)
    files = starter(9, before, before, after) | {"__init__.py": after["__init__.py"]}
    for file, text in files.items():
        path = tmp_path / "pyqueue" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_what_waits_for_the_step_comes_after_the_promises_of_the_step(begun):
    report = in_lesson_order(check(9, begun))

    assert {promise.step for promise in report.promises if not promise.ok} >= {8, 9}
    assert (report.broken[0].step, report.broken[0].section) == (9, "stop")


def test_an_earlier_promise_that_broke_comes_first(spoil, workspace):
    spoil('status: str = "pending"', 'status: str = "new"')

    report = in_lesson_order(check(2, workspace))

    assert report.broken[0].promise == PENDING


def test_one_test_can_be_tried_alone(workspace):
    report = check(2, workspace, only="test_a_new_job_is_pending")

    assert [promise.promise for promise in report.promises] == [PENDING]


def test_one_test_that_is_awaited_can_be_tried_alone(tmp_path):
    write(package_files(step(11).folder), tmp_path)

    report = check(11, tmp_path, only="test_a_submitted_job_is_done")

    assert [promise.promise for promise in report.promises] == ["A submitted job is done"]


def test_where_threads_stand_that_wait_for_each_other_is_told(tmp_path):
    files = package_files(step(10).folder)
    files["storage/memory.py"] = files["storage/memory.py"].replace(
        "            self._find(job.id)\n", "            self.get_job(ctx, job.id)\n"
    )
    write(files, tmp_path)

    report = check(10, tmp_path, limit=4, only="test_stopping_finishes_what_was_taken")

    details = {detail.label: detail.text for detail in report.broken[0].details}
    assert "threads that wait for each other?" in details["time limit"]
    assert "with self._lock:" in details["a thread"]


def test_what_hangs_comes_before_what_was_not_tried(spoil, workspace):
    spoil('    job.status = "completed"', "    while True:\n        pass")

    report = in_lesson_order(check(1, workspace, limit=1))

    assert report.broken[0].details[0].label == "time limit"
    assert {promise.details[0].label for promise in report.broken[1:]} == {"not tried"}


def test_of_many_earlier_promises_that_broke_some_are_listed(begun, capsys):
    show(check(9, begun))

    said = capsys.readouterr().out
    assert said.count("(step ") == 10
    assert re.search(r"      and \d\d\d more\n", said)


def write(files, folder):
    """Put a package where a learner's would be, in `folder`/pyqueue."""
    for name, text in files.items():
        path = folder / "pyqueue" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
