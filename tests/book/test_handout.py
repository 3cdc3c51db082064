"""The book on paper and as an e-book: nothing is lost, nothing leads nowhere."""

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree
from zipfile import ZIP_STORED, ZipFile

import pytest
from playwright.sync_api import Browser

from lab.book import browser as browsers
from lab.book.tree import words
from lab.catalog import DOCS, LabError, step, steps
from lab.handout.epub import write_epub
from lab.handout.leaves import Leaf, leaves, navigation
from lab.handout.paper import document, printed_by, write_pdf
from tests.book.test_browser import requests_elsewhere

XHTML = "{http://www.w3.org/1999/xhtml}"
OPF = "{http://www.idpf.org/2007/opf}"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Leaf]]:
    """The leaves of a book of one page, or of these."""

    def bound(text: str, *, for_teachers: bool = False, **others: str) -> list[Leaf]:
        (tmp_path / "steps").mkdir(exist_ok=True)
        names = {"steps/01-first-job.md": text, **{f"{n}.md": t for n, t in others.items()}}
        for name, content in names.items():
            (tmp_path / name).write_text(f"# Page\n\n{content}", encoding="utf-8")
        monkeypatch.setattr("lab.handout.leaves.DOCS", tmp_path)
        places = [place for place in navigation() if place.path in names]
        monkeypatch.setattr("lab.handout.leaves.navigation", lambda: places)
        return leaves([], for_teachers=for_teachers, address=lambda n, a: f"{n}!{a}")

    return bound


def links(leaf: Leaf) -> list[str]:
    return [link.get("href", "") for link in leaf.body.iter("a")]


def test_what_is_folded_goes_to_the_back_and_both_places_know_each_other(page) -> None:
    leaf, back = page('## Task {#task}\n\nTry.\n\n??? hint "Hint 1"\n    Ask.\n')

    assert words(leaf.body) == "Page Task Try. At the back: Hint 1"
    assert words(back.body) == "Hints and answers Page Task Hint 1 Ask."
    (there,), (here,) = links(leaf), links(back)
    assert there.partition("!")[2] in {e.get("id") for e in back.body.iter()}
    assert here.partition("!")[2] in {e.get("id") for e in leaf.body.iter()}


def test_three_hints_in_a_row_are_one_line(page) -> None:
    folded = "\n".join(f'??? hint "Hint {n}"\n    Ask {n}.\n' for n in (1, 2, 3))

    leaf, _ = page(f"Try.\n\n{folded}")

    assert words(leaf.body).endswith("At the back: Hint 1, Hint 2, Hint 3")


def test_an_aside_stays_where_it_is_and_is_open(page) -> None:
    (leaf,) = page('Try.\n\n??? note "Does Python not have this?"\n    It does.\n')

    assert words(leaf.body) == "Page Try. Does Python not have this? It does."
    assert leaf.body.find(".//details") is None


def test_the_notes_for_instructors_are_for_instructors(page) -> None:
    text = 'A.[^a]\n\n## Notes {#instructor}\n\n??? abstract "Notes"\n    Ask.\n\n[^a]: A note.\n'

    (leaf,) = page(text)
    assert "Ask" not in words(leaf.body)
    assert "A note." in words(leaf.body), "footnotes stand behind the last section"
    (leaf,) = page(text, for_teachers=True)
    assert "Ask." in words(leaf.body)


def test_the_content_of_each_tab_stands_under_its_label(page) -> None:
    (leaf,) = page('=== "Linux"\n\n    Type `a`.\n\n=== "Windows"\n\n    Type `b`.\n')

    assert words(leaf.body) == "Page Linux Type a. Windows Type b."
    assert leaf.body.find(".//input") is None


def test_a_link_to_a_page_of_the_book_stays_one_and_to_another_page_is_words(page) -> None:
    text = "[a](../glossary.md#job) [b](../lab.md) [c](#here) [d](https://docs.python.org/)"

    leaf, _ = page(text, glossary="Words.")

    assert links(leaf) == [
        "glossary!glossary-job",
        "steps-01-first-job!steps-01-first-job-here",
        "https://docs.python.org/",
    ]
    assert words(leaf.body).endswith("a b c d")


def test_the_whole_book_has_every_page_of_the_site_but_those_for_teachers() -> None:
    listed = [place.path for place in navigation()]
    made = leaves([], for_teachers=False, address=lambda n, a: a)
    for_teachers = leaves([], for_teachers=True, address=lambda n, a: a)

    assert {f"steps/{step.page}.md" for step in steps()} <= set(listed)
    # Without the site's first page, and with what stands at the back.
    assert len(for_teachers) == len(listed)
    assert [leaf.name for leaf in made] == [
        leaf.name for leaf in for_teachers if not leaf.name.startswith("teach-")
    ]


def test_every_hint_of_a_chapter_is_at_the_back_of_the_book() -> None:
    *_, back = leaves([step(4)], for_teachers=False, address=lambda n, a: a)

    hints = step(4).chapter.read_text(encoding="utf-8").count("??? hint")

    assert sum(words(heading).startswith("Hint ") for heading in back.body.iter("h4")) == hints


def test_a_race_on_paper_is_a_table_and_a_game_is_no_table_that_gives_it_away() -> None:
    chapter, _ = leaves([step(10)], address=lambda n, a: a)
    races = [e for e in chapter.body.iter("div") if "race" in e.get("class", "").split()]
    played = [e for e in races if e.find(".//table") is not None]
    games = [e for e in races if e not in played]

    assert (len(played), len(games)) == (6, 2)
    for race in played:
        (caption,) = race.iter("caption")
        assert words(race).count(words(caption)) == 1
    assert all("On the site this is a game" in words(game) for game in games)
    assert [e.tag for e in chapter.body.iter() if e.tag in ("script", "template")] == []


# As one document, and printed.


def test_the_document_has_each_anchor_once_and_each_link_leads_somewhere() -> None:
    html = document([])

    ids = Counter(re.findall(r'\bid="([^"]+)"', html))

    assert [name for name, count in ids.items() if count > 1] == []
    assert [a for a in re.findall(r'href="#([^"]+)"', html) if a not in ids] == []


def test_no_script_and_no_other_file_is_in_the_document() -> None:
    html = document([step(1)])

    assert "<script" not in html
    assert [
        u for u in re.findall(r"url\(([^)]{1,20})", html) if not u.startswith(("data:", "#"))
    ] == []


def test_without_a_browser_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsers.shutil, "which", lambda name: None)

    with pytest.raises(LabError, match=r"apt install chromium.*--html"):
        write_pdf("<p>", tmp_path / "book.pdf")

    assert not (tmp_path / "book.pdf").exists()


@pytest.mark.browser
def test_the_contents_of_a_pdf_say_where_each_chapter_begins(browser: Browser) -> None:
    both = printed_by(browser, document([step(1), step(2)]))
    first = printed_by(browser, document([step(1)]))

    assert both.pdf.startswith(b"%PDF-")
    assert list(both.begins) == ["steps-01-first-job", "steps-02-handlers", "back"]
    assert both.begins["steps-01-first-job"] == 2
    assert both.begins["steps-02-handlers"] == first.begins["back"]
    assert both.begins["back"] < both.pages


@pytest.mark.browser
def test_a_pdf_says_what_is_a_heading_and_has_an_outline(browser: Browser) -> None:
    printed = printed_by(browser, document([step(1)]))

    assert b"/StructTreeRoot" in printed.pdf
    assert b"/Outlines" in printed.pdf


@pytest.mark.browser
def test_a_printed_page_of_the_site_has_no_navigation_and_tells_no_answer(
    browser: Browser, book: Path
) -> None:
    with browser.new_page(viewport={"width": 700, "height": 900}) as page:
        page.goto((book / "steps" / "02-handlers.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.emulate_media(media="print")

        for away in (".md-header", ".md-sidebar", ".md-footer", "details.hint", "#instructor"):
            assert not page.locator(away).first.is_visible(), away
        assert page.locator("figure.step-diff").first.is_visible()
        assert not page.evaluate(
            "[...document.querySelectorAll('pre')].some(p => p.scrollWidth > p.clientWidth + 1)"
        )


@pytest.mark.browser
def test_the_document_asks_nothing_of_another_place(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "book.html").write_text(document([step(1)]), encoding="utf-8")

    with browser.new_page() as page:
        assert requests_elsewhere(page, (tmp_path / "book.html").as_uri()) == []


# As an e-book. What EPUB 3.3 asks of a book is asked here, and by epubcheck where there is one.


@pytest.fixture(scope="module")
def epub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("epub") / "book.epub"
    write_epub([], path, now=NOON)
    return path


@pytest.fixture
def opened(epub: Path) -> Iterator[ZipFile]:
    with ZipFile(epub) as book:
        yield book


def manifest(book: ZipFile) -> dict[str, ElementTree.Element]:
    package = ElementTree.fromstring(book.read("EPUB/package.opf"))
    return {item.attrib["href"]: item for item in package.iter(f"{OPF}item")}


def documents(book: ZipFile) -> dict[str, ElementTree.Element]:
    """Every page, parsed: one that is not well formed fails here."""
    return {
        name: ElementTree.fromstring(book.read(f"EPUB/{name}"))
        for name in manifest(book)
        if name.endswith(".xhtml")
    }


def test_the_first_entry_says_what_the_file_is(opened: ZipFile) -> None:
    first = opened.infolist()[0]

    assert (first.filename, first.compress_type, first.extra) == ("mimetype", ZIP_STORED, b"")
    assert opened.read("mimetype") == b"application/epub+zip"


def test_the_container_names_the_package(opened: ZipFile) -> None:
    container = ElementTree.fromstring(opened.read("META-INF/container.xml"))

    paths = [e.attrib["full-path"] for e in container.iter() if "full-path" in e.attrib]

    assert paths == ["EPUB/package.opf"]


def test_the_package_lists_every_file_and_no_other(opened: ZipFile) -> None:
    there = {n.removeprefix("EPUB/") for n in opened.namelist() if n.startswith("EPUB/")}

    assert set(manifest(opened)) == there - {"package.opf"}


def test_every_page_is_read_in_order_and_stands_in_the_contents(opened: ZipFile) -> None:
    package = ElementTree.fromstring(opened.read("EPUB/package.opf"))
    ids = {item.attrib["id"]: name for name, item in manifest(opened).items()}
    spine = [ids[entry.attrib["idref"]] for entry in package.iter(f"{OPF}itemref")]

    listed = [a.attrib["href"] for a in documents(opened)["nav.xhtml"].iter(f"{XHTML}a")]

    assert spine == ["cover.xhtml", "nav.xhtml", *listed]
    assert set(spine) == set(documents(opened))


def test_the_package_says_what_every_package_must(opened: ZipFile) -> None:
    package = opened.read("EPUB/package.opf").decode()

    assert re.search(
        r'unique-identifier="id".*<dc:identifier id="id">urn:uuid:', package, re.DOTALL
    )
    assert "<dc:title>PyQueue</dc:title>" in package
    assert "<dc:language>en</dc:language>" in package
    assert '<meta property="dcterms:modified">2026-01-05T12:00:00Z</meta>' in package


def test_only_pages_with_drawings_say_that_they_have_some(opened: ZipFile) -> None:
    says = {n for n, item in manifest(opened).items() if item.get("properties") == "svg"}
    has = {
        name
        for name, page in documents(opened).items()
        if page.find(".//{http://www.w3.org/2000/svg}svg") is not None
    }

    assert says == has
    assert len(has) > 5


def test_every_link_in_the_e_book_leads_somewhere(opened: ZipFile) -> None:
    pages = documents(opened)
    anchors = {
        f"{name}#{e.attrib['id']}"
        for name, page in pages.items()
        for e in page.iter()
        if e.get("id")
    }
    targets = [
        unquote(link.attrib["href"])
        for page in pages.values()
        for link in page.iter(f"{XHTML}a")
        if "://" not in link.attrib["href"]
    ]

    assert [t for t in targets if t not in anchors and t not in pages] == []
    assert len(targets) > 100


def test_no_page_of_the_e_book_has_an_anchor_twice(opened: ZipFile) -> None:
    for name, page in documents(opened).items():
        ids = Counter(e.attrib["id"] for e in page.iter() if e.get("id"))
        assert [anchor for anchor, count in ids.items() if count > 1] == [], name


def test_nothing_in_the_e_book_is_elsewhere_or_a_script_or_a_variable(opened: ZipFile) -> None:
    for name in [n for n in opened.namelist() if n.endswith((".xhtml", ".css"))]:
        text = opened.read(name).decode()
        assert "<script" not in text, name
        assert "var(--" not in text, name
        assert ":is(" not in text, name
        assert not re.search(r'\bsrc="|url\((?!#|inter-|jetbrains-)', text), name


def test_the_diffs_keep_their_signs(opened: ZipFile) -> None:
    page = documents(opened)["steps-02-handlers.xhtml"]

    assert page.find(f".//{XHTML}ins[@data-new]") is not None
    assert page.find(f".//{XHTML}del[@data-old]") is not None


def test_the_same_book_is_the_same_file(tmp_path: Path) -> None:
    for name in ("one.epub", "two.epub"):
        write_epub([step(1)], tmp_path / name, now=NOON)

    assert (tmp_path / "one.epub").read_bytes() == (tmp_path / "two.epub").read_bytes()


@pytest.mark.slow
def test_epubcheck_finds_nothing(epub: Path) -> None:
    program = shutil.which("epubcheck")
    if program is None:
        pytest.skip("no epubcheck on the PATH")

    # Debian's is a Java archive that only a desktop knows how to run.
    is_archive = Path(program).read_bytes().startswith(b"PK")
    command = ["java", "-jar", program] if is_archive else [program]

    done = subprocess.run([*command, str(epub)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_fonts_are_those_of_the_site(opened: ZipFile) -> None:
    font = "inter-latin-wght-normal.woff2"

    assert opened.read(f"EPUB/{font}") == (DOCS / "assets" / "fonts" / font).read_bytes()
