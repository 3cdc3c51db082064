"""The site is built where asked, destroys nothing, and is served on this machine only."""

import argparse
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from lab.book import site
from lab.catalog import LabError
from lab.commands import book


@pytest.fixture
def no_mkdocs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that takes no time: one page."""

    def one_page(out: Path) -> None:
        out.mkdir()
        (out / "index.html").write_text("<h1>PyQueue</h1>", encoding="utf-8")

    monkeypatch.setattr(site, "_run_mkdocs", one_page)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[site.BookServer]:
    (tmp_path / "index.html").write_text("<h1>PyQueue</h1>", encoding="utf-8")
    with site.BookServer(tmp_path, port=8431) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.usefixtures("no_mkdocs")
def test_an_earlier_build_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "new" / "book"
    site.build(out)
    (out / "removed-since.html").touch()

    site.build(out)

    assert (out / "index.html").exists()
    assert not (out / "removed-since.html").exists()


@pytest.mark.usefixtures("no_mkdocs")
def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("three years of work", encoding="utf-8")

    with pytest.raises(LabError, match="holds other files"):
        site.build(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(LabError, match="is a file"):
        site.build(thesis)


@pytest.mark.usefixtures("no_mkdocs")
def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    site.build(tmp_path / "empty")

    assert (tmp_path / "empty" / "index.html").exists()


@pytest.mark.slow
def test_a_build_that_fails_keeps_the_earlier_one_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_mkdocs: None
) -> None:
    out = tmp_path / "book"
    site.build(out)
    monkeypatch.undo()
    monkeypatch.setattr(site, "ROOT", tmp_path)  # where there is no mkdocs.yml
    monkeypatch.setattr(site, "_stamp", lambda: "now")

    with pytest.raises(LabError, match=r"(?s)does not build.*mkdocs\.yml"):
        site.build(out)

    assert (out / "index.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book"]


@pytest.mark.usefixtures("no_mkdocs")
def test_a_build_is_stale_once_a_source_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "page.md"
    source.write_text("# One", encoding="utf-8")
    monkeypatch.setattr(site, "_SOURCES", (source,))
    monkeypatch.setattr(site, "ROOT", tmp_path)
    out = tmp_path / "book"

    assert not site.up_to_date(out)
    site.build(out)
    assert site.up_to_date(out)
    source.write_text("# One and two", encoding="utf-8")
    assert not site.up_to_date(out)


def test_the_book_is_served_on_this_machine_only(server: site.BookServer) -> None:
    with urlopen(server.address) as answer:
        page = answer.read().decode()

    assert page == "<h1>PyQueue</h1>"
    assert server.address.startswith("http://127.0.0.1:")


def test_a_taken_port_is_passed_over(server: site.BookServer, tmp_path: Path) -> None:
    taken = int(server.address.rstrip("/").rpartition(":")[2])

    with site.BookServer(tmp_path, taken) as second:
        assert second.address != server.address


@pytest.mark.usefixtures("no_mkdocs")
def test_the_command_builds_into_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    book.configure(parser)

    code = book.run(parser.parse_args(["--build", str(tmp_path / "out")]))

    assert code == 0
    assert str(tmp_path / "out" / "index.html") in capsys.readouterr().out


@pytest.mark.slow
def test_the_real_book_builds(tmp_path: Path) -> None:
    site.build(tmp_path / "book")

    assert (tmp_path / "book" / "steps" / "01-first-job.html").exists()


@pytest.mark.usefixtures("no_mkdocs")
def test_the_book_is_built_once_and_again_after_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = tmp_path / "build" / "book"
    built.mkdir(parents=True)
    (built / "half-a-page.html").touch()
    monkeypatch.setattr(site, "BUILT", built)
    monkeypatch.setattr(site, "_stamp", lambda: "now")

    site.start_book(8431).close()
    assert sorted(path.name for path in built.iterdir()) == [site.MADE_BY_US, "index.html"]
    (built / "since").touch()
    site.start_book(8431).close()
    assert (built / "since").exists(), "nothing changed, nothing is built"
    monkeypatch.setattr(site, "_stamp", lambda: "later")
    site.start_book(8431).close()
    assert not (built / "since").exists()
