"""Links into the book, as other commands print them."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.book import address
from lab.book.site import BookServer
from lab.catalog import step


@pytest.fixture(autouse=True)
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(address, "_NOTE", tmp_path / "build" / "book.address")
    monkeypatch.delenv("PYQUEUE_BOOK", raising=False)
    return tmp_path / "build" / "book.address"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    (tmp_path / address.MADE_BY_US).touch()
    with BookServer(tmp_path, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address.note_address(server.address)
        yield server.address
        server.shutdown()


def test_a_link_leads_to_the_book_that_is_served(served: str) -> None:
    assert address.place_in_book(step(1), "done") == f"{served}steps/01-first-job.html#done"


def test_without_a_server_the_command_that_starts_one_is_named() -> None:
    assert address.place_in_book(step(1)).startswith("steps/01-first-job.html (")


def test_a_server_that_is_gone_is_not_linked(note: Path) -> None:
    address.note_address("http://127.0.0.1:1/")

    assert address.place_in_book(step(1)).startswith("steps/01-first-job.html (")


def test_another_server_at_the_same_address_is_not_linked(served: str, tmp_path: Path) -> None:
    (tmp_path / address.MADE_BY_US).unlink()

    assert address.place_in_book(step(1)).startswith("steps/01-first-job.html (")


def test_an_address_is_forgotten_by_the_one_who_noted_it(note: Path) -> None:
    address.note_address("http://127.0.0.1:8000/")
    address.forget_address("http://127.0.0.1:8001/")
    assert note.exists()

    address.forget_address("http://127.0.0.1:8000/")
    assert not note.exists()
