"""A repository for students: everything that they need is in it, and no solution."""

import ast
import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from lab.catalog import Step, given, package_files, step, steps
from lab.check import Promise, Report
from lab.check.report import Detail
from lab.classroom import encoded, points_of, results
from lab.handout.assignment import write_assignment
from lab.starter import starter

# What a package on the registry is called when it is imported.
IMPORTED_AS = {"pyyaml": "yaml"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The assignment of step 2."""
    write_assignment(step(2), tmp_path / "step02")
    return tmp_path / "step02"


def run(repository: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """As a student does, whose Python knows nothing of the repository that it was made in."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONPATH" and not name.startswith("PYQUEUE")
    }
    return subprocess.run(
        [sys.executable, *words],
        cwd=repository,
        env={**environment, "PYTHONUTF8": "1", "COLUMNS": "100"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def solve(repository: Path, step: Step) -> None:
    shutil.rmtree(repository / "pyqueue")
    for name, text in package_files(step.folder).items():
        path = repository / "pyqueue" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_the_starter_does_not_keep_the_promises_and_our_version_does(repository):
    begun = run(repository, "learn.py")
    solve(repository, step(2))
    done = run(repository, "learn.py", "check")

    assert begun.returncode == 1, begun.stderr
    assert "reread     step 2, " in begun.stdout
    assert "steps/02-handlers.html#" in begun.stdout
    assert "learn.py check --all explains the others" in begun.stdout
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_it_is_the_same_in_the_last_step(tmp_path):
    last = steps()[-1]
    write_assignment(last, tmp_path / "last")

    begun = run(tmp_path / "last", "learn.py")
    solve(tmp_path / "last", last)
    done = run(tmp_path / "last", "learn.py")

    assert (begun.returncode, done.returncode) == (1, 0), begun.stderr + done.stdout + done.stderr


def test_the_promises_can_be_tried_with_plain_pytest(repository):
    (command,) = re.findall(r"`python (-m pytest [^`]+)`", (repository / "README.md").read_text())

    begun = run(repository, *command.split(), "-q")
    solve(repository, step(2))
    done = run(repository, *command.split(), "-q")

    assert begun.returncode == 1
    assert " failed" in begun.stdout
    assert done.returncode == 0, done.stdout


def test_a_hint_is_given_and_the_solution_is_not(repository):
    hint = run(repository, "learn.py", "hint")
    solution = run(repository, "learn.py", "solution", "2", "--give-up")

    assert "hint 1 of 3" in hint.stdout
    assert solution.returncode == 2
    assert "no solution here" in solution.stdout


def test_without_the_packages_it_says_how_to_install_them(repository):
    bare = run(repository, "-S", "learn.py")

    assert bare.returncode == 2
    assert "python -m pip install -r requirements.txt" in bare.stdout


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_there_is_no_solution_in_it(step, tmp_path):
    write_assignment(step, tmp_path / "it")

    files = {p.relative_to(tmp_path / "it").as_posix() for p in (tmp_path / "it").rglob("*.*")}

    assert [name for name in files if name.endswith(".toml")] == ["pyproject.toml"]
    assert [
        n for n in files if n.startswith("steps/") and not n.endswith((".gitkeep", ".html"))
    ] == []
    assert not (tmp_path / "it" / "lab" / "solutions.py").exists()
    begun = package_files(tmp_path / "it" / "pyqueue")
    before = given(step)
    assert begun == starter(step.number, before, before, package_files(step.folder))


@pytest.mark.parametrize("step", steps(), ids=lambda step: step.label)
def test_the_chapter_in_it_shows_no_line_of_the_step_and_keeps_its_anchors(step, tmp_path):
    write_assignment(step, tmp_path / "it")
    (page,) = (tmp_path / "it" / "steps").glob("*.html")
    html = page.read_text(encoding="utf-8")

    notes = re.findall(r"<figcaption>.*?<span>(step [^<]*)", html)

    assert [note for note in notes if re.search(rf"\b{step.number}\b *$", note.strip())] == []
    assert "Our version" not in html
    assert 'id="instructor"' not in html
    assert 'id="what-changed"' not in html
    assert 'id="checkpoint"' in html
    anchors = set(re.findall(r'\bid="([^"]+)"', html))
    assert [a for a in re.findall(r'href="#([^"]+)"', html) if a not in anchors] == []


def test_only_what_is_needed_of_the_lab_is_in_it(repository):
    there = {p.relative_to(repository).as_posix() for p in repository.rglob("*.py")}

    assert "lab/check/child.py" in there
    assert "lab/starter/__init__.py" not in there
    assert "lab/book/site.py" not in there
    assert "lab/race/threads.py" in there, "a plugin that the tests name"
    assert not any(name.startswith("tests/step03") for name in there)


def test_pip_installs_whatever_is_imported(tmp_path):
    write_assignment(steps()[-1], tmp_path / "it")
    lines = (tmp_path / "it" / "requirements.txt").read_text().split()
    installed = {re.split(r"[<>=]", line)[0] for line in lines}

    imported = {name for path in (tmp_path / "it").rglob("*.py") for name in imports_of(path)}
    ours = {"lab", "tests", "pyqueue", *sys.stdlib_module_names}

    assert imported - ours <= {IMPORTED_AS.get(name, name) for name in installed}


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def test_the_workflow_hands_the_verdicts_to_the_classroom(repository):
    path = repository / ".github" / "workflows" / "classroom.yml"
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    (check,) = [step for step in job["steps"] if step.get("id")]
    (reporter,) = [step for step in job["steps"] if "reporter" in step.get("uses", "")]

    said = run(repository, *check["run"].partition(" >> ")[0].split()[1:]).stdout

    name, _, encoded = said.strip().partition("=")
    verdicts = json.loads(base64.b64decode(encoded))
    assert name == "result"
    assert verdicts["status"] == "fail"
    assert reporter["with"] == {"runners": check["id"]}
    # The reporter reads a variable of this name for each runner.
    assert reporter["env"] == {
        f"{check['id'].upper()}_RESULTS": f"${{{{ steps.{check['id']}.outputs.result }}}}"
    }


@pytest.mark.skipif(shutil.which("bash") is None, reason="GitHub runs a workflow's lines by bash")
def test_every_line_of_the_workflow_runs_in_the_repository_with_nothing_else(repository, tmp_path):
    text = (repository / ".github" / "workflows" / "classroom.yml").read_text(encoding="utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    install, *lines = [step["run"] for step in job["steps"] if "run" in step]
    output = tmp_path / "output"
    # As if just installed: no settings of ours, and this Python under the name that they use.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "bin" / "python").chmod(0o755)
    environment = {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "nobody"),
        "GITHUB_OUTPUT": str(output),
    }

    done = [
        subprocess.run(
            ["bash", "-e", "-c", line],
            cwd=repository,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        for line in lines
    ]

    assert install == "python -m pip install -r requirements.txt"
    assert [each.returncode for each in done] == [0, 0], [each.stderr for each in done]
    assert "promises kept" in done[0].stdout
    assert re.fullmatch(r"result=[\w+/=]+\n", output.read_text(encoding="utf-8"))


def test_what_pip_is_told_to_install_is_what_the_lab_was_tried_with(repository):
    for line in (repository / "requirements.txt").read_text(encoding="utf-8").split():
        wanted = Requirement(line)
        assert wanted.specifier.contains(version(wanted.name)), line


def promise(number: int, *, ok: bool) -> Promise:
    return Promise("tests/a.py::test_a", f"A promise of step {number}", number, None, ok=ok)


def test_each_promise_of_the_step_is_a_point_and_all_earlier_ones_are_one():
    report = Report(2, [promise(1, ok=True), promise(2, ok=True), promise(2, ok=False)], 0.1)

    tests = points_of(report)

    assert [(test.name, test.score) for test in tests] == [
        ("A promise of step 2", 1),
        ("A promise of step 2", 0),
        ("All 1 promises of earlier steps", 1),
    ]
    assert results(tests, most=3)["status"] == "fail"


def test_an_earlier_promise_that_broke_costs_that_point_and_is_named():
    kept, broken = points_of(Report(2, [promise(1, ok=False), promise(2, ok=True)], 0.1))

    assert (kept.score, broken.score) == (1, 0)
    assert broken.message == "A promise of step 1"


def test_all_promises_kept_is_a_pass():
    assert results(points_of(Report(1, [promise(1, ok=True)], 0.1)), most=1)["status"] == "pass"


def test_a_student_who_has_broken_everything_gets_a_line_that_a_variable_can_hold():
    detail = Detail("seen", "x" * 500)
    all_broken = [replace(promise(2, ok=False), details=(detail,) * 20) for _ in range(600)]

    said = results(points_of(Report(2, all_broken, 0.1)), most=600)

    # Linux takes 128 KiB for one.
    assert len(encoded(said)) < 100_000
    assert (said["status"], said["max_score"]) == ("fail", 600)
    assert said["tests"][-1]["name"] == "and 560 more"


def test_a_folder_with_something_in_it_is_left_alone(learn, tmp_path):
    out = tmp_path / "theirs"
    out.mkdir()
    (out / "thesis.txt").write_text("three years of work", encoding="utf-8")

    done = learn("assignment", "1", "--out", str(out))

    assert done.returncode == 2
    assert "is not empty; give a new or an empty folder" in done.stderr
    assert [path.name for path in out.iterdir()] == ["thesis.txt"]


def test_an_empty_folder_is_filled(learn, tmp_path):
    (tmp_path / "new").mkdir()

    done = learn("assignment", "1", "--out", str(tmp_path / "new"))

    assert done.returncode == 0
    assert (
        (tmp_path / "new" / "README.md")
        .read_text(encoding="utf-8")
        .startswith("# PyQueue, step 1: The first job\n")
    )
