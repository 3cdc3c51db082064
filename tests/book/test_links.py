"""Whatever a page points to is there, and nothing is loaded from elsewhere."""

from pathlib import Path

import pytest

from lab.book import links


def test_the_book_has_no_broken_links(book: Path) -> None:
    faults = links.faults(book)

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("html", "says"),
    [
        ('<a href="gone.html">', "gone.html is not there"),
        ('<a href="there.html#gone">', "no such anchor"),
        ('<a href="#gone">', "no such anchor"),
        ('<a href="folder/">', "is a folder"),
        ('<img src="gone.png">', "gone.png is not there"),
        ('<script src="https://cdn.example/x.js"></script>', "from elsewhere"),
        ('<link rel="stylesheet" href="//fonts.example/inter">', "from elsewhere"),
        ('<link rel="preconnect" href="https://fonts.example">', "from elsewhere"),
        ('<style></style><iframe src="https://video.example"></iframe>', "from elsewhere"),
    ],
)
def test_a_planted_fault_is_found(tmp_path: Path, html: str, says: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "there.html").write_text("<h1 id='top'>There</h1>", encoding="utf-8")
    (tmp_path / "page.html").write_text(html, encoding="utf-8")

    faults = links.faults(tmp_path)

    assert len(faults) == 1
    assert faults[0].startswith("page.html")
    assert says in faults[0]


def test_a_style_that_loads_from_elsewhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "book.css").write_text("a { src: url(https://fonts.example/inter) }")

    assert links.faults(tmp_path) == ["book.css loads from elsewhere: url(http…"]


def test_a_link_to_another_site_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<a href="https://docs.python.org/3/">', encoding="utf-8")

    assert links.faults(tmp_path) == []
