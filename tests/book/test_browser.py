"""The pages in a real browser: nothing comes from elsewhere, and everybody can read them."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_core_python
import pytest
from markdown import Markdown
from playwright.sync_api import Browser, Page

from lab.book import site
from lab.book.listing import step
from lab.catalog import steps

pytestmark = pytest.mark.browser

AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
LISTING = step("01/__init__.py", "step", "step", {}, Markdown())
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def served(book: Path) -> Iterator[str]:
    """The address of the site, served the way the `book` command does."""
    with site.BookServer(book, port=8500) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


def html_pages(book: Path) -> list[str]:
    return [path.relative_to(book).as_posix() for path in sorted(book.rglob("*.html"))]


def requests_elsewhere(page: Page, address: str) -> list[str]:
    """Open a page and return what it asks of any other place."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address, wait_until="load")
    page.wait_for_function("document.fonts.status === 'loaded'")
    own = urlsplit(address)
    return [url for url in asked if not _is_from(url, own.scheme, own.netloc)]


def _is_from(url: str, scheme: str, host: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob", "about"} or (parts.scheme, parts.netloc) == (
        scheme,
        host,
    )


@pytest.mark.parametrize("way", ["served", "opened from a folder"])
def test_no_page_asks_anything_of_another_place(
    browser: Browser, book: Path, served: str, way: str
) -> None:
    base = served if way == "served" else book.as_uri() + "/"

    for name in html_pages(book):
        with browser.new_page() as page:
            assert requests_elsewhere(page, base + name) == [], name


def test_no_script_of_a_page_fails(browser: Browser, book: Path, served: str) -> None:
    for name in html_pages(book):
        with browser.new_page() as page:
            assert script_errors(page, served + name) == [], name


def script_errors(page: Page, address: str) -> list[str]:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address, wait_until="load")
    return errors


def test_a_script_that_does_not_parse_is_seen(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<script><<<<<<< HEAD</script>")

    with browser.new_page() as page:
        assert len(script_errors(page, (tmp_path / "page.html").as_uri())) == 1


def test_a_request_to_another_place_is_seen(browser: Browser, tmp_path: Path) -> None:
    elsewhere = "http://127.0.0.1:9/tracker.js"
    (tmp_path / "page.html").write_text(f"<script src='{elsewhere}'></script>")

    with browser.new_page() as page:
        assert requests_elsewhere(page, (tmp_path / "page.html").as_uri()) == [elsewhere]


@pytest.mark.parametrize("way", ["served", "opened from a folder"])
def test_search_finds_a_page(browser: Browser, book: Path, served: str, way: str) -> None:
    base = served if way == "served" else book.as_uri() + "/"

    with browser.new_page() as page:
        page.goto(f"{base}glossary.html")
        page.keyboard.press("/")
        page.keyboard.type("closure")
        link = page.locator(".md-search-result__link").first
        link.wait_for(state="visible")

        assert link.get_attribute("href", timeout=5000)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("palette", ["light", "dark"])
def test_everybody_can_read_every_page(
    browser: Browser, book: Path, served: str, palette: Any, size: str
) -> None:
    width, height = SIZES[size]
    faults: list[str] = []

    with browser.new_context(
        color_scheme=palette,
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
    ) as context:
        page = context.new_page()
        for name in html_pages(book):
            page.goto(served + name)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            faults += [f"{name}: {fault}" for fault in axe_faults(page)]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                faults.append(f"{name} is wider than the screen")

    assert not faults, "\n".join(faults)


def axe_faults(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"][:3]
    ]


def test_axe_sees_a_fault(browser: Browser) -> None:
    with browser.new_page() as page:
        page.set_content("<html lang=en><title>x</title><main><h1>x</h1><img src='data:,'></main>")

        assert any(fault.startswith("image-alt") for fault in axe_faults(page))


def test_a_copied_listing_is_the_text_of_the_file(
    browser: Browser, book: Path, served: str
) -> None:
    listing = book / "listing.html"
    listing.write_text((book / "glossary.html").read_text().replace("<h1", LISTING + "<h1", 1))

    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(f"{served}listing.html")
        page.locator("figure.step button[data-clipboard-target]").click()
        copied = page.evaluate("navigator.clipboard.readText()")

    listing.unlink()
    assert copied == steps()[0].folder.joinpath("__init__.py").read_text().rstrip()
