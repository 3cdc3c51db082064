"""`doctor` tells a learner what is wrong, and says nothing is when nothing is."""

import argparse
import json
import os
import socket
from pathlib import Path

import pytest

from lab.commands import doctor


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder of the test's own; it is not there yet."""
    folder = tmp_path / "workspace"
    monkeypatch.setenv("PYQUEUE_WORKSPACE", str(folder))
    return folder


def test_a_machine_that_will_do_passes(capsys: pytest.CaptureFixture[str]) -> None:
    status = doctor.run(options())

    assert status == 0
    assert capsys.readouterr().out.endswith("\nYou can start.\n")


def test_the_findings_can_be_had_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    doctor.run(options("--json"))

    findings = json.loads(capsys.readouterr().out)
    assert [finding["about"] for finding in findings][:3] == ["Python", "environment", "packages"]
    assert {finding["verdict"] for finding in findings} <= {"ok", "note"}


def test_a_problem_is_told_with_its_remedy(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_PACKAGES", ("pytest", "no_such_package"))

    status = doctor.run(options())

    printed = capsys.readouterr().out
    assert status == 1
    assert "missing: no_such_package" in printed
    assert "run python3 learn.py" in printed
    assert printed.endswith("\n1 to mend first.\n")


def test_a_taken_port_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(doctor, "_PORT", server.getsockname()[1])

        finding = doctor.port()

    assert finding.verdict == "note"
    assert "is taken; the book chooses another" in finding.found


def test_a_workspace_that_is_not_there_yet_is_fine(workspace: Path) -> None:
    assert doctor.workspace() == doctor.Finding(
        "workspace", "ok", f"not yet; `start 1` makes {workspace}"
    )


def test_a_workspace_that_is_a_file_is_a_problem(workspace: Path) -> None:
    workspace.write_text("not a folder")

    assert doctor.workspace().verdict == "problem"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)
def test_a_file_that_cannot_be_read_is_a_problem(workspace: Path) -> None:
    workspace.mkdir()
    (workspace / "job.py").touch(mode=0o000)

    assert doctor.workspace().verdict == "problem"


def test_too_little_room_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_MEGABYTES_NEEDED", 10**9)

    assert doctor.disk().verdict == "problem"


def test_a_save_is_noticed(tmp_path: Path) -> None:
    assert doctor.watching().verdict == "ok"
    assert list(tmp_path.iterdir()) == []


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    doctor.configure(parser)
    return parser.parse_args(words)
