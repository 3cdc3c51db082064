"""The command `race`, run as a learner runs it."""

import pytest

from lab.catalog import package, package_files


@pytest.fixture
def write(tmp_path):
    """Write one of our packages as if it were the learner's."""

    def write_it(name):
        for file, text in package_files(package(name).folder).items():
            path = tmp_path / "pyqueue" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "pyqueue"

    return write_it


def test_a_race_is_found_and_its_harm_is_told(learn, write):
    write("10/racy")

    done = learn("race", "10", "charge")

    assert done.returncode == 1
    assert "goes wrong: the customer is charged twice" in done.stdout
    assert "check(state) is False" not in done.stdout


def test_the_schedule_is_drawn_with_a_column_for_each_thread(learn, write):
    write("10/racy")

    lines = learn("race", "10", "registry").stdout.splitlines()

    (heading,) = (line for line in lines if line.endswith("what changes"))
    assert heading.split() == ["Ada", "Grace", "what", "changes"]
    column = heading.index("Grace")
    assert any(line[column:].startswith("27 self._handlers[job_type] = handler") for line in lines)


def test_where_whole_lines_are_not_enough_bytecodes_are_drawn(learn, write):
    write("10/racy")

    done = learn("race", "10", "counter")

    assert done.returncode == 1
    assert "15 self._counts[status]" in done.stdout
    assert "[STORE_SUBSCR]" in done.stdout


def test_bytecodes_can_be_asked_for(learn, write):
    write("10/racy")

    assert "[STORE_SUBSCR]" not in learn("race", "10", "registry").stdout
    assert "[STORE_SUBSCR]" in learn("race", "10", "registry", "--ops").stdout


def test_an_error_of_the_program_is_shown(learn, write):
    file = write("10") / "worker" / "stats.py"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("with self._lock:\n            self", "with 1:\n            self"))

    assert "TypeError: 'int' object does not support" in learn("race", "10", "counter").stdout


def test_a_package_without_races_goes_well(learn, write):
    write("10")

    done = learn("race", "10", "counter")

    assert done.returncode == 0
    assert "goes well in all" in done.stdout


def test_an_unknown_scenario_is_refused_and_those_there_are_are_named(learn, write):
    write("10")

    done = learn("race", "10", "count")

    assert done.returncode == 2
    assert "no scenario is called 'count'; registry, list, counter" in done.stderr


def test_a_package_that_does_not_import_cannot_be_raced(learn, write):
    (write("10") / "__init__.py").write_text("import nothing_like_this\n", encoding="utf-8")

    done = learn("race", "10")

    assert done.returncode == 2
    assert "cannot be raced yet: ModuleNotFoundError" in done.stderr


def test_a_package_that_lacks_what_is_raced_cannot_be_raced(learn, write):
    (write("10") / "__init__.py").write_text("", encoding="utf-8")

    done = learn("race", "10")

    assert done.returncode == 2
    assert "cannot be raced yet: AttributeError" in done.stderr


def test_a_step_without_races_names_the_steps_that_have_some(learn, write):
    write("10")

    done = learn("race", "9")

    assert done.returncode == 2
    assert "step 9 has no races to look for; these have: 10" in done.stderr


def test_without_a_package_there_is_nothing_to_race(learn):
    done = learn("race", "10")

    assert done.returncode == 2
    assert "python3 learn.py start 10" in done.stderr
