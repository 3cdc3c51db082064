"""No published file names the host of a package registry."""

import shutil
from pathlib import Path

import pytest

from lab.catalog import ROOT
from lab.gates.hosts import hosts_named, published_files


def test_no_published_file_names_a_registry() -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a Git checkout, so nobody knows which files are ours")

    assert hosts_named(published_files()) == []


def test_the_gate_sees_this_very_repository() -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a Git checkout, so nobody knows which files are ours")

    assert ROOT / "requirements" / "dev.txt" in published_files()


@pytest.mark.parametrize("host", ["pypi." + "org", "files.python" + "hosted.org", "npmjs." + "org"])
def test_a_lock_that_names_a_registry_is_found(tmp_path: Path, host: str) -> None:
    lock = tmp_path / "uv.lock"
    lock.write_text(f"version = 1\nsource = 'https://{host}/simple'\n", encoding="utf-8")

    (found,) = hosts_named([lock])

    assert found.startswith(f"{lock}:2 ")


def test_a_name_that_only_resembles_one_is_not_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("See happypi" + ".organic, and pypi for the word.\n", encoding="utf-8")

    assert hosts_named([page]) == []
