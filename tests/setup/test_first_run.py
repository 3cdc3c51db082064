"""What learn.py promises about making the lab's environment, and about leaving it alone."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from .conftest import FAILS, HANGS, PYTHON, UV, Checkout, Outcome, outcome

posix = pytest.mark.skipif(os.name == "nt", reason="signals a group of processes, as POSIX can")


def test_the_first_run_installs_and_then_runs_the_lab(checkout: Checkout) -> None:
    run = checkout.run("check", "3")

    assert run.said["arguments"] == ["check", "3"]
    assert run.said["parcel"] == "1.0"
    assert Path(run.said["prefix"]).samefile(checkout.venv)
    assert run.status == 2  # what the lab exits with when it gets two arguments


def test_the_lab_runs_in_the_learners_folder(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "lab.py").write_text("raise SystemExit('the wrong lab')\n")

    run = checkout.run(cwd=tmp_path)

    assert Path(run.said["cwd"]).samefile(tmp_path)


def test_the_first_run_tells_on_stderr_what_it_does(checkout: Checkout) -> None:
    run = checkout.run()

    told = run.stderr.splitlines()
    assert told[0].startswith(f"Setting up PyQueue in {checkout.venv}")
    assert told[1] == "  Installing the lab's packages ..."
    assert told[2].startswith("  Installing the lab's packages: done in ")
    assert told[3] == "Ready."


def test_the_second_run_installs_nothing_and_says_nothing(checkout: Checkout) -> None:
    checkout.run()

    run = checkout.run()

    assert run.said["parcel"] == "1.0"
    assert run.stderr == ""
    assert checkout.call_count() == 1


def test_the_second_run_does_not_even_load_the_installers(checkout: Checkout) -> None:
    checkout.run()
    checkout.environment["PYTHONPROFILEIMPORTTIME"] = "1"

    run = checkout.run()

    ours, _, _ = run.stderr.partition("lab.setup\n")  # the lab's own imports come after it
    loaded = {line.rpartition("|")[2].strip() for line in ours.splitlines()}
    assert "lab.setup.environment" in loaded
    assert loaded.isdisjoint({"lab.setup.install", "venv", "subprocess", "logging"})


def test_pyqueue_venv_names_another_folder(checkout: Checkout, tmp_path: Path) -> None:
    checkout.environment["PYQUEUE_VENV"] = "elsewhere/for the lab"

    run = checkout.run(cwd=tmp_path)

    assert Path(run.said["prefix"]).samefile(tmp_path / "elsewhere" / "for the lab")
    assert not checkout.venv.exists()


def test_a_checkout_may_lie_in_a_folder_of_any_name(checkout: Checkout) -> None:
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("Büro der Köche"))
    checkout.environment |= {"LC_ALL": "C"}
    del checkout.environment["PYTHONUTF8"]

    run = checkout.run()

    assert run.said["parcel"] == "1.0"


def test_a_folder_that_cannot_be_made_is_told(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    checkout.environment["PYQUEUE_VENV"] = str(tmp_path / "file" / "venv")

    run = checkout.run()

    assert run.status == 1
    assert "set PYQUEUE_VENV to another folder" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.run()
    checkout.lock("2.0")

    run = checkout.run()

    assert run.said["parcel"] == "2.0"
    assert checkout.call_count() == 2


def test_nothing_of_the_old_lock_stays(checkout: Checkout) -> None:
    checkout.run()
    checkout.lock("2.0")
    checkout.run()

    left = {path.name for path in checkout.venv.rglob("parcel-*.dist-info")}

    assert left == {"parcel-2.0.dist-info"}


def test_an_environment_without_its_interpreter_is_made_again(checkout: Checkout) -> None:
    checkout.run()
    shutil.rmtree(checkout.venv / ("Scripts" if os.name == "nt" else "bin"))

    run = checkout.run()

    assert run.said["parcel"] == "1.0"


def test_an_environment_that_was_moved_here_is_made_again(checkout: Checkout) -> None:
    checkout.run()
    moved = checkout.folder / "moved"
    checkout.venv.rename(moved)
    checkout.environment["PYQUEUE_VENV"] = str(moved)

    run = checkout.run()

    assert Path(run.said["prefix"]).samefile(moved)
    assert checkout.call_count() == 2


def test_two_first_runs_at_once_install_once(checkout: Checkout) -> None:
    both = [checkout.start(), checkout.start()]

    ends = [outcome(process) for process in both]

    assert [end.said["parcel"] for end in ends] == ["1.0", "1.0"]
    assert checkout.call_count() == 1


@posix
def test_a_first_run_that_was_killed_is_made_good_by_the_next(checkout: Checkout) -> None:
    kill_in_the_middle(checkout, signal.SIGKILL)
    assert list(checkout.venv.rglob("half-installed"))

    checkout.uv(UV)
    run = checkout.run()

    assert run.said["parcel"] == "1.0"
    assert not list(checkout.venv.rglob("half-installed"))


@posix
def test_ctrl_c_stops_a_first_run_with_one_line(checkout: Checkout) -> None:
    run = kill_in_the_middle(checkout, signal.SIGINT)

    assert run.status == 130
    assert run.stderr.splitlines()[-1] == "Stopped. The same command goes on from here."
    assert "Traceback" not in run.stderr


@posix
def test_an_interrupted_first_run_ends_its_installer(checkout: Checkout) -> None:
    checkout.uv(HANGS)
    process = checkout.start(start_new_session=True)
    installer = wait_for_note(checkout, process)

    process.send_signal(signal.SIGINT)  # to learn.py alone; a terminal tells the installer too

    assert outcome(process).status == 130
    with pytest.raises(ProcessLookupError):
        os.kill(installer, 0)


@posix
def test_an_installer_that_outlives_its_parent_is_waited_for(checkout: Checkout) -> None:
    checkout.uv(HANGS)
    killed = checkout.start(start_new_session=True)
    orphan = wait_for_note(checkout, killed)
    killed.kill()
    checkout.uv(UV)
    second = checkout.start()
    assert second.stderr is not None

    first_word = second.stderr.readline()
    os.kill(orphan, signal.SIGKILL)
    outcome(killed)

    assert first_word == "  Waiting for another set-up of the same folder ...\n"
    assert outcome(second).said["parcel"] == "1.0"


def test_a_folder_that_learn_py_did_not_make_is_refused(checkout: Checkout) -> None:
    checkout.venv.mkdir()
    (checkout.venv / "thesis.txt").write_text("years of work")

    run = checkout.run()

    assert run.status == 1
    assert "it is not a Python environment and learn.py did not make it" in run.stderr
    assert [path.name for path in checkout.venv.iterdir()] == ["thesis.txt"]


def test_an_environment_made_by_somebody_else_is_used_and_kept(checkout: Checkout) -> None:
    venv.create(checkout.venv)
    (checkout.venv / "notes.txt").write_text("mine")

    run = checkout.run()

    assert run.said["parcel"] == "1.0"
    assert (checkout.venv / "notes.txt").read_text() == "mine"


def test_a_broken_environment_made_by_somebody_else_is_refused(checkout: Checkout) -> None:
    checkout.venv.mkdir()
    (checkout.venv / "pyvenv.cfg").write_text("home = nowhere\n")

    run = checkout.run()

    assert run.status == 1
    assert "It is left alone" in run.stderr
    assert [path.name for path in checkout.venv.iterdir()] == ["pyvenv.cfg"]


@pytest.mark.slow
def test_pip_installs_where_uv_fails(checkout: Checkout) -> None:
    checkout.uv(FAILS)

    run = checkout.run()

    assert run.said["parcel"] == "1.0"
    assert "uv does not work here: uv: this machine is not supported" in run.stderr


@pytest.mark.slow
def test_pip_installs_where_there_is_no_uv_to_be_had(checkout: Checkout) -> None:
    checkout.no_uv()

    run = checkout.run()

    assert run.said["parcel"] == "1.0"


@pytest.mark.slow
def test_uv_itself_installs_what_the_lock_names(checkout: Checkout) -> None:
    here = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    uv = shutil.which("uv", path=here)
    if uv is None:
        pytest.skip("no uv on this machine")
    checkout.environment["PATH"] = os.path.dirname(uv)

    run = checkout.run()

    assert run.said["parcel"] == "1.0"
    assert "pip takes its place" not in run.stderr


@pytest.mark.slow
@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_without_a_network_the_message_says_so(checkout: Checkout, installer: str) -> None:
    uv = shutil.which("uv", path=os.path.dirname(sys.executable)) or shutil.which("uv")
    if installer == "uv" and uv is None:
        pytest.skip("no uv on this machine")
    if installer == "uv":
        checkout.environment["PATH"] = os.path.dirname(str(uv))
    else:
        shutil.rmtree(checkout.bin)
    index = f"http://127.0.0.1:{closed_port()}/simple"
    checkout.environment |= {"PIP_INDEX_URL": index, "PIP_RETRIES": "1"}
    checkout.environment |= {"UV_DEFAULT_INDEX": index, "UV_HTTP_RETRIES": "0"}
    for lock in ("dev.txt", "uv.txt"):
        text = f"parcel==9.9 --hash=sha256:{'0' * 64}\n"
        (checkout.folder / "requirements" / lock).write_text(text)

    run = checkout.run()

    assert run.status == 1
    assert "The first run needs the network once; later runs do not." in run.stderr
    assert "Traceback" not in run.stderr


def test_a_python_without_any_installer_is_told_what_to_install(checkout: Checkout) -> None:
    checkout.no_uv()
    pretend = "import sys, runpy; sys.modules.update(pip=None, ensurepip=None); "
    pretend += "sys.path.insert(0, sys.argv[1]); "
    pretend += "runpy.run_path(sys.argv[1] + '/learn.py', run_name='__main__')"

    run = subprocess.run(
        [PYTHON, "-c", pretend, str(checkout.folder)],
        env=checkout.environment,
        capture_output=True,
        text=True,
    )

    assert run.returncode == 1
    assert "sudo apt install python3-venv" in run.stderr
    assert "Traceback" not in run.stderr


def kill_in_the_middle(checkout: Checkout, how: signal.Signals) -> Outcome:
    """Start a first run, and end it and its installer while packages are being installed."""
    checkout.uv(HANGS)
    process = checkout.start(start_new_session=True)
    wait_for_note(checkout, process)
    os.killpg(process.pid, how)
    return outcome(process)


def wait_for_note(checkout: Checkout, process: "subprocess.Popen[str]") -> int:
    """Wait until the installer that hangs has written its process number down."""
    while not checkout.calls.exists():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
            pytest.fail("it ended before it installed anything")
    return int(checkout.calls.read_text())


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
